"""``scs-ml leaderboard``: what it prints, writes and refuses."""

from __future__ import annotations

import json

import pytest
import yaml

from scs_ml.schemes import dump_scheme, load_scheme


@pytest.fixture(scope="module")
def told(run, home, office):
    return run(
        "leaderboard", "suining", office / "table.parquet", "--family", "logit", "--folds", 2, "--seed", 5,
        "-o", "boards/one", cwd=home,
    )  # fmt: skip


def test_it_prints_splits_ranks_groups_drift_and_the_seed(told):
    assert told.code == 0
    for part in (
        "What was learned from and what was tested on",
        "Backtest over 2 folds",
        "Forecasts by group",
        "Drift of indicators",
        "Drift of calibration of logit",
        "Moves between categories",
        "seed 5; best logit; ranks that overlap are ties",
        "every table: boards/one",
    ):
        assert part in " ".join(told.out.split())
    assert "backtest" in told.err
    assert "figures" in told.err


def test_the_folder_and_the_json_hold_the_same(run, home, office, told):
    record = json.loads((home / "boards/one/leaderboard.json").read_text(encoding="utf-8"))
    done = run(
        "leaderboard", "suining", office / "table.parquet", "--family", "logit", "--folds", 2, "--seed", 5,
        "--jobs", 2, "--json", cwd=home,
    )  # fmt: skip
    assert done.code == 0
    body = done.record
    assert body.pop("ok") is True
    assert body.pop("folder") is None
    assert body == record
    assert {row["name"] for row in body["leaderboard"]["rows"]} == {
        "logit", "persistence", "climatology", "markov",
    }  # fmt: skip


def test_people_can_be_parted_and_the_usual_families_chosen(run, home, office):
    done = run(
        "leaderboard", "suining", office / "table.parquet", "--quick", "--folds", 1, "--embargo", 2,
        "--entity-disjoint", "--json", cwd=home,
    )  # fmt: skip
    assert done.code == 0
    (splits,) = (each for each in done.record["tables"] if each["name"] == "splits")
    assert [row[-1] for row in splits["rows"]] == [0.0, 0.0, 0.0]
    names = {row["name"] for row in done.record["leaderboard"]["rows"]}
    assert {"expert", "logit", "boosting", "hybrid"} <= names


@pytest.mark.parametrize(
    "options, message",
    [
        (("--quick", "--family", "logit"), "exclude one another"),
        (("--family", "astrology"), "no forecaster is called astrology"),
        (("--family", "logit", "--jobs", 0), "no number of fits"),
        (("--family", "logit", "--embargo", 9), "no period is left to test on after an embargo of 9"),
        (("--family", "logit", "--jobs", -5), "-5 is not in the range"),
    ],
)
def test_what_cannot_be_is_one_error(run, home, office, options, message):
    done = run("leaderboard", "suining", office / "table.parquet", *options, cwd=home)
    assert done.code == 2
    assert message in done.err


def test_a_basis_that_trains_nothing_is_refused(run, home, office, tmp_path):
    scheme = yaml.safe_load(dump_scheme(load_scheme("suining")))
    scheme["basis"] |= {"kind": "audit", "lawful_basis": "a test"}
    path = tmp_path / "audited.yaml"
    path.write_text(yaml.safe_dump(scheme, sort_keys=False), encoding="utf-8")
    key = tmp_path / "k.key"
    assert run("key", "new", "-o", key, cwd=home).code == 0
    done = run(
        "leaderboard", path, office / "table.parquet", "--family", "logit", "--key", key, "--json", cwd=home
    )
    assert done.code == 3
    assert done.record["rule"]
