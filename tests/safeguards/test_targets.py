"""What is forecast of real people, and of whom, is not chosen by anything protected."""

from __future__ import annotations

import pytest

from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import OPENS, gate_filter, gate_target
from scs_ml.schemes import Scheme, load_scheme

REAL = [kind for kind in OPENS if kind != "synthetic"]


@pytest.fixture
def changed(on_basis):
    def changed(kind, roles=None, **fields):
        document = on_basis(kind).model_dump()
        document["roles"] |= roles or {}
        return Scheme.model_validate(document | fields)

    return changed


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.parametrize("role", ["score", "category"])
@pytest.mark.parametrize("column", ["religion", "minority", "illness"])
def test_nothing_protected_is_forecast_of_real_people(changed, kind, role, column):
    with pytest.raises(SafeguardError, match="what would be forecast") as caught:
        gate_target(changed(kind, {role: column}))
    assert caught.value.rule == "protected_target"
    assert caught.value.where.startswith(f"{column}: ")


@pytest.mark.parametrize("kind", REAL)
def test_a_wide_name_hides_no_target(changed, kind):
    wide = {"periods": ("p1", "p2"), "columns": {"score": ("religion", "religion")}}
    with pytest.raises(SafeguardError, match="what would be forecast"):
        gate_target(changed(kind, wide=wide))


def test_a_world_may_forecast_what_it_likes(changed):
    gate_target(changed("synthetic", {"score": "religion"}))


@pytest.mark.parametrize("name", ["compas", "german_credit", "taiwan", "students", "sesame"])
def test_shipped_schemes_forecast_nothing_protected_and_filter_by_nothing_protected(name):
    shipped = load_scheme(name)
    gate_target(shipped)
    for row_filter in (None, *shipped.row_filters):
        assert gate_filter(shipped, row_filter) == ()


@pytest.mark.parametrize("kind", REAL)
def test_a_group_may_be_audited_apart_but_gets_no_model_of_its_own(changed, kind):
    filters = {"men": [{"column": "score", "minimum": 0}, {"column": "sex", "any_of": ["male"]}]}
    scheme = changed(kind, row_filters=filters)
    (record,) = gate_filter(scheme, "men")
    assert (record.rule, record.outcome, record.columns) == ("protected_filter", "recorded", ("sex",))
    with pytest.raises(SafeguardError, match="rows chosen by a protected column") as caught:
        gate_target(scheme, (record,))
    assert caught.value.rule == "protected_filter"
    assert "men chooses rows by sex" in caught.value.where
    gate_target(scheme)


def test_adults_may_be_chosen_by_the_age_that_minors_are_refused_by(changed):
    adults = [{"column": "age", "minimum": 18}]
    old = [{"column": "age", "minimum": 18, "maximum": 90}]
    scheme = changed("agreed", row_filters={"adults": adults, "old": old})
    assert gate_filter(scheme, "adults") == ()
    assert gate_filter(scheme, "old")[0].columns == ("age",)
