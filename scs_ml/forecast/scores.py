"""Every figure of a forecast with an interval that is robust to clusters, families or subjects.

``benchmarks/score_coverage.py`` measures how often each interval covers the truth;
``docs/results/score_coverage.md`` keeps a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from scs_ml.core import Floats, Ints
from scs_ml.inference import Estimate, combine, shifted, simultaneous, weighted_means
from scs_ml.metrics import (
    brier_rows,
    cumulative,
    expected_calibration_error,
    log_loss_rows,
    macro_mae,
    mass_bins,
    median_category,
    ordinal_auc,
    placements,
    quadratic_weighted_kappa,
    ranked_probability_score,
    rps_skill,
)

BINS = 10  # of equal mass, at each boundary
_PRIOR = 2.0  # people
_DRAWS = 5_000  # of the largest of the bins' deviations


@dataclass(frozen=True)
class Figure:
    """A figure and its interval; the limits are NaN where the rows cannot tell them."""

    value: float
    low: float
    high: float


def score_figures(
    y: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    *,
    reference_rps: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Mapping[str, Figure]:
    """Score a forecast: every figure of the leaderboard, in its order.

    Parameters
    ----------
    y : array of int, shape (n,)
        Category that came true.
    probabilities : array of shape (n, K)
    cluster : array of shape (n,), optional
        Labels of clusters whose rows are not independent.
    reference_rps : array of shape (n,), optional
        Ranked probability scores of the reference of skill on the same rows.
    confidence : float
        Of each interval.

    Returns
    -------
    mapping of name to Figure
        ``rps``, ``rps_skill`` (with a reference), ``log_loss`` (nats), ``brier``, ``macro_mae`` (of the
        median category, in categories), ``auc`` (of the expected category, over pairs of categories),
        ``ece_0`` to ``ece_{K-2}`` and, last, ``qwk`` of the median category. Means have t intervals freed of
        skewness; the others are linearised by their influence functions, ``auc`` on the logit scale and
        ``qwk`` through Fisher's transformation; those of ``ece`` are cautious. Where nothing varies there is
        no interval.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73, 13-22. Hall (1992), J. R. Stat. Soc. B 54, 221-228. DeLong, DeLong &
    Clarke-Pearson (1988), Biometrics 44, 837-845, with clusters: Obuchowski (1997), Biometrics 53, 567-578.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    codes, k = np.asarray(y, dtype=np.int64), p.shape[1]
    median = median_category(p)
    rps = ranked_probability_score(codes, p)
    figures = {"rps": _mean(rps, cluster, confidence)}
    if reference_rps is not None:
        low, high = skill_interval(rps, reference_rps, cluster, confidence)
        figures["rps_skill"] = Figure(rps_skill(rps, reference_rps), low, high)
    figures["log_loss"] = _mean(log_loss_rows(codes, p), cluster, confidence)
    figures["brier"] = _mean(brier_rows(codes, p), cluster, confidence)
    figures["macro_mae"] = _macro_mae(codes, median, k, cluster, confidence)
    figures["auc"] = _auc(codes, p @ np.arange(k), k, cluster, confidence)
    errors = expected_calibration_error(codes, p, BINS)
    for boundary, above in enumerate(cumulative(p).T):
        limits = _calibration_limits(codes > boundary, above, cluster, confidence)
        figures[f"ece_{boundary}"] = Figure(float(errors[boundary]), *limits)
    figures["qwk"] = _kappa(codes, median, k, cluster, confidence)
    return figures


def skill_interval(
    rps: npt.ArrayLike,
    rps_reference: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[float, float]:
    r"""Interval of the RPS skill :math:`s = 1 - \bar a / \bar b` of paired rows, robust to clusters.

    By the delta method the influence of row i on s is :math:`((1 - s) b_i - a_i) / (n \bar b)`.

    Parameters
    ----------
    rps, rps_reference : arrays of shape (n,)
    cluster : array of shape (n,), optional
    confidence : float

    Returns
    -------
    tuple of float
        NaN where the reference is perfect or there are fewer than two clusters.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73, 13-22.
    """
    estimate = skill_estimate(rps, rps_reference, cluster)
    half = float(_critical(estimate, confidence)[0] * estimate.se[0])
    return float(estimate.value[0]) - half, float(estimate.value[0]) + half


def skill_estimate(
    rps: npt.ArrayLike,
    rps_reference: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    *masks: npt.ArrayLike,
) -> Estimate:
    """Estimate the RPS skill over the rows of each mask (over all rows without one), jointly.

    Parameters
    ----------
    rps, rps_reference : arrays of shape (n,)
    cluster : array of shape (n,), optional
    *masks : arrays of bool, shape (n,)

    Returns
    -------
    Estimate
        One value for each mask; NaN where the reference is perfect.
    """
    a, b = np.asarray(rps, dtype=np.float64), np.asarray(rps_reference, dtype=np.float64)
    chosen = [np.asarray(mask, dtype=np.bool_) for mask in masks] or [np.ones(len(a), dtype=np.bool_)]
    skill = np.array([rps_skill(a[mask], b[mask]) for mask in chosen])
    known = np.nan_to_num(skill)
    scale = [b[mask].mean() if mask.any() and b[mask].any() else 1.0 for mask in chosen]
    influence = ((1 - known) * b[:, None] - a[:, None]) / scale
    estimate = weighted_means(influence, np.column_stack(chosen).astype(np.float64), cluster)
    undefined = np.isnan(skill)
    by = np.where(undefined, np.nan, skill - np.where(undefined, 0.0, estimate.value))
    return replace(shifted(estimate, by), df=np.where(undefined, np.nan, estimate.df))


def _mean(rows: Floats, cluster: npt.ArrayLike | None, confidence: float) -> Figure:
    return _limited(weighted_means(rows, None, cluster), confidence)


def _macro_mae(y: Ints, median: Ints, k: int, cluster: npt.ArrayLike | None, confidence: float) -> Figure:
    """Average the mean errors of the categories that occur."""
    means = _by_category(np.abs(y - median).astype(np.float64), y, k, cluster)
    present = np.bincount(y, minlength=k) > 0
    figure = _limited(combine(means, present / max(int(present.sum()), 1)), confidence)
    return replace(figure, value=macro_mae(y, median, k))


def _by_category(rows: Floats, y: Ints, k: int, cluster: npt.ArrayLike | None) -> Estimate:
    """Estimate the mean (K,) of some rows in each category that came true.

    Three people of a category who happen to be alike do not show how its people differ: each category counts
    with `_PRIOR` people of the spread that all categories have in common.
    """
    of_category = (y[:, None] == np.arange(k)).astype(np.float64)
    means = weighted_means(np.tile(rows[:, None], k), of_category, cluster)
    count = of_category.sum(axis=0)
    shown = np.einsum("gk,gk->k", means.influence, means.influence)
    df = np.nan_to_num(means.df)  # 0 where a category has one family
    if not df.any():
        return means
    common = (df * shown * count).sum() / df.sum()
    mended = (df * shown * count + _PRIOR * common) / (df + _PRIOR)
    least = np.divide(mended, count, out=np.zeros(k), where=count > 0)
    return replace(means, nugget=np.maximum(least - shown, 0.0), df=np.where(count > 0, df + _PRIOR, np.nan))


def _auc(y: Ints, score: Floats, k: int, cluster: npt.ArrayLike | None, confidence: float) -> Figure:
    """Average the structural components of every pair of categories, within the category of each row."""
    value = ordinal_auc(y, score, k)
    if np.isnan(value):
        return Figure(value, np.nan, np.nan)
    placed = placements(y, score, k)
    codes = np.arange(k)
    component = np.where(codes < y[:, None], placed, np.where(codes > y[:, None], 1 - placed, 0.0))
    present = np.bincount(y, minlength=k) > 0
    means = _by_category(np.nansum(component, axis=1), y, k, cluster)
    pairs = present.sum() * (present.sum() - 1) / 2
    estimate = combine(means, present / pairs)
    slope = value * (1 - value)
    if slope == 0:
        return Figure(value, np.nan, np.nan)
    half = _critical(estimate, confidence)[0] * estimate.se[0] / slope
    middle = np.log(value / (1 - value))
    low, high = 1 / (1 + np.exp(half - middle)), 1 / (1 + np.exp(-half - middle))
    return _figure(value, low, high, estimate)


def _kappa(y: Ints, median: Ints, k: int, cluster: npt.ArrayLike | None, confidence: float) -> Figure:
    value = quadratic_weighted_kappa(y, median, k)
    if np.isnan(value) or abs(value) == 1:
        return Figure(value, np.nan, np.nan)
    a, b = y.astype(np.float64), median.astype(np.float64)
    distance = (a - b) ** 2
    expected = np.mean(a**2) + np.mean(b**2) - 2 * a.mean() * b.mean()
    by_chance = a**2 + b**2 - 2 * (a * b.mean() + b * a.mean()) + 2 * a.mean() * b.mean()
    # 1 - D/E: the influence of D is its deviation, that of E the deviation of `by_chance`.
    influence = -(distance - (1 - value) * by_chance) / expected
    estimate = weighted_means(influence, None, cluster)
    half = _critical(estimate, confidence)[0] * estimate.se[0] / (1 - value**2)
    return _figure(value, np.tanh(np.arctanh(value) - half), np.tanh(np.arctanh(value) + half), estimate)


def _calibration_limits(
    above: npt.NDArray[np.bool_], forecast: Floats, cluster: npt.ArrayLike | None, confidence: float
) -> tuple[float, float]:
    """Add up, over the bins, the least and the largest size of each difference that its interval holds.

    The intervals of all bins hold at once, so that the sum does too. Percentiles of a bootstrap would not:
    the mean of absolute values lies above the truth, most of all where the forecast is calibrated.
    """
    bins = mass_bins(forecast, BINS)
    if not len(bins):
        return np.nan, np.nan
    inside = (bins[:, None] == np.arange(bins.max() + 1)).astype(np.float64)
    count = inside.sum(axis=0)
    means = weighted_means(np.tile((above - forecast)[:, None], len(count)), inside, cluster)
    # As if each bin had one success and one failure more: none among twelve is not never.
    p = inside.T @ forecast / count
    squares = inside.T @ ((above - forecast) ** 2) - count * means.value**2
    least = (squares + p**2 + (1 - p) ** 2) / (count + 2) ** 2
    shown = np.einsum("gb,gb->b", means.influence, means.influence)
    joint = simultaneous(
        replace(means, nugget=np.maximum(least - shown, 0.0)), confidence=confidence, draws=_DRAWS
    )
    low, high = np.nan_to_num(joint.low, nan=-1.0), np.nan_to_num(joint.high, nan=1.0)
    nearest = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    farthest = np.minimum(np.maximum(np.abs(low), np.abs(high)), 1.0)
    share = count / count.sum()
    return float(share @ nearest), float(share @ farthest)


def _critical(estimate: Estimate, confidence: float) -> Floats:
    return np.asarray(stats.t.isf((1 - confidence) / 2, estimate.df), dtype=np.float64)


def _limited(estimate: Estimate, confidence: float) -> Figure:
    """Give the t interval, freed of skewness, of something that is never negative."""
    low, high = estimate.limits(_critical(estimate, confidence))
    return _figure(float(estimate.value[0]), max(float(low[0]), 0.0), float(high[0]), estimate)


def _figure(value: float, low: float, high: float, estimate: Estimate) -> Figure:
    """Leave the limits out where no row shows how the figure varies."""
    if not estimate.se[0] > 0:
        return Figure(value, np.nan, np.nan)
    return Figure(value, float(low), float(high))
