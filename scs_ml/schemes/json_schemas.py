"""Versioned JSON Schemas of the four inputs: scheme, table, ledger, answers.

The files under ``schemas/`` are what other programs read. The scheme's is made from its model, and a test
compares the two; the others are written by hand. A change that an old file would not pass gets a new number.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from scs_ml.schemes.indicators import Indicator
from scs_ml.schemes.model import Scheme

VERSION = 1
DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path(__file__).parent / "schemas"

Input = Literal["scheme", "table", "ledger", "answers"]


def json_schema(name: Input) -> dict[str, Any]:
    """Read one of the package's JSON Schemas.

    Parameters
    ----------
    name : str
        One of the four inputs: scheme, table, ledger, answers.

    Returns
    -------
    dict
    """
    schema: dict[str, Any] = json.loads((FOLDER / f"{name}-{VERSION}.json").read_text(encoding="utf-8"))
    return schema


def scheme_json_schema() -> dict[str, Any]:
    """Make the JSON Schema of scheme files from the model: every field, its choices and its description.

    Returns
    -------
    dict
    """
    return {
        "$schema": DIALECT,
        "$id": f"scheme-{VERSION}.json",
        **Scheme.model_json_schema(mode="validation"),
    }


def table_json_schema(scheme: Scheme) -> dict[str, Any]:
    """Make the JSON Schema of the records (a list of objects, one a row) that a scheme's table must hold.

    Columns that the scheme does not name may be present, and are not read. A table that `wide` describes is
    meant as it stands after it became a panel.

    Parameters
    ----------
    scheme : Scheme

    Returns
    -------
    dict
    """
    roles, basis = scheme.roles, scheme.basis
    anything = {"type": ["string", "number", "boolean", "null"]}
    properties = {indicator.table_column: _indicator_schema(indicator) for indicator in scheme.indicators}
    asked = [a.table_column for a in scheme.sensitive] + [s.table_column for s in scheme.situations]
    asked += [roles.subject or "", roles.period or "", roles.score or "", roles.category or ""]
    asked += [basis.agreement_column or "", basis.birth_column or ""]
    for name in filter(None, asked):
        properties.setdefault(name, anything)
    return {
        "$schema": DIALECT,
        "title": f"Table of the scheme {scheme.name}",
        "type": "array",
        "items": {"type": "object", "properties": properties, "required": list(properties)},
    }


def _indicator_schema(indicator: Indicator) -> dict[str, Any]:
    schema: dict[str, Any]
    if indicator.dtype == "number":
        schema = {"type": "number"}
        if indicator.range is not None:
            schema |= {"minimum": indicator.range[0], "maximum": indicator.range[1]}
    elif indicator.dtype == "flag":
        schema = {"enum": [True, False, 0, 1, "true", "false", "yes", "no", "0", "1"]}
    else:
        schema = {"enum": list(indicator.levels or ())}
    if indicator.missing:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema | {"description": indicator.description or indicator.name}
