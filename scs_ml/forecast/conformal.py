"""Split-conformal sets of neighbouring categories.

From the median category a set grows by one neighbour at a time, the more probable one first. The
conformity score of a category is the probability of the smallest of these sets that holds it; a set holds
the categories whose score is not over a quantile of the calibration rows' scores. If calibration and new rows
are exchangeable, it holds the true category with at least the nominal probability, on average over both: it
promises nothing for one group or one person, and drift from the calibration period to the next weakens it.

**Deterministic** sets hold more than the nominal share, since categories come in steps. **Randomised** ones
hold exactly the nominal share: one uniform number a row says how much of the outermost category counts.
They may shrink to nothing: where a set is empty, the draw has taken back what the larger sets hold too much.
That says nothing about the person; read it as "no set", never as "no category fits".

References
----------
Vovk, Gammerman & Shafer (2005), "Algorithmic Learning in a Random World". Romano, Sesia & Candes (2020),
"Classification with valid and adaptive coverage", NeurIPS. Lu, Angelopoulos & Pomerantz (2022), "Improving
trustworthiness of AI disease severity rating in medical imaging with ordinal conformal prediction sets",
MICCAI (they grow from the mode).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.metrics import median_category

# Sums of probabilities that differ by rounding alone must not differ as scores.
_DECIMALS = 12
# What an impossible category weighs in a randomised score, so that no two rows tie.
_LEAST = 1e-9
# Calibration rows of a stratum that must lie outside its sets, for its threshold to be its own.
_OUTSIDE = 10


@dataclass(frozen=True)
class SetRule:
    """How sets are made from probabilities: from `fit_sets`, for rows that are yet to be forecast.

    Attributes
    ----------
    coverage : float
        Nominal probability that a set holds the true category.
    level : float
        Probability at which the thresholds are taken; differs from `coverage` where it was adapted to drift.
    pooled : array of float (c,)
        Scores of the true categories of all calibration rows, ascending.
    by_stratum : mapping of str to array of float
        The same of each stratum with calibration rows enough.
    too_few : tuple of str
        Strata with too few: they take the threshold of all rows, as a stratum without any does.
    randomised : bool
    seed : int
        Of the draws behind randomised sets.
    """

    coverage: float
    level: float
    pooled: Floats
    by_stratum: Mapping[str, Floats]
    too_few: tuple[str, ...] = ()
    randomised: bool = False
    seed: int = 0

    def sets(self, probabilities: npt.ArrayLike, strata: npt.ArrayLike | None = None) -> Ints:
        """Give the lowest and the highest category of every row's set.

        Parameters
        ----------
        probabilities : array of shape (n, K)
        strata : array of str, shape (n,), optional
            As in `fit_sets`; without them every row takes the threshold of all rows.

        Returns
        -------
        array of int, shape (n, 2)
            Contiguous. Deterministic sets hold the median category; a randomised one may be empty, with the
            lowest one above the highest.
        """
        matrix = np.asarray(probabilities, dtype=np.float64)
        u, v = self._draws(len(matrix))
        scores = conformity_scores(matrix, u)
        inside = scores <= self._thresholds(self._labels(strata, len(matrix)), v)[:, None]
        median = median_category(matrix)
        if u is None:
            inside[np.arange(len(matrix)), median] = True
        low = np.argmax(inside, axis=1)
        high = inside.shape[1] - 1 - np.argmax(inside[:, ::-1], axis=1)
        empty = ~inside.any(axis=1)
        return np.column_stack([np.where(empty, median + 1, low), np.where(empty, median, high)]).astype(
            np.int64
        )

    def levels(
        self, probabilities: npt.ArrayLike, y: npt.ArrayLike, strata: npt.ArrayLike | None = None
    ) -> Floats:
        """Give the level above which each row's set holds its true category.

        A quantile of these over a group is the level at which so large a share of the group would be covered.

        Parameters
        ----------
        probabilities : array of shape (n, K)
        y : array of int, shape (n,)
            True categories.
        strata : array of str, shape (n,), optional

        Returns
        -------
        array of shape (n,)
            Within [0, 1]; 0 where the set always holds it.
        """
        matrix, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(y, dtype=np.int64)
        u, v = self._draws(len(matrix))
        score = conformity_scores(matrix, u)[np.arange(len(matrix)), truth]
        labels, levels = self._labels(strata, len(matrix)), np.empty(len(matrix))
        for label in np.unique(labels):
            at, known = labels == label, self.by_stratum.get(str(label), self.pooled)
            rank = np.searchsorted(known, score[at]) + 1
            levels[at] = (rank - (1.0 if v is None else v[at])) / (len(known) + 1)
        if u is None:
            levels[median_category(matrix) == truth] = 0.0
        return np.clip(levels, 0.0, 1.0)

    def at(self, level: float) -> Self:
        """Give the same rule with its thresholds at another level."""
        return replace(self, level=level)

    def without_strata(self) -> Self:
        """Give the same rule with one threshold for all rows."""
        return replace(self, by_stratum={}, too_few=())

    def _draws(self, n: int) -> tuple[Floats | None, Floats | None]:
        if not self.randomised:
            return None, None
        generator = np.random.default_rng([self.seed, 1])
        return generator.random(n), generator.random(n)

    def _labels(self, strata: npt.ArrayLike | None, n: int) -> npt.NDArray[np.str_]:
        return np.full(n, "") if strata is None else np.asarray(strata, dtype=np.str_)

    def _thresholds(self, labels: npt.NDArray[np.str_], v: Floats | None) -> Floats:
        """Largest score (n,) that is inside; between two ranks a draw decides, so that the share is exact."""
        found = np.empty(len(labels))
        for label in np.unique(labels):
            at: Bools = labels == label
            known = self.by_stratum.get(str(label), self.pooled)
            exact = (len(known) + 1) * self.level
            # Rounded up, but not for what floating point adds to a whole number.
            rank = np.ceil(exact - 1e-9) if v is None else np.floor(exact + v[at])
            bordered = np.concatenate([[-np.inf], known, [np.inf]])
            found[at] = bordered[np.clip(rank, 0, len(known) + 1).astype(np.int64)]
        return found


def fit_sets(
    probabilities: npt.ArrayLike,
    y: npt.ArrayLike,
    strata: npt.ArrayLike | None = None,
    *,
    coverage: float = 0.9,
    randomised: bool = False,
    seed: int = 0,
) -> SetRule:
    """Calibrate sets on rows whose category is known.

    Parameters
    ----------
    probabilities : array of shape (n, K)
        Forecasts of rows that the forecaster was not fitted to.
    y : array of int, shape (n,)
        Their true categories.
    strata : array of str, shape (n,), optional
        Each stratum gets a threshold of its own (Mondrian sets), where it has at least
        ``10 / (1 - coverage)`` rows: 100 for 90 %. See `strata`.
    coverage : float
        Nominal probability, between 0 and 1.
    randomised : bool
        Exactly nominal instead of at least nominal.
    seed : int
        Of the draws; deterministic sets draw nothing.

    Returns
    -------
    SetRule
        Where there are too few rows for the coverage, every set is the whole scale.

    Raises
    ------
    ScsError
        If the coverage is not between 0 and 1.
    """
    if not 0 < coverage < 1:
        raise ScsError(f"coverage must lie between 0 and 1, got {coverage}")
    truth = np.asarray(y, dtype=np.int64)
    u = np.random.default_rng([seed, 0]).random(len(truth)) if randomised else None
    scores = conformity_scores(probabilities, u)[np.arange(len(truth)), truth]
    labels = np.asarray([] if strata is None else strata, dtype=np.str_)
    each = {str(label): np.sort(scores[labels == label]) for label in np.unique(labels)}
    least = _OUTSIDE / (1 - coverage) - 1e-9
    return SetRule(
        coverage=coverage,
        level=coverage,
        pooled=np.sort(scores),
        by_stratum={label: values for label, values in each.items() if len(values) >= least},
        too_few=tuple(label for label, values in each.items() if len(values) < least),
        randomised=randomised,
        seed=seed,
    )


def conformity_scores(probabilities: npt.ArrayLike, u: npt.ArrayLike | None = None) -> Floats:
    """Probability of the smallest set, grown from the median, that holds each category.

    Parameters
    ----------
    probabilities : array of shape (n, K)
    u : array of shape (n,), optional
        Uniform draws: only so large a share of the category itself counts (a smoothed score).

    Returns
    -------
    array of shape (n, K)
        Least at the median category, and never falling away from it.

    Examples
    --------
    >>> conformity_scores([[0.1, 0.2, 0.4, 0.3]])
    array([[1. , 0.9, 0.4, 0.7]])
    >>> conformity_scores([[0.1, 0.2, 0.4, 0.3]], [0.5])
    array([[0.95, 0.8 , 0.2 , 0.55]])
    """
    matrix = np.asarray(probabilities, dtype=np.float64)
    low = median_category(matrix)
    high = low.copy()
    n, k = matrix.shape
    rows = np.arange(n)
    before = np.empty((n, k))  # probability of the set to which a category is added
    before[rows, low] = 0.0
    mass = matrix[rows, low]
    # A border of -1 on both sides stops the growth at the ends of the scale.
    bordered = np.pad(matrix, ((0, 0), (1, 1)), constant_values=-1.0)
    for _ in range(k - 1):
        down, up = bordered[rows, low], bordered[rows, high + 2]
        upwards = up > down
        high = high + upwards
        low = low - ~upwards
        before[rows, np.where(upwards, high, low)] = mass
        mass = mass + np.where(upwards, up, down)
    before = np.round(before, _DECIMALS)
    if u is None:
        return np.round(before + matrix, _DECIMALS)
    return before + np.asarray(u, dtype=np.float64)[:, None] * np.maximum(matrix, _LEAST)
