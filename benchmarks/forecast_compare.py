"""Wins, ties and losses over repeated folds, with an interval that allows for the rows folds share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.forecast_folds import N_FOLDS
from scs_ml.core import Floats
from scs_ml.forecast import FORECASTERS

CHOSEN = "chosen by inner folds"
_FOLD = ["table", "repeat", "fold"]


@dataclass(frozen=True)
class Difference:
    """Mean difference in RPS over the folds that both have; below zero the first is better."""

    value: float
    low: float
    high: float
    folds: int

    @property
    def verdict(self) -> str:
        """Say win, tie or loss of the first; no word where nothing was compared."""
        if self.folds == 0:
            return "failed"
        return "win" if self.high < 0 else "loss" if self.low > 0 else "tie"


def corrected_interval(differences: Floats, test_to_train: float, confidence: float = 0.95) -> Difference:
    r"""Interval (of t) of repeated k-fold differences :math:`d_j`, j = 1..J.

    The variance of the mean is :math:`(1/J + n_2/n_1) s^2`: the training parts overlap, so that folds are
    far from independent.

    References
    ----------
    Nadeau & Bengio (2003), "Inference for the generalization error", Machine Learning 52, 239-281.
    Bouckaert & Frank (2004), "Evaluating the replicability of significance tests for comparing learning
    algorithms", PAKDD.
    """
    found = np.asarray(differences, dtype=np.float64)
    found = found[np.isfinite(found)]
    j = len(found)
    if j < 2:
        return Difference(float(found.mean()) if j else np.nan, np.nan, np.nan, j)
    half = stats.t.isf((1 - confidence) / 2, j - 1) * np.sqrt((1 / j + test_to_train) * found.var(ddof=1))
    return Difference(float(found.mean()), float(found.mean() - half), float(found.mean() + half), j)


def with_choice(folds: pd.DataFrame) -> pd.DataFrame:
    """Add a contestant: in every fold the family with the lowest RPS on inner folds of the training part.

    The rows of a test fold decide nothing here, so its score is what choosing costs included.
    """
    able = folds[folds["inner_rps"].notna()]
    picked = able.loc[able.groupby(_FOLD)["inner_rps"].idxmin()]
    return pd.concat([folds, picked.assign(contestant=CHOSEN)], ignore_index=True)


def best_family(folds: pd.DataFrame, table: str) -> str:
    """Name the registered family with the lowest mean RPS on a table's test folds: known only afterwards."""
    ours = folds[(folds["table"] == table) & folds["contestant"].isin(list(FORECASTERS))]
    return str(ours.groupby("contestant")["rps"].mean().idxmin())


def difference(folds: pd.DataFrame, table: str, first: str, second: str) -> Difference:
    """Compare two contestants on one table, fold by fold."""
    wide = folds[folds["table"] == table].pivot_table(
        index=["repeat", "fold"], columns="contestant", values="rps", dropna=False
    )
    if first not in wide or second not in wide:
        return Difference(np.nan, np.nan, np.nan, 0)
    return corrected_interval((wide[first] - wide[second]).to_numpy(), 1 / (N_FOLDS - 1))
