"""Forbidden inputs: refused where people are real, recorded in worlds, whatever a scheme calls them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import OPENS, gate_inputs, gate_training, protected_word
from scs_ml.schemes import FORBIDDEN_NATURES, Scheme, load_scheme

REAL = [kind for kind in OPENS if kind != "synthetic"]
BASES = {
    "synthetic": {},
    "agreed": {"agreement_column": "agreed", "birth_column": "age"},
    "benchmark": {},
    "audit": {"lawful_basis": "a court order"},
}


def scheme(kind="benchmark", *indicators, **changes):
    plain = {"kind": "direct", "source": "personal", "database": "diary", "context": "tests"}
    return Scheme.model_validate(
        {
            "format": 1,
            "name": "small",
            "title": "Small",
            "citation": "made for a test",
            "scale": {"categories": ["low", "high"], "lower_bounds": [10], "start": 0},
            "basis": {
                "kind": kind,
                "purpose": "a test",
                "context": "tests",
                "contact": "nobody",
                **BASES[kind],
            },
            "roles": {"score": "points", "subject": "person", "family": "household"},
            "horizon": 0,
            "indicators": [{**plain, "name": "visits"}, *({**plain, **i} for i in indicators)],
            "sensitive": [{"name": "group", "column": "g"}],
            "situations": [{"name": "ill", "kind": "illness", "column": "sick_days"}],
            "outcome": {"column": "relapse", "adverse": ["1"]},
            **changes,
        }
    )


def gate_model(of, columns):
    """What is asked before the one kind of model that the basis opens: under `audit`, a surrogate."""
    return gate_training(of, columns, surrogate=of.basis.kind == "audit")


# --- gate_inputs ---


def test_the_friends_factor_of_sesame_is_refused_and_the_record_says_what_that_changes():
    gate = gate_inputs(load_scheme("sesame"))
    assert gate.withheld == ("interpersonal_relationships",)
    assert len(gate.permitted) == 4
    (record,) = (each for each in gate.records if each.outcome != "kept")
    assert (record.rule, record.outcome) == ("relatives", "refused")
    assert "friends" in record.detail
    assert (
        "the card gives points for it (interpersonal_relationships), and no model here sees it"
        in record.detail
    )


def test_a_world_keeps_a_forbidden_indicator_and_says_so():
    gate = gate_inputs(load_scheme("suining"))
    assert "district" in gate.permitted
    assert gate.withheld == ()
    forbidden, domains = (each for each in gate.records if each.outcome != "kept")
    assert (forbidden.rule, forbidden.outcome) == ("forbidden_input", "recorded")
    assert forbidden.columns == gate.forbidden == ("district",)
    assert (domains.rule, domains.outcome) == ("other_context", "recorded")
    assert "traffic_violations (traffic)" in domains.detail


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.parametrize(
    "wrong", [{"nature": n} for n in sorted(FORBIDDEN_NATURES)] + [{"concerns": "relatives"}]
)
def test_input_true_does_not_open_a_forbidden_indicator(kind, wrong):
    gate = gate_inputs(scheme(kind, {"name": "extra", "input": True, **wrong}))
    assert gate.permitted == ("visits",)
    assert gate.withheld == gate.forbidden == ("extra",)
    rule = {"nature": {"health": "state_of_mind", "psychological": "state_of_mind"}, "concerns": {}}
    ((field, value),) = wrong.items()
    expected = rule[field].get(value, "relatives" if field == "concerns" else "forbidden_input")
    assert [(r.rule, r.outcome) for r in gate.records if r.outcome != "kept"] == [(expected, "refused")]


def test_input_false_is_withheld_without_a_word_unless_it_is_forbidden():
    plain = {"name": "extra", "input": False}
    for kind in OPENS:
        assert gate_inputs(scheme(kind, plain)) == gate_inputs(scheme("audit", plain))
        assert {r.outcome for r in gate_inputs(scheme(kind, plain)).records} == {"kept"}
        assert gate_inputs(scheme(kind, plain)).withheld == ("extra",)
    health = {**plain, "nature": "health"}
    assert gate_inputs(scheme("synthetic", health)).records[0].outcome == "kept"
    assert gate_inputs(scheme("synthetic", health)).withheld == ("extra",)


@pytest.mark.parametrize(
    "disguise, reason",
    [
        ({"name": "gender", "nature": "conduct"}, "its name says gender"),
        ({"name": "x1", "column": "Applicant_Race", "nature": "conduct"}, "its name says race"),
        ({"name": "gender", "column": "x1"}, "its name says gender"),
        ({"name": "x1", "column": "g"}, "it is the sensitive attribute group"),
        ({"name": "x1", "column": "sick_days"}, "it is the situation ill"),
        ({"name": "x1", "column": "household"}, "which stands for relatives"),
        ({"name": "mood_today"}, "its name says mood"),
        ({"name": "x1", "derived_from": ["mother"]}, "it is derived from mother: its name says mother"),
        ({"name": "x1", "dtype": "category", "levels": ["znyr", "srznyr"]}, "words of sex"),
        ({"name": "x1", "column": "person"}, "the subject's identity"),
        ({"name": "x1", "column": "relapse"}, "the outcome that the score claims to foresee"),
    ],
)
@pytest.mark.parametrize("kind", REAL)
def test_a_protected_column_in_disguise_is_withheld_and_refused(kind, disguise, reason):
    small = scheme(kind, {"input": True, **disguise})
    gate = gate_inputs(small)
    assert gate.permitted == ("visits",)
    assert gate.records[0].outcome == "refused"
    assert reason in gate.records[0].detail
    for column in {disguise["name"], disguise.get("column", disguise["name"])}:
        with pytest.raises(SafeguardError) as caught:
            gate_model(small, ["visits", column])
        assert caught.value.rule == gate.records[0].rule
        assert f"{column}: " in caught.value.where
        assert reason in caught.value.where
        assert "visits" not in caught.value.where
        assert column in caught.value.remedy


WIDE = {"periods": ["p1", "p2"], "columns": {"points": ["s1", "s2"]}}


@pytest.mark.parametrize(
    "listed, others, reason",
    [
        (["race", "race"], {}, "its name says race"),
        (["g", "g"], {}, "it is the sensitive attribute group"),
        (["x1", "sick_days"], {}, "it is the situation ill"),
        (["person", "x1"], {}, "the subject's identity"),
        (["relapse", "x1"], {}, "the outcome that the score claims to foresee"),
        (["x1", "x2"], {"g": ["x2", "x3"]}, "it is the sensitive attribute group"),
    ],
)
@pytest.mark.parametrize("kind", REAL)
def test_a_wide_column_is_what_it_is_made_of(kind, listed, others, reason):
    wide = {**WIDE, "columns": {**WIDE["columns"], "mild": listed, **others}}
    small = scheme(kind, {"name": "mild"}, wide=wide)
    gate = gate_inputs(small)
    assert gate.permitted == ("visits",)
    assert reason in gate.records[0].detail
    with pytest.raises(SafeguardError, match="must not be model inputs"):
        gate_model(small, ["visits", "mild"])


# --- gate_training ---


@pytest.mark.parametrize("kind", REAL)
def test_every_forbidden_column_is_named_at_once(kind):
    small = scheme(kind, {"name": "mood", "nature": "psychological"})
    with pytest.raises(SafeguardError) as caught:
        gate_model(small, ["visits", "mood", "g", "group", "ill", "religion", "current_score"])
    assert caught.value.what.startswith("5 columns")
    for part in (
        "mood: its nature is psychological",
        "g: it is the sensitive",
        "ill: it is the situation",
        "religion",
    ):
        assert part in caught.value.where


def test_an_outside_audit_trains_nothing_but_a_surrogate():
    with pytest.raises(SafeguardError, match="the basis 'audit' does not open training") as caught:
        gate_training(scheme("audit"), ["visits"])
    assert caught.value.rule == "basis"
    assert gate_training(scheme("audit"), ["visits"], surrogate=True)[0].outcome == "kept"


def test_a_world_trains_on_them_and_it_is_recorded():
    (record,) = gate_training(load_scheme("suining"), ["traffic_violations", "district", "minority"])
    assert record.outcome == "recorded"
    assert record.columns == ("district", "minority")


@pytest.mark.parametrize("kind", REAL)
def test_a_model_of_others_under_audit_is_recorded_and_not_refused(kind):
    (record,) = gate_training(scheme(kind), ["visits", "g", "gender"], existing=True)
    assert record.outcome == "recorded"
    assert record.columns == ("g", "gender")
    assert gate_training(scheme(kind), ["visits"], existing=True)[0].outcome == "kept"


@pytest.mark.parametrize("kind", OPENS)
def test_what_may_be_learnt_from_is_kept(kind):
    (record,) = gate_model(scheme(kind), ["visits", "current_score", "current_category"])
    assert (record.outcome, record.columns) == ("kept", ())
    assert "none of the 3" in record.detail


def test_the_age_that_refuses_minors_is_no_input():
    with pytest.raises(SafeguardError, match="1 column must not"):
        gate_training(
            scheme("agreed", basis={**scheme("agreed").basis.model_dump(), "birth_column": "alter"}),
            ["alter"],
        )


@pytest.mark.parametrize("name", ["compas", "german_credit", "taiwan", "students", "sesame"])
def test_permitted_inputs_of_shipped_schemes_pass_and_withheld_ones_do_not(name):
    shipped = load_scheme(name)
    gate = gate_inputs(shipped)
    assert gate_training(shipped, gate.permitted)[0].outcome == "kept"
    for withheld in gate.withheld:
        with pytest.raises(SafeguardError):
            gate_training(shipped, [*gate.permitted, withheld])
    for attribute in shipped.sensitive:
        with pytest.raises(SafeguardError):
            gate_training(shipped, [attribute.table_column])


# --- names ---


@pytest.mark.parametrize(
    "name",
    [
        *(
            "sex",
            "SEX",
            "Gender",
            "is_female",
            "applicantRace",
            "race=Other",
            "race_Caucasian",
            "raceEthnicity",
        ),
        *("Ethnic-Group", "religion2", "maritalStatus", "date_of_birth", "birthDate", "DOB", "year of birth"),
        *("age", "AGE", "age_group", "ageYears", "age_in_years", "foreign_worker", "nationality", "disabled"),
        *("gen\u200bder", "\uff47\uff45\uff4e\uff44\uff45\uff52", "客户性别", "民族"),
    ],
)
def test_a_protected_name_is_found_however_it_is_written(name):
    assert protected_word(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "trace_id",
            "sextant",
            "account_age",
            "age_of_oldest_loan",
            "average_balance",
            "bracelet",
            "embrace",
        ),
        *(
            "current_score",
            "priors_count",
            "c_charge_degree",
            "storage",
            "pages",
            "malevolence",
            "skincare",
            "faithful",
        ),
    ],
)
def test_a_name_that_only_looks_like_one_passes(name):
    assert protected_word(name) is None


def test_no_indicator_of_a_shipped_scheme_is_caught_by_its_name_unless_protected():
    for name in (
        "suining",
        "sesame",
        "city_200",
        "city_1000",
        "compas",
        "german_credit",
        "taiwan",
        "students",
    ):
        for indicator in load_scheme(name).indicators:
            assert not protected_word(indicator.name) or indicator.nature == "protected", indicator.name


@given(
    st.sampled_from(["gender", "race", "religion", "nationality"]),
    st.sampled_from(["{}", "{}_1", "x_{}", "the {}", "{}=a", "my.{}.code", "{}2"]),
    st.sampled_from([str.lower, str.upper, str.title]),
)
def test_case_affixes_and_digits_hide_nothing(word, shape, case):
    assert protected_word(shape.format(case(word))) == word
