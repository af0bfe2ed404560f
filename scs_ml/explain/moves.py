"""What a person could change, to which values, and how far that is: the grid that recourse searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import LAGS, Floats, Ints
from scs_ml.safeguards import gate_inputs
from scs_ml.schemes import Indicator, Scheme

GRID = 10  # values of one indicator, besides the one it has
UNIT = 10**9  # costs are whole numbers of this part of a percentile's 1, so that equal ones are equal

_NOT_ONES_OWN = frozenset({"location", "history"})


@dataclass(frozen=True)
class Moves:
    """The values one indicator may take, the present one first, then by rising cost.

    `values` are numbers, or codes of the column's categories; `costs` (len(values),) are in `UNIT`.
    """

    indicator: str
    values: Floats
    costs: Ints


def possible_moves(row: pd.DataFrame, scheme: Scheme, reference: pd.DataFrame) -> tuple[Moves, ...]:
    """List what may change in one row of model inputs.

    Only an indicator that the scheme calls ``actionable``, that is a permitted input and speaks of what the
    subject does: no protected or forbidden one, no place, no record of the past, no lag, and nothing that
    informants say. It moves in the direction that by declaration cannot hurt, both ways where none is
    declared, to values that occur in the reference, or to whole numbers between them where all are whole.
    A missing value stays missing.

    Parameters
    ----------
    row : DataFrame (1, d)
    scheme : Scheme
    reference : DataFrame (n, d)

    Returns
    -------
    tuple of Moves
        Those with at least one value besides the present one.
    """
    gate = gate_inputs(scheme)
    found = []
    for indicator in scheme.indicators:
        barred = (
            not indicator.actionable
            or indicator.name not in gate.permitted
            or indicator.name not in row
            or indicator.name in LAGS
            or indicator.name in gate.forbidden
            or indicator.nature in _NOT_ONES_OWN
            or indicator.hearsay
        )
        if not barred and not pd.isna(row[indicator.name].iloc[0]):
            moves = _moves(indicator, row[indicator.name], reference[indicator.name])
            if len(moves.values) > 1:
                found.append(moves)
    return tuple(found)


def _moves(indicator: Indicator, cell: pd.Series[Any], reference: pd.Series[Any]) -> Moves:
    if isinstance(cell.dtype, pd.CategoricalDtype):
        # By label: the two tables may list the levels in another order.
        codes = pd.Categorical(reference, categories=cell.cat.categories).codes
        known = codes[codes >= 0].astype(np.float64)
        present = float(cell.cat.codes.iloc[0])
        values, cost = np.unique(known[known != present]), _level_cost
    else:
        numbers = reference.to_numpy(dtype=np.float64, na_value=np.nan)
        known, present = numbers[~np.isnan(numbers)], float(cell.iloc[0])
        values, cost = _in_reach(indicator, known, present), _rank_cost
    costs = np.array([cost(known, present, value) for value in values], dtype=np.int64)
    order = np.argsort(costs, kind="stable")
    return Moves(
        indicator.name,
        np.concatenate([[present], values[order]]),
        np.concatenate([np.zeros(1, dtype=np.int64), costs[order]]),
    )


def _in_reach(indicator: Indicator, known: Floats, present: float) -> Floats:
    """Numbers on the grid that the indicator may move to."""
    values = np.unique(known)
    if len(values) and (values == np.floor(values)).all() and values[-1] - values[0] <= GRID:
        values = np.arange(values[0], values[-1] + 1)
    low, high = indicator.range or (-np.inf, np.inf)
    if indicator.monotone == "rising":
        low = max(low, present)
    if indicator.monotone == "falling":
        high = min(high, present)
    values = values[(values >= low) & (values <= high) & (values != present)]
    if len(values) > GRID:
        at = np.linspace(0, len(values) - 1, GRID)
        values = values[np.unique(np.round(at).astype(np.int64))]
    return np.asarray(values, dtype=np.float64)


def _rank_cost(known: Floats, present: float, value: float) -> int:
    """Shift in percentiles of the reference, by middle ranks: passing nobody still costs something."""
    ranks = [
        float((known < v).sum() + (known <= v).sum()) / (2 * max(len(known), 1)) for v in (present, value)
    ]
    return max(1, round(abs(ranks[1] - ranks[0]) * UNIT))


def _level_cost(known: Floats, present: float, value: float) -> int:
    """Shift between two levels without an order, as if they lay beside each other."""
    shares = ((known == present).sum() + (known == value).sum()) / (2 * max(len(known), 1))
    return max(1, round(float(shares) * UNIT))
