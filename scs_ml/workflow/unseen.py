"""Which rows of a table a bundle's forecaster has not learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Dataset, Table
from scs_ml.data import order_periods, pair, split_by_subject
from scs_ml.exceptions import ScsError
from scs_ml.forecast import Leaderboard, indicator_drift
from scs_ml.report import table_record
from scs_ml.schemes import Scheme
from scs_ml.workflow.preparing import NET
from scs_ml.workflow.training import Trained


@dataclass(frozen=True)
class Unseen:
    """Rows to test a forecaster on, and rows for its conformal sets where the table holds any."""

    test: Dataset
    calibration: Dataset | None


def bundle_metadata(trained: Trained, *, row_filter: str | None = None) -> Mapping[str, Any]:
    """Say in the bundle what was learned from, so that an audit finds the rows that were not.

    Parameters
    ----------
    trained : Trained
    row_filter : str, optional
        The named filter that the table was read with.

    Returns
    -------
    mapping
        Plain values, for `scs_ml.storage.save_bundle`.
    """
    learned = trained.splits.train
    return {
        "family": trained.name,
        "trained_on": learned.fingerprint,
        "trained_until": learned.periods[int(learned.period.max())],
        "row_filter": row_filter,
        "split_by": trained.splits.by,
        "rows": len(learned),
        "leaderboard": trained.leaderboard.as_record(),
        "drift": _drift(trained),
        NET: trained.net,
    }


def _drift(trained: Trained) -> Mapping[str, Any] | None:
    """Compare the indicators of the periods learned from with those of the test period."""
    if trained.splits.by != "period":
        return None
    return table_record(indicator_drift(trained.splits.train, trained.splits.test))


def bundle_drift(manifest: Mapping[str, Any]) -> tuple[Table, ...]:
    """Give the drift between the periods that a bundle learned from and its test period.

    Parameters
    ----------
    manifest : mapping
        The bundle's.

    Returns
    -------
    tuple of Table
        One, or none where the bundle was saved without it or split by people.

    Raises
    ------
    ScsError
        If what the manifest holds is no table.
    """
    record = manifest["metadata"].get("drift")
    if record is None:
        return ()
    try:
        columns, rows = tuple(record["columns"]), tuple(tuple(row) for row in record["rows"])
        return (Table(record["name"], record["title"], columns, rows),)
    except (KeyError, TypeError) as error:
        raise ScsError(
            "the record of the drift cannot be read",
            where=str(error),
            remedy="train again with this version: scs-ml train",
        ) from error


def bundle_leaderboard(manifest: Mapping[str, Any]) -> Leaderboard | None:
    """Give the backtest behind a bundle; None where it was saved without one.

    Parameters
    ----------
    manifest : mapping
        The bundle's.

    Returns
    -------
    Leaderboard or None

    Raises
    ------
    ScsError
        If what the manifest holds is no leaderboard.
    """
    record = manifest["metadata"].get("leaderboard")
    return None if record is None else Leaderboard.from_record(record)


def unseen_rows(
    dataset: Dataset, scheme: Scheme, manifest: Mapping[str, Any], *, row_filter: str | None = None
) -> Unseen:
    """Find the rows that the bundle's forecaster did not learn from, and whose category is known.

    The very table it learned from, split by subject then, is split again: the people kept for testing test,
    at their last origin, and those kept for calibration calibrate. Any other panel is tested at its last
    origin and calibrated at all whose outcomes were known by then, so that sets adapt to drift; none may lie
    in the periods learned from (the latest alone calibrates where nobody says which those are). Any other
    table of one period is tested as a whole.

    Parameters
    ----------
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    scheme : Scheme
    manifest : mapping
        The bundle's, with the `bundle_metadata` of its training.
    row_filter : str, optional
        The named filter that this table was read with.

    Returns
    -------
    Unseen

    Raises
    ------
    ScsError
        If the forecaster has learned from all of them, or nobody can tell.
    """
    learned = manifest["metadata"]
    paired = pair(dataset, scheme)
    if _split_by_subject_then(paired, learned):
        if learned.get("row_filter") != row_filter:
            raise ScsError(
                "the bundle learned from this very table, read with another row filter",
                where=f"then {learned.get('row_filter') or 'no filter'}, now {row_filter or 'no filter'}",
                remedy="give the same --rows as in training, so that the people kept for testing are found",
            )
        _, calibration, test = split_by_subject(paired, seed=int(manifest["seed"]))
        return Unseen(_at(test, int(test.period.max())), calibration)
    if scheme.horizon:
        return _later_origins(paired, learned)
    rows = dataset.take(dataset.y >= 0)
    if not len(rows):
        raise ScsError(
            "no row has a known category to compare a forecast with",
            where=f"{len(dataset):,} rows",
            remedy="audit a table that holds the category",
        )
    return Unseen(rows, None)


def calibration_rows(
    paired: Dataset, scheme: Scheme, manifest: Mapping[str, Any], *, row_filter: str | None = None
) -> Dataset | None:
    """Find rows for the conformal sets of a forecast from the last period of a table.

    Parameters
    ----------
    paired : Dataset
        Its last period is to be forecast.
    scheme : Scheme
    manifest : mapping
        The bundle's.
    row_filter : str, optional
        The named filter that the table was read with.

    Returns
    -------
    Dataset or None
        The people kept for it, where this very table was split by subject; else the origins whose outcomes
        are known and that the forecaster did not learn from (the latest where nobody says what it learned).
    """
    learned = manifest["metadata"]
    if _split_by_subject_then(paired, learned):
        same = learned.get("row_filter") == row_filter
        return split_by_subject(paired, seed=int(manifest["seed"]))[1] if same else None
    if not scheme.horizon:
        return None
    origins = _origins(paired, learned)
    return _calibration(paired, origins, int(paired.period.max()), learned)


def _split_by_subject_then(paired: Dataset, learned: Mapping[str, Any]) -> bool:
    return learned.get("split_by") == "subject" and learned.get("trained_on") == paired.fingerprint


def _later_origins(paired: Dataset, learned: Mapping[str, Any]) -> Unseen:
    origins = _origins(paired, learned)
    if not len(origins):
        raise ScsError(
            "no row that the bundle has not learned from has a known category to compare a forecast with",
            where=f"{len(paired):,} rows, horizon {paired.horizon}; it learned from origins up to "
            f"{learned.get('trained_until')}",
            remedy="audit a table that reaches one horizon past the rows to be forecast, and past those",
        )
    test = int(origins[-1])
    return Unseen(_at(paired, test), _calibration(paired, origins, test, learned))


def _calibration(
    paired: Dataset, origins: np.typing.NDArray[np.int64], forecast: int, learned: Mapping[str, Any]
) -> Dataset | None:
    """Rows of the origins whose outcomes were known when a period was forecast; None where there are none."""
    before = origins[origins <= forecast - paired.horizon]
    if learned.get("trained_until") is None:
        before = before[-1:]  # earlier ones may have been learned from
    return paired.take(np.isin(paired.period, before) & (paired.y >= 0)) if len(before) else None


def _origins(paired: Dataset, learned: Mapping[str, Any]) -> np.typing.NDArray[np.int64]:
    """Give the periods, after those learned from, that hold a row with a known category to forecast."""
    origins = np.unique(paired.period[paired.y >= 0])
    until = learned.get("trained_until")
    if until is None:
        return origins
    ordered = paired.periods
    if until not in ordered:
        # The table may lack the very period that learning ended with, and hold only earlier ones.
        ordered = order_periods(pd.Series([*ordered, until], dtype="str")) or (until,)
    later = ordered[ordered.index(until) + 1 :]
    return origins[np.isin(np.asarray(paired.periods)[origins], later)]


def _at(paired: Dataset, origin: int) -> Dataset:
    return paired.take((paired.period == origin) & (paired.y >= 0))
