"""Say what moved a forecast: SHAP values per boundary, reconciled with the model after every run."""

from __future__ import annotations

from scs_ml.explain.commitment import commitment
from scs_ml.explain.explaining import affordable_rows, explain, explained_exactly
from scs_ml.explain.reasons import nearest_boundary, person_view, reason_sentences
from scs_ml.explain.recourse import Change, Recourse, recourse
from scs_ml.explain.sampling import sample_rows
from scs_ml.explain.summaries import group_means, indirect_share, mean_shap
from scs_ml.explain.tree.engine import TreeShap

__all__ = [
    "Change",
    "Recourse",
    "TreeShap",
    "affordable_rows",
    "commitment",
    "explain",
    "explained_exactly",
    "group_means",
    "indirect_share",
    "mean_shap",
    "nearest_boundary",
    "person_view",
    "reason_sentences",
    "recourse",
    "sample_rows",
]
