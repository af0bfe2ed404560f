"""Folds of a backtest: later periods, or other people, or both."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import GroupKFold

from scs_ml.core import UNKNOWN_CATEGORY, Dataset, Ints
from scs_ml.data.panel import known_origins, known_rows, people_codes
from scs_ml.exceptions import ScsError

_PEOPLE_PARTS = 3  # folds of people within each origin, where people are parted


def rolling_origins(
    dataset: Dataset,
    *,
    n_folds: int = 3,
    embargo: int | None = None,
    entity_disjoint: bool = False,
    seed: int = 0,
) -> list[tuple[Dataset, Dataset]]:
    """Make the folds of a rolling-origin backtest: test on one origin, train on what was known before it.

    Parameters
    ----------
    dataset : Dataset (n rows)
        Paired where its scheme's horizon is not 0.
    n_folds : int
        The last so many origins test; fewer where the panel is shorter.
    embargo : int, optional
        Periods from the last training origin to the test origin. Where not given, the horizon and at least
        one: training outcomes were known when the test origin's forecasts were due. Never less.
    entity_disjoint : bool
        Whether people are parted too: each origin is tested in three folds of people (subjects with their
        families), each forecast from the others. This measures forecasts of people who are new, and no
        forecaster can profit from knowing them again.
    seed : int
        Of the split of people.

    Returns
    -------
    list of (train, test)
        In time order; three for each origin where people are parted.

    Raises
    ------
    ScsError
        If not even one fold can be made, or the embargo is shorter than the horizon.

    References
    ----------
    Tashman (2000), Out-of-sample tests of forecasting accuracy, Int. J. Forecasting 16, 437-450.
    """
    known_rows(dataset)
    origins = known_origins(dataset)
    least = max(dataset.horizon, 1)
    gap = least if embargo is None else embargo
    if gap < least:
        raise ScsError(
            f"an embargo of {gap} period(s) would learn from outcomes that were not known yet",
            where=f"horizon {dataset.horizon}",
            remedy=f"give at least {least}",
        )
    tests = [origin for origin in origins if origin - gap >= origins[0]][-n_folds:]
    if not tests:
        if embargo is not None and len(origins) > 1 and origins[-1] - least >= origins[0]:
            raise ScsError(
                f"no period is left to test on after an embargo of {embargo} period(s)",
                where=f"{len(dataset.periods)} periods, {len(origins)} with a known category to forecast",
                remedy=f"give an embargo of {origins[-1] - origins[0]} at the most, or a longer panel",
            )
        raise ScsError(
            "a backtest needs two origins, one outcome known before the other is forecast",
            where=f"{len(dataset.periods)} period(s), {len(origins)} with a known category to forecast, "
            f"embargo {gap}",
            remedy="give a table with more periods",
        )
    known = dataset.y != UNKNOWN_CATEGORY
    masks = [(known & (dataset.period <= t - gap), known & (dataset.period == t)) for t in tests]
    if entity_disjoint:
        part = _people_parts(dataset, seed)
        masks = [
            (train & (part != each), test & (part == each))
            for train, test in masks
            for each in range(_PEOPLE_PARTS)
        ]
    return [(dataset.take(train), dataset.take(test)) for train, test in masks]


def _people_parts(dataset: Dataset, seed: int) -> Ints:
    """Deal people (subjects with their families) to parts at random; gives the part (n,) of each row."""
    units = people_codes(dataset)
    n_units = int(units.max()) + 1
    if n_units < _PEOPLE_PARTS:
        raise ScsError(
            f"{n_units} people (or families) are too few for {_PEOPLE_PARTS} folds of people",
            remedy="give a larger table",
        )
    order = np.random.default_rng(seed).permutation(n_units)
    return np.asarray((order % _PEOPLE_PARTS)[units], dtype=np.int64)


def subject_folds(dataset: Dataset, *, n_folds: int = 3, seed: int = 0) -> list[tuple[Dataset, Dataset]]:
    """Make the folds of a cross-validation by people: a subject, and a family, is tested in one fold only.

    Parameters
    ----------
    dataset : Dataset (n rows)
        Paired where its scheme's horizon is not 0.
    n_folds : int
    seed : int

    Returns
    -------
    list of (train, test)
        Rows with a known `y` only.

    Raises
    ------
    ScsError
        If no `y` is known, or there are fewer people (or families) than folds, or fewer than two folds.
    """
    rows = known_rows(dataset)
    units = people_codes(dataset)[rows]
    if n_folds < 2:
        raise ScsError(
            f"{n_folds} fold is no cross-validation: people are tested in turns", remedy="give at least 2"
        )
    if (n_units := len(np.unique(units))) < n_folds:
        raise ScsError(
            f"{n_units} people (or families) are too few for {n_folds} folds", remedy="give a larger table"
        )
    folds = GroupKFold(n_folds, shuffle=True, random_state=seed).split(rows, groups=units)
    return [(dataset.take(rows[train]), dataset.take(rows[test])) for train, test in folds]
