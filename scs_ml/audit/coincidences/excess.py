"""How much more often entries coincide in a group than the reference's pattern foretells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import betainc, betaincc, betainccinv, betaincinv, ndtr, ndtri

from scs_ml.audit.coincidences.pairs import Tally
from scs_ml.core import Floats

_PRIOR = 10.0  # units with pairs, of the reference's kind, that a group's own scatter is steadied by


@dataclass(frozen=True)
class Excess:
    """Points of coincident pairs of a group, beside what the reference foretells.

    Attributes
    ----------
    seen, expected : float
        Points of pairs in one period; and in how many the group's pairs apart should result.
    scatter : (float, float)
        Variance of `seen` and of `expected` per point of theirs: the points of a Poisson event that would
        make them as uncertain.
    influence : ndarray (G,)
        Of each unit on ``seen - expected``.
    rate : ndarray (K,)
        Pairs in one period per pair apart among the reference, by stratum; 0 where it has none.
    by_stratum : ndarray (K,)
        ``seen - expected`` of each stratum.
    """

    seen: float
    expected: float
    scatter: tuple[float, float]
    influence: Floats
    rate: Floats
    by_stratum: Floats

    @property
    def value(self) -> float:
        """Points in excess."""
        return self.seen - self.expected

    @property
    def counts(self) -> tuple[float, float]:
        """How many Poisson events are as uncertain as `seen`, and as `expected`."""
        return self.seen / self.scatter[0], self.expected / self.scatter[1]

    @property
    def null_share(self) -> float:
        """Share of all those events that would be the group's if it coincided as the reference does."""
        group, reference = self.scatter
        return reference / (group + reference)

    @cached_property
    def z(self) -> float:
        """Normal equivalent of the exact conditional test that the group coincides as the reference does.

        References
        ----------
        Przyborowski & Wilenski (1940), "Homogeneity of results in testing samples from Poisson series",
        Biometrika 31, 313-323. Korn & Graubard (1998), "Confidence intervals for proportions with small
        expected number of positive counts estimated from survey data", Surv. Methodol. 24 (effective counts).
        """
        x, y = self.counts
        more = betainc(x, y + 1, self.null_share) if x > 0 else 1.0
        fewer = betaincc(x + 1, y, self.null_share)
        if min(more, fewer) >= 0.5:
            return 0.0
        return float(-ndtri(more) if more < fewer else ndtri(fewer))

    def limits(self, critical: float) -> tuple[float, float]:
        """Limits of the points in excess that the same test, at a normal `critical`, does not refute."""
        x, y = self.counts
        tail = float(ndtr(-critical))
        low = float(betaincinv(x, y + 1, tail)) if x > 0 else 0.0
        high = float(betainccinv(x + 1, y, tail))
        group, reference = self.scatter
        ratios = [p / max(1 - p, 1e-12) * group / reference for p in (low, high)]
        return self.expected * (ratios[0] - 1), self.expected * (ratios[1] - 1)


def excess(group: Tally, reference: Tally) -> Excess | None:
    """Compare a group's pairs with those of the reference.

    Strata (rules) are compared each with its own, so that one whose entries come in bursts does not speak for
    the others.

    Parameters
    ----------
    group, reference : Tally (G, K)
        Over the same units.

    Returns
    -------
    Excess or None
        None where either has no pairs apart, or the reference none in one period.
    """
    apart_of_group, apart_of_reference = group.apart.sum(axis=0), reference.apart.sum(axis=0)
    known = apart_of_reference > 0
    over = np.divide(1.0, apart_of_reference, out=np.zeros(len(known)), where=known)
    rate = reference.same.sum(axis=0) * over
    seen = float(group.same[:, known].sum())
    expected = float(apart_of_group @ rate)
    if expected <= 0:
        return None
    ratio = seen / expected
    of_group = group.same[:, known].sum(axis=1) - ratio * (group.apart @ rate)
    left = reference.same - reference.apart * rate
    of_reference = left @ (apart_of_group * over)
    variances = float(of_group @ of_group), float(of_reference @ of_reference)
    # Shocks of a place and period that strike both sides cancel; relatives on both sides add.
    together = of_group - ratio * of_reference
    apart = variances[0] + ratio**2 * variances[1]
    shared = float(together @ together) / apart if apart > 0 else 1.0
    usual = float((left.sum(axis=1) ** 2).sum() / reference.same.sum())
    if usual <= 0 or variances[1] <= 0:
        return None
    own = variances[0] / seen if seen > 0 else 0.0
    size = _units(group.same[:, known].sum(axis=1))
    scatter_of_group = (size * own + _PRIOR * usual) / (size + _PRIOR)
    return Excess(
        seen=seen,
        expected=expected,
        scatter=(scatter_of_group * shared, variances[1] / expected * shared),
        influence=group.same[:, known].sum(axis=1) - group.apart @ rate - of_reference,
        rate=rate,
        by_stratum=np.where(known, group.same.sum(axis=0), 0.0) - apart_of_group * rate,
    )


def _units(values: Floats) -> float:
    """Effective number of units that a sum is spread over."""
    squares = float(values @ values)
    return float(values.sum()) ** 2 / squares if squares > 0 else 0.0
