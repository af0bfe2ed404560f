"""The versioned JSON Schemas are current, valid, and agree with the package about what passes."""

from __future__ import annotations

import jsonschema
import pandas as pd
import pytest
import yaml

from scs_ml.schemes import json_schema, list_schemes, load_scheme, scheme_json_schema, table_json_schema
from scs_ml.schemes.load import _BUILT_IN


def passes(instance, schema):
    return jsonschema.Draft202012Validator(schema).is_valid(instance)


@pytest.mark.parametrize("name", ["scheme", "table", "ledger", "answers"])
def test_every_schema_is_a_valid_schema(name):
    jsonschema.Draft202012Validator.check_schema(json_schema(name))
    assert json_schema(name)["$id"] == f"{name}-1.json"


def test_the_schema_of_schemes_is_current():
    assert json_schema("scheme") == scheme_json_schema()


def test_every_field_of_a_scheme_is_described():
    schema = scheme_json_schema()
    for part in (schema, *schema["$defs"].values()):
        for name, field in part.get("properties", {}).items():
            assert field.get("description"), (part["title"], name)


@pytest.mark.parametrize("name", list_schemes())
def test_shipped_schemes_pass_their_schema(name):
    document = yaml.safe_load((_BUILT_IN / f"{name}.yaml").read_text(encoding="utf-8"))
    assert passes(document, json_schema("scheme"))
    assert not passes({**document, "colour": "red"}, json_schema("scheme"))


def test_ledger_and_answers():
    event = {"event": "e1", "subject": 7, "period": "2014Q1", "rule": "r", "indicator": "i", "points": -20}
    assert passes([event, {**event, "informant": None, "source": "patrol"}], json_schema("ledger"))
    assert not passes([{k: v for k, v in event.items() if k != "points"}], json_schema("ledger"))
    assert passes([{"event": "e1", "happened": True}], json_schema("answers"))
    assert not passes([{"event": "e1", "happened": "maybe"}], json_schema("answers"))
    assert not passes([{"event": k, "happened": True} for k in range(201)], json_schema("answers"))


def test_a_table_is_held_to_its_scheme():
    schema = table_json_schema(load_scheme("city_1000"))
    row = {i.table_column: 0 for i in load_scheme("city_1000").indicators} | {
        "employer_rating": "good",
        "volunteer": True,
    }
    row |= dict.fromkeys(
        ["person", "quarter", "score", "sex", "registration", "age_group", "disability"], "x"
    )
    row |= dict.fromkeys(["illness", "disaster", "accident"], False)
    assert passes([row], schema)
    assert passes([{**row, "employer_rating": None, "unread": 1}], schema)  # declared as possibly missing
    assert not passes([{**row, "administrative_fines": None}], schema)
    assert not passes([{**row, "administrative_fines": -1}], schema)
    assert not passes([{**row, "employer_rating": "fine"}], schema)
    assert not passes([{**row, "volunteer": "sometimes"}], schema)
    assert not passes([{k: v for k, v in row.items() if k != "disability"}], schema)
    assert passes([row], json_schema("table"))
    assert not passes([{"a": [1]}], json_schema("table"))


def test_real_rows_pass_the_schema_of_their_scheme(data_folder):
    table = pd.read_csv(data_folder / "german_credit" / "german_credit_tidy.csv")
    records = table.head(50).astype(object).to_dict("records")
    assert passes(records, table_json_schema(load_scheme("german_credit")))
