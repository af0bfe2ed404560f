"""One report built by hand, with something in every field."""

from __future__ import annotations

from typing import Any

import pytest

from scs_ml.core import (
    AuditReport,
    Effect,
    Evidence,
    Finding,
    GateRecord,
    PersonView,
    Table,
)
from scs_ml.report import audit_record, report_html
from scs_ml.schemes import Scheme, load_scheme


@pytest.fixture(scope="session")
def scheme() -> Scheme:
    return load_scheme("suining")


@pytest.fixture
def withheld() -> dict[str, Any]:
    """A table of what a refused indicator changes, as a record holds it."""
    return {
        "name": "withheld_effect",
        "title": "The score without friends",
        "columns": ["group", "persons", "share changing category", "share rising", "mean change (points)"],
        "rows": [["everybody", 4, 0.25, 0.0, -18.75]],
    }


@pytest.fixture
def record(report: AuditReport) -> dict[str, Any]:
    """A record of its own for every test: some spoil it."""
    return audit_record(report)


@pytest.fixture(scope="session")
def html(report: AuditReport) -> str:
    return report_html(audit_record(report))


@pytest.fixture(scope="session")
def report(scheme: Scheme) -> AuditReport:
    mechanism = Finding(
        check="illness_misread",
        kind="mechanism",
        verdict="flag",
        group=(("illness", "yes"),),
        reference=(("illness", "no"),),
        n=(812, 9_188),
        next_step="Look up the remaining reports & correct them <now>.",
        effect=Effect("points wrongly taken", -0.29, -0.35, -0.23, "SD of the score", 0.05),
        indicator="disorder_reports",
        p_adjusted=0.0004,
        detectable=0.08,
        mechanisms=(("illness_misread", 0.9), ("unknown", 0.1)),
        evidence=(
            Evidence("triage", "The gap goes through disorder_reports.", {"gap": -0.3}),
            Evidence("verification", "71 of 100 reports were false.", {"false share": 0.71}),
        ),
    )
    differences = [
        Finding(
            check="category_gap",
            kind="difference",
            verdict=verdict,
            group=(("minority", "yes"), ("sex", value)),
            reference=(("minority", "no"), ("sex", value)),
            n=(3, 900),
            next_step="See which indicators carry the gap.",
            effect=Effect("mean score gap", gap, gap - 0.1, gap + 0.1, "SD of the score", 0.05),
            p_adjusted=0.2,
            detectable=0.15,
        )
        for value, gap, verdict in (("female", -0.4, "flag"), ("male", -0.02, "cannot tell"))
    ]
    absent = Finding(
        check="error_rates",
        kind="difference",
        verdict="not applicable",
        group=(),
        reference=(),
        n=(0, 0),
        next_step="Record an outcome.",
    )
    boundary = Finding(
        check="shap_gap",
        kind="difference",
        verdict="clear",
        group=(("sex", "female"),),
        reference=(("sex", "male"),),
        n=(500, 500),
        next_step="Nothing to do.",
        effect=Effect("mean SHAP gap", 0.001, -0.02, 0.022, "SD of the score", 0.05),
        indicator="traffic_violations",
        boundary=1,
        detectable=float("nan"),
    )
    tables = (
        Table("groups", "Groups", ("group", "n"), (("minority = yes", 1_200), ("tiny", 3))),
        Table(
            "migration",
            "Category migration",
            ("from", "rows", "share to D", "share to C", "share to B", "share to A"),
            (
                ("D", 40, 0.8, 0.2, 0.0, 0.0),
                ("C", 200, 0.1, 0.8, 0.1, 0.0),
                ("B", 300, 0.0, 0.1, 0.8, 0.1),
                ("A", 460, 0.0, 0.0, 0.1, 0.9),
            ),
        ),
        Table(
            "calibration",
            "Forecast and observed adverse rates",
            ("group", "boundary", "bin", "rows", "forecast", "observed", "low", "high"),
            (
                ("minority = yes", "D | C", 1, 50, 0.2, 0.25, 0.15, 0.38),
                ("minority = yes", "D | C", 2, 50, 0.8, 0.7, 0.56, 0.81),
                ("minority = no", "D | C", 1, 50, 0.25, 0.22, 0.13, 0.35),
                ("minority = no", "D | C", 2, 50, 0.9, 0.92, 0.81, 0.97),
                ("minority = no", "D | C", 3, 0, None, None, None, None),
                ("everybody", "D | C", 1, 100, 0.2, 0.21, 0.15, 0.3),
                ("everybody", "D | C", 2, 100, 0.9, 0.88, 0.8, 0.93),
            ),
        ),
        Table(
            "leaderboard",
            "Backtest over 2 folds",
            ("forecaster", "rows", "RPS", "tied with first"),
            (("boosting", 1_000, 0.05, "yes"), ("markov", 1_000, 0.06, "no")),
        ),
    )
    person = PersonView(
        subject="00ff00ff00ff00ff",
        period="2015Q4",
        category=1,
        boundary=1,
        base_value=0.5,
        contributions=(
            ("disorder_reports", "3", "administrative: patrols", -1.25),
            ("exemplary_city", "1", "administrative: county", 0.5),
        ),
        forecast=-0.25,
        target="log-odds of exceeding the boundary",
    )
    return AuditReport(
        scheme=scheme,
        findings=(mechanism, *differences, boundary, absent),
        tables=tables,
        safeguards=(
            GateRecord("forbidden_input", "recorded", "district stands for origin", ("district",), 1_000),
        ),
        declared={"purpose": "to show the audit", "contact": "nobody"},
        versions={"scs_ml": "0.1.0", "numpy": "2"},
        fingerprints={"dataset": "ab" * 32},
        seed=7,
        forecast={
            "name": "boosting",
            "origin": "forecaster",
            "rows": 10_000,
            "explanation": {"engine": "path-dependent", "rows": 3_000, "fidelity": None},
            "leaderboard": [
                {"name": "boosting", "rps": 0.05, "tied": True},
                {"name": "markov", "rps": 0.06, "tied": False},
            ],
        },
        persons=(person,),
    )
