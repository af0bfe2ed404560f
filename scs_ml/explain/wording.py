"""What an explanation says of itself: its scale, what computed it, what it was passed on through."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from scs_ml.explain.lags import Lag


def say_trees(background: pd.DataFrame | None) -> str:
    """Say how SHAP values of trees were computed."""
    if background is None:
        return "tree SHAP, exact, path-dependent (no background)"
    return f"tree SHAP, exact, interventional (background of {len(background)} rows)"


def say_lags(lags: Mapping[str, Lag | None], n: int) -> list[str]:
    """Say of each lag whether it was explained through, over n reference rows."""
    return [
        f"{name} not explained through ({n} rows are too few to regress it)"
        if lag is None
        else f"{name} explained through to indicators (R² {lag.r2:.3f} over {n} rows)"
        for name, lag in lags.items()
    ]
