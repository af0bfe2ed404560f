"""The event ledger of an office, read beside its table."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import numpy as np
import pandas as pd

from scs_ml.core import Dataset, Ledger
from scs_ml.data.files import load_frame
from scs_ml.data.periods import order_periods
from scs_ml.data.problems import SHOWN, Problem, problem_at, raise_problems
from scs_ml.data.read import resolve_key, scheme_mixed
from scs_ml.data.rules import NUMBER, ColumnRule, cell_problems
from scs_ml.data.values import as_number
from scs_ml.exceptions import TableError
from scs_ml.safeguards import pseudonymise, pseudonymise_informants
from scs_ml.schemes import Scheme
from scs_ml.storage import column_text

_REQUIRED = ("event", "subject", "period", "rule", "indicator", "points")
_OPTIONAL = ("source", "informant", "situation")
_NAMES_PEOPLE = ("subject", "informant")


def read_ledger(
    source: str | Path | pd.DataFrame,
    scheme: Scheme,
    dataset: Dataset,
    *,
    key: bytes | None = None,
    withdrawn: Container[str] | None = None,
) -> Ledger:
    """Read an event ledger.

    Parameters
    ----------
    source : path or DataFrame
        One row per event: ``event`` (id), ``subject``, ``period``, ``rule``, ``indicator``, ``points``; where
        known ``source``, ``informant``, ``situation``. A rule need not stand on the card: that is what a
        wrong may look like.
    scheme : Scheme
    dataset : Dataset
        The office's table, read with the same key. Events of people it does not hold are left out; under
        ``agreed`` those of periods for which a person did not agree are too.
    key : bytes, optional
        As for `read_table`.
    withdrawn : container of str, optional
        Pseudonyms of those who withdrew: as informants they are named no more.

    Returns
    -------
    Ledger
        In the order of the file. Periods are the dataset's codes; earlier ones, which points may still date
        from, count down from -1, one for each that the ledger names, and later ones up.

    Raises
    ------
    TableError
        If the source is no ledger of this scheme, or none of its people is in the dataset.
    """
    if scheme.real_people and scheme.roles.subject is None:
        # Without a subject no key of one's own is asked for, and a public one would not hide an informant.
        raise TableError(
            "events are of people, and the scheme's table names none",
            where=f"scheme {scheme.name}",
            remedy="name the column of the person in the scheme (roles.subject), or audit without a ledger",
        )
    key = resolve_key(scheme, key)
    frame, name = load_frame(source)
    fingerprint = scheme_mixed(frame, scheme)
    frame = frame.assign(**{column: None for column in _OPTIONAL if column not in frame})
    rules = [
        ColumnRule(each, each in _REQUIRED, NUMBER if each == "points" else ())
        for each in (*_REQUIRED, *_OPTIONAL)
    ]
    problems = cell_problems(frame, rules, _NAMES_PEOPLE)
    period: pd.Series[int] | None = None
    if set(_REQUIRED) <= set(frame):
        problems += _row_problems(frame, scheme)
        period = _period_codes(column_text(frame["period"]), dataset.periods)
        if period is None:
            listed = ", ".join(dataset.periods[:SHOWN])
            what = f"cannot be put in time order with the table's periods ({listed}, ...)"
            problems.append(Problem("period", what))
    raise_problems(problems, name, "a ledger")
    subject = pseudonymise(column_text(frame["subject"]).to_numpy(dtype=object), key)
    events = pd.DataFrame(
        {
            "event": column_text(frame["event"]),
            "subject": pd.Series(subject, index=frame.index, dtype="str"),
            "period": period,
            "rule": column_text(frame["rule"]),
            "indicator": column_text(frame["indicator"]),
            "points": as_number(frame["points"]),
            "source": column_text(frame["source"]),
            "informant": _informants(column_text(frame["informant"]), key, withdrawn),
            "situation": column_text(frame["situation"]),
        }
    )
    kept = events["subject"].isin(dataset.subject)
    if scheme.basis.kind == "agreed":
        rows = pd.MultiIndex.from_arrays([dataset.subject, dataset.period])
        kept &= pd.MultiIndex.from_frame(events[["subject", "period"]]).isin(rows)
    if not kept.any():
        raise TableError(
            "no event is of anyone in the table",
            where=f"{name}, {len(events):,} events",
            remedy="write subjects as the table does, and read both with the same key",
        )
    return Ledger(events[kept].reset_index(drop=True), fingerprint)


def _row_problems(frame: pd.DataFrame, scheme: Scheme) -> list[Problem]:
    event, indicator = frame["event"], column_text(frame["indicator"])
    twice = (event.duplicated(keep=False) & event.notna()).to_numpy()
    unknown = (~indicator.isin([each.name for each in scheme.indicators]) & indicator.notna()).to_numpy()
    return [
        *problem_at("event", "gives an id to two events", twice, event),
        *problem_at("indicator", "names no indicator of the scheme", unknown, indicator),
    ]


def _period_codes(labels: pd.Series[str], periods: tuple[str, ...]) -> pd.Series[int] | None:
    """Give the code (n,) of each label; None where one lies between the table's, or has no order."""
    codes = {label: code for code, label in enumerate(periods)}
    if strange := sorted(set(labels.dropna()) - set(codes)):
        ordered = order_periods(pd.Series([*periods, *strange], dtype="str"))
        if ordered is None:
            return None
        first, last = ordered.index(periods[0]), ordered.index(periods[-1])
        if ordered[first : last + 1] != periods:
            return None
        codes = {label: at - first for at, label in enumerate(ordered)}
    return labels.map(codes).fillna(-1).astype(np.int64)


def _informants(names: pd.Series[str], key: bytes, withdrawn: Container[str] | None) -> pd.Series[str]:
    """Give pseudonyms of informants; whoever withdrew is named no more, and the event stays."""
    informants = pd.Series(pseudonymise_informants(names, key), index=names.index, dtype="str")
    if withdrawn is None:
        return informants
    out = {each for each in informants.dropna().unique() if each in withdrawn}
    return informants.mask(informants.isin(out))
