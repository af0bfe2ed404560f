"""Whether an input holds what belongs to another member of the family: a joined score, a sum over relatives.

A column that agrees with what the others of a family have, at the same or an earlier period, and not with
what the subject has, is a relative's, whatever it is called and however it came into the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Dataset, Floats, Ints
from scs_ml.safeguards.predictable import FEWEST

AGREES = 0.99  # correlation, or share of rows, from which a column is taken for a relative's
_MOST_ROWS = 10_000
_MEAN_OF_ALL, _SUM_OF_ALL = (f"{name} (the subject's own included)" for name in ("mean", "sum"))
_LAGS = 3  # periods: the same one, and two before
_VARIED = 10  # rows off the commonest value, in both columns
_CHANCE = 0.7  # share of rows in which members of any other family would agree as well
_FEWEST_COPIED = 50  # rows in which the column is not the subject's own value
_GLANCE = 400  # rows that a pair is judged by first
_NEAR = 0.02  # how far from it a glance may be
_SEED = 20_000  # the same sample of families, and the same strangers, in every run


@dataclass(frozen=True)
class _Rows:
    """Rows of people with relatives in the table: who else stands beside each, and where it stood before."""

    others: (
        Ints  # (n, most others) positions of the family's other rows of that period, -1 where there are none
    )
    before: Ints  # (lags, n) position of the subject's row so many periods earlier, -1 where there is none


def relatives_data(dataset: Dataset, columns: list[str]) -> Mapping[str, str] | None:
    """Find inputs that are a relative's data.

    Parameters
    ----------
    dataset : Dataset
    columns : list of str
        Inputs to look at.

    Returns
    -------
    mapping of str to str or None
        Input to what it agrees with; None where it cannot be asked, because no row has a relative.
    """
    dataset = _with_relatives(dataset)
    if len(dataset) < FEWEST:
        return None
    rows = _Rows(*_beside(dataset))
    inputs = {name: values for name, values in _numbers(dataset.X).items() if name in columns}
    owned = {**_numbers(dataset.withheld), **_numbers(dataset.X)}
    owned["category"] = np.where(dataset.category < 0, np.nan, dataset.category.astype(np.float64))
    if dataset.score is not None:
        owned["score"] = dataset.score.astype(np.float64)
    found: dict[str, str] = {}
    for name, why in (*_agreeing(inputs, owned, rows), *_copied(inputs, owned, rows)):
        found.setdefault(name, why)
    return found


def _with_relatives(dataset: Dataset) -> Dataset:
    """Keep rows whose family has another member in that period; whole families where there are too many."""
    if dataset.family is None:
        return dataset.take(np.zeros(len(dataset), dtype=np.bool_))
    family = _codes(dataset.family)
    if len(dataset) > _MOST_ROWS:
        order = np.random.default_rng(_SEED).permutation(int(family.max()) + 1)
        sizes = np.bincount(family)[order]
        kept = order[np.cumsum(sizes) <= _MOST_ROWS]
        dataset = dataset.take(np.isin(family, kept))
        family = _codes(dataset.family)
    beside = pd.Series(np.ones(len(dataset))).groupby([family, dataset.period]).transform("sum")
    return dataset.take(beside.to_numpy() > 1)


def _codes(who: Any) -> Ints:
    return pd.factorize(np.asarray(who))[0].astype(np.int64)


def _beside(dataset: Dataset) -> tuple[Ints, Ints]:
    n = len(dataset)
    group = pd.MultiIndex.from_arrays([_codes(dataset.family), dataset.period])
    code = pd.factorize(group)[0]
    order = np.argsort(code, kind="stable")
    sizes = np.bincount(code)
    start = np.cumsum(sizes) - sizes
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n) - start[code[order]]
    others = np.full((n, int(sizes.max()) - 1), -1, dtype=np.int64)
    for step in range(1, int(sizes.max())):
        held = np.flatnonzero(step < sizes[code])
        others[held, step - 1] = order[start[code[held]] + (place[held] + step) % sizes[code[held]]]
    who = _codes(dataset.subject)
    at = pd.Series(np.arange(n), index=pd.MultiIndex.from_arrays([who, dataset.period]))
    at = at[~at.index.duplicated()]
    before = [
        at.reindex(pd.MultiIndex.from_arrays([who, dataset.period - lag])).fillna(-1).to_numpy(np.int64)
        for lag in range(min(_LAGS, len(dataset.periods)))
    ]
    return others, np.array(before)


def _numbers(frame: pd.DataFrame) -> dict[str, Floats]:
    """Columns as numbers; levels by their places."""
    made: dict[str, Floats] = {}
    for name in frame:
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes = values.cat.codes.to_numpy(np.float64)
            made[str(name)] = np.where(codes < 0, np.nan, codes)
        elif pd.api.types.is_numeric_dtype(values):
            made[str(name)] = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return made


def _at(values: Floats, positions: npt.NDArray[Any]) -> Floats:
    """Values at positions, missing where the position is -1."""
    return np.asarray(np.append(values, np.nan)[positions], dtype=np.float64)


def _agreeing(
    inputs: Mapping[str, Floats], owned: Mapping[str, Floats], rows: _Rows
) -> Iterator[tuple[str, str]]:
    """Pairs in which an input goes with a figure over the others, and not with the subject's own."""
    if not inputs:
        return
    names, sources = list(inputs), list(owned)
    mine = np.column_stack([inputs[name] for name in names])
    figures = _figures(owned, rows)
    for lag, before in enumerate(rows.before):
        at = np.flatnonzero(before >= 0)
        if len(at) < FEWEST:
            continue
        here = mine[at]
        own = np.column_stack([owned[source][before[at]] for source in sources])
        taken = _correlations(here, own) >= AGREES
        for figure, over in figures.items():
            theirs = np.column_stack([over[source][before[at]] for source in sources])
            hits = (_correlations(here, theirs) >= AGREES) & ~taken
            for i, j in np.argwhere(hits):
                if _varied(here[:, i]) and _varied(theirs[:, j]):
                    who = f"{figure} of {sources[j]} over the family's other members"
                    yield names[i], f"it goes with the {who}{_when(lag)}"


def _figures(owned: Mapping[str, Floats], rows: _Rows) -> dict[str, dict[str, Floats]]:
    """Figures of what the others have (n,), missing where nothing is known of any.

    Mean, sum, largest and smallest value; mean and sum also with the subject's own value among them.
    """
    names = ("mean", "sum", "largest", "smallest", _MEAN_OF_ALL, _SUM_OF_ALL)
    figures: dict[str, dict[str, Floats]] = {name: {} for name in names}
    for source, values in owned.items():
        theirs = _at(values, rows.others)
        known = ~np.isnan(theirs)
        n = known.sum(axis=1)
        total = np.where(known, theirs, 0.0).sum(axis=1)
        none = n == 0
        figures["sum"][source] = np.where(none, np.nan, total)
        figures["mean"][source] = np.where(none, np.nan, total / np.maximum(n, 1))
        figures[_SUM_OF_ALL][source] = np.where(none, np.nan, total + values)
        figures[_MEAN_OF_ALL][source] = np.where(none, np.nan, (total + values) / (n + 1))
        figures["largest"][source] = np.where(none, np.nan, np.where(known, theirs, -np.inf).max(axis=1))
        figures["smallest"][source] = np.where(none, np.nan, np.where(known, theirs, np.inf).min(axis=1))
    return figures


def _correlations(a: Floats, b: Floats) -> Floats:
    """Absolute correlations (columns of a, columns of b) over the rows known in both; 0 if too few."""
    x, y = _scaled(a), _scaled(b)
    if not (np.isnan(x).any() or np.isnan(y).any()):
        return np.abs(x.T @ y) / len(x)
    p, q = ((~np.isnan(each)).astype(np.float64) for each in (x, y))
    x, y = np.nan_to_num(x), np.nan_to_num(y)
    n = p.T @ q
    sx, sy, sxx, syy, sxy = x.T @ q, p.T @ y, (x * x).T @ q, p.T @ (y * y), x.T @ y
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt((sxx - sx * sx / n) * (syy - sy * sy / n))
        r = np.abs((sxy - sx * sy / n) / spread)
    return np.where((n >= FEWEST) & np.isfinite(r), r, 0.0)


def _scaled(a: Floats) -> Floats:
    """Centre and scale columns, so that huge values lose no digits."""
    counts = np.maximum((~np.isnan(a)).sum(axis=0), 1)
    centred = a - np.nansum(a, axis=0) / counts
    scale = np.sqrt(np.nansum(centred * centred, axis=0) / counts)
    return np.asarray(centred / np.where(scale > 0, scale, 1.0))


def _varied(column: Floats) -> bool:
    """Whether enough rows of a column are off its commonest value: one outlier makes any correlation."""
    counts = np.unique(column[~np.isnan(column)], return_counts=True)[1]
    return int(counts.sum() - counts.max(initial=0)) >= _VARIED


def _copied(
    inputs: Mapping[str, Floats], owned: Mapping[str, Floats], rows: _Rows
) -> Iterator[tuple[str, str]]:
    """Pairs in which an input, where it is not the subject's own value, is that of some other member."""
    strangers = np.random.default_rng(_SEED).permutation(len(rows.others))
    for lag, before in enumerate(rows.before):
        for source, values in owned.items():
            own = _at(values, before)
            theirs = _beside_rows(values, rows.others, before)
            for name, mine in inputs.items():
                if name == source:
                    continue
                differs = np.flatnonzero(~np.isnan(mine) & ~np.isnan(own) & (mine != own) & (before >= 0))
                if len(differs) < _FEWEST_COPIED:
                    continue
                glance = differs[:: max(1, len(differs) // _GLANCE)]
                if _share(mine[glance], theirs[glance]) < AGREES - _NEAR:
                    continue
                share = _share(mine[differs], theirs[differs])
                if share < AGREES or _share(mine[differs], theirs[strangers[differs]]) > _CHANCE:
                    continue
                where = (
                    f"{share:.1%} of the {len(differs):,} rows in which it is not the subject's own {source}"
                )
                yield name, f"in {where}, it is that of another member of the family{_when(lag)}"


def _beside_rows(values: Floats, others: Ints, before: Ints) -> Floats:
    """Values (n, most others) of the family's other members, where the rows stood before."""
    return _at(values, np.where(before[:, None] < 0, -1, others[before]))


def _share(mine: Floats, theirs: Floats) -> float:
    """Share of rows whose value is among those beside it."""
    return float((theirs == mine[:, None]).any(axis=1).mean())


def _when(lag: int) -> str:
    return ("", ", one period before", ", two periods before")[lag]
