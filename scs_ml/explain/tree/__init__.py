"""Exact SHAP values of tree ensembles, per row and per group, at about the cost of a prediction."""

from __future__ import annotations

from scs_ml.explain.tree.engine import TreeShap
from scs_ml.explain.tree.reading import TreeModel, read_model

__all__ = ["TreeModel", "TreeShap", "read_model"]
