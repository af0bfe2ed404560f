"""What published tables are known to show, found by the checks: COMPAS, DUO's risk profile, SBDG's rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit import run_checks
from scs_ml.audit.checks.four_fifths import FourFifths
from scs_ml.core import AuditCase, Forecast
from scs_ml.data import read_table
from scs_ml.report.one_page import one_page
from scs_ml.report.record import audit_record
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.workflow import case_of_existing_score
from tests.audit.cases import INDICATOR, SCHEME, case, dataset

KEY = b"k" * 32
BLACK = (("race", "African-American"),)


@pytest.fixture(scope="module")
def compas(data_folder):
    scheme = load_scheme("compas")
    read = read_table(data_folder / "compas/compas_two_years.csv", scheme, key=KEY)
    forecast = Forecast(read.category, read.category.astype(float), "existing score", "COMPAS")
    report = run_checks(AuditCase(scheme, read, forecast, None))
    about = {"name": "COMPAS", "origin": "existing score", "rows": len(read)}
    return replace(report, forecast=about)


def told(report, check, metric, boundary):
    [finding] = [
        f
        for f in report.findings
        if (f.check, f.group, f.boundary) == (check, BLACK, boundary) and f.effect.metric == metric
    ]
    return finding


def test_compas_errors_are_propublicas(compas):
    # ProPublica (2016): 44.85 against 23.45 % false positives, 27.99 against 47.72 % false negatives.
    false = told(compas, "error_rates", "false adverse rate", 1)
    missed = told(compas, "error_rates", "missed adverse rate", 1)
    assert false.effect.value == pytest.approx(0.4485 - 0.2345, abs=1e-4)
    assert missed.effect.value == pytest.approx(0.2799 - 0.4772, abs=1e-4)
    assert false.verdict == missed.verdict == "flag"
    assert false.effect.low < false.effect.value < false.effect.high
    # With High alone as positive: 15.82 against 5.44 %, 61.02 against 79.81 %.
    assert told(compas, "error_rates", "false adverse rate", 0).effect.value == pytest.approx(
        0.1038, abs=1e-4
    )
    assert told(compas, "error_rates", "missed adverse rate", 0).effect.value == pytest.approx(
        -0.1879, abs=1e-4
    )


def test_compas_means_nearly_the_same(compas):
    [table] = [t for t in compas.tables if t.name == "error_rates"]
    ppv = {row[0]: row[table.columns.index("PPV")] for row in table.rows if row[1] == "Medium | Low"}
    assert round(ppv["race = African-American"], 2) == 0.63
    assert round(ppv["race = Caucasian"], 2) == 0.59
    meant = told(compas, "calibration", "adverse share given the category", None)
    false = told(compas, "error_rates", "false adverse rate", 1)
    assert abs(meant.effect.value) < abs(false.effect.value) / 5
    assert meant.verdict == "cannot tell"
    assert meant.effect.low < 0 < meant.effect.high


def test_compas_is_all_differences_and_one_page_says_both_sides(compas):
    assert {f.kind for f in compas.flags()} == {"difference"}
    page = one_page(audit_record(compas))
    for expected in (
        *("44.8% (", "23.5% (", "28.0% (", "47.7% (", "+21.4 points (", "-19.7 points (", "+3.3 points ("),
        *("51.4% of race = African-American", "39.4% of race = Caucasian", "kind `difference`"),
        *("What it would take to tell why", "The ledger of what was recorded"),
    ):
        assert expected in page
    assert len(page.split()) < 1_000


def duo(data_folder, categories, adverse_first):
    """DUO's published counts as people: Dutch origin and origin outside Europe, in these categories."""
    table = pd.read_csv(data_folder / "duo_cub/duo_cub_tables_long.csv")
    table = table[table["table"] == 1].set_index("category")
    counts = table.loc[list(categories), ["origin_nl", "origin_outside_europe"]].astype(int)
    code = np.tile(np.arange(len(categories)), 2)
    n = counts.to_numpy().T.ravel()
    origin = np.repeat(["Netherlands", "outside Europe"], len(categories))
    rules = Scheme.model_validate(
        SCHEME
        | {
            "scale": {"categories": list(categories), "start": 0},
            "roles": {"category": "category"},
            "sensitive": [{"name": "origin", "reference": "Netherlands"}],
        }
    )
    data = dataset(
        int(n.sum()),
        category=np.repeat(code, n).astype(np.int64),
        sensitive=pd.DataFrame({"origin": np.repeat(origin, n)}),
    )
    findings = FourFifths().run(case(data, rules), level=0.05, seed=0).findings
    [finding] = [f for f in findings if f.boundary == adverse_first - 1]
    return finding


def test_duo_selected_for_control(data_folder):
    finding = duo(data_folder, ("Selected for control: yes", "Selected for control: no"), 1)
    side = finding.evidence[0].values
    # 2,010 of 54,820 against 1,050 of 178,200: 6.2 times, on the adverse side; on the other 0.97.
    assert side["ratio on the adverse side"] == pytest.approx(6.2, abs=0.05)
    assert finding.effect.value + 1 == pytest.approx(0.969, abs=1e-3)
    assert finding.verdict == "clear", "four fifths says nothing here: the side it uses hides a ratio of six"


def test_duo_high_risk(data_folder):
    finding = duo(data_folder, tuple(f"Risk category {k}" for k in range(1, 7)), 2)
    assert finding.evidence[0].values["ratio on the adverse side"] == pytest.approx(2.0, abs=0.05)
    assert finding.effect.high < 0


def test_sbdg_s_planted_rule_is_found(data_folder):
    """Label = 1 exactly where Score < its 25 % quantile: the surrogate finds the cut, and names the score."""
    folder = data_folder / "synthetic_sbdg"
    base = pd.read_csv(folder / "base_medium.csv.gz")
    table = pd.read_csv(folder / "exemplar_medium.csv.gz")
    table = table[["Label", "age", "Interest"]].assign(Score=base["Score"], LTV=base["LTV"])
    table["age"] = np.where(table["age"] == 1, "one", "zero")
    table["Label"] = np.where(table["Label"] == 1, "refused", "granted")
    number = {key: value for key, value in INDICATOR.items() if key != "name"}
    rules = Scheme.model_validate(
        SCHEME
        | {
            "scale": {"categories": ["refused", "granted"]},
            "roles": {"category": "Label"},
            "indicators": [number | {"name": name} for name in ("Score", "Interest", "LTV")],
            "card": None,
            "sensitive": [{"name": "age", "reference": "zero"}],
            "situations": [],
        }
    )
    quantile = base["Score"].quantile(0.25)
    assert ((base["Score"] < quantile) == (table["Label"] == "refused")).all()
    some = table.head(4_000)
    found = case_of_existing_score(read_table(some, rules), rules, max_explained=1_000)
    assert found.explanation.fidelity["same category"] > 0.99
    report = run_checks(found)
    flags = {(f.check, f.indicator) for f in report.flags()}
    assert ("shap_gap", "Score") in flags
    assert not {indicator for check, indicator in flags if check == "shap_gap"} - {"Score"}
    gap = next(f for f in report.findings if f.check == "category_gap" and f.boundary == 0)
    refused = some.groupby("age")["Label"].apply(lambda labels: (labels == "refused").mean())
    odds = refused / (1 - refused)
    assert gap.effect.value == pytest.approx(np.log(odds["zero"]) - np.log(odds["one"]))
    assert gap.verdict == "flag"
