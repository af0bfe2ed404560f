"""Measures of forecasts and of categories: pure functions on arrays, categories 0..K-1 with 0 the worst."""

from __future__ import annotations

from scs_ml.metrics.calibration import (
    ReliabilityCurve,
    expected_calibration_error,
    mass_bins,
    reliability_curve,
)
from scs_ml.metrics.cells import (
    cell_accuracy,
    cell_false_negative_rate,
    cell_false_positive_rate,
    cell_macro_mae,
    cell_metrics,
    cell_selection_rate,
)
from scs_ml.metrics.migration import Migration, migration_matrix
from scs_ml.metrics.ordinal import (
    brier_rows,
    cumulative,
    log_loss_rows,
    macro_mae,
    median_category,
    quadratic_weighted_kappa,
    ranked_probability_score,
    rps_skill,
)
from scs_ml.metrics.ranking import ordinal_auc, placements
from scs_ml.metrics.rates import ConfusionCounts, confusion_at_boundary
from scs_ml.metrics.society import SocietyClass, society_class

__all__ = [
    "ConfusionCounts",
    "Migration",
    "ReliabilityCurve",
    "SocietyClass",
    "brier_rows",
    "cell_accuracy",
    "cell_false_negative_rate",
    "cell_false_positive_rate",
    "cell_macro_mae",
    "cell_metrics",
    "cell_selection_rate",
    "confusion_at_boundary",
    "cumulative",
    "expected_calibration_error",
    "log_loss_rows",
    "macro_mae",
    "mass_bins",
    "median_category",
    "migration_matrix",
    "ordinal_auc",
    "placements",
    "quadratic_weighted_kappa",
    "ranked_probability_score",
    "reliability_curve",
    "rps_skill",
    "society_class",
]
