"""Push the attribution of a derived column through to the indicators behind it.

A hybrid reads an expert score, and a panel forecast reads the person's current score: columns that are
themselves made of indicators. What the model gives to such a column belongs to them. Chen, Lundberg & Lee (2022)
propagate attributions through a series of models; two rules do it here, and both conserve the sum in every row.

*Linear models*: the attribution is slope × centred column, and the column is a sum of contributions, so the
split slope × contribution is exact: it is what one model over all indicators would have been given.

*Trees*: the attribution is no multiple of the column. It is shared as in layer-wise relevance propagation's
α=1, β=0 rule (Bach et al. 2015): a negative attribution among the indicators that pull the column down, a positive one among
those that push it up, each in proportion. The split is bounded: no indicator gets more than the whole. Its limits:
it takes the column to be read as rising (more of it, a better category), and in a row where indicators pull both ways
those on the losing side get nothing.

References
----------
Bach et al. (2015), On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
propagation, PLoS ONE 10(7), eq. 60. Chen, Lundberg & Lee (2022), Explaining a series of models by propagating Shapley
values, Nature Communications 13, 4512.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Floats, Ints


def share_signed(attribution: Floats, contributions: Floats, otherwise: Floats) -> Floats:
    """Share attributions among contributions of their own sign, in proportion.

    Where no contribution has the attribution's sign, it is shared in proportion to the absolute ones; where all
    are zero, in proportion to `otherwise`.

    Parameters
    ----------
    attribution : ndarray (m,)
    contributions : ndarray (m, d)
        Centred contributions of the indicators to the column.
    otherwise : ndarray (d,)
        Weights, non-negative, not all zero.

    Returns
    -------
    ndarray (m, d)
        Rows sum to `attribution`.

    Examples
    --------
    >>> share_signed(np.array([-6.0]), np.array([[-1.0, -2.0, 5.0]]), np.ones(3))
    array([[-2., -4.,  0.]])
    """
    weights = np.maximum(contributions * np.sign(attribution)[:, None], 0.0)
    for fallback in (np.abs(contributions), np.broadcast_to(otherwise, contributions.shape)):
        weights = np.where(weights.any(axis=1, keepdims=True), weights, fallback)
    # Largest weight one, before summing: denormal weights must not lose the sum.
    weights = weights / weights.max(axis=1, keepdims=True)
    return attribution[:, None] * (weights / weights.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Lag:
    """A lag column, and how the indicators make it up.

    Attributes
    ----------
    at : int
        Position among the model's inputs.
    contributions : ndarray (n, d)
        Centred; column `at` holds the part that no indicator explains. Rows sum to the centred lag.
    r2 : float
        Share of the lag's variance that the indicators explain, over the reference rows.
    """

    at: int
    contributions: Floats
    r2: float

    def push_linear(self, values: Floats) -> Floats:
        """Push through values (n, d) that are linear in the lag: all rows must be given, to find the slope."""
        centred = self.contributions.sum(axis=1)
        attribution = values[:, self.at]
        power = float(centred @ centred)
        slope = float(attribution @ centred) / power if power > 0 else 0.0
        pushed = values + slope * self.contributions
        # Whatever is not linear in the lag (a missing value that was filled in, say) stays on it.
        pushed[:, self.at] = attribution - slope * (centred - self.contributions[:, self.at])
        return pushed

    def push_signed(self, values: Floats, rows: Ints) -> Floats:
        """Push through values (m, d) of a model that is not linear, for those rows."""
        stays = np.zeros(values.shape[1])
        stays[self.at] = 1.0
        shared = share_signed(values[:, self.at], self.contributions[rows], stays)
        kept = values.copy()
        kept[:, self.at] = 0.0
        return kept + shared


def regress_lag(lag: Floats, encoded: Floats, owner: Ints, at: int, d: int, reference: slice) -> Lag | None:
    """Learn by ordinary least squares how the other indicators make up a lag column.

    Parameters
    ----------
    lag : ndarray (n,)
    encoded : ndarray (n, q)
        Encoded columns of the other indicators; missing values count as a level of their own.
    owner : ndarray of int (q,)
        Input behind each encoded column.
    at, d : int
        Position of the lag among the `d` inputs.
    reference : slice
        Rows to learn from and to centre on.

    Returns
    -------
    Lag, or None
        None where the reference has fewer than twice as many rows as there are columns to learn: the fit would
        explain anything.
    """
    absent = np.isnan(encoded)
    some = absent.any(axis=0)
    design = np.hstack([encoded, absent[:, some].astype(np.float64)])
    owner = np.concatenate([owner, owner[some]])
    y = _filled(lag[:, None], reference)[:, 0]
    design = _filled(design, reference)
    design = design - design[reference].mean(axis=0)
    y = y - y[reference].mean()
    spread = design[reference].std(axis=0)
    varying = spread > 1e-12
    design, owner = design[:, varying] / spread[varying], owner[varying]
    coefficients, _, rank, _ = np.linalg.lstsq(design[reference], y[reference], rcond=1e-10)
    if len(y[reference]) < 2 * (rank + 1):
        return None
    parts = design * coefficients
    contributions = np.zeros((len(y), d))
    np.add.at(contributions.T, owner, parts.T)
    contributions[:, at] = y - parts.sum(axis=1)
    total, left = float(np.sum(y[reference] ** 2)), float(np.sum(contributions[reference, at] ** 2))
    return Lag(at, contributions, 1.0 - left / total if total > 0 else 0.0)


def _filled(columns: Floats, reference: slice) -> Floats:
    """Missing values (n, q) replaced by the mean over the reference; zero where a column has no value there."""
    known = ~np.isnan(columns[reference])
    sums = np.where(known, columns[reference], 0.0).sum(axis=0)
    means = sums / np.maximum(known.sum(axis=0), 1)
    return np.where(np.isnan(columns), means, columns)
