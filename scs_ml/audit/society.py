"""The society scale: how groups and periods stand at one boundary, and which indicators moved them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.audit.groups import NO, YES
from scs_ml.core import UNKNOWN_GROUP, Bools, Dataset, Explanation, Floats, Ints, Table
from scs_ml.exceptions import ScsError
from scs_ml.inference import mean_contrast, share_interval, simultaneous, stack
from scs_ml.metrics import society_class
from scs_ml.schemes import Scheme, card_points

EVERYBODY = "everybody"
Row = tuple[str | int | float | None, ...]


def society_scale(
    dataset: Dataset,
    scheme: Scheme,
    *,
    by: str | Sequence[str] | None = None,
    explanation: Explanation | None = None,
) -> tuple[Table, ...]:
    """Place groups and periods on the society scale, and attribute their differences to indicators.

    A person is positive above the scheme's ``scale.society_boundary`` (Suining: 600 points). Rows whose
    category is not known are left out.

    Parameters
    ----------
    dataset : Dataset
    scheme : Scheme
    by : str or sequence of str, optional
        Sensitive attributes, situations, indicators with categories, or ``"area"``; several are crossed.
        Everybody without.
    explanation : Explanation, optional
        Of this very dataset; its margins at the boundary attribute the differences. Without one the card's
        points do, where there is a card and the table has its indicators.

    Returns
    -------
    tuple of Table
        ``society`` (counts, share, interval, class by counts, class that can be told),
        ``society_differences`` (groups against the largest group, and each period against the one before,
        all jointly) and, where there is something to attribute with, ``society_changes`` (each difference
        by indicator; the parts sum to the whole).

    Raises
    ------
    ScsError
        If `by` names no column, or no category is known.

    References
    ----------
    Alguliyev & Alakbarova (2021), Table 1. Wilson (1927). Kish (1965), Survey Sampling, 8.2.
    """
    known = np.flatnonzero(dataset.category >= 0)
    if not len(known):
        raise ScsError(
            "no row has a known category to place on the society scale",
            where=f"{len(dataset)} rows",
            remedy="name the score or the category in the scheme's roles",
        )
    rows = dataset.take(known)
    positive = rows.category > scheme.scale.society_boundary
    labels = _labels(rows, by)
    pairs = _comparisons(rows, labels)
    tables = [_scale(rows, scheme, labels, positive)]
    if pairs:
        tables.append(_differences(rows, scheme, positive, pairs))
        parts = _parts(rows, scheme, known, explanation)
        if parts is not None:
            tables.append(_changes(pairs, *parts))
    return tuple(tables)


def _labels(dataset: Dataset, by: str | Sequence[str] | None) -> npt.NDArray[np.object_]:
    names = [] if by is None else [by] if isinstance(by, str) else list(by)
    columns = [_column(dataset, name) for name in names]
    if not columns:
        return np.full(len(dataset), EVERYBODY, dtype=object)
    crossed = [
        ", ".join(f"{n} = {v}" for n, v in zip(names, values, strict=True))
        for values in zip(*columns, strict=True)
    ]
    return np.array(crossed, dtype=object)


def _column(dataset: Dataset, name: str) -> npt.NDArray[np.object_]:
    if name in dataset.sensitive:
        values: pd.Series = dataset.sensitive[name].astype(object)
    elif name in dataset.situations:
        values = pd.Series(np.where(dataset.situations[name].to_numpy(dtype=bool), YES, NO), dtype=object)
    elif name in dataset.X and isinstance(dataset.X[name].dtype, pd.CategoricalDtype):
        values = dataset.X[name].astype(object)
    elif name == "area" and dataset.area is not None:
        values = pd.Series(dataset.area, dtype=object)
    else:
        groupings = [*dataset.sensitive, *dataset.situations]
        groupings += [] if dataset.area is None else ["area"]
        groupings += [c for c in dataset.X if isinstance(dataset.X[c].dtype, pd.CategoricalDtype)]
        raise ScsError(
            f"there is no grouping {name!r}",
            remedy=f"group by one of: {', '.join(map(str, groupings))}",
        )
    return values.fillna(UNKNOWN_GROUP).to_numpy(dtype=object)


def _comparisons(dataset: Dataset, labels: npt.NDArray[np.object_]) -> list[tuple[str, str, Bools, Bools]]:
    """Groups against the largest in the last period, then each group's period against the one before."""
    count = pd.Series(labels.astype(str)).value_counts().sort_index()
    groups = [str(group) for group in count.index if not _unknown(str(group))]
    if not groups:
        return []
    periods = np.unique(dataset.period)
    last = dataset.period == periods[-1]
    largest = max(groups, key=lambda group: int(count[group]))
    name = dataset.periods
    found = [
        (
            f"{group}, {name[periods[-1]]}",
            f"{largest}, {name[periods[-1]]}",
            (labels == group) & last,
            (labels == largest) & last,
        )
        for group in groups
        if group != largest
    ]
    for group in groups:
        for before, after in pairwise(periods):
            sides = [(labels == group) & (dataset.period == p) for p in (after, before)]
            found.append((f"{group}, {name[after]}", f"{group}, {name[before]}", sides[0], sides[1]))
    return [pair for pair in found if pair[2].any() and pair[3].any()]


def _unknown(group: str) -> bool:
    return any(part.endswith(f" = {UNKNOWN_GROUP}") for part in group.split(", "))


def _scale(dataset: Dataset, scheme: Scheme, labels: npt.NDArray[np.object_], positive: Bools) -> Table:
    rows: list[Row] = []
    cluster = dataset.cluster
    for group in sorted({str(label) for label in labels}):
        for period in np.unique(dataset.period):
            mask = (labels == group) & (dataset.period == period)
            if not mask.any():
                continue
            n, count = int(mask.sum()), int(positive[mask].sum())
            limits = share_interval(positive[mask], cluster[mask], confidence=scheme.audit.confidence)
            low, high = (float(limit[0]) for limit in limits)
            society = society_class(count, n, low, high)
            rows.append(
                (group, dataset.periods[period], n, count, count / n, low, high, society.point, society.told)
            )
    columns = ("group", "period", "people", "positive", "share", "low", "high", "class", "can be told")
    title = f"Society scale at {scheme.scale.boundary_label(scheme.scale.society_boundary)}"
    return Table("society", title, columns, tuple(rows))


def _differences(
    dataset: Dataset, scheme: Scheme, positive: Bools, pairs: list[tuple[str, str, Bools, Bools]]
) -> Table:
    estimate = stack(
        [mean_contrast(positive, first, second, dataset.cluster) for _, _, first, second in pairs]
    )
    result = simultaneous(estimate, confidence=scheme.audit.confidence)
    rows = []
    for j, (name, reference, first, second) in enumerate(pairs):
        low, high = float(result.low[j]), float(result.high[j])
        told = "cannot tell" if not (low > 0 or high < 0) else "higher" if low > 0 else "lower"
        limits = (low, high, float(result.p_adjusted[j])) if np.isfinite(low) else (None, None, None)
        rows.append(
            (name, reference, int(first.sum()), int(second.sum()), float(result.value[j]), *limits, told)
        )
    columns = (
        "group",
        "compared with",
        "people",
        "compared people",
        "difference in share",
        "low",
        "high",
        "p adjusted",
        "told",
    )
    return Table(
        "society_differences", "Differences on the society scale, judged jointly", columns, tuple(rows)
    )


def _parts(
    dataset: Dataset, scheme: Scheme, known: Ints, explanation: Explanation | None
) -> tuple[pd.DataFrame, Bools, str] | None:
    """Additive parts of each row by indicator, which rows have them, and their unit."""
    if explanation is not None:
        boundary = min(scheme.scale.society_boundary, explanation.values.shape[2] - 1)
        at = np.full(int(max(known.max(), explanation.rows.max())) + 1, -1)
        at[known] = np.arange(len(known))
        place = at[explanation.rows]
        values = np.full((len(dataset), len(explanation.feature_names)), np.nan)
        values[place[place >= 0]] = explanation.values[place >= 0, :, boundary]
        frame = pd.DataFrame(values, columns=list(explanation.feature_names))
        return frame, frame.notna().all(axis=1).to_numpy(), explanation.target
    if scheme.card is None:
        return None
    present = pd.concat([dataset.X, dataset.withheld], axis=1)
    if not {rule.indicator for rule in scheme.card.rules} <= set(present):
        return None
    points = card_points(scheme, present)
    frame = points.T.groupby([rule.indicator for rule in scheme.card.rules], sort=False).sum().T
    if dataset.score is not None:
        frame["beyond the card"] = dataset.score - (scheme.scale.start or 0.0) - frame.sum(axis=1).to_numpy()
    return frame, frame.notna().all(axis=1).to_numpy(), "points of the score"


def _changes(
    pairs: list[tuple[str, str, Bools, Bools]], parts: pd.DataFrame, explained: Bools, unit: str
) -> Table:
    rows: list[Row] = []
    for name, reference, first, second in pairs:
        sides = first & explained, second & explained
        if not (sides[0].any() and sides[1].any()):
            continue
        means: list[Floats] = [parts[side].to_numpy(dtype=np.float64).mean(axis=0) for side in sides]
        gap = means[0] - means[1]
        counts = int(sides[0].sum()), int(sides[1].sum())
        order = np.argsort(-np.abs(gap), kind="stable")
        rows += [(name, reference, str(parts.columns[j]), float(gap[j]), *counts) for j in order]
        rows.append((name, reference, "all together", float(gap.sum()), *counts))
    # The counts let the safeguards blank what speaks of a few people.
    columns = ("group", "compared with", "indicator", f"difference ({unit})", "people", "compared people")
    return Table("society_changes", "What the differences are made of", columns, tuple(rows))
