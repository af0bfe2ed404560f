"""Entries that follow a declared column which speaks of others: friends, or an organization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.audit.coincidences.entries import Reading
from scs_ml.audit.coincidences.judging import named
from scs_ml.audit.groups import Contrast
from scs_ml.audit.judge import Cell, NextSteps, judge
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, Dataset, Evidence, Finding, Floats
from scs_ml.inference import Estimate, ratio_contrast, stack
from scs_ml.safeguards import hides_count
from scs_ml.schemes import Indicator, in_force


@dataclass(frozen=True)
class Link:
    """How points in force by one indicator move with a column, person by person.

    Attributes
    ----------
    column, indicator : str
    moved : ndarray (s,)
        Sum over periods of the products of both changes.
    spread : ndarray (s,)
        Sum over periods of the column's squared changes.
    level : ndarray (s,)
        The column in the latest row.
    change : ndarray (s, T)
        The column's changes, by period of the history.
    """

    column: str
    indicator: str
    moved: Floats
    spread: Floats
    level: Floats
    change: Floats


def links(case: AuditCase, reading: Reading, columns: Sequence[Indicator], names: set[str]) -> list[Link]:
    """Lay entries by some indicators beside the columns.

    Both are counted over the same window, and changes from one period to the next are compared, so that what
    lasts (a quarrelsome place, a person's ways) drops out; what strikes a whole place at once drops out with
    the mean change of the area.

    Parameters
    ----------
    case : AuditCase
        With a history of at least two periods.
    reading : Reading
    columns : sequence of Indicator
        Numbers that speak of others.
    names : set of str
        Indicators whose entries may follow them.

    Returns
    -------
    list of Link
        Empty without a history, or where no column varies.
    """
    history = case.dataset if case.history is None else case.history
    if len(history.periods) < 2 or not len(reading.entries):
        return []
    at = pd.Index(reading.book.dataset.subject).get_indexer(pd.Index(history.subject)).astype(np.int64)
    periods = np.arange(len(history.periods))
    area = reading.book.dataset.area
    place = np.zeros(len(reading.book.rows), dtype=np.int64) if area is None else pd.factorize(area)[0]
    found = []
    for column in columns:
        values = _column(history, column.name)
        if values is None:
            continue
        x = np.full((len(reading.book.rows), len(periods)), np.nan)
        x[at[at >= 0], history.period[at >= 0]] = values[at >= 0]
        change = np.diff(x, axis=1)
        if not np.nansum(np.abs(change)):
            continue
        level = np.nan_to_num(x[np.arange(len(x)), reading.book.dataset.period])
        for name in sorted(names & set(reading.entries.names)):
            y = np.diff(_in_force(case, reading, name, periods), axis=1)
            if np.any(y):
                dx, dy = _apart_from_place(change, place), _apart_from_place(y, place)
                known = np.isfinite(dx)
                dx = np.where(known, dx, 0.0)
                moved, spread = (dx * np.where(known, dy, 0.0)).sum(axis=1), (dx**2).sum(axis=1)
                found.append(Link(column.name, name, moved, spread, level, change))
    return found


def judge_links(
    slug: str,
    case: AuditCase,
    reading: Reading,
    found: Sequence[Link],
    steps: NextSteps,
    *,
    level: float,
    seed: int,
) -> tuple[Finding, ...]:
    """Judge jointly how entries of every group follow the columns, beyond how the reference's do."""
    cells, estimates = [], []
    cluster = reading.book.dataset.cluster
    for link in found:
        for contrast in reading.compared:
            cells.append(
                Cell(
                    contrast=contrast,
                    metric=f"points that move with {link.column}",
                    unit="SD of the score",
                    floor=case.scheme.audit.floor,
                    indicator=link.indicator,
                    evidence=(_evidence(case, link, contrast),),
                )
            )
            estimates.append(_estimate(reading, link, contrast, cluster))
    judged = judge(slug, "mechanism", cells, stack(estimates), steps, level=level, seed=seed)
    return tuple(named(slug, f) for f in judged)


def trace_link(reading: Reading, link: Link, contrast: Contrast) -> Trace:
    """Share out what follows the column: to people by their column, to entries by its rise then."""
    slope = max(_slope(link, contrast.members) - _slope(link, contrast.others), 0.0)
    taken = np.where(contrast.members, slope * np.maximum(link.level, 0.0), 0.0)
    entries = reading.entries
    mine = contrast.members[entries.at] & (entries.indicator == entries.names.index(link.indicator))
    chosen = entries.take(mine)
    at, period = chosen.at, chosen.period
    seen = (period >= 1) & (period <= link.change.shape[1])
    usual = float(np.maximum(np.nan_to_num(link.change), 0.0)[contrast.members].mean())
    rise = np.where(seen, link.change[at, np.clip(period - 1, 0, link.change.shape[1] - 1)], usual)
    by_column = slope * np.maximum(np.nan_to_num(rise, nan=usual), 0.0)
    periods = max(int(entries.period.max() - entries.period.min()) + 1, 1)
    own = np.bincount(at, weights=entries.weight[mine], minlength=len(reading.book.rows))[at] / periods
    chance = np.minimum(by_column / np.maximum(by_column + own, 1e-9), 1.0)
    ids = pd.Index(reading.book.events["event"].to_numpy()[entries.position[mine]], name="event")
    return Trace(reading.book.rows, taken, pd.Series(chance, index=ids)[chance > 0])


def _column(history: Dataset, name: str) -> Floats | None:
    for frame in (history.X, history.withheld):
        if name in frame:
            return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return None


def _in_force(case: AuditCase, reading: Reading, name: str, periods: np.ndarray) -> Floats:
    """Points in force by one indicator (s, T), in each period of the history."""
    entries = reading.entries
    first = min(int(entries.period.min()), 0)
    mine = entries.indicator == entries.names.index(name)
    span = len(periods) - first
    mine &= entries.period < len(periods)
    chosen = entries.take(mine)
    at = chosen.at * span + chosen.period - first
    size = len(reading.book.rows)
    each = np.bincount(at, weights=chosen.weight, minlength=size * span).reshape(size, span)
    return in_force(case.scheme.card, each)[:, -len(periods) :]


def _apart_from_place(values: Floats, place: np.ndarray) -> Floats:
    """Take the mean of each place and period from (s, T) values; unknown values stay so."""
    known = np.isfinite(values)
    n = int(place.max()) + 1
    left = np.array(values, dtype=np.float64)
    for t in range(values.shape[1]):
        at = place[known[:, t]]
        counts = np.bincount(at, minlength=n)
        sums = np.bincount(at, weights=values[known[:, t], t], minlength=n)
        left[:, t] -= (sums / np.maximum(counts, 1))[place]
    return left


def _slope(link: Link, side: np.ndarray) -> float:
    spread = float(link.spread[side].sum())
    return float(link.moved[side].sum()) / spread if spread > 0 else float("nan")


def _estimate(reading: Reading, link: Link, contrast: Contrast, cluster: np.ndarray) -> Estimate:
    """Difference in slopes, times the column's mean in the group, in SD lost per member."""
    varies = link.spread > 0
    slopes = np.divide(link.moved, link.spread, out=np.zeros(len(varies)), where=varies)
    difference = ratio_contrast(slopes, link.spread, contrast.members, contrast.others, cluster)
    entries = reading.entries
    outside = float((entries.weight * entries.left)[contrast.members[entries.at]].sum())
    # Entries inside situations were left out: they are taken to follow the column as the others do.
    whole = float(reading.in_force[contrast.members].sum()) / outside if outside > 0 else 1.0
    level = float(link.level[contrast.members].mean()) if contrast.n[0] else np.nan
    scale = whole * level / reading.book.score_sd
    return Estimate(
        value=-difference.value * scale,
        influence=-difference.influence * scale,
        df=difference.df,
        nugget=difference.nugget * scale**2,
        skewness=-difference.skewness,
    )


def _evidence(case: AuditCase, link: Link, contrast: Contrast) -> Evidence:
    if hides_count(case.scheme, int((contrast.members & (link.level != 0)).sum())):
        return Evidence("link", f"Too few of the group have {link.column}.")
    slopes = _slope(link, contrast.members), _slope(link, contrast.others)
    text = (
        f"Each unit more of {link.column} goes with {slopes[0]:.1f} points taken through {link.indicator}; "
        f"among the reference with {slopes[1]:.1f}."
    )
    values = {"points per unit": slopes[0], "reference": slopes[1]}
    return Evidence("link", text, {k: v for k, v in values.items() if np.isfinite(v)})
