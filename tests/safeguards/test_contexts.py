"""Rights: where indicators come from, declared domains, and that nothing in the software is a sanction."""

from __future__ import annotations

import pytest

from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import OPENS, gate_inputs, gate_training
from scs_ml.safeguards.contexts import is_within, says_something
from scs_ml.schemes import Scheme, load_scheme
from tests.safeguards.test_inputs import REAL, gate_model, scheme

TRAINS = [kind for kind in REAL if "training" in OPENS[kind]]


def declared(of, **contexts):
    """The scheme with reasons for other domains."""
    document = of.model_dump()
    document["basis"]["other_contexts"] = contexts
    return Scheme.model_validate(document)


def record(gate, rule, outcome):
    return next(each for each in gate.records if (each.rule, each.outcome) == (rule, outcome))


# --- domains ---


@pytest.mark.parametrize("kind", TRAINS)
def test_an_undeclared_domain_is_withheld_and_refused_where_a_model_would_be_trained(kind):
    small = scheme(kind, {"name": "fines", "context": "traffic"})
    gate = gate_inputs(small)
    assert gate.permitted == ("visits",)
    assert gate.withheld == gate.forbidden == ("fines",)
    assert "fines (traffic)" in record(gate, "other_context", "refused").detail
    with pytest.raises(SafeguardError, match="must not be model inputs") as caught:
        gate_training(small, ["visits", "fines"])
    assert caught.value.rule == "other_context"
    assert "other_contexts" in caught.value.remedy
    assert "visits" not in caught.value.where


@pytest.mark.parametrize("kind", TRAINS)
def test_a_declared_domain_is_kept_and_its_reason_stands_in_the_record(kind):
    small = declared(
        scheme(kind, {"name": "fines", "context": "traffic"}), Traffic="drivers asked for it in a vote"
    )
    gate = gate_inputs(small)
    assert gate.permitted == ("visits", "fines")
    kept = record(gate, "other_context", "kept")
    assert kept.columns == ("fines",)
    assert "drivers asked for it in a vote" in kept.detail
    assert gate_model(small, ["visits", "fines"])[0].outcome == "kept"


@pytest.mark.parametrize("kind", ["synthetic", "audit"])
def test_a_world_and_an_outside_audit_record_it_and_go_on(kind):
    small = scheme(kind, {"name": "fines", "context": "traffic"})
    gate = gate_inputs(small)
    assert gate.permitted == ("visits", "fines")
    assert gate.forbidden == ()
    assert record(gate, "other_context", "recorded").columns == ("fines",)
    assert gate_model(small, ["visits", "fines"])[0].outcome == "kept"


@pytest.mark.parametrize(
    "context",
    [
        "",
        " ",
        "?",
        "n/a",
        "unknown",
        "of",
        "and",
        "the",
        "test",
        "tests and traffic",
        "conte",
        "ests",
        "in tests",
    ],
)
def test_a_domain_that_is_not_said_or_only_looks_like_the_one_is_another(context):
    assert gate_inputs(scheme("benchmark", {"name": "fines", "context": context})).withheld == ("fines",)


@pytest.mark.parametrize("context", ["tests", "TESTS", "  Tests ", "te\u200bsts", "\uff34ests"])
def test_case_spaces_and_forms_of_letters_make_no_other_domain(context):
    assert gate_inputs(scheme("benchmark", {"name": "fines", "context": context})).withheld == ()


@pytest.mark.parametrize("reason", ["n/a", "unknown", "?", "-", "TODO", "none"])
def test_a_reason_that_says_nothing_opens_nothing(reason):
    small = declared(scheme("benchmark", {"name": "fines", "context": "traffic"}), traffic=reason)
    assert gate_inputs(small).withheld == ("fines",)


def test_an_empty_reason_is_no_scheme():
    with pytest.raises(ValueError, match="other_contexts needs a reason in words for traffic"):
        declared(scheme("benchmark", {"name": "fines", "context": "traffic"}), traffic=" ")


def test_a_reason_for_one_domain_opens_no_other():
    small = declared(scheme("benchmark", {"name": "fines", "context": "traffic"}), trade="a vote")
    assert gate_inputs(small).withheld == ("fines",)


def test_a_domain_cannot_be_hidden_by_deriving():
    small = scheme(
        "benchmark",
        {"name": "fines", "context": "traffic"},
        {"name": "fines_log", "derived_from": ["fines"]},
        {"name": "z", "derived_from": ["fines_log"]},
    )
    assert gate_inputs(small).permitted == ("visits",)
    with pytest.raises(SafeguardError, match="z: it is derived from fines: it comes from traffic") as caught:
        gate_training(small, ["z"])
    assert caught.value.rule == "other_context"


def test_what_is_forbidden_for_itself_is_not_opened_by_a_reason_for_its_domain():
    health = {"name": "visits_made", "context": "clinics", "nature": "health"}
    small = declared(scheme("benchmark", health), clinics="a study")
    gate = gate_inputs(small)
    assert gate.withheld == ("visits_made",)
    assert record(gate, "state_of_mind", "refused").columns == ("visits_made",)


def test_a_wider_domain_of_use_holds_a_narrower_source_but_not_the_other_way_round():
    assert is_within("finance", "Commerce and  Finance")
    assert not is_within("commerce and finance", "finance")
    assert not is_within("nance", "finance")


def test_german_credit_says_why_it_takes_what_it_takes():
    gate = gate_inputs(load_scheme("german_credit"))
    assert gate.withheld == ("personal_status_sex", "num_dependents")
    reasons = [each.detail for each in gate.records if each.rule == "other_context"]
    assert len(reasons) == 4
    assert all("declared for this benchmark" in each for each in reasons)


# --- sources ---


@pytest.mark.parametrize(
    "database", ["", "  ", "?", "n/a", "N / A", "unknown", "TBD", "TODO: ask", "12", "-", "Unbekannt"]
)
@pytest.mark.parametrize("kind", TRAINS)
def test_a_source_that_is_not_named_is_withheld_and_refused(kind, database):
    small = scheme(kind, {"name": "fines", "database": database})
    gate = gate_inputs(small)
    assert gate.withheld == ("fines",)
    assert record(gate, "source_named", "refused").columns == ("fines",)
    with pytest.raises(SafeguardError, match="must not be model inputs") as caught:
        gate_training(small, ["fines"])
    assert caught.value.rule == "source_named"
    assert "`database`" in caught.value.remedy


def test_a_world_with_an_unnamed_source_is_recorded():
    gate = gate_inputs(scheme("synthetic", {"name": "fines", "database": "?"}))
    assert record(gate, "source_named", "recorded").detail.endswith("fines (?)")
    assert gate.withheld == ()


def test_every_built_in_scheme_names_its_sources():
    for name in ("suining", "suining_broad", "compas", "german_credit", "taiwan", "students", "sesame"):
        assert record(gate_inputs(load_scheme(name)), "source_named", "kept")


def test_words_are_told_from_ways_of_not_answering():
    assert says_something("法院")
    assert says_something("the bank")
    assert not says_something("无")
