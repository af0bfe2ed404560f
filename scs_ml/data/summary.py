"""What a table holds, counted: the answer of ``scs-ml check``."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import UNKNOWN_CATEGORY, Dataset, GateRecord, Table
from scs_ml.data.read import pseudonymous, read_checked, resolve_key
from scs_ml.safeguards import hides_count, suppress_tables, tell_gate
from scs_ml.schemes import Scheme

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class TableSummary:
    """A checked table in counts.

    Attributes
    ----------
    n_read : int or None
        Rows of the file; None where the difference to `n_rows` would count a few.
    n_rows : int
        Rows that may be used: a wide table has one a period; row filters and missing agreements leave rows
        out.
    n_subjects : int
    periods : tuple of str
        In time order.
    withheld : tuple of str
        Indicators that no model sees.
    gates : tuple of GateRecord
        What the safeguards answered.
    counts : tuple of Table
        Rows by period, category (worst first) and group, and missing values by indicator; small counts
        suppressed where the basis does not open them.
    fingerprint : str
    """

    n_read: int | None
    n_rows: int
    n_subjects: int
    periods: tuple[str, ...]
    withheld: tuple[str, ...]
    gates: tuple[GateRecord, ...]
    counts: tuple[Table, ...]
    fingerprint: str

    def tables(self) -> tuple[Table, ...]:
        """Give the summary as tables to show."""
        facts = (
            *((("rows read", self.n_read),) if self.n_read is not None else ()),
            ("rows that may be used", self.n_rows),
            ("subjects", self.n_subjects),
            ("periods", len(self.periods)),
            ("indicators withheld from models", ", ".join(self.withheld) or "none"),
        )
        gates = tuple((each.rule, each.outcome, each.detail) for each in self.gates)
        asked = (Table("safeguards", "Safeguards", ("rule", "outcome", "detail"), gates),) if gates else ()
        return (Table("facts", "Table", ("what", "value"), facts), *self.counts, *asked)

    def as_record(self) -> dict[str, Any]:
        """Give the summary as a mapping that JSON can hold."""
        return asdict(self)


def check_table(
    source: str | Path | pd.DataFrame,
    scheme: Scheme,
    *,
    key: bytes | None = None,
    row_filter: str | None = None,
    withdrawn: Container[str] | None = None,
) -> TableSummary:
    """Read a table by its scheme and count what it holds.

    Parameters
    ----------
    source, scheme, key, row_filter, withdrawn
        As for `read_table`.

    Returns
    -------
    TableSummary

    Raises
    ------
    ScsError
        Whatever `read_table` raises.
    """
    key = resolve_key(scheme, key)
    checked = read_checked(source, scheme, row_filter, withdrawn, key)
    dataset = pseudonymous(checked, scheme, key)
    return TableSummary(
        n_read=None if hides_count(scheme, abs(checked.n_read - len(dataset))) else checked.n_read,
        n_rows=len(dataset),
        n_subjects=len(np.unique(dataset.subject)),
        periods=dataset.periods,
        withheld=checked.inputs.withheld,
        gates=tuple(tell_gate(each, scheme) for each in dataset.gates),
        counts=suppress_tables(tuple(_counts(dataset, scheme)), scheme),
        fingerprint=dataset.fingerprint,
    )


def _counts(dataset: Dataset, scheme: Scheme) -> Iterator[Table]:
    periods = np.bincount(dataset.period, minlength=len(dataset.periods))
    rows = tuple(zip(dataset.periods, periods.tolist(), strict=True))
    yield Table("periods", "Rows by period", ("period", "rows"), rows)
    known = dataset.category[dataset.category != UNKNOWN_CATEGORY]
    categories = np.bincount(known, minlength=scheme.scale.n_categories)
    rows = tuple(zip(scheme.scale.categories, categories.tolist(), strict=True))
    unknown = len(dataset) - len(known)
    rows += ((NOT_KNOWN, unknown),) if unknown else ()
    yield Table("categories", "Rows by category, worst first", ("category", "rows"), rows)
    groups = tuple(
        (str(attribute), str(group), int(count))
        for attribute, labels in dataset.sensitive.items()
        for group, count in labels.value_counts().items()
    )
    if groups:
        yield Table("groups", "Rows by group", ("attribute", "group", "rows"), groups)
    missing = pd.concat([dataset.X, dataset.withheld], axis=1).isna().sum()
    absent = tuple((str(name), int(count)) for name, count in missing[missing > 0].items())
    if absent:
        yield Table("missing", "Missing values", ("indicator", "rows"), absent)
