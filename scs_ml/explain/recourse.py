"""What would change a forecast: the smallest feasible change of what the person can do something about."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import LAGS, Bools, Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.additivity import exceedance
from scs_ml.explain.categories import category_codes
from scs_ml.explain.moves import UNIT, Moves, possible_moves
from scs_ml.metrics import median_category
from scs_ml.schemes import Scheme

PREDICTIONS = 20_000  # rows that one search may forecast
_FIRST_BATCH, _LARGEST_BATCH = 32, 2_048

State = tuple[
    int, ...
]  # for each indicator that may move, which of its values it takes; 0 is the present one
Why = Literal["already there", "nothing can change", "out of reach", "not found"]


@dataclass(frozen=True)
class Change:
    """One indicator's move; `shift` is in percentiles of the reference, a part of 1."""

    indicator: str
    before: float | str
    after: float | str
    shift: float


@dataclass(frozen=True)
class Recourse:
    """The cheapest changes that reach a category, or why there are none.

    Attributes
    ----------
    changes : tuple of Change
        Empty where there is no recourse, or none is needed.
    cost : float
        Sum of the shifts.
    before, target, after : int
        Category forecast now, the one asked for, and the one forecast with the changes.
    exact : bool
        Whether the search was complete: nothing on the grid is cheaper, or nothing on it reaches the target.
    why : str or None
        None where changes are given; else that the category is reached already, that nothing in the row can
        change, that no combination reaches it, or that none was found before the predictions ran out.
    could_move : tuple of str
        Indicators that were tried.
    held : tuple of str
        Lags that stayed as they were: a score of the past does not change with what is done from now on.
    predictions : int
        Rows forecast.
    """

    changes: tuple[Change, ...]
    cost: float
    before: int
    target: int
    after: int
    exact: bool
    why: Why | None
    could_move: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    predictions: int = 0


def recourse(
    forecaster: Any,
    X_row: pd.DataFrame,
    scheme: Scheme,
    *,
    reference: pd.DataFrame,
    target: int | None = None,
    predictions: int = PREDICTIONS,
) -> Recourse:
    """Find the smallest change, of what a person can change, that reaches a better category.

    The grid of `possible_moves` is searched from the cheapest combination upwards, asking the model, whatever
    it is: the first that reaches the target is the cheapest there is. Where the budget of predictions
    ends before that, a greedy climb looks for any, and the answer says that it is not exact. An answer is
    given only if it holds when the row is forecast once more, alone.

    Parameters
    ----------
    forecaster : fitted classifier over category codes
    X_row : DataFrame (1, d)
        The person's model inputs.
    scheme : Scheme
        Says what is actionable, in which direction, and what must not be an input.
    reference : DataFrame (n, d)
        Rows whose values make the grid and whose percentiles measure the cost.
    target : int, optional
        Lowest category that will do; the one above the category forecast now when None.
    predictions : int
        Rows that the ordered search may forecast. The climb may add a few thousand.

    Returns
    -------
    Recourse

    Raises
    ------
    ExplanationError
        If `X_row` is not one row, the reference lacks its columns, or there is no such category.

    References
    ----------
    Ustun, Spangher & Liu (2019), Actionable recourse in linear classification, FAT* '19: actionable features,
    the percentile shift as cost, and the certificate that there is none. Here costs are summed over
    indicators, by middle ranks, and ties go to fewer changes.
    """
    _require_one_row(X_row, reference)
    row = X_row.reset_index(drop=True)
    asked = _Asked(forecaster, row, scheme.scale.n_categories)
    before = int(asked.categories(row)[0])
    best = scheme.scale.n_categories - 1
    wanted = min(before + 1, best) if target is None else target
    if not 0 <= wanted <= best:
        raise ExplanationError(f"there is no category {wanted}", remedy=f"give one of 0..{best}")
    moves = possible_moves(row, scheme, reference)
    names = tuple(each.indicator for each in moves)
    held = tuple(name for name in LAGS if name in row)

    def none(why: Why, *, exact: bool = True) -> Recourse:
        return Recourse((), 0.0, before, wanted, before, exact, why, names, held, asked.count)

    if before >= wanted:
        return none("already there")
    if not moves:
        return none("nothing can change")
    exact, state = _cheapest(moves, asked, wanted, predictions)
    if state is None and not exact:
        state = _climb(moves, asked, wanted)
    if state is None:
        return none("out of reach" if exact else "not found", exact=exact)
    changed = asked.rows(moves, [state])
    return Recourse(
        _changes(moves, state, row, changed),
        _cost(moves, state) / UNIT,
        before,
        wanted,
        int(asked.categories(changed)[0]),
        exact,
        None,
        names,
        held,
        asked.count,
    )


@dataclass
class _Asked:
    """The model, asked about variants of one row; counts them."""

    forecaster: Any
    row: pd.DataFrame
    n_categories: int
    count: int = 0
    codes: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.codes = category_codes(self.forecaster)

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probabilities (n, K) of all categories of the scale."""
        self.count += len(frame)
        given = np.asarray(self.forecaster.predict_proba(frame), dtype=np.float64)
        found = np.zeros((len(given), max(self.n_categories, int(self.codes[-1]) + 1)))
        found[:, self.codes] = given
        return found

    def categories(self, frame: pd.DataFrame) -> Ints:
        """Forecast categories (n,), as `forecast_categories` picks them."""
        return median_category(self.probabilities(frame))

    def rows(self, moves: Sequence[Moves], states: Sequence[State]) -> pd.DataFrame:
        """The row in every state, with the columns' own types."""
        at = np.asarray(states, dtype=np.int64)
        frame = self.row.iloc[np.zeros(len(at), dtype=np.int64)].reset_index(drop=True)
        for i, each in enumerate(moves):
            values, dtype = each.values[at[:, i]], self.row[each.indicator].dtype
            if isinstance(dtype, pd.CategoricalDtype):
                frame[each.indicator] = pd.Categorical.from_codes(values.astype(np.int64), dtype=dtype)
            else:
                frame[each.indicator] = values
        return frame

    def holds(self, moves: Sequence[Moves], state: State, wanted: int) -> bool:
        """Whether a state reaches the category when it is forecast alone."""
        return bool(self.categories(self.rows(moves, [state]))[0] >= wanted)


def _cheapest(
    moves: Sequence[Moves], asked: _Asked, wanted: int, predictions: int
) -> tuple[bool, State | None]:
    """Whether the ordered search came to an end, and the first state that reaches the category."""
    states, size, used = _by_cost(moves), _FIRST_BATCH, 0
    while used < predictions:
        batch = [state for _, state in zip(range(min(size, predictions - used)), states, strict=False)]
        if not batch:
            return True, None
        reached = asked.categories(asked.rows(moves, batch)) >= wanted
        for i in np.flatnonzero(reached):
            if asked.holds(moves, batch[i], wanted):
                return True, batch[i]
        used, size = used + len(batch), min(2 * size, _LARGEST_BATCH)
    return next(states, None) is None, None


def _by_cost(moves: Sequence[Moves]) -> Iterator[State]:
    """Every state but the present one, by cost, then by how many indicators change.

    A state's successors raise its last changed indicator, or a later one, by one step. So each state has one
    predecessor, which is no dearer and changes no more: the heap yields them all in order.
    """
    start: State = (0,) * len(moves)
    heap: list[tuple[int, int, State]] = [(0, 0, start)]
    while heap:
        cost, changed, state = heapq.heappop(heap)
        if changed:
            yield state
        last = max((i for i, step in enumerate(state) if step), default=0)
        for i in range(last, len(moves)):
            step, costs = state[i], moves[i].costs
            if step + 1 < len(costs):
                following = (*state[:i], step + 1, *state[i + 1 :])
                dearer = cost + int(costs[step + 1] - costs[step])
                heapq.heappush(heap, (dearer, changed + (step == 0), following))


def _climb(moves: Sequence[Moves], asked: _Asked, wanted: int) -> State | None:
    """Raise the chances up to the category one indicator at a time, then take back what was not needed."""
    state: State = (0,) * len(moves)

    def chances(states: Sequence[State]) -> tuple[Floats, Bools]:
        p = asked.probabilities(asked.rows(moves, states))
        return exceedance(p)[:, :wanted].sum(axis=1), np.asarray(median_category(p) >= wanted)

    chance = float(chances([state])[0][0])
    while True:
        steps = [_with(state, i, s) for i, each in enumerate(moves) for s in range(len(each.values))]
        found, reached = chances(steps)
        if reached.any():
            state = min((steps[i] for i in np.flatnonzero(reached)), key=lambda s: _cost(moves, s))
            break
        top = int(np.argmax(found))
        if found[top] <= chance:
            return None
        state, chance = steps[top], float(found[top])
    state = _taken_back(moves, state, lambda states: chances(states)[1])
    return state if asked.holds(moves, state, wanted) else None


def _taken_back(
    moves: Sequence[Moves], state: State, reached: Callable[[Sequence[State]], npt.NDArray[np.bool_]]
) -> State:
    """Give each changed indicator its cheapest value with which the category is still reached."""
    for i in sorted(range(len(moves)), key=lambda i: -int(moves[i].costs[state[i]])):
        cheaper = [_with(state, i, step) for step in range(state[i])]
        if cheaper and (still := np.flatnonzero(reached(cheaper))).size:
            state = cheaper[int(still[0])]
    return state


def _with(state: State, i: int, step: int) -> State:
    return (*state[:i], step, *state[i + 1 :])


def _cost(moves: Sequence[Moves], state: State) -> int:
    return sum(int(each.costs[step]) for each, step in zip(moves, state, strict=True))


def _changes(
    moves: Sequence[Moves], state: State, row: pd.DataFrame, changed: pd.DataFrame
) -> tuple[Change, ...]:
    def value(frame: pd.DataFrame, name: str) -> float | str:
        cell = frame[name].iloc[0]
        return str(cell) if isinstance(frame[name].dtype, pd.CategoricalDtype) else float(cell)

    return tuple(
        Change(
            each.indicator,
            value(row, each.indicator),
            value(changed, each.indicator),
            int(each.costs[step]) / UNIT,
        )
        for each, step in zip(moves, state, strict=True)
        if step
    )


def _require_one_row(row: pd.DataFrame, reference: pd.DataFrame) -> None:
    if len(row) != 1:
        raise ExplanationError("recourse is for one row", remedy="give a DataFrame with one row: X.iloc[[i]]")
    if missing := [str(name) for name in row.columns if name not in reference]:
        raise ExplanationError(
            f"the reference lacks {len(missing)} of the row's columns",
            where=f"columns {', '.join(missing[:5])}",
            remedy="give rows of the same model inputs",
        )
