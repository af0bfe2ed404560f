"""The whole walk from the command line, on a simulated pilot and on a table nobody here made."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

BUNDLE = "models/suining/demo-0"


@pytest.fixture(scope="module")
def forecasts(run, home, office):
    done = run("forecast", BUNDLE, office / "table.parquet", "-o", "forecasts.csv", "--json", cwd=home)
    assert done.code == 0
    table = pd.read_csv(home / "forecasts.csv", keep_default_na=False)
    left = int((table["why"] != "").sum())
    assert done.record == {
        "ok": True,
        "forecasts": "forecasts.csv",
        "people": 1500,
        "person_decides": left,
        "explained": 1500,
    }
    return table


def test_demo_tells_what_was_planted_and_where_everything_lies(home):
    told = json.loads((home / "demo.json").read_text(encoding="utf-8"))
    names = {row["name"] for row in told["leaderboard"]}
    plain = {"expert", "logit", "boosting", "hybrid", "persistence", "climatology", "markov"}
    (calibrated,) = names - plain  # the best of the four, once more
    assert calibrated.removesuffix(", calibrated") in ("expert", "logit", "boosting", "hybrid")
    assert plain < names
    planted = {line["slug"]: line for line in told["planted"] if line["kind"] in ("mechanism", "decoy")}
    assert set(planted) == {"postcode_proxy", "illness_misread", "malicious_informant", "conduct_gap"}
    assert {line["outcome"] for line in planted.values()} <= {"hit", "missed", "silent", "false"}
    for name in ("world", "bundle", "report"):
        assert (home / told[name]).exists()


def test_demo_in_words(run, tmp_path):
    done = run("demo", "--people", 500, "--quarters", 5, "--seed", 1, cwd=tmp_path)
    assert done.code == 0
    for part in ("Backtest over", "Flags: ", "What was planted", "report: data/runs/demo-1/report.html"):
        assert part in done.out
    # Progress is told, and not on standard output.
    assert "backtest" in done.err
    assert "checks" in done.err
    assert "━" not in done.out.replace("┏", "").split("Backtest")[0]


def test_check(run, home, office):
    done = run("check", "suining", office / "table.parquet", cwd=home)
    assert done.code == 0
    assert "keeps the rules of scheme suining" in done.out
    summary = run("check", "suining", office / "table.parquet", "--json", cwd=home).record["summary"]
    assert "9,000" in done.out
    assert summary


def test_train_one_family_then_audit_it_with_its_ledger(run, home, office):
    table, ledger = office / "table.parquet", office / "ledger.parquet"
    done = run("train", "suining", table, "--family", "logit", "-o", "models/one", cwd=home)
    assert done.code == 0
    assert re.search(r"saved logit(, calibrated)? to models/one", done.out)
    audited = run(
        "audit", "suining", table, "--model", "models/one", "--ledger", ledger, "-o", "runs/one",
        "--fail-on", "mechanism", cwd=home,
    )  # fmt: skip
    assert audited.code == 1
    assert "cases to look up: runs/one/verification_plan.csv" in audited.out
    assert "fidelity" not in audited.out
    record = json.loads((home / "runs/one/audit.json").read_text(encoding="utf-8"))
    assert record["forecast"]["sets"]["coverage"] == 0.9
    # The backtest behind the bundle comes with it.
    board = {row["name"]: row for row in record["forecast"]["leaderboard"]}
    assert set(board) == {"logit", "logit, calibrated", "persistence", "climatology", "markov"}
    assert board["logit"]["rps_skill_low"] < board["logit"]["rps_skill"] < board["logit"]["rps_skill_high"]
    assert "skill against markov" in (home / "runs/one/card.md").read_text(encoding="utf-8")
    plan = pd.read_csv(home / "runs/one/verification_plan.csv")
    plan[["event"]].assign(happened=True).to_csv(home / "answers.csv", index=False)
    again = run(
        "audit", "suining", table, "--model", "models/one", "--ledger", ledger, "-o", "runs/two",
        "--verified", "answers.csv", "--json", cwd=home,
    )  # fmt: skip
    assert again.code == 0
    assert again.record["verification_plan"] is None
    assert again.record["fidelity"] is None


def test_existing_score_of_the_pilot(run, home, office):
    done = run("audit", "suining", office / "table.parquet", "-o", "runs/score", cwd=home)
    assert done.code == 0
    assert "fidelity of the surrogate behind the SHAP view: same category" in done.out
    failed = run(
        "audit", "suining", office / "table.parquet", "-o", "runs/score", "--fail-on", "difference",
        "--json", cwd=home,
    )  # fmt: skip
    assert failed.code == 1
    assert failed.record["flags"]["difference"] > 0


def test_forecasts_keep_the_order_of_pseudonyms(forecasts):
    assert list(forecasts["subject"]) == sorted(forecasts["subject"])
    assert {"lowest", "highest", "coverage", "flip_risk", "indirect_share"} <= set(forecasts)


def test_forecasts_say_on_whom_a_person_must_decide(run, home, office, forecasts):
    assert 0 < forecasts["person_decides"].sum() < 1500
    done = run("forecast", BUNDLE, office / "table.parquet", "-o", "again.csv", cwd=home)
    assert f"a person must decide on {forecasts['person_decides'].sum()} of them" in done.out
    assert "indirect_share is known" not in done.out  # of so few people, it is of all


def test_explain_by_group_and_by_person(run, home, office, forecasts):
    table = office / "table.parquet"
    done = run("explain", BUNDLE, table, "--by", "minority", "--limit", 100, "--json", cwd=home)
    assert [t["name"] for t in done.record["tables"]] == ["importance", "groups"]
    person = run("explain", BUNDLE, table, "--person", forecasts["subject"][0], cwd=home)
    assert person.code == 0
    assert "the forecast is" in person.out
    in_words = run("explain", BUNDLE, table, "--limit", 50, cwd=home)
    assert "Mean |SHAP|" in in_words.out


def test_society(run, home, office):
    done = run("society", "suining", office / "table.parquet", "--by", "minority", cwd=home)
    assert done.code == 0
    assert "+>-" in done.out
    record = run("society", "suining", office / "table.parquet", "--json", cwd=home).record
    assert record["tables"][0]["name"] == "society"


def test_society_crosses_groupings_and_attributes_by_the_card(run, home, office):
    done = run("society", "suining", office / "table.parquet", "--by", "minority", "--by", "sex", cwd=home)
    assert done.code == 0
    assert "minority = yes, sex = female" in " ".join(done.out.split())
    assert "What the differences are made of" in done.out
    assert "not attributed" not in done.out


def test_society_without_a_card_says_that_it_cannot_attribute(run, compas_csv, tmp_path):
    done = run("society", "compas", compas_csv, "--by", "sex", cwd=tmp_path)
    assert done.code == 0
    assert "not attributed to indicators: that takes a rule card" in done.out


def test_report_is_drawn_again(run, home):
    folder = home / "data/runs/demo-0"
    page = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    done = run("report", "data/runs/demo-0", cwd=home)
    assert done.code == 0
    assert (folder / "report.html").read_bytes() == page
    assert run("report", "data/runs/demo-0", "--json", cwd=home).record["ok"]


def test_a_table_nobody_here_made(run, tmp_path, monkeypatch):
    """Draft, answer, check, key, train, audit: real people under the basis `benchmark`."""
    monkeypatch.delenv("SCS_ML_KEY", raising=False)
    rng = np.random.default_rng(0)
    n = 400
    debts = rng.poisson(1.0, n)
    score = 700 - 40 * debts + rng.normal(0, 20, n).round()
    pd.DataFrame(
        {
            "client_id": [f"c{i:04d}" for i in range(n)],
            "gender": rng.choice(["f", "m"], n),
            "debts": debts,
            "branch": rng.choice(["north", "south"], n),
            "score": score,
        }
    ).to_csv(tmp_path / "clients.csv", index=False, sep=";")
    drafted = run("init", "clients.csv", "--json", cwd=tmp_path)
    assert drafted.code == 0
    questions = drafted.record["questions"]
    assert drafted.record["scheme"] == "clients.yaml"
    assert questions == (tmp_path / "clients.yaml").read_text(encoding="utf-8").count("TODO:") > 0
    again = run("init", "clients.csv", cwd=tmp_path)
    assert again.code == 2
    assert "exists already" in again.err
    unanswered = run("check", "clients.yaml", "clients.csv", cwd=tmp_path)
    assert unanswered.code == 2
    assert f"leaves {questions} questions open" in unanswered.err

    answer(tmp_path / "clients.yaml")
    no_key = run("check", "clients.yaml", "clients.csv", cwd=tmp_path)
    assert no_key.code == 2
    assert "scs-ml key new" in no_key.err
    assert run("key", "new", cwd=tmp_path).code == 0
    assert run("key", "new", "-o", "other.key", "--json", cwd=tmp_path).record["key"] == "other.key"
    checked = run("check", "clients.yaml", "clients.csv", cwd=tmp_path)
    assert checked.code == 0, checked.err
    trained = run("train", "clients.yaml", "clients.csv", "--family", "logit", "--json", cwd=tmp_path)
    assert trained.record["bundle"] == "models/clients/latest"
    audited = run(
        "audit", "clients.yaml", "clients.csv", "--model", "models/clients/latest", "-o", "run", "--json",
        cwd=tmp_path,
    )  # fmt: skip
    assert audited.code == 0, audited.out
    record = json.loads((tmp_path / "run/audit.json").read_text(encoding="utf-8"))
    # A fifth of the people was kept for testing; nobody is shown.
    assert record["forecast"]["rows"] == 80
    assert record["persons"] == []
    refused = run("forecast", "models/clients/latest", "clients.csv", "-o", "f.csv", "--json", cwd=tmp_path)
    assert refused.code == 3
    assert refused.record["rule"] == "basis"
    assert not (tmp_path / "f.csv").exists()


def answer(path):
    """Answer every question of the draft, as a reader would."""
    draft = yaml.safe_load(path.read_text(encoding="utf-8"))
    draft |= {"title": "A bank's score", "citation": "not published"}
    draft["scale"] |= {"categories": ["low", "middle", "high"], "lower_bounds": [620, 680]}
    draft["basis"] |= {"kind": "benchmark", "purpose": "a test", "context": "finance", "contact": "the bank"}
    draft["roles"] = {"subject": "client_id", "score": "score"}
    draft["indicators"] = [
        each
        | {"kind": "direct", "source": "business", "database": "bank", "context": "finance", "nature": nature}
        for each in draft["indicators"]
        if (nature := {"debts": "finance", "branch": "location"}.get(each["name"]))
    ]
    draft.pop("outcome", None)
    path.write_text(yaml.safe_dump(draft, sort_keys=False), encoding="utf-8")


def test_compas_from_the_command_line(run, compas_csv, tmp_path):
    done = run(
        "audit", "compas", compas_csv, "--score", "score_text", "--rows", "propublica", "-o", "run",
        "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.code == 0
    assert done.record["flags"]["mechanism"] == 0
    assert set(done.record["fidelity"]) == {"same category", "RPS skill over its shares"}
    record = json.loads((tmp_path / "run/audit.json").read_text(encoding="utf-8"))
    (table,) = (t for t in record["tables"] if t["name"] == "categories")
    assert table["rows"][0][:5] == ["everybody", 6172, 1144, 1607, 3421]


def test_installed_command_keeps_json_and_progress_apart(home, office):
    """In a process of its own, as a script would call it."""
    command = [
        sys.executable, "-c", "from scs_ml.cli import main; main()", "forecast", BUNDLE,
        str(office / "table.parquet"), "-o", "again.parquet", "--json",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=home, capture_output=True, text=True, env=os.environ, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["people"] == 1500
    assert "read" in done.stderr
