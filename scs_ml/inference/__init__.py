"""What makes a finding trustworthy: intervals whose coverage is measured, joint p-values, verdicts, power.

``benchmarks/interval_coverage.py`` measures the coverage of every interval; ``docs/results/coverage.md``
keeps a run. ``benchmarks/cell_intervals.py`` does so for the bootstrap of confusion cells.
There is no bootstrap of a largest-minus-smallest gap here: at parity it covers almost never.
"""

from __future__ import annotations

from scs_ml.inference.cell_bootstrap import CellBootstrap, CellIntervals, cell_bootstrap
from scs_ml.inference.cells import ClusterCells, ConfusionCells, confusion_cells
from scs_ml.inference.clusters import cluster_sums, covariance, design_effect, effective_clusters
from scs_ml.inference.contrasts import cumulative_log_odds, mean_contrast, ratio_contrast
from scs_ml.inference.differences import PairedDifference, paired_difference
from scs_ml.inference.dispersion import ExcessDispersion, excess_dispersion
from scs_ml.inference.estimates import Estimate, stack
from scs_ml.inference.hierarchical_fdr import HierarchicalFdr, benjamini_hochberg, hierarchical_fdr
from scs_ml.inference.means import combine, shifted, weighted_means
from scs_ml.inference.multiplicity import holm
from scs_ml.inference.power import detectable_effect, power_at
from scs_ml.inference.proportions import (
    clopper_pearson,
    effective_counts,
    newcombe_difference,
    share_interval,
    wilson,
)
from scs_ml.inference.ratios import mover_ratio
from scs_ml.inference.simultaneous import SimultaneousResult, simultaneous
from scs_ml.inference.trends import drift_contrast
from scs_ml.inference.verdicts import logistic_floor, verdict

__all__ = [
    "CellBootstrap",
    "CellIntervals",
    "ClusterCells",
    "ConfusionCells",
    "Estimate",
    "ExcessDispersion",
    "HierarchicalFdr",
    "PairedDifference",
    "SimultaneousResult",
    "benjamini_hochberg",
    "cell_bootstrap",
    "clopper_pearson",
    "cluster_sums",
    "combine",
    "confusion_cells",
    "covariance",
    "cumulative_log_odds",
    "design_effect",
    "detectable_effect",
    "drift_contrast",
    "effective_clusters",
    "effective_counts",
    "excess_dispersion",
    "hierarchical_fdr",
    "holm",
    "logistic_floor",
    "mean_contrast",
    "mover_ratio",
    "newcombe_difference",
    "paired_difference",
    "power_at",
    "ratio_contrast",
    "share_interval",
    "shifted",
    "simultaneous",
    "stack",
    "verdict",
    "weighted_means",
    "wilson",
]
