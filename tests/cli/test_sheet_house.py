"""Sheets of people who agreed: in the log without a name, found when they ask, gone when they leave."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from scs_ml.records import open_records, search
from tests.cli.agreed import write

KEY = ("--key", "scs_ml.key", "--records", "records")


@pytest.fixture(scope="module")
def house(run, tmp_path_factory):
    home = tmp_path_factory.mktemp("club")
    write(home, n_people=100)
    scheme = (home / "club.yaml").read_text(encoding="utf-8")
    scheme = scheme.replace("name: late,", "name: late, monotone: falling, actionable: true,")
    (home / "club.yaml").write_text(scheme, encoding="utf-8")
    assert run("key", "new", cwd=home).code == 0
    done = run("train", "club.yaml", "table.csv", "--family", "logit", "-o", "model", *KEY, cwd=home)
    assert done.code == 0, done.err
    assert run("forecast", "model", "table.csv", "-o", "forecast.csv", *KEY, cwd=home).code == 0
    return home


@pytest.fixture(scope="module")
def people(house):
    return pd.read_csv(house / "forecast.csv")


@pytest.fixture(scope="module")
def person(people):
    return people["subject"].iloc[1]


@pytest.fixture(scope="module")
def sheet(run, house, person):
    # A careless owner names the file by the pseudonym.
    done = run("sheet", "model", "table.csv", "--person", person, "-o", f"{person}.html", *KEY, cwd=house)
    assert done.code == 0, done.err
    return house / f"{person}.html"


def test_it_says_that_the_person_agreed_and_how_long_it_may_be_kept(sheet):
    html = sheet.read_text(encoding="utf-8").replace("<bdi>", "").replace("</bdi>", "")
    assert "The ground for this: you were told and you agreed." in html
    assert "Days that it may be kept: 30." in html
    assert "You can contest it here: the club" in html
    assert "IDENT-" not in html and "HOUSE-" not in html


def test_the_log_says_that_a_sheet_was_made_and_not_whose(house, sheet, person):
    entries = [each for each in open_records(house / "records").log.entries() if each.action == "sheet"]
    body = entries[-1].body
    assert body["people"]["count"] == 1
    assert body["run"].startswith("sheet ") and body["drawn"] is False
    assert {"model", "table", "scheme"} == set(body["marks"])
    assert search([person, "IDENT-0"], [house / "records" / "log.jsonl"]).places == ()


def test_an_altered_bundle_makes_no_sheet_of_anybody(run, house, person, tmp_path):
    shutil.copytree(house, tmp_path / "house")
    manifest = tmp_path / "house" / "model" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("split", "spilt"), encoding="utf-8")
    done = run(
        "sheet", "model", "table.csv", "--person", person, "-o", "x.html", *KEY, cwd=tmp_path / "house"
    )
    assert done.code == 2
    assert "was altered" in done.err
    assert not (tmp_path / "house" / "x.html").exists()


def test_whoever_withdrew_has_no_sheet_any_more(run, house, sheet, people):
    other = people["subject"].iloc[3]
    assert run("subject", "withdraw", "--pseudonym", other, "--records", "records", cwd=house).code == 0
    done = run("sheet", "model", "table.csv", "--person", other, "-o", "gone.html", *KEY, cwd=house)
    assert done.code == 2
    assert "nobody in the table has this pseudonym" in done.err
    assert run("sheet", "model", "table.csv", "--all", "-o", "all", *KEY, cwd=house).code == 0
    written = {path.stem for path in (house / "all").glob("*.html")}
    assert written == set(people["subject"]) - {other}


def test_an_export_brings_the_sheet_along_and_an_erasure_takes_it_away(run, house, sheet, person):
    asked = ("--pseudonym", person, "--records", "records")
    done = run("subject", "export", *asked, "-o", "export", "--json", cwd=house)
    assert done.code == 0, done.err
    assert done.record["sheets"] >= 1
    done = run("subject", "erase", *asked, cwd=house)
    assert done.code in {0, 1}, done.err
    assert not sheet.exists()
    assert not (house / "all" / f"{person}.html").exists()
