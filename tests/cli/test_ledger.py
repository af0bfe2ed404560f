"""Training and forecasting with a ledger, from the command line: people who agreed, and a flood."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tests.cli import agreed

SITUATIONS = "situations: [{name: flood, kind: disaster}]\n"
TRAIN = ("train", "scheme.yaml", "table.csv", "--family", "logit", "--json")
FORECAST = ("table.csv", "--json", "-o", "f.csv")


@pytest.fixture(scope="module")
def club(run, tmp_path_factory):
    """A folder in which every tenth member was flooded in 2022, and everything late then is in the ledger."""
    folder = tmp_path_factory.mktemp("club")
    agreed.write(folder, n_people=80, n_years=5)
    table = pd.read_csv(folder / "table.csv")
    number = table["member"].str.slice(6, 11).astype(int)
    table["flood"] = (number % 10 == 0) & (table["year"] == 2022)
    table.to_csv(folder / "table.csv", index=False)
    scheme = agreed.SCHEME.replace("card:\n", "card:\n  expiry: 1\n")
    (folder / "scheme.yaml").write_text(scheme + SITUATIONS, encoding="utf-8")
    late = table.loc[table.index.repeat(table["late"]), ["member", "year", "flood"]]
    ledger = pd.DataFrame(
        {
            "event": [f"e{k}" for k in range(len(late))],
            "subject": late["member"].to_numpy(),
            "period": late["year"].to_numpy(),
            "rule": "returned late",
            "indicator": "late",
            "points": -1,
            "situation": np.where(late["flood"], "FLOOD", ""),
        }
    )
    ledger.to_csv(folder / "events.csv", index=False)
    assert run("key", "new", cwd=folder).code == 0
    for name, extra in (("net", ("--ledger", "events.csv")), ("bare", ())):
        done = run(*TRAIN, "-o", name, *extra, cwd=folder)
        assert done.code == 0, done.err
    return folder


def test_a_bundle_says_how_it_learned(club):
    said = {name: json.loads((club / name / "manifest.json").read_text()) for name in ("net", "bare")}
    assert {name: each["metadata"]["net_of_situations"] for name, each in said.items()} == {
        "net": True,
        "bare": False,
    }
    # Eight members in 2022: without a ledger their rows of that year are not learned from.
    assert said["net"]["metadata"]["rows"] >= said["bare"]["metadata"]["rows"]


def test_a_forecast_does_as_the_training_did(run, club):
    refused = run("forecast", "net", *FORECAST, cwd=club)
    assert refused.code == 3
    assert (refused.record["rule"], "--ledger" in refused.out) == ("situation", True)
    assert run("explain", "net", "table.csv", cwd=club).code == 3
    told = run("forecast", "net", *FORECAST, "--ledger", "events.csv", cwd=club)
    assert told.code == 0, told.err
    assert run("explain", "net", "table.csv", "--ledger", "events.csv", cwd=club).code == 0
    assert run("forecast", "bare", *FORECAST, cwd=club).code == 0
    given = ("table.csv", "--ledger", "events.csv", "--json")
    for command, *options in (("forecast", "-o", "f2.csv"), ("explain",), ("sheet", "--all", "-o", "sheets")):
        unused = run(command, "bare", *given, *options, cwd=club)
        assert unused.code == 2
        assert "learned without a ledger" in unused.record["what"]
    assert not (club / "f2.csv").exists()
    assert not (club / "sheets").exists()


def test_whoever_trains_is_told_what_was_kept_from_the_model(run, club):
    words = ("train", "scheme.yaml", "table.csv", "--ledger", "events.csv", "--family", "logit")
    told = run(*words, "--json", "-o", "told", cwd=club)
    assert "situation: left out" in told.record["safeguards"]
    shown = run(*words, "-o", "told", cwd=club)
    assert "left out of the ledger and of the rows" in " ".join(shown.out.replace("│", " ").split())


def test_whoever_a_flood_may_count_against_is_left_to_a_person(run, club):
    table = pd.read_csv(club / "table.csv")
    table = table[table["year"] <= 2022]
    table.to_csv(club / "until.csv", index=False)
    done = run("forecast", "bare", "until.csv", "--json", "-o", "until_forecast.csv", cwd=club)
    assert done.record["person_decides"] == table["flood"].sum() > 0
