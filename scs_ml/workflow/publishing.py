"""Publish group tables with differential privacy, and account for what they cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scs_ml.core import UNKNOWN_CATEGORY, UNKNOWN_GROUP, Dataset, Ints, Progress, Table
from scs_ml.data import load_frame
from scs_ml.exceptions import ScsError
from scs_ml.records.budget import Budget, Spent
from scs_ml.report import table_record
from scs_ml.report.private import MECHANISM, expected_error, private_table
from scs_ml.safeguards import opens, require_open
from scs_ml.schemes import Attribute, Scheme
from scs_ml.storage import atomic_folder, fingerprint_frame, require_replaceable
from scs_ml.workflow.recording import NOBODY, Recorder
from scs_ml.workflow.stages import stage

FILE, PAGE = "private_tables.json", "private_tables.md"
BUDGET, DECLARED = 1.0, "privacy_budget"  # of a data set, where basis.declared does not name another


@dataclass(frozen=True)
class Published:
    """Tables that may be shown to anybody.

    Attributes
    ----------
    tables : tuple of Table
        One for each attribute, or one of everybody.
    left_out : tuple of str
        Attributes whose values the scheme does not name.
    epsilon : float
        Of all tables together.
    spent : Spent or None
        What the data set's account holds now; None for simulated people of whom no records are kept.
    """

    scheme: Scheme
    tables: tuple[Table, ...]
    left_out: tuple[str, ...]
    epsilon: float
    spent: Spent | None

    def as_record(self) -> dict[str, Any]:
        """Give it as plain values: the content of ``private_tables.json``."""
        each = self.epsilon / len(self.tables)
        spent = self.spent
        return {
            "format": "private-1",
            "scheme": {"name": self.scheme.name, "title": self.scheme.title, "basis": self.scheme.basis.kind},
            "mechanism": MECHANISM,
            "epsilon": self.epsilon,
            "epsilon of each table": each,
            "neighbours": "tables that differ by one person, with all that person's rows",
            "sensitivity": "one person changes one count of each table by 1",
            "expected absolute error of a count": expected_error(each),
            "budget": None if spent is None else {"spent": spent.epsilon, "total": spent.total},
            "not published": list(self.left_out),
            "tables": [table_record(table) for table in self.tables],
        }


def publish_table(
    scheme: Scheme,
    table: Path,
    out: Path,
    *,
    epsilon: float = 1.0,
    key: bytes | None = None,
    row_filter: str | None = None,
    recorder: Recorder = NOBODY,
    progress: Progress | None = None,
) -> Published:
    """Write how many of each group are in each category, with noise that hides every single person.

    Of each person the latest row with a category counts, so that nobody is in a table twice. Every table gets
    an equal part of epsilon, as a person is in all of them.

    Parameters
    ----------
    scheme : Scheme
    table : Path
        The people's table: noise is added to exact counts, which a run folder need not hold.
    out : Path
        Folder to write: ``private_tables.json`` and ``private_tables.md``.
    epsilon : float
        Privacy loss of all tables together.
    key, row_filter, recorder, progress
        As for `audit_table`. The records keep the account; a filter does not make another data set.

    Returns
    -------
    Published

    Raises
    ------
    SafeguardError
        Rule ``privacy_budget`` where the table's budget (1, or what the scheme's ``basis.declared`` says
        under ``privacy_budget``) does not hold epsilon.
    ScsError
        If an input is not what the scheme says, or real people's budget is accounted nowhere.
    """
    require_open(scheme, "group_results")
    require_replaceable(out, FILE)
    total = _total(scheme)
    if recorder.records is None and scheme.real_people:
        raise ScsError(
            "what is published of real people is accounted for in the records, and there are none",
            remedy="name their folder: scs-ml publish --records",
        )
    with stage(progress, "read"):
        dataset = recorder.read_table(table, scheme, key=key, row_filter=row_filter)
        data = fingerprint_frame(load_frame(table)[0])
    counts, left_out = group_counts(dataset, scheme)
    # Checked before anything is spent, and spent before anything is drawn.
    expected_error(epsilon)
    spent = None
    if recorder.records is not None:
        spent = Budget(recorder.records.folder).spend(data, epsilon, total)
    categories, part = scheme.scale.categories, epsilon / len(counts)
    tables = tuple(
        private_table(name, list(of_group), categories, list(of_group.values()), part)
        for name, of_group in counts.items()
    )
    published = Published(scheme, tables, left_out, epsilon, spent)
    with atomic_folder(out, FILE) as temporary:
        text = json.dumps(published.as_record(), ensure_ascii=False, indent=1, allow_nan=False)
        (temporary / FILE).write_text(text + "\n", encoding="utf-8")
        (temporary / PAGE).write_text(_page(published), encoding="utf-8")
    recorder.done("publish", dataset=dataset, epsilon=epsilon, table=data)
    return published


def group_counts(dataset: Dataset, scheme: Scheme) -> tuple[dict[str, dict[str, Ints]], tuple[str, ...]]:
    """Count the people of each group by category, each person once in every table.

    Parameters
    ----------
    dataset : Dataset
    scheme : Scheme

    Returns
    -------
    counts : dict of str to (dict of str to ndarray of int (K,))
        By attribute and group; of everybody where no attribute can be shown. Groups are those that the scheme
        names (bins or labels), never those that happen to occur: that a group occurs may be one person's
        secret. Where the basis opens small cells they are public and taken from the table.
    left_out : tuple of str
        Attributes without such names.
    """
    known = np.flatnonzero(dataset.category != UNKNOWN_CATEGORY)
    order = known[np.argsort(dataset.period[known], kind="stable")]
    latest = dict(zip(dataset.subject[order], order, strict=True))  # later rows replace earlier ones
    last = dataset.take(np.array(sorted(latest.values()), dtype=np.int64))
    k, found, left_out = scheme.scale.n_categories, dict[str, dict[str, Ints]](), []
    for attribute in scheme.sensitive:
        labels = last.sensitive[attribute.name].to_numpy(dtype=object)
        names = _named_groups(attribute, labels if opens(scheme, "small_cells") else None)
        if names is None:
            left_out.append(attribute.name)
            continue
        # A value that the scheme does not name is in no group that may be shown.
        labels = np.where(np.isin(labels, names), labels, UNKNOWN_GROUP)
        found[attribute.name] = {
            name: np.bincount(last.category[labels == name], minlength=k) for name in (*names, UNKNOWN_GROUP)
        }
    return found or {"everybody": {"everybody": np.bincount(last.category, minlength=k)}}, tuple(left_out)


def _named_groups(attribute: Attribute, public: object) -> list[str] | None:
    labels: Mapping[str, str] = attribute.labels or {}
    names: list[str] = [labels.get(text, text) for text in attribute.bin_labels] if attribute.bins else []
    if not names:
        names = list(labels.values()) if labels else []
    if not names and isinstance(public, np.ndarray):
        names = sorted({str(each) for each in public})
    return list(dict.fromkeys(name for name in names if name != UNKNOWN_GROUP)) or None


def _total(scheme: Scheme) -> float:
    text = scheme.basis.declared.get(DECLARED, str(BUDGET))
    try:
        total = float(text)
    except ValueError:
        total = -1.0
    if not 0 < total < np.inf:
        raise ScsError(
            "the declared privacy budget is no number above zero",
            where=f"scheme {scheme.name}, basis.declared.{DECLARED}: {text}",
            remedy="declare the sum of all epsilons that this table may be published with, such as 1",
        )
    return total


def _page(published: Published) -> str:
    record = published.as_record()
    budget = record["budget"]
    lines = [
        f"# {published.scheme.title}: groups by category, with noise",
        (
            f"Every count is off by {record['expected absolute error of a count']:.1f} people on average, on "
            "purpose: from these tables nobody can tell whether any one person is in them. Mechanism: "
            f"{MECHANISM}, epsilon {published.epsilon:g} in all, {record['epsilon of each table']:g} in each "
            f"of {len(published.tables)} tables; {record['sensitivity']}. Counts below zero are shown as "
            "zero; shares are of the sums shown, and tables need not agree with one another."
        ),
    ]
    if budget is not None:
        lines.append(f"Of this table's privacy budget, {budget['spent']:g} of {budget['total']:g} is spent.")
    if published.left_out:
        lines.append(
            f"Not published, as the scheme does not name their groups: {', '.join(published.left_out)}."
        )
    for table in published.tables:
        rows = ["| " + " | ".join(map(_cell, row)) + " |" for row in (table.columns, *table.rows)]
        lines += [
            f"## {_cell(table.title)}",
            "\n".join([rows[0], "|" + " --- |" * len(table.columns), *rows[1:]]),
        ]
    return "\n\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    for mark, escaped in (("\\", "\\\\"), ("&", "&amp;"), ("<", "&lt;"), ("|", "\\|")):
        text = text.replace(mark, escaped)
    return " ".join(text.split())
