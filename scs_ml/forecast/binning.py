"""Monotone bins of a number, and the weight of evidence of bins and levels on an ordinal scale."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

from scs_ml.core import Floats, Ints
from scs_ml.forecast.encoder import level_codes

_BINS = 5
_SMALLEST_BIN = 0.02  # of the rows
_PRIOR_ROWS = 1.0


def weights_of_evidence(bins: Ints, n_bins: int, codes: Ints) -> Floats:
    r"""Weight of evidence of every bin, pooled over the boundaries.

    At boundary k it is the log-odds of exceeding k in the bin less those overall, :math:`p_k` being the
    share that exceeds it; the bin is smoothed by one row of average people. The boundaries' values are
    averaged with weights :math:`p_k(1-p_k)`, the information that a boundary holds on a common shift. With
    two categories this is the usual weight of evidence.

    Parameters
    ----------
    bins : array of int, shape (n,)
        Bin of every row.
    n_bins : int
    codes : array of int, shape (n,)
        Categories.

    Returns
    -------
    array of shape (n_bins,)
        0 for a bin without rows, and everywhere where there is one category.

    References
    ----------
    Siddiqi (2006), "Credit Risk Scorecards", Wiley, ch. 6; Thomas (2009), "Consumer Credit Models", Oxford,
    ch. 1: weights of evidence. Micci-Barreca (2001), SIGKDD Explorations 3(1), 27-32: smoothing by a prior.
    """
    exceeds = codes[:, None] > np.unique(codes)[:-1]
    if not exceeds.shape[1]:
        return np.zeros(n_bins)
    share = exceeds.mean(axis=0)
    rows = np.bincount(bins, minlength=n_bins)[:, None]
    above = np.column_stack([np.bincount(bins, weights=each, minlength=n_bins) for each in exceeds.T])
    odds = (above + _PRIOR_ROWS * share) / (rows - above + _PRIOR_ROWS * (1 - share))
    evidence = np.log(odds) - np.log(share / (1 - share))
    return np.asarray(np.average(evidence, axis=1, weights=share * (1 - share)))


def monotone_cuts(values: Floats, codes: Ints, direction: int) -> list[float]:
    """Cut a number into five bins at most whose weights of evidence only rise, or only fall.

    A regression tree with a monotonic constraint finds the cuts; where no direction is declared both are
    tried, and the one that explains more is kept. Neighbours whose weights of evidence are still out of order
    are pooled.

    Parameters
    ----------
    values : array of shape (n,)
        NaN where missing: these rows are no part of the bins.
    codes : array of int, shape (n,)
        Categories.
    direction : int
        1 rising, -1 falling, 0 as the data show.

    Returns
    -------
    list of float
        Rising; a value on a cut belongs below it.
    """
    known = ~np.isnan(values)
    if np.sum(known) < 2:
        return []
    trees = []
    for way in (direction,) if direction else (1, -1):
        tree = DecisionTreeRegressor(
            max_leaf_nodes=_BINS, min_samples_leaf=_SMALLEST_BIN, monotonic_cst=[way], random_state=0
        )
        tree.fit(values[known, None], codes[known])
        trees.append((tree.score(values[known, None], codes[known]), way, tree.tree_))
    _, way, found = max(trees, key=lambda each: each[0])
    # As precise as they are printed: who adds up by hand must come to the same sum.
    cuts = sorted({float(f"{t:g}") for t in found.threshold[found.feature >= 0]})
    while cuts:
        bins = np.where(known, np.searchsorted(cuts, values, side="left"), len(cuts) + 1)
        rise = way * np.diff(weights_of_evidence(bins, len(cuts) + 2, codes)[:-1])
        if (rise > 0).all():
            break
        del cuts[int(np.argmin(rise))]
    return cuts


def bin_of(name: str, column: pd.Series[Any], parts: list[Any]) -> Ints:
    """Bin (n,) of each value, by the cuts of a number or the levels of a category; the last is "missing"."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = level_codes(name, column, parts)
        return np.where(codes < 0, len(parts), codes)
    values = column.to_numpy(np.float64)
    bins = np.searchsorted(parts, values, side="left")
    return np.where(np.isnan(values), len(parts) + 1, bins)


def bins_of_cuts(cuts: list[float]) -> list[str]:
    """Say in words which values each bin of a number holds."""
    if not cuts:
        return ["any", "missing"]
    said = [f"{cut:g}" for cut in cuts]
    between = [f"over {low} up to {high}" for low, high in pairwise(said)]
    return [f"up to {said[0]}", *between, f"over {said[-1]}", "missing"]
