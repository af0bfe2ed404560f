"""How well one indicator foretells who belongs to a group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.groups import Contrast
from scs_ml.core import Floats, Ints
from scs_ml.inference import covariance

FOLDS, BINS = 5, 10


def predictability(
    values: pd.Series, contrast: Contrast, cluster: Ints, *, level: float, seed: int
) -> tuple[float, float, float]:
    """Area under the ROC curve of predicting the group from one indicator, out of sample.

    Each row is given the share of the group among rows of other clusters with its level (numbers: its
    tenth). The interval is DeLong's, from placement values summed within clusters.

    Parameters
    ----------
    values : Series (n,)
    contrast : Contrast
    cluster : ndarray of int (n,)
    level : float
        Probability that the interval misses.
    seed : int
        Seed of the split into five folds of clusters.

    Returns
    -------
    area, low, high : float
        NaN where no fold has people of both sides.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, 837-845. Obuchowski (1997), Biometrics 53
    (clusters).
    """
    rows = np.flatnonzero(contrast.members | contrast.others)
    member, codes, groups = contrast.members[rows], levels(values)[rows], cluster[rows]
    fold = np.random.default_rng(seed).permutation(int(cluster.max()) + 1)[groups] % FOLDS
    size = int(codes.max()) + 1
    weight, area, influence = np.zeros(FOLDS), np.zeros(FOLDS), np.zeros(len(rows))
    for k in range(FOLDS):
        train, test = fold != k, fold == k
        sides = test & member, test & ~member
        weight[k] = sides[0].sum() * sides[1].sum()
        if weight[k] == 0 or not train.any():
            continue
        inside = np.bincount(codes[train], weights=member[train], minlength=size)
        count = np.bincount(codes[train], minlength=size)
        # One more row at the overall share steadies levels with few rows.
        share = ((inside + member[train].mean()) / (count + 1))[codes]
        placement = _placements(share[sides[0]], share[sides[1]])
        area[k] = placement[0].mean()
        # Folds are averaged, not pooled: a level's share is a little lower where its members are left out.
        for side, values_of_side in zip(sides, placement, strict=True):
            influence[side] = weight[k] * (values_of_side - area[k]) / side.sum()
    if weight.sum() == 0:
        return np.nan, np.nan, np.nan
    mean = float((weight * area).sum() / weight.sum())
    error = float(np.sqrt(covariance(influence / weight.sum(), groups)[0, 0]))
    half = float(stats.norm.isf(level / 2)) * error
    return mean, max(mean - half, 0.0), min(mean + half, 1.0)


def _placements(members: Floats, others: Floats) -> tuple[Floats, Floats]:
    """Share of the others below each member, and of the members above each other; ties count one half."""
    rank = stats.rankdata(np.concatenate([members, others]))
    below = (rank[: len(members)] - stats.rankdata(members)) / len(others)
    above = 1 - (rank[len(members) :] - stats.rankdata(others)) / len(members)
    return below, above


def levels(values: pd.Series) -> Ints:
    """Codes (n,) of an indicator's levels; a number is cut into tenths, and a missing value is a level."""
    if isinstance(values.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(values):
        return pd.factorize(values.astype(object), use_na_sentinel=False)[0].astype(np.int64)
    cut = pd.qcut(values.astype(np.float64), BINS, labels=False, duplicates="drop")
    return cut.fillna(-1).to_numpy(dtype=np.int64) + 1
