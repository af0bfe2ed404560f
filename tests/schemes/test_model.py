"""What a scheme refuses to say, and what its parts compute."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scs_ml.schemes import (
    FORBIDDEN_CONCERNS,
    FORBIDDEN_NATURES,
    Attribute,
    Basis,
    Indicator,
    Measurement,
    RowCondition,
    Rule,
    Scale,
    Scheme,
    Wide,
    load_scheme,
)

BASIS = {"kind": "synthetic", "purpose": "a test", "context": "tests", "contact": "nobody"}
VISITS = {"name": "visits", "kind": "direct", "source": "personal", "database": "diary", "context": "tests"}
SCHEME = {
    "format": 1,
    "name": "small",
    "title": "Small",
    "citation": "made for a test",
    "scale": {"categories": ["low", "high"], "lower_bounds": [10], "start": 0},
    "basis": BASIS,
    "roles": {"score": "points"},
    "horizon": 0,
    "indicators": [VISITS],
}


def scheme(**changes):
    return Scheme.model_validate({**SCHEME, **changes})


def indicator(**changes):
    return {**VISITS, **changes}


# --- scale ---


def test_the_cuts_of_suining_fall_where_the_county_put_them():
    scale = load_scheme("suining").scale
    scores = [0, 599, 600, 849, 850, 959, 960, 1000, np.nan]
    assert scale.categorise(scores).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, -1]
    assert [scale.boundary_label(k) for k in range(3)] == ["D | C", "C | B", "B | A"]
    assert scale.n_categories == 4


def test_a_scale_without_cuts_computes_no_category():
    with pytest.raises(ValueError, match="are read, not computed"):
        Scale(categories=("a", "b")).categorise([1.0])


def test_clip_holds_only_where_the_scale_ends():
    assert Scale(categories=("a", "b"), minimum=0).clip([-5, 2000]).tolist() == [0, 2000]
    assert Scale(categories=("a", "b"), maximum=10).clip([-5, 2000]).tolist() == [-5, 10]


@given(st.lists(st.integers(0, 1200), min_size=2, max_size=30))
def test_a_higher_score_is_never_in_a_worse_category(scores):
    scale = Scale(categories=("D", "C", "B", "A"), lower_bounds=(600, 850, 960))
    codes = scale.categorise(sorted(scores))
    assert (np.diff(codes) >= 0).all()


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"categories": ["a", "a"]}, "share a label"),
        ({"categories": ["a"]}, "at least 2"),
        ({"lower_bounds": [1, 2]}, "2 categories need 1 lower_bounds, got 2"),
        ({"categories": ["a", "b", "c"], "lower_bounds": [5, 5]}, "must rise"),
        ({"categories": ["a", "b", "c"], "lower_bounds": [5, 4]}, "must rise"),
        ({"society_boundary": 1}, "one of 0..0"),
        ({"minimum": 5, "maximum": 5}, "below maximum"),
        ({"lower_bounds": [0], "minimum": 0}, "above minimum"),
        ({"lower_bounds": [11], "maximum": 10}, "none above maximum"),
        ({"start": 11, "maximum": 10}, "start must lie"),
        ({"lower_bounds": [float("nan")]}, "finite"),
    ],
)
def test_a_scale_that_contradicts_itself_is_refused(fields, words):
    with pytest.raises(ValidationError, match=words):
        Scale.model_validate({"categories": ["a", "b"], **fields})


# --- indicators and card ---


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"kind": "indirect"}, "give its measurement"),
        ({"kind": "indirect", "measurement": {}}, "needs reliability"),
        ({"dtype": "category"}, "list its levels"),
        ({"dtype": "category", "levels": []}, "list its levels"),
        ({"dtype": "category", "levels": ["a", "a"]}, "level twice"),
        ({"levels": ["a"]}, "dtype must be category"),
        ({"dtype": "flag", "range": [0, 1]}, "dtype must be number"),
        ({"range": [1, 0]}, "ends below its start"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_an_indicator_that_contradicts_itself_is_refused(fields, words):
    with pytest.raises(ValidationError, match=words):
        Indicator.model_validate(indicator(**fields))


def test_what_is_forbidden_says_why():
    def reason(**fields):
        return Indicator.model_validate(indicator(**fields)).forbidden_reason

    assert reason() is None
    assert reason(forbidden="stands for origin") == "stands for origin"
    for concerns in FORBIDDEN_CONCERNS:
        assert reason(concerns=concerns) == f"it speaks of {concerns}, not of the subject"
    for nature in FORBIDDEN_NATURES:
        assert reason(nature=nature, input=True) == f"its nature is {nature}"
    assert {"protected", "opinion", "health", "psychological", "communication"} == FORBIDDEN_NATURES


def test_parts_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Measurement(reliability=0.5).reliability = 1


@pytest.mark.parametrize(
    "rule, words",
    [
        ({}, "needs either points"),
        ({"points": 1, "levels": {"a": 1}}, "needs either points"),
        ({"points": 1, "cap": -1}, "greater than or equal to 0"),
    ],
)
def test_a_rule_gives_points_in_one_way(rule, words):
    with pytest.raises(ValidationError, match=words):
        Rule.model_validate({"name": "r", "indicator": "visits", **rule})


KIND = indicator(name="kind_of_visit", dtype="category", levels=["short", "long"])


@pytest.mark.parametrize(
    "rules, words",
    [
        ([{"name": "r", "indicator": "visit", "points": 1}], "unknown indicator 'visit'"),
        ([{"name": "r", "indicator": "visits", "points": 1}] * 2, "two card rules share a name: r"),
        ([{"name": "r", "indicator": "visits", "levels": {"a": 1}}], "a number or a flag takes points"),
        ([{"name": "r", "indicator": "kind_of_visit", "points": 1}], "a category takes levels"),
        ([{"name": "r", "indicator": "kind_of_visit", "levels": {"longer": 1}}], "unknown levels: longer"),
        ([], "at least 1"),
    ],
)
def test_a_card_that_does_not_fit_the_indicators_is_refused(rules, words):
    with pytest.raises(ValidationError, match=words):
        scheme(indicators=[VISITS, KIND], card={"rules": rules})


def test_a_card_needs_a_start():
    card = {"rules": [{"name": "r", "indicator": "visits", "points": 1}]}
    assert scheme(card=card).card is not None
    with pytest.raises(ValidationError, match="a card needs scale"):
        scheme(card=card, scale={"categories": ["low", "high"], "lower_bounds": [10]})


# --- the other columns ---


def test_bins_are_named_by_their_closed_end():
    assert Attribute(name="age", bins=(25,)).bin_labels == ("<= 25", "> 25")
    assert Attribute(name="age", bins=(25, 45.5)).bin_labels == ("<= 25", "> 25 to 45.5", "> 45.5")
    assert Attribute(name="sex").bin_labels == ()
    assert Attribute(name="sex", column="SEX").table_column == "SEX"


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"bins": [25, 25]}, "must rise"),
        ({"bins": []}, "at least 1"),
        ({"bins": [25], "labels": {"<=25": "young"}}, "its bins are <= 25; > 25"),
        ({"bins": [25], "reference": "old"}, "reference must be one of <= 25; > 25"),
        ({"bins": [25], "labels": {"> 25": "old"}, "reference": "> 25"}, "one of <= 25; old"),
    ],
)
def test_bins_and_labels_that_do_not_fit_are_refused(fields, words):
    with pytest.raises(ValidationError, match=words):
        Attribute.model_validate({"name": "age", **fields})


def test_a_row_condition_says_something():
    with pytest.raises(ValidationError, match="needs minimum, maximum"):
        RowCondition(column="days")
    assert RowCondition(column="days", minimum=0).minimum == 0


@pytest.mark.parametrize(
    "wide, words",
    [
        ({"periods": ["a", "b"], "columns": {"g": ["G1"]}}, "lists 1 columns for 2 periods"),
        ({"periods": ["a", "a"], "columns": {"g": ["G1", "G2"]}}, "share a label"),
        ({"periods": ["a"], "columns": {"g": ["G1"]}}, "at least 2"),
    ],
)
def test_a_wide_table_lists_a_column_a_period(wide, words):
    with pytest.raises(ValidationError, match=words):
        Wide.model_validate(wide)


# --- basis ---


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"kind": "agreed"}, "needs agreement_column"),
        ({"kind": "agreed", "agreement_column": ""}, "needs agreement_column"),
        ({"kind": "audit"}, "needs lawful_basis"),
        ({"kind": "audit", "lawful_basis": "  "}, "needs lawful_basis"),
        ({"contact": " "}, "contact must not be empty"),
        ({"kind": "open"}, "'synthetic', 'agreed', 'benchmark' or 'audit'"),
    ],
)
def test_a_basis_that_is_not_declared_is_refused(fields, words):
    with pytest.raises(ValidationError, match=words):
        Basis.model_validate({**BASIS, **fields})


def test_agreed_people_need_an_age_column_and_organizations_do_not():
    agreed = {**BASIS, "kind": "agreed", "agreement_column": "agreed"}
    with pytest.raises(ValidationError, match="needs birth_column"):
        scheme(basis=agreed)
    assert scheme(basis={**agreed, "birth_column": "age"}).real_people
    assert scheme(basis=agreed, subjects="organizations").real_people
    assert not scheme().real_people


@pytest.mark.parametrize("column", ["visits", "age"])
def test_agreement_cannot_be_read_from_a_column_that_means_something_else(column):
    basis = {**BASIS, "kind": "agreed", "agreement_column": column, "birth_column": "age"}
    with pytest.raises(ValidationError, match="must hold what its name says and nothing else"):
        scheme(basis=basis)


# --- the whole ---


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"sensitive": [{"name": "visits"}]}, "stands for two things: visits"),
        ({"indicators": [VISITS, VISITS]}, "stands for two things"),
        ({"indicators": [VISITS, indicator(name="v2", column="visits")]}, "read from one column: visits"),
        ({"audit": {"intersections": [["sex", "age"]]}}, "no sensitive attribute: sex"),
        (
            {
                "indicators": [
                    indicator(
                        measurement={"reliability": 1, "by_group": [{"attribute": "sex", "value": "f"}]}
                    )
                ]
            },
            "no sensitive attribute: sex",
        ),
        ({"roles": {"category": "c", "category_labels": {"1": "middle"}}}, "names no category: middle"),
        ({"roles": {}}, "give roles.category, or roles.score"),
        ({"scale": {"categories": ["low", "high"]}}, "give roles.category, or roles.score"),
        ({"horizon": 1}, "needs roles.subject and roles.period"),
        ({"horizon": 1, "roles": {"score": "p", "subject": "s"}}, "needs roles.subject and roles.period"),
        ({"indicators": []}, "at least 1"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(changes, words):
    with pytest.raises(ValidationError, match=words):
        scheme(**changes)


def test_an_indicator_is_found_by_name():
    assert scheme().indicator("visits").table_column == "visits"
    with pytest.raises(KeyError):
        scheme().indicator("visit")


@pytest.mark.parametrize(
    "fields",
    [
        {"sensitive": [{"name": "group", "column": "person"}]},
        {"sensitive": [{"name": "person"}]},
        {"sensitive": [{"name": "group", "column": "household"}]},
        {"situations": [{"name": "ill", "kind": "illness", "column": "household"}]},
        {"roles": {"score": "points", "subject": "person", "area": "person"}},
        {
            "sensitive": [{"name": "group"}],
            "wide": {"periods": ["1", "2"], "columns": {"group": ["person", "x"]}},
        },
    ],
)
def test_no_group_is_read_from_who_somebody_is(fields):
    roles = {"score": "points", "subject": "person", "family": "household"}
    with pytest.raises(ValidationError, match="says who a person or family is"):
        scheme(**{"roles": roles, **fields})


def test_an_indicator_is_known_by_its_name_and_its_column_in_copies_too():
    scheme = load_scheme("suining")
    first = scheme.indicators[0]
    assert scheme.known_as[first.name] == (first,)
    renamed = first.model_copy(update={"name": "renamed", "column": "elsewhere"})
    other = scheme.model_copy(update={"indicators": (renamed,)})
    assert (other.known_as["elsewhere"], other.indicator("renamed")) == ((renamed,), renamed)
    assert first.name not in other.known_as
    with pytest.raises(KeyError):
        other.indicator("elsewhere")
