"""The shipped schemes say what they should, and fit the public tables they were written for."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from scs_ml.schemes import card_score, list_schemes, load_scheme
from scs_ml.schemes.load import _BUILT_IN
from tests.support import ROOT

FILES = {
    "compas": [("compas/compas_two_years.csv", ",")],
    "german_credit": [("german_credit/german_credit_tidy.csv", ",")],
    "taiwan": [("taiwan_credit/default_of_credit_card_clients.tsv.gz", "\t")],
    "students": [
        ("student_performance/student-mat.csv.gz", ";"),
        ("student_performance/student-por.csv.gz", ","),
    ],
}


def tables(name, folder):
    for path, separator in FILES[name]:
        yield pd.read_csv(folder / path, sep=separator, keep_default_na=False)


def long(scheme, table):
    """The table as it stands after it became a panel: one new column after another."""
    stacked = {
        new: np.concatenate([table[c] for c in columns]) for new, columns in scheme.wide.columns.items()
    }
    repeated = pd.concat([table] * len(scheme.wide.periods), ignore_index=True)
    return repeated.assign(**stacked)


@pytest.mark.parametrize("name", list_schemes())
def test_every_scheme_opens_with_a_comment_and_cites_its_source(name):
    text = (_BUILT_IN / f"{name}.yaml").read_text(encoding="utf-8")
    scheme = load_scheme(name)
    assert text.startswith("# ")
    assert any(year in scheme.citation for year in ("1994", "2008", "2009", "2016", "2021"))
    assert all(indicator.description for indicator in scheme.indicators)


def test_what_the_source_does_not_give_is_marked_as_assumed():
    for name in ("city_200", "city_1000", "bank_register", "multi_lender_bureau", "organizations", "sesame"):
        assert "assumed for simulation" in " ".join(load_scheme(name).citation.split())
    suining = load_scheme("suining")
    given = {"exemplary_county": 30, "exemplary_city": 50, "traffic_violations": -20, "unpaid_debts": -50}
    for rule in suining.card.rules:
        described = suining.indicator(rule.indicator).description
        assert ("assumed" in described) == (rule.indicator not in given)
        assert given.get(rule.indicator, rule.points) == rule.points


def test_suining_is_the_scheme_that_worlds_simulate():
    scheme = load_scheme("suining")
    assert {i.name for i in scheme.indicators if i.kind == "indirect"} == {
        "disorder_reports",
        "informant_reports",
    }
    assert [a.name for a in scheme.sensitive] == ["minority", "registration", "sex", "age_group"]
    assert [a.reference for a in scheme.sensitive] == ["no", "local", "male", "30 to 59"]
    assert [(s.name, s.kind) for s in scheme.situations] == [("illness", "illness"), ("disaster", "disaster")]
    assert scheme.indicator("district").levels == tuple(f"d{k:02d}" for k in range(1, 21))
    assert scheme.indicator("district").forbidden_reason.startswith("a postcode stands for origin")
    assert "district" not in {rule.indicator for rule in scheme.card.rules}
    assert scheme.card.expiry == 8


def test_all_five_sources_and_approaches_are_in_use():
    indicators = [i for name in list_schemes() for i in load_scheme(name).indicators]
    assert {i.source for i in indicators} == {
        "administrative",
        "personal",
        "business",
        "organization",
        "webspace",
    }
    city = {i.approach for i in load_scheme("city_1000").indicators}
    assert city == {"law_abiding", "employee", "reputation", "social_relations", "environment"}


@pytest.mark.parametrize("name", FILES)
def test_columns_levels_and_ranges_are_those_of_the_public_table(name, data_folder):
    scheme = load_scheme(name)
    for original in tables(name, data_folder):
        table = long(scheme, original) if scheme.wide else original
        named = [scheme.roles.subject, scheme.roles.score, scheme.roles.category]
        named += [a.table_column for a in scheme.sensitive] + [i.table_column for i in scheme.indicators]
        named += [scheme.outcome.column] if scheme.outcome else []
        named += [c.column for conditions in scheme.row_filters.values() for c in conditions]
        assert set(filter(None, named)) <= set(table)
        for indicator in scheme.indicators:
            column = table[indicator.table_column]
            if indicator.dtype == "category":
                assert set(column) <= set(indicator.levels), indicator.name
            elif indicator.dtype == "flag":
                assert set(column) <= {"yes", "no"}, indicator.name
            else:
                assert column.astype(float).between(*indicator.range).all(), indicator.name
        for attribute in scheme.sensitive:
            if attribute.labels and not attribute.bins:
                assert set(table[attribute.table_column].astype(str)) <= set(attribute.labels), attribute.name
            elif attribute.reference and not attribute.bins:
                assert attribute.reference in set(table[attribute.table_column])


def test_compas_rows_and_categories_are_those_of_the_published_analysis(data_folder):
    scheme = load_scheme("compas")
    (table,) = tables("compas", data_folder)
    assert set(table["score_text"]) == set(scheme.scale.categories)
    kept = table[table["days_b_screening_arrest"] != ""]
    for condition in scheme.row_filters["propublica"]:
        column = kept[condition.column]
        if condition.none_of:
            kept = kept[~column.astype(str).isin(condition.none_of)]
        else:
            kept = kept[column.astype(float).between(condition.minimum, condition.maximum)]
    assert len(kept) == 6172
    assert kept["score_text"].value_counts().to_dict() == {"Low": 3421, "Medium": 1607, "High": 1144}


def test_student_levels_are_those_of_the_paper(data_folder):
    scheme = load_scheme("students")
    counts = [
        np.bincount(scheme.scale.categorise(t["G3"].astype(float)))[::-1].tolist()
        for t in tables("students", data_folder)
    ]
    assert counts == [[40, 60, 62, 103, 130], [82, 112, 154, 201, 100]]


def test_taiwan_status_codes_all_have_a_category_and_months_run_forward(data_folder):
    scheme = load_scheme("taiwan")
    (table,) = tables("taiwan", data_folder)
    status = long(scheme, table)["status"].astype(str)
    assert set(status) <= set(scheme.roles.category_labels)
    named = status.map(scheme.roles.category_labels)
    assert (named.value_counts() > 20_000).all()
    assert scheme.wide.columns["status"][-1] == "PAY_0"
    assert [c[-1] for c in scheme.wide.columns["bill"]] == list("654321")
    assert table["default payment next month"].astype(str).isin(
        scheme.outcome.adverse
    ).mean() == pytest.approx(0.2212)


def test_taiwan_one_month_late_is_too_rare_for_a_category_before_september(data_folder):
    (table,) = tables("taiwan", data_folder)
    late = [(table[c].astype(int) == 1).sum() for c in load_scheme("taiwan").wide.columns["status"]]
    assert late[:-1] == [0, 0, 2, 4, 28]
    assert late[-1] == 3688


def test_german_age_groups_reproduce_the_published_difference(data_folder):
    scheme = load_scheme("german_credit")
    (table,) = tables("german_credit", data_folder)
    good = table["class"].astype(str).map(scheme.roles.category_labels) == "good"
    age = next(a for a in scheme.sensitive if a.name == "age_group")
    over = table[age.table_column].astype(float) > age.bins[0]
    assert good[over].mean() - good[~over].mean() == pytest.approx(0.149448, abs=5e-7)


def test_what_schools_must_not_use_is_not_read_or_not_an_input():
    scheme = load_scheme("students")
    private = {
        "Pstatus",
        "Medu",
        "Fedu",
        "Mjob",
        "Fjob",
        "guardian",
        "famsize",
        "famsup",
        "famrel",
        "romantic",
    }
    private |= {"Dalc", "Walc", "health", "goout", "freetime"}
    assert not private & {i.table_column for i in scheme.indicators}
    assert {a.table_column for a in load_scheme("taiwan").sensitive} == {
        "SEX",
        "AGE",
        "EDUCATION",
        "MARRIAGE",
    }


def test_the_docs_list_every_scheme_with_its_basis_and_their_example_loads(tmp_path):
    text = (ROOT / "docs" / "schemes.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \|.*\| (\w+) \|$", text, re.MULTILINE))
    assert listed == {name: load_scheme(name).basis.kind for name in list_schemes()}
    example = tmp_path / "library.yaml"
    example.write_text(re.search(r"```yaml\n(.*?)```", text, re.DOTALL).group(1), encoding="utf-8")
    scheme = load_scheme(example)
    X = pd.DataFrame({"late_returns": [20.0, 3.0], "noise_reports": [0.0, 1.0], "branch": ["north", "south"]})
    assert card_score(scheme, X).tolist() == [30, 49]  # 60 - 30 (cap), 60 - 6 - 5
