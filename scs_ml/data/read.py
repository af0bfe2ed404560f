"""From a table to a Dataset: read, reshaped, filtered, gated, validated and pseudonymised, in this order."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import UNKNOWN_CATEGORY, UNKNOWN_GROUP, Dataset, GateRecord
from scs_ml.data.consistency import row_problems
from scs_ml.data.files import load_frame
from scs_ml.data.problems import hide_names, raise_problems
from scs_ml.data.roles import read_adverse, read_category, read_period, read_score, read_subject
from scs_ml.data.rules import cell_problems, table_rules
from scs_ml.data.values import as_category, as_flag, as_group, as_number, codes_of
from scs_ml.data.wide import filter_rows, wide_to_long
from scs_ml.exceptions import TableError
from scs_ml.safeguards import (
    PUBLIC_KEY,
    InputGate,
    gate_filter,
    gate_inputs,
    gate_rows,
    gate_withdrawn,
    key_needed,
    load_key,
    pseudonymise,
    read_consent,
)
from scs_ml.schemes import Scheme, scheme_fingerprint
from scs_ml.storage import column_text, fingerprint_frame


@dataclass(frozen=True)
class Checked:
    """A table that was gated and keeps its scheme's rules; people in clear, so it stays in this room."""

    frame: pd.DataFrame
    fingerprint: str
    n_read: int
    inputs: InputGate
    gates: tuple[GateRecord, ...]


def read_table(
    source: str | Path | pd.DataFrame,
    scheme: Scheme,
    *,
    key: bytes | None = None,
    row_filter: str | None = None,
    withdrawn: Container[str] | None = None,
) -> Dataset:
    """Read a table by its scheme.

    Parameters
    ----------
    source : path or DataFrame
        CSV (comma, semicolon or tab; also gzipped), Parquet, or a frame whose index is ignored.
    scheme : Scheme
    key : bytes, optional
        Key of the pseudonyms. By default the public one for a synthetic population, else the key file's (see
        `scs_ml.safeguards.load_key`).
    row_filter : str, optional
        Name of one of the scheme's row filters.
    withdrawn : container of str
        Pseudonyms whose rows are left out and counted; nobody is asked about when None.

    Returns
    -------
    Dataset (n rows)
        Sorted by period and pseudonym. `y` is the row's own category for horizon 0; otherwise it is not known
        before `pair` fills it.

    Raises
    ------
    TableError
        If the source is no table, or breaks rules of the scheme: one error that lists them all.
    SafeguardError
        If the basis refuses the people in it.
    ScsError
        If a key is needed and there is none.
    """
    key = resolve_key(scheme, key)
    return pseudonymous(read_checked(source, scheme, row_filter, withdrawn, key), scheme, key)


def resolve_key(scheme: Scheme, key: bytes | None) -> bytes:
    """Give the pseudonyms' key: the one given, the public one where nobody is named, or the key file's."""
    if key is not None:
        return key
    return load_key(None) if key_needed(scheme) else PUBLIC_KEY


def scheme_mixed(frame: pd.DataFrame, scheme: Scheme) -> str:
    """Fingerprint a table together with the scheme it is read by."""
    return hashlib.sha256((fingerprint_frame(frame) + scheme_fingerprint(scheme)).encode()).hexdigest()


def read_checked(
    source: str | Path | pd.DataFrame,
    scheme: Scheme,
    row_filter: str | None = None,
    withdrawn: Container[str] | None = None,
    key: bytes = PUBLIC_KEY,
) -> Checked:
    """Read a table, keep the rows that may be read, and refuse it with every rule it breaks."""
    frame, name = load_frame(source)
    n_read = len(frame)
    fingerprint = scheme_mixed(frame, scheme)
    frame = wide_to_long(frame, scheme, name)
    frame = frame[filter_rows(frame, scheme, row_filter, name)]
    frame, left = _staying(frame, scheme, withdrawn, key)
    agreed, row_gates = gate_rows(scheme, frame)
    frame = frame[agreed]
    if frame.empty:
        raise TableError("no row is left", where=name, remedy="check the row filter")
    inputs = gate_inputs(scheme)
    hidden = {column for column in (scheme.roles.subject, scheme.roles.family) if column}
    problems = cell_problems(frame, table_rules(scheme), hidden)
    problems += row_problems(frame, scheme, inputs.permitted)
    if problems and scheme.real_people:
        names = {text for column in hidden & set(frame) for text in column_text(frame[column]).dropna()}
        problems = hide_names(problems, names)
    raise_problems(problems, name, f"scheme {scheme.name!r}")
    return Checked(
        frame,
        fingerprint,
        n_read,
        inputs,
        (*inputs.records, *gate_filter(scheme, row_filter), *left, *row_gates),
    )


def _staying(
    frame: pd.DataFrame, scheme: Scheme, withdrawn: Container[str] | None, key: bytes
) -> tuple[pd.DataFrame, tuple[GateRecord, ...]]:
    """Leave out who withdrew, before anything is asked of their rows."""
    if withdrawn is None or scheme.roles.subject not in frame:
        return frame, ()
    identities = column_text(frame[scheme.roles.subject]).to_numpy(dtype=object)
    stays, record = gate_withdrawn(pseudonymise(identities, key), withdrawn)
    return frame[stays], (record,)


def pseudonymous(checked: Checked, scheme: Scheme, key: bytes) -> Dataset:
    """Make the dataset of a checked table: typed columns, pseudonyms, rows in order."""
    frame, roles = checked.frame, scheme.roles
    subject = pseudonymise(read_subject(frame, scheme).to_numpy(dtype=object), key)
    labels, periods = read_period(frame, scheme)
    period, category = codes_of(labels, periods or ()), read_category(frame, scheme)
    area = column_text(frame[roles.area]).fillna(UNKNOWN_GROUP).to_numpy(dtype=object) if roles.area else None
    sensitive = {each.name: as_group(frame[each.table_column], each) for each in scheme.sensitive}
    situations = {each.name: as_flag(frame[each.table_column]) == 1 for each in scheme.situations}
    dataset = Dataset(
        X=_indicators(frame, scheme, checked.inputs.permitted),
        subject=subject,
        period=period,
        periods=periods or (),
        category=category,
        y=np.full_like(category, UNKNOWN_CATEGORY) if scheme.horizon else category,
        sensitive=pd.DataFrame(sensitive, index=frame.index),
        situations=pd.DataFrame(situations, index=frame.index, dtype=np.bool_),
        withheld=_indicators(frame, scheme, checked.inputs.withheld),
        fingerprint=checked.fingerprint,
        score=read_score(frame, scheme),
        adverse=read_adverse(frame, scheme),
        informants=_informants(frame, scheme),
        family=_families(frame, scheme, key, subject),
        area=area,
        publication=read_consent(scheme, frame),
        gates=checked.gates,
    )
    ordered = dataset.take(np.lexsort((subject, period)))
    seen = pd.Series(ordered.subject).groupby(ordered.subject, sort=False).cumcount()
    return replace(ordered, record=np.asarray(seen, dtype=np.int64) + np.int64(1))


def _indicators(frame: pd.DataFrame, scheme: Scheme, names: Sequence[str]) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for indicator in map(scheme.indicator, names):
        cells = frame[indicator.table_column]
        if indicator.dtype == "category":
            columns[indicator.name] = as_category(cells, indicator.levels or ())
        else:
            columns[indicator.name] = as_flag(cells) if indicator.dtype == "flag" else as_number(cells)
    return pd.DataFrame(columns, index=frame.index)


def _informants(frame: pd.DataFrame, scheme: Scheme) -> npt.NDArray[np.float64] | None:
    named = [indicator.informants_column for indicator in scheme.indicators]
    if not any(named):
        return None
    unknown = np.full(len(frame), np.nan)
    return np.column_stack([unknown if name is None else as_number(frame[name]) for name in named])


def _families(
    frame: pd.DataFrame, scheme: Scheme, key: bytes, subject: npt.NDArray[Any]
) -> npt.NDArray[Any] | None:
    """Give family pseudonyms (n,); someone without a recorded family is a family of one."""
    if scheme.roles.family is None:
        return None
    text = column_text(frame[scheme.roles.family])
    known = text.notna().to_numpy()
    family = subject.copy()
    family[known] = pseudonymise(text.to_numpy(dtype=object)[known], key, "family")
    return family
