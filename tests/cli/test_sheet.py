"""``scs-ml sheet`` on the demonstration's pilot."""

from __future__ import annotations

import re

import pandas as pd
import pytest

BUNDLE = "models/suining/demo-0"


@pytest.fixture(scope="module")
def person(run, home, office):
    done = run("forecast", BUNDLE, office / "table.parquet", "-o", "who.csv", "--json", cwd=home)
    assert done.code == 0
    return pd.read_csv(home / "who.csv", dtype={"subject": str})["subject"][7]


def test_a_persons_sheet_in_their_language(run, home, office, person):
    done = run(
        "sheet", BUNDLE, office / "table.parquet", "--person", person, "--lang", "fr", "-o", "sheet.html",
        cwd=home,
    )  # fmt: skip
    assert done.code == 0
    assert "sheet: sheet.html" in done.out
    html = (home / "sheet.html").read_text(encoding="utf-8")
    assert "Votre fiche" in html and person in html


def test_in_json_it_says_what_the_safeguards_said_and_not_who(run, home, office, person):
    done = run(
        "sheet", BUNDLE, office / "table.parquet", "--person", person, "-o", "two.html", "--json", cwd=home
    )
    assert (done.record["sheets"], done.record["people"]) == ("two.html", 1)
    assert {gate["outcome"] for gate in done.record["safeguards"]} <= {"kept", "recorded"}
    assert person not in done.out


@pytest.mark.parametrize("how", [[], ["--all", "--person", "0" * 16]])
def test_whose_sheet_must_be_said(run, home, office, how):
    done = run("sheet", BUNDLE, office / "table.parquet", *how, "-o", "none.html", cwd=home)
    assert done.code == 2
    assert "give --person PSEUDONYM, or --all" in done.err


def test_an_unknown_language_and_an_unknown_person(run, home, office, person):
    table = office / "table.parquet"
    done = run("sheet", BUNDLE, table, "--person", person, "--lang", "xx", "-o", "none.html", cwd=home)
    assert done.code == 2
    assert "choose from ar, az, de, en, es, fr, ru, zh" in done.err
    done = run("sheet", BUNDLE, table, "--person", "0" * 16, "-o", "none.html", cwd=home)
    assert done.code == 2
    assert "nobody in the table has this pseudonym" in done.err
    assert not (home / "none.html").exists()


def test_the_help_lists_every_language_there_is(run):
    from scs_ml.report.sheet import languages

    listed = re.search(r"Language: ([a-z ]+?)\.", " ".join(run("sheet", "--help").out.split()))[1]
    assert tuple(listed.split()) == languages()
