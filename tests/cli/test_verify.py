from __future__ import annotations

import json

import pandas as pd


def test_plan_answer_and_audit(run, home, office):
    table, ledger = office / "table.parquet", office / "ledger.parquet"
    asked = "verify", "plan", "suining", table, "--ledger", ledger, "--limit", "80", "-o", "plan.csv"
    done = run(*asked, cwd=home)
    assert done.code == 0
    plan = pd.read_csv(home / "plan.csv")
    assert f"Cases to look up: {len(plan)}" in done.out
    assert 0 < len(plan) <= 80
    assert not plan["event"].duplicated().any()
    assert plan["why"].str.startswith("Did it happen?").all()
    told = run(*asked, "--json", cwd=home).record
    assert sum(each["cases"] for each in told["strata"]) == told["cases"] == len(plan)
    plan[["event"]].assign(happened=True).to_csv(home / "answers.csv", index=False)
    settled = run(
        "audit", "suining", table, "--ledger", ledger, "--verified", "answers.csv", "-o", "runs/settled",
        "--background", office / "background.parquet", "--json", cwd=home,
    )  # fmt: skip
    assert settled.code == 0
    told = json.loads((home / "runs/settled/audit.json").read_text(encoding="utf-8"))["findings"]
    # An honest background: it was looked at, and nothing is flagged.
    looked = [each["verdict"] for each in told if each["check"] == "explanation_attack"]
    assert looked
    assert set(looked) <= {"clear", "cannot tell"}
    assert settled.record["verification_plan"] is None


def test_a_table_nobody_can_look_up(run, home, office):
    refused = run(
        "verify", "plan", "suining", office / "table.parquet", "--ledger", home / "none.csv", "-o", "p.csv",
        cwd=home,
    )  # fmt: skip
    assert refused.code == 2
    assert not (home / "p.csv").exists()
