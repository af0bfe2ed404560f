"""Panels in time: pairing rows with the category to forecast, and splits in three that never look ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from scs_ml.core import CURRENT_CATEGORY, CURRENT_SCORE, LAGS, UNKNOWN_CATEGORY, Dataset, Ints
from scs_ml.exceptions import ScsError
from scs_ml.schemes import Scheme

Parts = tuple[Dataset, Dataset, Dataset]


def pair(dataset: Dataset, scheme: Scheme) -> Dataset:
    """Pair every row with the category its subject has ``scheme.horizon`` periods later.

    Parameters
    ----------
    dataset : Dataset (n rows)
        As `read_table` gives it.
    scheme : Scheme
        Its horizon, in periods of the table.

    Returns
    -------
    Dataset (n rows)
        For horizon 0 the dataset as it is. Otherwise `y` holds the later category, `UNKNOWN_CATEGORY` where
        the table has none, and `X` gains one lag: ``current_score``, or ``current_category`` (the code, NaN
        where not known) in a table without scores.

    Raises
    ------
    ScsError
        If an indicator already has the lag's name.
    """
    return _pair(dataset, scheme.horizon)


def _pair(dataset: Dataset, horizon: int) -> Dataset:
    if horizon == dataset.horizon and (horizon > 0 or np.array_equal(dataset.y, dataset.category)):
        return dataset
    X = dataset.X
    if dataset.horizon > 0:
        X = X.drop(columns=[name for name in LAGS if name in X])
    if horizon == 0:
        return replace(dataset, X=X, y=dataset.category, horizon=0)
    later = later_rows(pd.factorize(dataset.subject)[0].astype(np.int64), dataset.period, horizon)
    y = np.where(later < 0, UNKNOWN_CATEGORY, dataset.category[later])
    lag, state = CURRENT_SCORE, dataset.score
    if state is None or np.isnan(state).all():
        known = dataset.category != UNKNOWN_CATEGORY
        lag, state = CURRENT_CATEGORY, np.where(known, dataset.category.astype(np.float64), np.nan)
    if lag in X:
        raise ScsError(
            f"an indicator is called {lag!r}, which is the name of the lag that pairing adds",
            remedy=f"give it another name in the scheme, with `column: {lag}`",
        )
    return replace(dataset, X=X.assign(**{lag: state}), y=y.astype(np.int64), horizon=horizon)


def later_rows(subject: Ints, period: Ints, horizon: int) -> Ints:
    """Find the row (n,) of the same subject `horizon` periods later; -1 where there is none.

    Parameters
    ----------
    subject, period : ndarray of int (n,)
        Codes from 0; no two rows share both.
    horizon : int
    """
    stride = int(period.max(initial=0)) + horizon + 1
    keys = subject * stride + period
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys[order], keys + horizon), len(keys) - 1)
    found = order[at]
    return np.where(keys[found] == keys + horizon, found, -1).astype(np.int64)


def split_by_period(dataset: Dataset, horizon: int = 1) -> Parts:
    """Split a panel in time: the last origin tests, one before it calibrates, all earlier ones train.

    An origin is a period whose rows have a known category `horizon` periods later. The calibration origin is
    the latest whose outcomes were known when the test origin's forecasts were due, so that nothing looks
    ahead.

    Parameters
    ----------
    dataset : Dataset (n rows)
        Paired here.
    horizon : int
        Periods from indicators to the category forecast.

    Returns
    -------
    train, calibration, test : Dataset
        Rows with a known `y` only.

    Raises
    ------
    ScsError
        If the panel has too few origins.
    """
    paired = _pair(dataset, horizon)
    origins = known_origins(paired)
    test = origins[-1] if len(origins) else -1
    before = origins[origins <= test - max(horizon, 1)]
    if len(before) < 2:
        raise ScsError(
            f"a split in time needs three origins, {max(horizon, 1)} period(s) or more between the last two",
            where=f"{len(dataset.periods)} period(s), {len(origins)} of them with a known category "
            f"{horizon} period(s) later",
            remedy="give more periods, or split by people: split_by_subject(pair(dataset, scheme))",
        )
    known = paired.y != UNKNOWN_CATEGORY
    masks = (paired.period < before[-1], paired.period == before[-1], paired.period == test)
    train, calibration, tested = (paired.take(known & mask) for mask in masks)
    return train, calibration, tested


def split_by_subject(
    dataset: Dataset, *, seed: int = 0, shares: tuple[float, float, float] = (0.6, 0.2, 0.2)
) -> Parts:
    """Split a dataset at random by people: a subject, and a family, lies in one part only.

    Parameters
    ----------
    dataset : Dataset (n rows)
        Paired where its scheme's horizon is not 0.
    seed : int
    shares : tuple of three float
        Of the subjects (or families), summing to one.

    Returns
    -------
    train, calibration, test : Dataset
        Rows with a known `y` only.

    Raises
    ------
    ScsError
        If no `y` is known, or a part would be empty.
    """
    if min(shares) <= 0 or not np.isclose(sum(shares), 1):
        raise ValueError(f"shares must be positive and sum to one, got {shares}")
    rows = known_rows(dataset)
    units = people_codes(dataset)[rows]
    distinct = np.random.default_rng(seed).permutation(np.unique(units))
    ends = np.round(np.cumsum(shares) * len(distinct)).astype(np.int64)
    parts = np.split(distinct, ends[:2])
    if min(map(len, parts)) == 0:
        raise ScsError(
            f"{len(distinct)} people (or families) are too few for three parts", remedy="give a larger table"
        )
    train, calibration, test = (dataset.take(rows[np.isin(units, part)]) for part in parts)
    return train, calibration, test


def known_rows(dataset: Dataset) -> Ints:
    """Give the positions of the rows with a known `y`; an error where there are none."""
    rows = np.flatnonzero(dataset.y != UNKNOWN_CATEGORY)
    if not len(rows):
        raise ScsError(
            "no category to forecast is known in any row",
            where=f"{len(dataset):,} rows, {len(dataset.periods)} period{'s' * (len(dataset.periods) != 1)}",
            remedy="give a period at least one horizon after the first, with its score or category recorded "
            "(in Python, pair the dataset first: pair(dataset, scheme))",
        )
    return rows.astype(np.int64)


def known_origins(dataset: Dataset) -> Ints:
    """Give the periods, in time order, that hold a row with a known `y`."""
    return np.unique(dataset.period[dataset.y != UNKNOWN_CATEGORY])


def people_codes(dataset: Dataset) -> npt.NDArray[np.int32]:
    """Give codes (n,) of the people who must not be parted: a subject, with the families it was ever in."""
    subject = pd.factorize(dataset.subject)[0]
    family = dataset.cluster
    links = coo_array(
        (np.ones(len(subject), dtype=np.int8), (subject, family + subject.max() + 1)),
        shape=(size := int(subject.max() + family.max() + 2), size),
    )
    labels: npt.NDArray[np.int32] = connected_components(links, directed=False)[1]
    return labels[subject]
