from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from scs_ml.data import check_table, draft_scheme, read_table, write_frame
from scs_ml.exceptions import SchemeError
from scs_ml.schemes import load_scheme

ANSWERS = {
    "title": "t", "citation": "c", "kind": "direct", "source": "administrative", "database": "d",
    "context": "c",
    "nature": "conduct", "purpose": "p", "contact": "c", "bins": "[25, 45]", "adverse": "['yes']",
    "categories": "[poor, fair, good]",
}  # fmt: skip


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    n = 300
    return pd.DataFrame(
        {
            "person_id": np.repeat(np.arange(n // 3) + 1000, 3),
            "quarter": np.tile(["2014Q1", "2014Q2", "2014Q3"], n // 3),
            "points": rng.integers(0, 1000, n),
            "final_grade": rng.choice(["good", "fair", "poor"], n),
            "age": rng.integers(18, 80, n),
            "gender": rng.choice(["f", "m"], n),
            "household": np.repeat(np.arange(n // 6), 6),
            "district": rng.choice(["north", "south"], n),
            "illness": rng.choice([0, 1], n),
            "defaulted": rng.choice(["yes", "no"], n),
            "default": rng.choice(["yes", "no"], n),
            "debts": rng.poisson(3, n),
            "job: kind": rng.choice(["yes", "null", "4", "ok", 'a "b"'], n),
            "car owner": rng.choice([True, False], n),
            "risk_score": rng.normal(size=n),
            "income": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
            "consent": rng.choice(["yes", "no"], n),
            "emoji 😀": rng.choice(["à", "\x7f", "😀"], n),
            "remarks": [f"remark {k}" for k in range(n)],
            "constant": 1,
        }
    )


def answered(text, **more):
    """Answer every question of a draft, as its reader would."""
    answers, lines, part = ANSWERS | more, [], ""
    for line in text.splitlines():
        part = line.split(":")[0] if re.match(r"\w", line) else part
        asked = re.match(r"( *)(\w+): \"TODO: ", line)
        if asked:
            key = asked[2]
            line = f"{asked[1]}{key}: {'synthetic' if (part, key) == ('basis', 'kind') else answers[key]}"  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)


def test_columns_and_roles_are_guessed(table, tmp_path):
    draft = yaml.safe_load(draft_scheme(write_frame(table, tmp_path / "My table.2.csv")))
    assert draft["name"] == "my_table"
    assert draft["roles"] == {
        "subject": "person_id", "period": "quarter", "score": "points", "category": "final_grade",
        "family": "household", "area": "district",
    }  # fmt: skip
    assert draft["horizon"] == 1
    assert [each["name"] for each in draft["sensitive"]] == ["age", "gender"]
    assert "TODO" in draft["sensitive"][0]["bins"]
    assert draft["situations"] == [{"name": "illness", "kind": "illness"}]
    assert draft["outcome"]["column"] == "default"
    kinds = {each["name"]: each["dtype"] for each in draft["indicators"]}
    assert kinds == {
        "defaulted": "flag", "debts": "number", "job: kind": "category", "car owner": "flag",
        "risk_score": "number", "income": "number",
        "emoji 😀": "category",
    }  # fmt: skip
    by_name = {each["name"]: each for each in draft["indicators"]}
    assert by_name["job: kind"]["levels"] == ["4", 'a "b"', "null", "ok", "yes"]
    assert by_name["emoji 😀"]["levels"] == ["\x7f", "à", "😀"]
    assert by_name["risk_score"]["input"] is False
    assert by_name["income"]["missing"] is True


def test_a_draft_is_refused_until_it_is_answered_and_then_reads_the_table(table, tmp_path):
    source, path = write_frame(table, tmp_path / "table.parquet"), tmp_path / "scheme.yaml"
    draft = draft_scheme(source, name="mine")
    assert "# agreement_column: consent" in draft
    path.write_text(draft)
    with pytest.raises(SchemeError, match=f"{draft.count('TODO:')} questions open"):
        load_scheme(path)
    path.write_text(answered(draft))
    scheme = load_scheme(path)
    assert scheme.name == "mine"
    dataset = read_table(source, scheme)
    assert len(dataset) == 300
    assert dataset.periods == ("2014Q1", "2014Q2", "2014Q3")
    assert list(dataset.withheld) == ["risk_score"]
    assert dataset.adverse.sum() == (table["default"] == "yes").sum()


def test_one_open_question_is_enough_to_refuse(table, tmp_path):
    path = tmp_path / "scheme.yaml"
    text = answered(draft_scheme(write_frame(table, tmp_path / "t.csv")))
    path.write_text(text.replace("purpose: p", 'purpose: "TODO: what for"'))
    with pytest.raises(SchemeError, match="1 question open") as caught:
        load_scheme(path)
    assert "basis.purpose" in caught.value.where


def test_a_table_without_people_or_categories_asks_for_them(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"debts": rng.poisson(2, 50), "color": rng.choice(["red", "blue"], 50)})
    path = write_frame(table, tmp_path / "2024.csv")
    text = draft_scheme(path)
    draft = yaml.safe_load(text)
    assert draft["name"] == "scheme_2024"
    assert list(draft["roles"]) == ["category"]
    assert "TODO" in draft["roles"]["category"]
    assert draft["horizon"] == 0
    assert "every row is taken for a person of its own" in text
    assert "sensitive" not in draft


def test_a_repeating_id_is_no_subject(tmp_path):
    table = pd.DataFrame({"office_id": np.arange(100) // 5, "level": list("ab") * 50})
    draft = yaml.safe_load(draft_scheme(write_frame(table, tmp_path / "t.csv")))
    assert "subject" not in draft["roles"]
    assert draft["roles"]["category"] == "level"
    assert [each["name"] for each in draft["indicators"]] == ["office_id"]


def test_who_is_followed_from_period_to_period_is_the_subject_whatever_the_name(table, tmp_path):
    named = table.rename(columns={"person_id": "ref"})
    named.insert(0, "batch", np.arange(300) // 60)
    draft = yaml.safe_load(draft_scheme(write_frame(named, tmp_path / "t.csv")))
    assert draft["roles"]["subject"] == "ref"
    assert draft["horizon"] == 1
    # Without a period, or where it repeats within one, it may be anything.
    for other in (named.drop(columns="quarter"), named.assign(ref=named["ref"] // 2)):
        draft = yaml.safe_load(draft_scheme(write_frame(other, tmp_path / "t.csv")))
        assert "subject" not in draft["roles"]


def test_scores_alone_ask_for_cuts(tmp_path):
    table = pd.DataFrame({"score": np.arange(100), "x": np.arange(100) % 7})
    path = write_frame(table, tmp_path / "t.csv")
    draft = draft_scheme(path)
    assert "Scores in column score: 0 to 99." in draft
    text = answered(draft, lower_bounds="[30, 60]")
    (tmp_path / "s.yaml").write_text(text)
    summary = check_table(path, load_scheme(tmp_path / "s.yaml"))
    tables = {each.name: each.rows for each in summary.tables()}
    assert tables["categories"] == (("poor", 30), ("fair", 30), ("good", 40))


def test_a_table_of_one_column_still_makes_a_draft(tmp_path):
    draft = draft_scheme(write_frame(pd.DataFrame({"score": range(20)}), tmp_path / "t.csv"))
    assert "no column looks like an indicator" in draft
    assert yaml.safe_load(draft)["indicators"][0]["name"].startswith("TODO")


def test_a_name_that_cannot_be_one_is_refused(table, tmp_path):
    with pytest.raises(SchemeError, match="cannot be a scheme's name"):
        draft_scheme(write_frame(table, tmp_path / "t.csv"), name="My scheme")


def test_a_check_suppresses_small_groups_where_the_basis_does(frame, make_scheme):
    basis = {"kind": "audit", "lawful_basis": "a court's order"}
    summary = check_table(frame, make_scheme(basis=basis), key=b"k" * 32)
    assert summary.n_read == len(frame)
    gone = read_table(frame, make_scheme(basis=basis), key=b"k" * 32).subject[0]
    tables = {each.name: each.rows for each in summary.tables()}
    assert all(count is None for _, _, count in tables["groups"])
    # Neither two numbers nor the words of a gate tell how few were left out.
    few = check_table(frame, make_scheme(basis=basis), key=b"k" * 32, withdrawn={gone})
    assert few.n_read is None
    assert [each.rows for each in few.gates if each.rule == "withdrawn"] == [0]
    open_ = check_table(frame, make_scheme())
    tables = {each.name: each.rows for each in open_.tables()}
    assert {group: count for _, group, count in tables["groups"]} == {"f": 3, "unknown": 3, "m": 2}
    assert tables["missing"] == (("job", 1),)
    assert tables["periods"] == (("2014Q1", 3), ("2014Q2", 2), ("2014Q3", 3))


def test_names_in_a_short_table_are_not_spelled_out(tmp_path):
    names = [f"Anna Person{i}" for i in range(20)]
    table = tmp_path / "short.csv"
    pd.DataFrame({"called": names, "visits": range(20), "job": ["a", "b"] * 10}).to_csv(table, index=False)
    draft = draft_scheme(table)
    assert "Anna" not in draft
    assert "# Left out: called (20 different texts)." in draft
    assert "levels: [a, b]" in draft


def test_a_draft_asks_why_other_domains_are_used_and_says_what_names_give_away(tmp_path):
    n = 60
    frame = pd.DataFrame(
        {"points": np.arange(n), "mother_income": np.arange(n) % 7 + 0.5, "mood": np.arange(n) % 5 + 0.5}
    )
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    text = draft_scheme(path)
    assert "# other_contexts: {the domain: why it may be used here}" in text
    assert "# Its name says mother: no model of real people sees it (relatives)." in text
    assert "# Its name says mood: no model of real people sees it (state_of_mind)." in text


def test_a_table_with_more_columns_than_a_scheme_may_name_is_told_so(tmp_path):
    path = write_frame(pd.DataFrame({f"column_{i}": [1, 2, 3] for i in range(2500)}), tmp_path / "t.csv")
    with pytest.raises(SchemeError, match=r"a scheme of all 2,500 columns would be too large"):
        draft_scheme(path)
