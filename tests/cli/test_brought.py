"""Bring your own: trained, forecast, explained and audited from the command line, unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

BROUGHT = Path(__file__).parents[1] / "workflow" / "brought.py"


def few_people(home, office) -> str:
    """A few people of the office: a model that only answers is explained by asking it often for each."""
    panel = pd.read_parquet(home / office / "table.parquet")
    few = panel["person"].drop_duplicates().head(60)
    panel[panel["person"].isin(few)].to_parquet(home / "few.parquet")
    ledger = pd.read_parquet(home / office / "ledger.parquet")
    ledger[ledger["subject"].isin(few)].to_parquet(home / "few_ledger.parquet")
    return "few.parquet"


@pytest.mark.parametrize("name", ["forest", "network"])
def test_an_estimator_of_ones_own_goes_the_whole_way(run, home, office, name):
    table = office / "table.parquet"
    done = run(
        "train", "suining", table, "--family", "none", "--estimator", f"{BROUGHT}:{name}",
        "-o", f"models/{name}", "--json", cwd=home,
    )  # fmt: skip
    assert done.code == 0, done.out
    own = f"brought.{name}"
    assert done.record["family"].removesuffix(", calibrated") == own
    board = {row["name"] for row in done.record["leaderboard"]}
    assert board == {own, f"{own}, calibrated", "persistence", "climatology", "markov"}

    few = few_people(home, office)
    told = run("forecast", f"models/{name}", few, "-o", f"{name}.csv", cwd=home)
    assert told.code == 0, told.err
    forecasts = pd.read_csv(home / f"{name}.csv")
    assert len(forecasts) == 60
    shares = forecasts[[c for c in forecasts if c.startswith("p_")]].sum(axis=1)
    assert shares.between(1 - 1e-9, 1 + 1e-9).all()

    if name == "network":  # each explained row is some thousand forecasts: one kind of pipeline is enough
        explained = run("explain", f"models/{name}", few, "--limit", 6, cwd=home)
        assert explained.code == 0, explained.err
        assert "permutation SHAP, model-agnostic" in explained.out


def test_an_estimator_of_ones_own_is_audited_with_its_ledger(run, home, office):
    (home / "mine.py").write_text(
        "from sklearn.compose import make_column_selector, make_column_transformer\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "columns = make_column_selector(dtype_include='number')\n"
        "numbers = make_column_transformer((StandardScaler(), columns))\n"
        "line = make_pipeline(numbers, LogisticRegression(max_iter=1000))\n"
    )
    few = few_people(home, office)
    trained = run(
        "train", "suining", office / "table.parquet", "--family", "none", "--estimator", "mine.py:line",
        "-o", "models/line", cwd=home,
    )  # fmt: skip
    assert trained.code == 0, trained.err
    audited = run(
        "audit", "suining", few, "--model", "models/line", "--ledger", "few_ledger.parquet",
        "-o", "runs/line", cwd=home,
    )  # fmt: skip
    assert audited.code == 0, audited.err
    record = json.loads((home / "runs/line/audit.json").read_text(encoding="utf-8"))
    assert record["forecast"]["rows"] == 60
    assert record["forecast"]["explanation"]["target"] == "probability of exceeding the boundary"
    assert record["forecast"]["explanation"]["rows"] == 60
    assert {row["name"] for row in record["forecast"]["leaderboard"]} >= {
        "mine.line",
        "mine.line, calibrated",
    }
    assert record["findings"]


def test_every_family_can_be_asked_for(run, home, office):
    from scs_ml.forecast import FORECASTERS

    done = run("train", "suining", office / "table.parquet", "--family", "oracle", cwd=home)
    assert done.code == 2
    assert all(name in done.err for name in FORECASTERS)
    assert "or all" in done.err


@pytest.mark.parametrize(
    "given, message",
    [
        ("mine", "types that no bundle may: estimator_file_brought.Mine"),
        ("broken", "types that no bundle may: estimator_file_brought.Broken"),
        ("without", "a SVC has no predict_proba"),
        ("number", "number cannot be made: TypeError"),
        ("pipeline", "pipeline cannot be made: TypeError"),
    ],
)
def test_what_cannot_be_kept_or_trained_is_refused_before_anything_is_read(run, tmp_path, given, message):
    done = run(
        "train", "suining", "no_such_table.csv", "--estimator", f"{BROUGHT}:{given}", "--json", cwd=tmp_path
    )
    assert done.code == 2
    assert message in done.record["what"]
    if given == "mine":
        assert "case_of_forecaster" in done.record["remedy"]


def test_none_stands_alone(run, home, office):
    families = ("--family", "none", "--family", "logit")
    done = run("train", "suining", office / "table.parquet", *families, cwd=home)
    assert done.code == 2
    assert "--family none stands beside others" in done.err


def test_a_folder_of_something_else_is_refused_before_anything_is_read(run, home):
    thesis = home / "thesis"
    thesis.mkdir()
    (thesis / "years.txt").write_text("of work")
    done = run("train", "suining", "no_such_table.csv", "-o", "thesis", cwd=home)
    assert done.code == 2
    assert "the folder holds something else" in done.err
    assert (thesis / "years.txt").read_text() == "of work"


def test_none_leaves_nothing_to_train(run, home, office):
    done = run("train", "suining", office / "table.parquet", "--family", "none", cwd=home)
    assert done.code == 2
    assert "no forecaster to train" in done.err


def test_ones_own_stands_beside_the_families_whatever_it_is_called(run, home, office):
    (home / "own.py").write_text(
        "from scs_ml.forecast import OrdinalLogitClassifier\nlogit = OrdinalLogitClassifier(C=0.01)\n"
    )
    done = run(
        "train", "suining", office / "table.parquet", "--family", "logit", "--estimator", "own.py:logit",
        "-o", "models/own", "--json", cwd=home,
    )  # fmt: skip
    assert done.code == 0
    assert {"logit", "own.logit"} < {row["name"] for row in done.record["leaderboard"]}


def test_numbers_alone_are_no_input_for_a_classifier_without_missing_values(run, home, office):
    done = run(
        "train", "suining", office / "table.parquet", "--family", "expert",
        "--estimator", "sklearn.naive_bayes:GaussianNB", "-o", "models/bayes", "--json", cwd=home,
    )  # fmt: skip
    assert done.code == 2
    name = "sklearn.naive_bayes.GaussianNB"
    assert done.record["what"].startswith(f"{name} failed: TypeError: unsupported operand")
    assert done.record["where"].startswith("fold 1 of 2")
    assert "category dtype" in done.record["remedy"]
    json.dumps(done.record)
