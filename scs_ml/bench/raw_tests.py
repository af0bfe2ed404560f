"""The best single raw tests: one number each per world, whose threshold the bench sets on null worlds.

They ask whether groups differ, not why. Each is the largest over all groups, intersections among them.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.points import latest_rows
from scs_ml.core import AuditCase, Bools, Dataset, Floats, Ints
from scs_ml.inference import mean_contrast

STATISTICS = ("outcome_gap", "shap_gap", "shap_two_sample", "proxy_auc", "proxy_auc_low")
THRESHOLDS = {"outcome_gap": -math.log10(0.05), "shap_gap": -math.log10(0.05), "proxy_auc": 0.6}
"""Thresholds in common use, for what the bench does not calibrate; `proxy_auc_low` is held against 0.5."""

DIRECTIONS = 32  # along which SHAP vectors are compared
SMALLEST = 30  # people on a side, for what is fitted
LIMIT = 1.96  # standard errors below an area: 95 %
RIDGE = 1e-3  # added to the correlation matrix of indicators


def raw_statistics(case: AuditCase, *, seed: int = 0) -> dict[str, float]:
    """Give the raw tests' statistics; the larger, the more a group differs.

    Parameters
    ----------
    case : AuditCase
        Each subject's latest row is used.
    seed : int
        Of the directions and of the halves in which the proxy model is fitted.

    Returns
    -------
    dict of str to float
        NaN where there is nothing to test. ``outcome_gap``: -log10 of the smallest two-sided p-value, times
        their number, of a difference in mean score, robust to families. ``shap_gap``: the same over groups
        and indicators, of mean SHAP values averaged over boundaries. ``shap_two_sample``: sliced energy
        distance of SHAP vectors in units of its null mean. ``proxy_auc``: area under the curve of a linear
        discriminant that guesses the group from the model's inputs, on the half it was not fitted to;
        ``proxy_auc_low``: its lower 95 % limit.
    """
    rows = latest_rows(case.dataset)
    compared = [c for c in contrasts(case) if min(c.members[rows].sum(), c.others[rows].sum()) > 1]
    found = dict.fromkeys(STATISTICS, math.nan)
    if not compared:
        return found
    rng = np.random.default_rng(seed)
    cluster = case.dataset.cluster
    scored = rows[np.isfinite(case.forecast.score[rows])]
    found["outcome_gap"] = _gap(case.forecast.score[:, None], scored, compared, cluster)
    explanation = case.explanation
    if explanation is not None:
        values = np.zeros((len(case.dataset), explanation.values.shape[1]))
        values[explanation.rows] = explanation.values.mean(axis=2)
        explained = rows[np.isin(rows, explanation.rows)]
        found["shap_gap"] = _gap(values, explained, compared, cluster)
        found["shap_two_sample"] = _sliced(values, explained, compared, rng)
    found["proxy_auc"], found["proxy_auc_low"] = _proxy(case.dataset, rows, compared, rng)
    return found


def energy_ratio(values: npt.ArrayLike, members: npt.ArrayLike, others: npt.ArrayLike) -> float:
    """Compare two samples by the energy distance along each column, in units of its null mean.

    Parameters
    ----------
    values : array (m, p)
    members, others : array of bool (m,)

    Returns
    -------
    float
        About 1 where both samples come from one distribution, whatever their sizes; NaN where nothing varies.

    References
    ----------
    Székely & Rizzo (2013), "Energy statistics", J. Stat. Plan. Inference 143. Rizzo & Székely (2010), "DISCO
    analysis", Ann. Appl. Stat. 4.
    """
    members, others = np.asarray(members, dtype=bool), np.asarray(others, dtype=bool)
    array = np.asarray(values, dtype=np.float64)
    order = np.argsort(array, axis=0)
    return _energy(np.take_along_axis(array, order, axis=0), order, members, others)


def group_auc(
    features: npt.ArrayLike, members: npt.ArrayLike, others: npt.ArrayLike, half: npt.ArrayLike
) -> tuple[float, float]:
    """Say how well a linear discriminant tells a group from a reference, cross-fitted in two halves.

    Parameters
    ----------
    features : array (n, d)
    members, others : array of bool (n,)
    half : array of bool (n,)
        Each half is judged by the discriminant of the other.

    Returns
    -------
    auc, standard error : float
        NaN where a half lacks a side.

    References
    ----------
    Hanley & McNeil (1982), "The meaning and use of the area under a receiver operating characteristic curve",
    Radiology 143, for the standard error.
    """
    array, half = np.asarray(features, dtype=np.float64), np.asarray(half, dtype=bool)
    members, others = np.asarray(members, dtype=bool), np.asarray(others, dtype=bool)
    areas: list[float] = []
    counts: list[list[int]] = []
    for part in (half, ~half):
        sides = [array[side & ~part] for side in (members, others)]
        judged = [array[side & part] for side in (members, others)]
        if min(map(len, (*sides, *judged))) < 2:  # a covariance needs two
            return math.nan, math.nan
        within = np.concatenate([side - side.mean(axis=0) for side in sides])
        pooled = within.T @ within / (len(within) - 2)
        scale = np.sqrt(np.where(np.diag(pooled) > 0, np.diag(pooled), 1.0))
        correlation = pooled / np.outer(scale, scale) + RIDGE * np.eye(len(scale))
        gap = (sides[0].mean(axis=0) - sides[1].mean(axis=0)) / scale
        weight = np.linalg.solve(correlation, gap) / scale
        areas.append(_auc(judged[0] @ weight, judged[1] @ weight))
        counts.append([len(s) for s in judged])
    area = float(np.average(areas, weights=np.prod(counts, axis=1)))
    n, m = np.sum(counts, axis=0)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (n - 1) * (q1 - area**2) + (m - 1) * (q2 - area**2)) / (n * m)
    return area, math.sqrt(variance)


def _gap(values: Floats, rows: Ints, compared: list[Contrast], cluster: Ints) -> float:
    """-log10 of the smallest p-value of a difference in means over contrasts and columns, Bonferroni."""
    p = []
    for contrast in compared:
        members, others = contrast.members[rows], contrast.others[rows]
        if min(members.sum(), others.sum()) > 1:
            estimate = mean_contrast(values[rows], members, others, cluster[rows])
            p.append(2 * stats.t.sf(np.abs(estimate.statistic()), estimate.df))
    tested = np.concatenate(p) if p else np.empty(0)
    tested = tested[np.isfinite(tested)]
    if not len(tested):
        return math.nan
    smallest = max(float(tested.min()), np.finfo(np.float64).tiny)
    return max(0.0, -math.log10(smallest) - math.log10(len(tested)))


def _sliced(values: Floats, rows: Ints, compared: list[Contrast], rng: np.random.Generator) -> float:
    """Largest energy ratio over contrasts, along directions drawn once."""
    directions = rng.standard_normal((values.shape[1], DIRECTIONS))
    projected = values[rows] @ (directions / np.linalg.norm(directions, axis=0))
    order = np.argsort(projected, axis=0)
    ordered = np.take_along_axis(projected, order, axis=0)
    ratios = [
        _energy(ordered, order, members, others)
        for members, others in ((c.members[rows], c.others[rows]) for c in compared)
        if min(members.sum(), others.sum()) > 1
    ]
    finite = [ratio for ratio in ratios if math.isfinite(ratio)]
    return max(finite, default=math.nan)


def _energy(ordered: Floats, order: Ints, members: Bools, others: Bools) -> float:
    """Energy ratio from sorted columns (m, p): twice the squared distance of the two empirical CDFs."""
    weight = members / members.sum() - others / others.sum()
    either = members | others
    gaps = np.diff(ordered, axis=0)
    distance = np.cumsum(weight[order], axis=0)[:-1]
    pooled = np.cumsum((either / either.sum())[order], axis=0)[:-1]
    n, m = int(members.sum()), int(others.sum())
    between = 2 * float((distance**2 * gaps).sum())
    within = 2 * float((pooled * (1 - pooled) * gaps).sum()) * (n + m) / (n + m - 1)
    return n * m / (n + m) * between / within if within > 0 else math.nan


def _proxy(
    dataset: Dataset, rows: Ints, compared: list[Contrast], rng: np.random.Generator
) -> tuple[float, float]:
    """Largest area under the curve over contrasts, and largest lower limit; families stay in one half."""
    cluster = dataset.cluster[rows]
    half = rng.random(int(cluster.max()) + 1)[cluster] < 1 / 2
    features = _design(dataset.X.iloc[rows])
    areas: list[float] = []
    lows: list[float] = []
    for contrast in compared:
        members, others = contrast.members[rows], contrast.others[rows]
        if features.shape[1] and min(members.sum(), others.sum()) >= SMALLEST:
            area, error = group_auc(features, members, others, half)
            if math.isfinite(area):
                areas.append(area)
                lows.append(area - LIMIT * error)
    return max(areas, default=math.nan), max(lows, default=math.nan)


def _design(frame: pd.DataFrame) -> Floats:
    """Numbers (n, d) of the model's inputs: missing ones at the mean, levels as indicators."""
    columns = []
    for name in frame:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            columns.append(column.cat.codes.to_numpy()[:, None] == np.arange(len(column.cat.categories)))
        else:
            numbers = column.astype(np.float64)
            columns.append(numbers.fillna(numbers.mean()).fillna(0.0).to_numpy()[:, None])
    wide = np.concatenate(columns, axis=1, dtype=np.float64) if columns else np.empty((len(frame), 0))
    return np.asarray(wide[:, np.ptp(wide, axis=0) > 0])


def _auc(members: Floats, others: Floats) -> float:
    ranks = stats.rankdata(np.concatenate([members, others]))[: len(members)]
    n, m = len(members), len(others)
    return float((ranks.sum() - n * (n + 1) / 2) / (n * m))
