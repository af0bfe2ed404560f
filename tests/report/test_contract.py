from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from scs_ml.exceptions import ScsError
from scs_ml.report import audit_json_schema, validate_audit

PINNED = Path(__file__).with_name("audit-1.keys.txt")
MECHANISMS = (
    "direct_use postcode_proxy illness_misread state_of_mind malicious_informant family_spillover "
    "parent_to_child friends_conduct thin_file recent_mover disaster_as_fault over_policing tampering "
    "intersection_only cross_domain_spill organization_to_leaders operator_error purchases_misread "
    "explanation_attack unknown"
)


def keys(schema, path="$"):
    """One line for every constraint of a schema; descriptions are free to change."""
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name != "description":
                yield from keys(value, f"{path}.{name}")
    elif isinstance(schema, list):
        yield f"{path}: {', '.join(sorted(json.dumps(each, sort_keys=True) for each in schema))}"
    else:
        yield f"{path}: {json.dumps(schema)}"


def test_the_schema_is_a_json_schema():
    Draft202012Validator.check_schema(audit_json_schema())


def test_a_change_of_the_contract_needs_a_new_version():
    now = sorted(keys(audit_json_schema()))

    assert now == PINNED.read_text(encoding="utf-8").splitlines(), (
        "the contract of audit.json changed: give it a new format and schema file (see docs/report.md), "
        "and pin the new one beside the old"
    )


def test_a_full_record_keeps_the_contract(record):
    validate_audit(record)


def test_the_slugs_are_those_of_the_design():
    finding = audit_json_schema()["$defs"]["finding"]["properties"]
    assert finding["mechanisms"]["items"]["properties"]["slug"]["enum"] == MECHANISMS.split()


def spoil(record, path, value):
    *way, last = path
    for step in way:
        record = record[step]
    record[last] = value


@pytest.mark.parametrize(
    "path, value",
    [
        (("format",), "audit-2"),
        (("extra",), 1),
        (("seed",), -1),
        (("seed",), 0.5),
        (("scheme", "basis"), "curiosity"),
        (("scheme", "categories"), ["only one"]),
        (("findings",), None),
        (("findings", 0, "verdict"), "fair"),
        (("findings", 0, "verdict"), "compliant"),
        (("findings", 0, "kind"), "hunch"),
        (("findings", 0, "mechanisms", 0, "slug"), "bad_luck"),
        (("findings", 0, "mechanisms", 0, "weight"), 1.5),
        (("findings", 0, "group"), {"illness": "yes"}),
        (("findings", 0, "effect", "value"), "large"),
        (("findings", 0, "boundary"), 1),
        (("findings", 0, "n", "group"), -1),
        (("findings", 0, "evidence", 0, "values", "gap"), [1]),
        (("findings", 0, "next_step"), None),
        (("findings", 0, "sentence"), "guilty"),
        (("tables", 0, "rows", 0, 0), {"a": 1}),
        (("tables", 0, "rows", 0), ["too", "many", "cells"]),
        (("tables", 0, "rows", 0), []),
        (("forecast", "origin"), "hearsay"),
        (("forecast", "rows"), -5),
        (("persons", 0, "boundary"), None),
        (("persons", 0, "contributions", 0, "shap"), None),
        (("safeguards", 0, "outcome"), "ignored"),
        (("declared", "purpose"), 3),
        (("fingerprints", "dataset"), None),
    ],
)
def test_every_bad_record_is_one_error_that_says_where(record, path, value):
    spoil(record, path, value)

    with pytest.raises(ScsError) as caught:
        validate_audit(record, where="run/audit.json")

    assert "does not keep its contract" in caught.value.what
    assert caught.value.where.startswith("run/audit.json, at $")
    assert "scs-ml audit" in caught.value.remedy


@pytest.mark.parametrize("name", sorted(audit_json_schema()["required"]))
def test_nothing_may_be_missing(record, name):
    del record[name]
    with pytest.raises(ScsError, match=name):
        validate_audit(record)


@pytest.mark.parametrize("record", [[], "audit", None, 7])
def test_what_is_no_object_is_no_audit(record):
    with pytest.raises(ScsError):
        validate_audit(record)


def test_a_ragged_row_is_found_by_its_place(record):
    record["tables"][1]["rows"][2].append(1)
    with pytest.raises(ScsError) as caught:
        validate_audit(record)
    assert "$.tables[1].rows[2]" in caught.value.where
    assert "7 cells stand below 6 columns" in caught.value.what


@pytest.mark.parametrize("kind", ["benchmark", "audit"])
def test_no_page_is_drawn_of_persons_that_the_basis_keeps_closed(record, kind):
    record["scheme"]["basis"] = kind
    assert record["persons"]
    with pytest.raises(ScsError, match="does not open person views"):
        validate_audit(record)
    validate_audit(record | {"persons": []})
