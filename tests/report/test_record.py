from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from scs_ml.core import Effect, GateRecord, Table
from scs_ml.exceptions import ScsError
from scs_ml.report import audit_record, table_record, validate_audit


def on_basis(report, kind):
    basis = report.scheme.basis.model_copy(update={"kind": kind, "lawful_basis": "a court's order"})
    return replace(report, scheme=report.scheme.model_copy(update={"basis": basis}))


def test_codes_become_labels_at_the_edge(record):
    boundary = next(f for f in record["findings"] if f["check"] == "shap_gap")["boundary"]
    person = record["persons"][0]

    assert record["scheme"]["categories"] == ["D", "C", "B", "A"]
    assert boundary == {"index": 1, "label": "C | B"}
    assert person["category"] == "C"
    assert person["boundary"] == {"index": 1, "label": "C | B"}


def test_a_finding_keeps_all_it_says(record):
    finding = record["findings"][0]

    assert finding["mechanisms"] == [
        {"slug": "illness_misread", "weight": 0.9},
        {"slug": "unknown", "weight": 0.1},
    ]
    assert finding["group"] == [{"attribute": "illness", "value": "yes"}]
    assert finding["reference"] == [{"attribute": "illness", "value": "no"}]
    assert finding["n"] == {"group": 812, "reference": 9_188}
    assert finding["effect"] == {
        "metric": "points wrongly taken",
        "value": -0.29,
        "low": -0.35,
        "high": -0.23,
        "unit": "SD of the score",
        "floor": 0.05,
    }
    assert [each["stage"] for each in finding["evidence"]] == ["triage", "verification"]
    assert finding["evidence"][1]["values"] == {"false share": 0.71}


def test_a_number_that_does_not_exist_is_null(report):
    lost = Effect("gap", float("nan"), float("-inf"), float("inf"), "SD of the score", float("nan"))
    findings = (replace(report.findings[0], effect=lost, p_adjusted=float("nan")),)
    record = audit_record(replace(report, findings=findings))

    effect = record["findings"][0]["effect"]
    assert [effect[name] for name in ("value", "low", "high", "floor")] == [None] * 4
    assert record["findings"][0]["p_adjusted"] is None
    validate_audit(record)
    json.dumps(record, allow_nan=False)


def test_numpy_values_become_json_values():
    table = Table("t", "T", ("a", "b", "c"), ((np.int64(3), np.float64("nan"), np.str_("x")),))
    record = table_record(table)

    assert record == {"name": "t", "title": "T", "columns": ["a", "b", "c"], "rows": [[3, None, "x"]]}
    assert type(record["rows"][0][0]) is int


def test_booleans_and_arrays_of_the_forecast_stay_what_they_are(report):
    forecast = {"tied": np.True_, "shares": np.array([0.5, np.nan]), "plain": True}
    record = audit_record(replace(report, forecast=forecast))["forecast"]

    assert record == {"tied": True, "shares": [0.5, None], "plain": True}
    assert type(record["tied"]) is bool


def test_a_value_json_has_no_word_for_is_refused(report):
    with pytest.raises(ScsError, match="complex"):
        audit_record(replace(report, forecast={"odd": 1j}))


@pytest.mark.parametrize(
    "kind, small, persons",
    [("synthetic", True, True), ("agreed", False, True), ("benchmark", True, False), ("audit", False, False)],
)
def test_the_basis_decides_what_leaves(report, kind, small, persons):
    record = audit_record(on_basis(report, kind))
    validate_audit(record)
    groups = next(t for t in record["tables"] if t["name"] == "groups")
    of_three = next(f for f in record["findings"] if f["check"] == "category_gap")

    assert groups["rows"][1] == (["tiny", 3] if small else ["tiny", None])
    assert groups["rows"][0] == ["minority = yes", 1_200]
    assert of_three["n"] == ({"group": 3, "reference": 900} if small else {"group": None, "reference": None})
    assert bool(record["persons"]) is persons


def test_a_hidden_count_hides_what_was_computed_from_it(report):
    """The effect of three people, beside their verdict, would tell what happened to each of them."""
    record = audit_record(on_basis(report, "audit"))
    of_three = next(f for f in record["findings"] if f["check"] == "category_gap")
    of_many = record["findings"][0]

    assert of_three["effect"] is None
    assert of_three["p_adjusted"] is None
    assert of_three["detectable"] is None
    assert of_three["evidence"] == []
    assert of_many["effect"]["value"] == -0.29


@pytest.mark.parametrize("n, shown", [(0, 0), (1, None), (4, None), (5, 5)])
def test_counts_from_one_to_four_are_small(report, n, shown):
    findings = (replace(report.findings[0], n=(100, n)),)
    record = audit_record(replace(on_basis(report, "audit"), findings=findings))
    beside = 100 if shown is not None else None  # a finding is a row: it keeps its numbers or loses them
    assert record["findings"][0]["n"] == {"group": beside, "reference": shown}


def test_pseudonyms_are_nowhere_but_in_persons(report):
    text = json.dumps(audit_record(on_basis(report, "benchmark")))
    assert report.persons[0].subject not in text


@pytest.mark.parametrize("kind, told", [("audit", False), ("agreed", False), ("benchmark", True)])
def test_a_few_left_out_or_left_to_a_person_are_not_counted(report, kind, told):
    gate = GateRecord("agreement", "left out", "3 of 100 rows carry no agreement", ("agreed",), 3)
    told_of = replace(
        on_basis(report, kind), safeguards=(gate,), forecast={"rows": 100, "a person must decide": 0.97}
    )
    record = audit_record(told_of)
    shown, small_cells = record["safeguards"]
    assert (small_cells["rule"], small_cells["outcome"]) == ("small_cells", "kept" if told else "left out")
    assert (shown["rows"], "3 of 100" in shown["detail"]) == ((3, True) if told else (0, False))
    assert told or "fewer than 5" in shown["detail"]
    assert ("a person must decide" in record["forecast"]) is told
    validate_audit(record)
    many = replace(told_of, forecast={"rows": 100, "a person must decide": 0.5})
    assert audit_record(many)["forecast"]["a person must decide"] == 0.5
