"""The JSON Schema of ``audit.json``, and the check of a record against it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from scs_ml.exceptions import ScsError
from scs_ml.safeguards import OPENS


@cache
def audit_json_schema() -> dict[str, Any]:
    """Give the JSON Schema that ``audit.json`` keeps (draft 2020-12).

    Returns
    -------
    dict
    """
    text = files("scs_ml.report").joinpath("schemas/audit-1.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def validate_audit(record: Mapping[str, Any], *, where: str = "audit.json") -> None:
    """Check a record against the contract.

    Parameters
    ----------
    record : mapping
        From `audit_record`, or read from a file.
    where : str
        What the error names.

    Raises
    ------
    ScsError
        With the path of the first thing that is not as the contract says.
    """
    from jsonschema import Draft202012Validator

    errors = sorted(Draft202012Validator(audit_json_schema()).iter_errors(record), key=lambda e: list(e.path))
    wrong = [(each.json_path, each.message) for each in errors] or [*_ragged(record), *_persons(record)]
    if wrong:
        path, message = wrong[0]
        raise ScsError(
            f"the audit does not keep its contract: {message[:200]}",
            where=f"{where}, at {path}; {len(wrong)} such place(s)",
            remedy="write the run again with `scs-ml audit`; a file edited by hand is not an audit",
        )


def _persons(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find person-level views that the record's basis does not open: no page is drawn of them either."""
    basis = record["scheme"]["basis"]
    if not record["persons"] or "person_views" in OPENS[basis]:
        return []
    return [("$.persons", f"the basis {basis!r} does not open person views")]


def _ragged(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find rows that are not as long as their table is wide, which a JSON Schema cannot say."""
    return [
        (f"$.tables[{i}].rows[{j}]", f"{len(row)} cells stand below {len(table['columns'])} columns")
        for i, table in enumerate(record["tables"])
        for j, row in enumerate(table["rows"])
        if len(row) != len(table["columns"])
    ]
