"""What a search found, as data, and how it chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scs_ml.core import Floats, Ints, Table
from scs_ml.inference import paired_difference


@dataclass(frozen=True)
class Candidate:
    """One setting of the hyper-parameters over the test rows of all folds.

    Attributes
    ----------
    parameters : mapping
    rps, low, high : float
        Mean ranked probability score, and its interval, robust to clusters; NaN where there are fewer
        than two.
    behind, behind_se : float
        Mean difference in RPS from the best candidate, and its standard error, robust to clusters.
    """

    parameters: Mapping[str, Any]
    rps: float
    low: float
    high: float
    behind: float
    behind_se: float


@dataclass(frozen=True)
class SearchResult:
    """Candidates in the order they were drawn, the defaults first.

    Attributes
    ----------
    candidates : tuple of Candidate
    best : Candidate
        Of the lowest mean RPS.
    chosen : Candidate
        The simplest that is behind the best by at most one standard error of the difference, where the space
        says what is simpler; else the best.
    confidence : float
        Of the intervals.
    n_rows, n_clusters, n_folds : int
        Test rows of all folds, clusters among them, folds.
    """

    candidates: tuple[Candidate, ...]
    best: Candidate
    chosen: Candidate
    confidence: float
    n_rows: int
    n_clusters: int
    n_folds: int

    def as_table(self) -> Table:
        """Give the candidates, best first, ready to be shown."""
        names = tuple(self.best.parameters)
        return Table(
            "search",
            f"{len(self.candidates)} candidates on {self.n_rows} rows of {self.n_folds} folds, best first",
            (*names, "RPS", "low", "high", "behind", "SE", "chosen"),
            tuple(
                (
                    *(str(each.parameters[name]) for name in names),
                    each.rps,
                    each.low,
                    each.high,
                    each.behind,
                    each.behind_se,
                    "chosen" if each is self.chosen else "",
                )
                for each in sorted(self.candidates, key=lambda each: each.rps)
            ),
        )


def compare(
    candidates: Sequence[Mapping[str, Any]],
    losses: Floats,
    cluster: Ints,
    *,
    simpler: Mapping[str, str],
    confidence: float,
    n_folds: int,
) -> SearchResult:
    """Rank candidates by mean loss, and choose.

    Parameters
    ----------
    candidates : sequence of mapping (c)
        Parameters.
    losses : array of shape (c, n)
        RPS of every candidate on the same rows.
    cluster : array of shape (n,)
    simpler : mapping of str to "lower" or "higher"
    confidence : float
    n_folds : int

    Returns
    -------
    SearchResult

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, section 3.4.3: the rule of
    one standard error; here it is that of the paired difference, since all candidates meet the same rows.
    """
    leader = losses[int(np.argmin(losses.mean(axis=1)))]
    found = []
    for parameters, loss in zip(candidates, losses, strict=True):
        mean = paired_difference(loss, np.zeros_like(loss), cluster, confidence=confidence)
        gap = paired_difference(loss, leader, cluster, confidence=confidence)
        found.append(
            Candidate(parameters, mean.value, mean.low, mean.high, behind=gap.value, behind_se=gap.se)
        )
    best = min(found, key=lambda each: each.rps)
    as_good = [each for each in found if each is best or each.behind <= each.behind_se]
    chosen = min(as_good, key=lambda each: _complexity(each, simpler)) if simpler else best
    return SearchResult(
        tuple(found), best, chosen, confidence, losses.shape[1], len(np.unique(cluster)), n_folds
    )


def _complexity(candidate: Candidate, simpler: Mapping[str, str]) -> tuple[float, ...]:
    """Parameters as numbers that fall with simplicity, the most telling first; then the score."""
    signed = [(1 if way == "lower" else -1) * float(candidate.parameters[p]) for p, way in simpler.items()]
    return (*signed, candidate.rps)
