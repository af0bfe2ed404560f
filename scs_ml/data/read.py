"""From a table to a Dataset: read, reshaped, filtered, gated, validated and pseudonymised, in this order."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import UNKNOWN_CATEGORY, UNKNOWN_GROUP, Dataset
from scs_ml.data.files import load_frame
from scs_ml.data.periods import order_periods
from scs_ml.data.rules import (
    cell_problems,
    raise_problems,
    read_adverse,
    read_category,
    read_score,
    read_subject,
    row_problems,
)
from scs_ml.data.values import as_category, as_flag, as_group, as_number
from scs_ml.data.wide import filter_rows, period_column, wide_to_long
from scs_ml.exceptions import TableError
from scs_ml.safeguards import PUBLIC_KEY, gate_inputs, gate_rows, key_needed, load_key, pseudonymise
from scs_ml.schemes import Indicator, Scheme, scheme_fingerprint
from scs_ml.storage import column_text, fingerprint_frame


def read_table(
    source: str | Path | pd.DataFrame,
    scheme: Scheme,
    *,
    key: bytes | None = None,
    row_filter: str | None = None,
) -> Dataset:
    """Read a table by its scheme.

    Parameters
    ----------
    source : path or DataFrame
        CSV (comma, semicolon or tab; also gzipped), Parquet, or a frame whose index is ignored.
    scheme : Scheme
    key : bytes, optional
        Key of the pseudonyms. By default a synthetic population's public key, else the key file's (see `load_key`).
    row_filter : str, optional
        Name of one of the scheme's row filters.

    Returns
    -------
    Dataset (n rows)
        Sorted by period and pseudonym. `y` is the row's own category for horizon 0; for other horizons `pair` fills it.

    Raises
    ------
    TableError
        If the source is no table, or breaks rules of the scheme: one error that lists them all.
    SafeguardError
        If the basis refuses people in it.
    ScsError
        If a key is needed and there is none.
    """
    key = resolve_key(scheme, key)
    frame, name = load_frame(source)
    fingerprint = hashlib.sha256((fingerprint_frame(frame) + scheme_fingerprint(scheme)).encode()).hexdigest()
    frame = wide_to_long(frame, scheme, name)
    frame = frame[filter_rows(frame, scheme, row_filter, name)]
    missing = [
        column
        for column in (scheme.basis.agreement_column, scheme.basis.birth_column)
        if column and column not in frame
    ]
    if missing:
        raise TableError(
            f"columns that the scheme's basis asks are missing: {', '.join(missing)}",
            where=name,
            remedy="add them to the table: without them nobody's row may be read",
        )
    mask, row_gates = gate_rows(scheme, frame)
    frame = frame[mask]
    if frame.empty:
        raise TableError("no row is left", where=name, remedy="check the row filter, and who agreed")
    inputs = gate_inputs(scheme)
    problems = cell_problems(frame, scheme) + row_problems(frame, scheme, inputs.permitted)
    raise_problems(problems, scheme, name)
    columns = {
        "permitted": _indicators(frame, [scheme.indicator(each) for each in inputs.permitted]),
        "withheld": _indicators(frame, [scheme.indicator(each) for each in inputs.withheld]),
    }
    return _dataset(frame, scheme, key, fingerprint, columns, (*inputs.records, *row_gates))


def resolve_key(scheme: Scheme, key: bytes | None) -> bytes:
    """Give the key of the pseudonyms: the one given, a synthetic population's public one, or the key file's."""
    if key is not None:
        return key
    return load_key(None) if key_needed(scheme) else PUBLIC_KEY


def _dataset(
    frame: pd.DataFrame,
    scheme: Scheme,
    key: bytes,
    fingerprint: str,
    columns: dict[str, pd.DataFrame],
    gates: tuple[Any, ...],
) -> Dataset:
    subject = pseudonymise(read_subject(frame, scheme).to_numpy(), key)
    period_name = period_column(scheme)
    labels = pd.Series("all", index=frame.index, dtype="str")
    if period_name is not None:
        labels = column_text(frame[period_name])
    periods = scheme.wide.periods if scheme.wide else order_periods(labels) or ()
    period = pd.Categorical(labels, categories=list(periods)).codes.astype(np.int64)
    category = read_category(frame, scheme)
    area = scheme.roles.area and column_text(frame[scheme.roles.area]).fillna(UNKNOWN_GROUP).to_numpy(dtype=object)
    sensitive = {a.name: as_group(frame[a.table_column], a) for a in scheme.sensitive}
    situations = {s.name: as_flag(frame[s.table_column]) == 1 for s in scheme.situations}
    dataset = Dataset(
        X=columns["permitted"],
        subject=subject,
        period=period,
        periods=periods,
        category=category,
        y=np.full_like(category, UNKNOWN_CATEGORY) if scheme.horizon else category,
        sensitive=pd.DataFrame(sensitive, index=frame.index),
        situations=pd.DataFrame(situations, index=frame.index, dtype=np.bool_),
        withheld=columns["withheld"],
        fingerprint=fingerprint,
        score=read_score(frame, scheme),
        adverse=read_adverse(frame, scheme),
        family=_families(frame, scheme, key, subject),
        area=area or None if not isinstance(area, np.ndarray) else area,
        gates=gates,
    )
    return dataset.take(np.lexsort((subject, period)))


def _indicators(frame: pd.DataFrame, indicators: list[Indicator]) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for each in indicators:
        cells = frame[each.table_column]
        if each.dtype == "number":
            columns[each.name] = as_number(cells)
        elif each.dtype == "flag":
            columns[each.name] = as_flag(cells)
        else:
            columns[each.name] = as_category(cells, each.levels or ())
    return pd.DataFrame(columns, index=frame.index)


def _families(
    frame: pd.DataFrame, scheme: Scheme, key: bytes, subject: npt.NDArray[Any]
) -> npt.NDArray[Any] | None:
    """Give family pseudonyms (n,); someone without a recorded family is a family of one."""
    if scheme.roles.family is None:
        return None
    text = column_text(frame[scheme.roles.family])
    known = text.notna().to_numpy()
    family = subject.copy()
    family[known] = pseudonymise(text.to_numpy()[known], key, "family")
    return family
