"""Which people's rows may be read: notice and agreement, no minors, and nobody who withdrew."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Container
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import GateRecord
from scs_ml.exceptions import SafeguardError

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

ADULT = 18  # years
OLDEST = 150  # years; more is a year, or an age in another unit
_AGE = re.compile(
    r"([+-]?\d+(?:[.,]\d+)?)\s*(?:years?(?: old)?|yrs?|y|jahren?|ans|anos|años|лет|год|года|岁|歲|yaş)?"
)
_DATE = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}|\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{2,4}|\b\d{8}\b|[A-Za-z]{3,}\.? \d{4}"
)
_YES = frozenset({"true", "yes", "y", "1", "1.0"})


def gate_rows(scheme: Scheme, frame: pd.DataFrame) -> tuple[npt.NDArray[np.bool_], tuple[GateRecord, ...]]:
    """Say which rows may be read at all.

    Under ``agreed`` a row counts when its agreement column says so (true, yes, y, 1), and its notice column
    too where the scheme names one; others, and missing values, are left out and counted. Anyone under 18, or
    of unknown age, among the rest refuses the whole table. The other bases keep every row.

    Parameters
    ----------
    scheme : Scheme
        Its basis says which columns to ask.
    frame : DataFrame (n, columns)
        The table as read, with the columns that the scheme's `basis` names; messages give rows by its index.

    Returns
    -------
    mask : ndarray of bool (n,)
        Rows that may be read.
    records : tuple of GateRecord

    Raises
    ------
    SafeguardError
        Rule ``agreement`` where a column is absent, or nobody had notice and agreed; rule ``minors`` for
        anyone under 18.
    """
    basis = scheme.basis
    if basis.kind != "agreed":
        return np.ones(len(frame), dtype=np.bool_), ()
    columns = [str(each) for each in (basis.agreement_column, basis.notice_column) if each]
    asked = [_column(frame, each, "agreement").map(says_yes).to_numpy(np.bool_) for each in columns]
    agreed: npt.NDArray[np.bool_] = np.logical_and.reduce(asked)
    what = "an agreement and a notice" if basis.notice_column else "an agreement"
    if not agreed.any():
        raise SafeguardError(
            f"no row carries {what}",
            rule="agreement",
            where=f"column {', '.join(columns)}; {len(frame):,} rows",
            remedy="write true or yes in the rows of those who had notice and agreed",
        )
    left_out = int((~agreed).sum())
    said = f"{left_out:,} of {len(frame):,} rows carry no agreement and are left out"
    if basis.notice_column:
        without = (~asked[1] & asked[0]).sum()
        said = f"{left_out:,} of {len(frame):,} rows lack the agreement or the notice and are left out"
        said += f" ({without:,} agreed without notice)"
    outcome: Literal["left out", "kept"] = "left out" if left_out else "kept"
    records = [GateRecord("agreement", outcome, said, tuple(columns), left_out)]
    if scheme.subjects == "persons":
        _refuse_minors(frame, str(basis.birth_column), agreed)
        records.append(
            GateRecord("minors", "kept", f"everyone is {ADULT} or older", (str(basis.birth_column),))
        )
    return agreed, tuple(records)


def gate_withdrawn(
    subjects: npt.NDArray[Any], withdrawn: Container[str]
) -> tuple[npt.NDArray[np.bool_], GateRecord]:
    """Say which rows are of people who have not withdrawn.

    Parameters
    ----------
    subjects : ndarray of str (n,)
        Pseudonyms; a missing one stays.
    withdrawn : container of str
        Pseudonyms of those who withdrew or were erased.

    Returns
    -------
    mask : ndarray of bool (n,)
        Rows that may be read.
    record : GateRecord
        Its `rows` are people: five rows of a panel may be of one, which is a small count.

    Raises
    ------
    SafeguardError
        Rule ``withdrawn`` where nobody is left.
    """
    codes, people = pd.factorize(subjects)
    out = np.fromiter((each in withdrawn for each in people), np.bool_, len(people))
    gone = np.append(out, [False])[codes]
    if len(gone) and gone.all():
        raise SafeguardError(
            "everyone in the table has withdrawn",
            rule="withdrawn",
            where=f"{len(gone):,} rows",
            remedy="read a table of people who agree",
        )
    n_people = int(out.sum())
    detail = f"the rows of {n_people:,} people who withdrew are left out" if n_people else "nobody withdrew"
    return ~gone, GateRecord("withdrawn", "left out" if n_people else "kept", detail, rows=n_people)


def _refuse_minors(frame: pd.DataFrame, column: str, agreed: npt.NDArray[np.bool_]) -> None:
    given = _column(frame, column, "minors")[agreed]
    ages = _ages(given)
    beyond = int((ages > OLDEST).sum())
    dates = given.size if pd.api.types.is_datetime64_any_dtype(given) else int(given.map(_is_date).sum())
    if beyond or dates:
        raise SafeguardError(
            "the age column does not hold ages in years",
            rule="minors",
            where=f"column {column}, {dates:,} dates and {beyond:,} numbers over {OLDEST}",
            remedy="give the age in whole years, not a year or date of birth",
        )
    refused = np.flatnonzero(~(ages >= ADULT))
    if len(refused):
        first = ", ".join(str(row) for row in given.index[refused[:5]])
        negative = int((ages < 0).sum())
        raise SafeguardError(
            f"{len(refused):,} rows are of people under {ADULT} or of unknown age",
            rule="minors",
            where=f"column {column}, first rows {first}"
            + (f"; {negative:,} ages are below 0, which is no age" if negative else ""),
            remedy="take those rows out of the table: minors are not scored here",
        )


def _ages(given: pd.Series) -> npt.NDArray[np.float64]:
    """Ages in years (n,), NaN where the cell holds none: numbers, also as text and with the unit."""
    if pd.api.types.is_numeric_dtype(given):
        return given.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.array([_age(cell) for cell in given], dtype=np.float64)


def _age(cell: object) -> float:
    found = _AGE.fullmatch(unicodedata.normalize("NFKC", str(cell)).strip().casefold())
    return float(found.group(1).replace(",", ".")) if found else math.nan


def _is_date(cell: object) -> bool:
    return _DATE.search(unicodedata.normalize("NFKC", str(cell))) is not None


def _column(frame: pd.DataFrame, column: str | None, rule: str) -> pd.Series:
    if column not in frame:
        raise SafeguardError(
            f"the table lacks the column that the basis 'agreed' needs: {column}",
            rule=rule,
            # Without the names that were read: where the header is missing, they are the first person's row.
            where=f"{len(frame):,} rows, {frame.shape[1]:,} columns",
            remedy="add the column to the table, or name the right one in the scheme's basis",
        )
    return frame[column]


def says_yes(value: object) -> bool:
    """Whether a cell says true, yes, y or 1."""
    return str(value).strip().lower() in _YES
