"""Are events more frequent inside than outside, stratum by stratum? Indirect standardisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Bools, Floats, Ints


@dataclass(frozen=True)
class Marks:
    """Events, or units at risk, as columns of equal length (k,).

    Attributes
    ----------
    cluster, stratum : ndarray of int (k,)
    inside : ndarray of bool (k,)
        On which side they are.
    weight : ndarray (k,)
        How many each of them stands for.
    """

    cluster: Ints
    stratum: Ints
    inside: Bools
    weight: Floats

    def totals(self, n_strata: int) -> tuple[Floats, Floats]:
        """Weights inside and outside by stratum, each (n_strata,)."""
        inside, outside = (
            np.bincount(self.stratum[side], weights=self.weight[side], minlength=n_strata)
            for side in (self.inside, ~self.inside)
        )
        return inside.astype(np.float64), outside.astype(np.float64)


@dataclass(frozen=True)
class Excess:
    r"""Events inside, and as many as the rates outside would have given.

    Attributes
    ----------
    observed, expected : float
    observed_influence, expected_influence : ndarray (G,)
        What each cluster adds to the deviation of the two from their means.
    """

    observed: float
    expected: float
    observed_influence: Floats
    expected_influence: Floats

    @property
    def log_ratio(self) -> float:
        """Logarithm of observed over expected; NaN where either is nothing."""
        if not (self.observed > 0 and self.expected > 0):
            return float("nan")
        return float(np.log(self.observed / self.expected))

    @property
    def log_influence(self) -> Floats:
        """Influence (G,) of each cluster on `log_ratio`."""
        return np.asarray(
            self.observed_influence / self.observed - self.expected_influence / self.expected,
            dtype=np.float64,
        )


def excess(events: Marks, at_risk: Marks, n_clusters: int, n_strata: int) -> Excess:
    r"""Hold the events inside against the rates outside.

    In stratum t let :math:`a_t, A_t` be events inside and outside and :math:`e_t, E_t` the units at risk:
    :math:`\sum_t A_t e_t / E_t` events are expected. Units at risk may be counted (person-periods), or
    sampled by events of other kinds, which nobody's time inside moves: then it is quasi-induced exposure.

    Parameters
    ----------
    events, at_risk : Marks
    n_clusters, n_strata : int
        Numbers of codes.

    Returns
    -------
    Excess
        Over the strata with anybody at risk outside. The sum of squares of the influences of any function of
        several such results is its cluster-robust variance.

    References
    ----------
    Breslow & Day (1987), Statistical Methods in Cancer Research II, ch. 2 (indirect standardisation). Carr
    (1969), "A statistical analysis of rural Ontario traffic accidents using induced exposure data", Accid.
    Anal. Prev. 1, 343-357.
    """
    inside, outside = events.totals(n_strata)
    risk_inside, risk_outside = at_risk.totals(n_strata)
    usable = risk_outside > 0
    share = np.divide(risk_inside, risk_outside, out=np.zeros(n_strata), where=usable)
    rate = np.divide(outside, risk_outside, out=np.zeros(n_strata), where=usable)

    def by_cluster(marks: Marks, inside: Floats, outside: Floats) -> Floats:
        each = np.where(marks.inside, inside[marks.stratum], outside[marks.stratum]) * marks.weight
        return np.bincount(marks.cluster, weights=each, minlength=n_clusters).astype(np.float64)

    none = np.zeros(n_strata)
    return Excess(
        observed=float(inside[usable].sum()),
        expected=float((outside * share).sum()),
        observed_influence=by_cluster(events, usable.astype(np.float64), none),
        expected_influence=by_cluster(events, none, share) + by_cluster(at_risk, rate, -rate * share),
    )
