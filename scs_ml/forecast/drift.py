"""Drift between the periods learned from and those forecast: indicators, calibration, categories."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.core import UNKNOWN_CATEGORY, Dataset, Floats, Ints, Table
from scs_ml.forecast.out_of_sample import OutOfSample
from scs_ml.inference import combine, covariance, holm, weighted_means
from scs_ml.metrics import cumulative, migration_matrix
from scs_ml.schemes import Scheme

BINS = 10
_ROUNDING = 1e-20  # squared differences of shares that are equal
_CUSTOMARY = ((0.1, "small"), (0.25, "moderate"), (np.inf, "large"))


def indicator_drift(train: Dataset, later: Dataset, *, confidence: float = 0.95) -> Table:
    r"""Measure the population stability index of every model input, and whether chance explains it.

    .. math:: \mathrm{PSI} = \sum_b (q_b - p_b) \ln (q_b / p_b)

    Numbers are put into tenths of the training rows, categories into their levels, missing values into a bin
    of their own; half a row is added to every count. Without drift and with independent rows the index is
    not 0 but about (B - 1)(1/n + 1/m), so that the customary limits 0.1 and 0.25 say little: the verdict is a
    chi-square test of the bins' shares with their covariance estimated over clusters (Rao and Scott, second
    order), adjusted over the indicators (Holm). With many rows it shows drifts too small to matter: read the
    index beside it.

    Parameters
    ----------
    train, later : Dataset (n, m rows)
        Learned from, and forecast; the same people may be in both.
    confidence : float
        A drift is shown where the adjusted p-value is at most 1 - confidence.

    Returns
    -------
    Table
        One row per input, largest index first.

    References
    ----------
    Yurdakul & Naranjo (2020), "Statistical properties of the population stability index", J. Risk Model
    Valid. 14. Rao & Scott (1984), "On chi-squared tests for multiway contingency tables with cell proportions
    estimated from survey data", Ann. Stat. 12, 46-60.
    """
    n, m = len(train), len(later)
    cluster = _joint_clusters(train, later)
    found = []
    for name in train.X:
        before, after, n_bins = _binned(train.X[name], later.X[name])
        index, p = _stability(before, after, n_bins, cluster)
        found.append((str(name), n_bins, index, (n_bins - 1) * (1 / n + 1 / m), p))
    adjusted = holm([p for *_, p in found]) if found else np.empty(0)
    ordered = sorted(zip(found, adjusted, strict=True), key=lambda each: -each[0][2])
    return Table(
        "indicator_drift",
        f"Drift of indicators, {_span(train)} against {_span(later)}: population stability index",
        (
            "indicator",
            "rows before",
            "rows after",
            "bins",
            "PSI",
            "PSI expected without drift",
            "adjusted p",
            "drift",
            "customary size",
        ),
        tuple(
            (
                name,
                n,
                m,
                str(n_bins),
                index,
                chance,
                None if np.isnan(p) else float(p),
                "shown" if p <= 1 - confidence else "not shown",
                next(word for limit, word in _CUSTOMARY if index < limit),
            )
            for (name, n_bins, index, chance, _), p in ordered
        ),
    )


def calibration_drift(tested: OutOfSample, name: str, scheme: Scheme, *, confidence: float = 0.95) -> Table:
    """Compare, at every boundary and in every test period, what a forecaster foretold with what came true.

    Parameters
    ----------
    tested : OutOfSample
    name : str
        The forecaster.
    scheme : Scheme
        Names the boundaries.
    confidence : float
        Of each interval.

    Returns
    -------
    Table
        Rows above the boundary and not (counts, so that a share does not give away a few people), mean
        forecast and observed share above it, and their difference with its cluster-robust interval; where two
        periods or more are tested, a line for the last period less the first.
    """
    y, cluster, period = tested.y, tested.cluster, tested.period
    labels = tested.folds[0][1].periods
    above = cumulative(tested.forecasts[name])
    times = np.unique(period)
    inside = (period[:, None] == times).astype(np.float64)
    percent = f"{100 * confidence:g} %"
    rows: list[tuple[str | int | float | None, ...]] = []
    for k in range(above.shape[1]):
        boundary = scheme.scale.boundary_label(k)
        outcome = y > k
        off = np.tile((outcome - above[:, k])[:, None], len(times))
        by_period = weighted_means(off, inside, cluster)
        last_less_first = np.zeros(len(times))
        last_less_first[[0, -1]] = -1.0, 1.0
        limits = by_period.limits(stats.t.isf((1 - confidence) / 2, by_period.df))
        for i, t in enumerate(times):
            at = period == t
            counts = int(at.sum()), int(outcome[at].sum()), int((~outcome[at]).sum())
            shares = float(above[at, k].mean()), float(outcome[at].mean())
            ends = (by_period.value[i], *(limit[i] for limit in limits))
            rows.append((boundary, labels[t], *counts, *shares, *map(_cell, ends)))
        if len(times) > 1:
            change = combine(by_period, last_less_first)
            limits = change.limits(stats.t.isf((1 - confidence) / 2, change.df))
            ends = (change.value[0], *(limit[0] for limit in limits))
            label = f"{labels[times[-1]]} less {labels[times[0]]}"
            both = int(((period == times[0]) | (period == times[-1])).sum())
            rows.append((boundary, label, both, None, None, None, None, *map(_cell, ends)))
    return Table(
        "calibration_drift",
        f"Drift of calibration of {name}: share above the boundary, observed less forecast",
        (
            "boundary",
            "forecast from",
            "rows",
            "above",
            "not above",
            "forecast",
            "observed",
            "difference",
            f"low ({percent})",
            f"high ({percent})",
        ),
        tuple(rows),
    )


def migration_drift(train: Dataset, later: Dataset, scheme: Scheme) -> Table | None:
    """Count where people went between the last period learned from and the first one forecast.

    Parameters
    ----------
    train, later : Dataset
    scheme : Scheme
        Names the categories.

    Returns
    -------
    Table or None
        Counts by category, worst first; None where nobody has a known category in both.
    """
    before = train.take((train.period == train.period.max()) & (train.category != UNKNOWN_CATEGORY))
    after = later.take((later.period == later.period.min()) & (later.category != UNKNOWN_CATEGORY))
    moved = pd.DataFrame({"subject": before.subject, "before": before.category}).merge(
        pd.DataFrame({"subject": after.subject, "after": after.category}), on="subject"
    )
    if not len(moved) or before.period[0] == after.period[0]:
        return None
    categories = scheme.scale.categories
    moves = migration_matrix(moved["before"], moved["after"], len(categories))
    start, end = before.periods[before.period[0]], after.periods[after.period[0]]
    return Table(
        "category_migration",
        f"Moves between categories from {start} to {end}",
        ("from", "rows", *(f"to {name}" for name in categories)),
        tuple(
            (name, int(counts.sum()), *counts.tolist())
            for name, counts in zip(categories, moves.counts, strict=True)
        ),
    )


def drift_tables(
    tested: OutOfSample, name: str, scheme: Scheme, *, confidence: float = 0.95
) -> tuple[Table, ...]:
    """Give all tables of drift, between what the last fold learned from and what it forecast.

    Parameters
    ----------
    tested : OutOfSample
    name : str
        The forecaster whose calibration is followed.
    scheme : Scheme
    confidence : float

    Returns
    -------
    tuple of Table
    """
    train, later = tested.folds[-1]
    tables = (
        indicator_drift(train, later, confidence=confidence),
        calibration_drift(tested, name, scheme, confidence=confidence),
        migration_drift(train, later, scheme),
    )
    return tuple(table for table in tables if table is not None)


def _joint_clusters(train: Dataset, later: Dataset) -> Ints:
    """Codes (n + m,) of families, else subjects, the same in both."""
    parts = (train, later)
    named = all(each.family is not None for each in parts)
    labels = [each.family if named else each.subject for each in parts]
    return pd.factorize(np.concatenate([np.asarray(each) for each in labels]))[0].astype(np.int64)


def _binned(before: pd.Series, after: pd.Series) -> tuple[Ints, Ints, int]:
    """Put both columns into the same bins; the last one is for missing values, where there are any."""
    if isinstance(before.dtype, pd.CategoricalDtype):
        levels = before.cat.categories
        codes = [before.cat.codes.to_numpy(), after.cat.set_categories(levels).cat.codes.to_numpy()]
        n_levels = len(levels)
    else:
        numbers = [each.to_numpy(dtype=np.float64, na_value=np.nan) for each in (before, after)]
        known = numbers[0][~np.isnan(numbers[0])]
        cuts = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.empty(0)
        codes = [np.where(np.isnan(x), -1, np.searchsorted(cuts, x, side="left")) for x in numbers]
        n_levels = len(cuts) + 1
    both = [np.where(each < 0, n_levels, each).astype(np.int64) for each in codes]
    used, joint = np.unique(np.concatenate(both), return_inverse=True)
    return joint[: len(before)].astype(np.int64), joint[len(before) :].astype(np.int64), len(used)


def _stability(before: Ints, after: Ints, n_bins: int, cluster: Ints) -> tuple[float, float]:
    """Population stability index, and the probability of one as large without drift; NaN with one bin."""
    if n_bins < 2:
        return 0.0, float("nan")
    n, m = len(before), len(after)
    counts = [np.bincount(each, minlength=n_bins) for each in (before, after)]
    p, q = ((each + 0.5) / (size + 0.5 * n_bins) for each, size in zip(counts, (n, m), strict=True))
    index = float(((q - p) * np.log(q / p)).sum())
    first = _one_hot(before, n_bins) - counts[0] / n
    second = _one_hot(after, n_bins) - counts[1] / m
    variance = covariance(np.concatenate([-first / n, second / m]), cluster)
    pooled = np.sqrt((counts[0] + counts[1]) / (n + m))
    change = (counts[1] / m - counts[0] / n) / pooled
    # Eigenvalues of this are the weights of the statistic's chi-squares without drift.
    weights = variance / np.outer(pooled, pooled)
    trace, squares, statistic = float(np.trace(weights)), float((weights**2).sum()), float(change @ change)
    if statistic <= _ROUNDING:
        return index, 1.0
    if not trace > _ROUNDING:
        return index, float("nan")
    df = trace**2 / squares
    return index, float(stats.chi2.sf(statistic * df / trace, df))


def _one_hot(codes: Ints, n_bins: int) -> Floats:
    return np.asarray(codes[:, None] == np.arange(n_bins), dtype=np.float64)


def _span(dataset: Dataset) -> str:
    first, last = (dataset.periods[int(t)] for t in (dataset.period.min(), dataset.period.max()))
    return first if first == last else f"{first} to {last}"


def _cell(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
