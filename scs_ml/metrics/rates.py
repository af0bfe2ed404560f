"""Confusion counts at a boundary, and the error rates that follow from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.exceptions import ScsError
from scs_ml.metrics._arrays import same_length


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


@dataclass(frozen=True)
class ConfusionCounts:
    """Counts of assigned (adverse category or not) against what came true. Add two to merge them.

    A positive is someone put on the adverse side of the boundary. A rate whose denominator is
    zero is NaN: undefined is not 0.

    Attributes
    ----------
    tn, fp, fn, tp : float
        True negatives, false positives, false negatives, true positives (rows, or total weight).
    """

    tn: float
    fp: float
    fn: float
    tp: float

    def __add__(self, other: ConfusionCounts) -> ConfusionCounts:
        return ConfusionCounts(self.tn + other.tn, self.fp + other.fp, self.fn + other.fn, self.tp + other.tp)

    @property
    def n(self) -> float:
        """All rows (or all weight)."""
        return self.tn + self.fp + self.fn + self.tp

    @property
    def fpr(self) -> float:
        """False-positive rate, FP / (FP + TN)."""
        return _ratio(self.fp, self.fp + self.tn)

    @property
    def fnr(self) -> float:
        """False-negative rate, FN / (FN + TP)."""
        return _ratio(self.fn, self.fn + self.tp)

    @property
    def ppv(self) -> float:
        """Positive predictive value, TP / (TP + FP)."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def npv(self) -> float:
        """Negative predictive value, TN / (TN + FN)."""
        return _ratio(self.tn, self.tn + self.fn)

    @property
    def selection_rate(self) -> float:
        """Share put on the adverse side, (TP + FP) / n."""
        return _ratio(self.tp + self.fp, self.n)


def confusion_at_boundary(
    assigned: npt.ArrayLike,
    truth_adverse: npt.ArrayLike,
    boundary: int,
    weights: npt.ArrayLike | None = None,
) -> ConfusionCounts:
    """Count assigned against true adverse outcomes at one boundary.

    Parameters
    ----------
    assigned : array of int, shape (n,)
        Category given, 0 the worst. Positive at the boundary means `assigned <= boundary`.
    truth_adverse : array of bool, shape (n,)
        Whether the adverse outcome happened.
    boundary : int
        k, the cut between category k and k + 1.
    weights : array of shape (n,), optional
        Non-negative row weights; each row counts 1 without them.

    Returns
    -------
    ConfusionCounts

    Raises
    ------
    ScsError
        If lengths differ, an outcome is not 0/1, or a weight is negative or missing.
    """
    category = np.asarray(assigned)
    adverse = np.asarray(truth_adverse)
    same_length(assigned=category, truth_adverse=adverse)
    if not np.isin(adverse, (0, 1)).all():
        raise ScsError(
            "truth_adverse must be true/false (or 0/1) in every row.",
            remedy="Leave out the rows whose outcome is not recorded.",
        )
    cell = 2 * adverse.astype(np.int64) + (category <= boundary)
    if weights is None:
        tn, fp, fn, tp = np.bincount(cell, minlength=4).tolist()
        return ConfusionCounts(tn, fp, fn, tp)
    weight = np.asarray(weights, dtype=np.float64)
    same_length(assigned=category, weights=weight)
    if not (weight >= 0).all():
        raise ScsError("Weights must be non-negative numbers in every row.")
    tn, fp, fn, tp = np.bincount(cell, weights=weight, minlength=4).tolist()
    return ConfusionCounts(tn, fp, fn, tp)
