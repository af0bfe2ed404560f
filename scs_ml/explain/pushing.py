"""Push the attribution of a derived column through to the indicators behind it.

A hybrid reads an expert score, and a panel forecast reads the person's current score: columns that are
themselves made of indicators. What the model gives to such a column belongs to them. Chen, Lundberg & Lee
(2022) propagate attributions through a series of models; two rules do it here, and both conserve every sum.

*Linear models*: the attribution is slope × centred column, and the column is a sum of contributions, so the
split slope × contribution is exact: what one model over all indicators would have been given.

*Trees*: the attribution is no multiple of the column, so the slope is taken between people. A monotone curve
shows how the attribution rises (or falls) with the column; an indicator gets the mean, over baseline people,
of its difference from the baseline × the curve's slope between the two. That is the generalised rescale rule
with many baselines, on a curve so that no two near neighbours make a slope of noise. What the curve does not
explain is shared in proportion to the absolute shares. ``docs/explanations.md`` says how it was chosen.

References
----------
Chen, Lundberg & Lee (2022), Explaining a series of models by propagating Shapley values, Nature
Communications 13, 4512. Shrikumar, Greenside & Kundaje (2017), Learning important features through
propagating activation differences, ICML (rescale rule).
"""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression

from scs_ml.core import Floats, Ints

# Rows from which curves are learned, spread evenly over the reference.
_CURVE_ROWS = 1000
_KNOTS = 21
_FINEST = 100  # knots lie further apart than the column's standard deviation over this
_BASELINES = 200
_BLOCK = 20_000  # values compared with the baselines at a time, so that memory stays small


def curve_rows(n: int, reference: slice) -> Ints:
    """Positions among n rows, at most `_CURVE_ROWS` of the reference, from which curves are learned."""
    positions = np.arange(n, dtype=np.int64)[reference]
    return positions[:: -(-len(positions) // _CURVE_ROWS)]


def share_by_slope(attribution: Floats, contributions: Floats, reference: slice, otherwise: Floats) -> Floats:
    """Share the attribution of a column among what it is made of, for models that are not linear in it.

    Parameters
    ----------
    attribution : ndarray (m,)
    contributions : ndarray (m, d)
        Of the indicators to the column; rows sum to the column less a constant.
    reference : slice
        Rows that the curve is fitted to and that baselines are taken from.
    otherwise : ndarray (d,)
        Weights, non-negative, not all zero, of an attribution that falls on nobody's contribution.

    Returns
    -------
    ndarray (m, d)
        Rows sum to `attribution`.

    Examples
    --------
    A column that counts for twice its value, made of two indicators; the reference is all four rows.

    >>> parts = np.array([[0.0, 0.0], [0.0, 1.0], [3.0, 0.0], [3.0, 1.0]])
    >>> share_by_slope(2 * (parts.sum(axis=1) - 2), parts, slice(None), np.ones(2))
    array([[-3., -1.],
           [-3.,  1.],
           [ 3., -1.],
           [ 3.,  1.]])
    """
    column = _rounded(contributions.sum(axis=1), reference)
    knots, heights = _curve(column[reference], attribution[reference])
    shares = np.zeros_like(contributions)
    if len(knots) > 1:
        stride = -(-len(column[reference]) // _BASELINES)
        baselines = contributions[reference][::stride]
        # People with the same column have the same slopes.
        distinct, place = np.unique(column, return_inverse=True)
        slope, pull = np.empty((len(distinct), 1)), np.empty((len(distinct), contributions.shape[1]))
        for start in range(0, len(distinct), _BLOCK):
            block = slice(start, start + _BLOCK)
            slopes = _slopes(distinct[block], baselines.sum(axis=1), knots, heights)
            slope[block, 0] = slopes.mean(axis=1)
            pull[block] = slopes @ baselines / len(baselines)
        shares = contributions * slope[place] - pull[place]
    rest = attribution - shares.sum(axis=1)
    weights = np.abs(shares)
    weights = np.where(weights.any(axis=1, keepdims=True), weights, otherwise)
    # The largest weight becomes one before they are summed: tiny ones must not lose the sum.
    weights = weights / weights.max(axis=1, keepdims=True)
    return np.asarray(
        shares + rest[:, None] * (weights / weights.sum(axis=1, keepdims=True)), dtype=np.float64
    )


def _rounded(column: Floats, reference: slice) -> Floats:
    """Column (n,) to nine digits of its spread: sums equal but for the order of addition become equal."""
    spread = float(np.ptp(column[reference]))
    return np.round(column, 9 - int(np.floor(np.log10(spread)))) if spread > 0 else column


def _curve(column: Floats, attribution: Floats) -> tuple[Floats, Floats]:
    """Monotone least-squares curve of the attribution over the column: knots at quantiles, heights there."""
    rising = float((column - column.mean()) @ attribution) >= 0
    fit = IsotonicRegression(increasing=rising, out_of_bounds="clip").fit(column, attribution)
    knots = np.unique(np.quantile(column, np.linspace(0, 1, _KNOTS)))
    knots = knots[np.diff(knots, prepend=-np.inf) > column.std() / _FINEST]
    return knots, np.asarray(fit.predict(knots), dtype=np.float64)


def _slopes(column: Floats, baselines: Floats, knots: Floats, heights: Floats) -> Floats:
    """Slope (m, b) of the curve between each row and each baseline; the local one where they are close."""
    run = column[:, None] - baselines
    rise = np.interp(column, knots, heights)[:, None] - np.interp(baselines, knots, heights)
    segment = np.clip(np.searchsorted(knots, column) - 1, 0, len(knots) - 2)
    local = (np.diff(heights) / np.diff(knots))[segment]
    slopes = np.broadcast_to(local[:, None], run.shape).copy()
    np.divide(rise, run, out=slopes, where=np.abs(run) > np.diff(knots).min() / 2)
    return slopes
