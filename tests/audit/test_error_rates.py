from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit import run_checks
from scs_ml.audit.checks.error_rates import ErrorRates, truth
from scs_ml.core import AuditCase, Forecast
from scs_ml.data import read_table
from scs_ml.inference import newcombe_difference
from scs_ml.schemes import load_scheme
from tests.audit.cases import by_group, case, dataset, few, pilot

# Positive = Medium or High, then High only: TN, FP, FN, TP and the rates that are published for COMPAS.
COMPAS = {
    ("race = African-American", "Medium | Low"): (990, 805, 532, 1369, "44.85", "27.99", "0.63"),
    ("race = Caucasian", "Medium | Low"): (1139, 349, 461, 505, "23.45", "47.72", "0.59"),
    ("everybody", "Medium | Low"): (2681, 1282, 1216, 2035, None, None, None),
    ("race = African-American", "High | Medium"): (None, None, None, None, "15.82", "61.02", None),
    ("race = Caucasian", "High | Medium"): (None, None, None, None, "5.44", "79.81", None),
}


def confused(far, here, **changes):
    """People of two origins by (TN, FP, FN, TP) at boundary 0."""
    category, adverse, origin = [], [], []
    for name, counts in (("far", far), ("here", here)):
        for n, assigned, bad in zip(counts, (1, 0, 1, 0), (0, 0, 1, 1), strict=True):
            category += [assigned] * n
            adverse += [float(bad)] * n
            origin += [name] * n
    n = len(category)
    codes = np.array(category)
    return dataset(
        n,
        category=codes,
        y=codes,
        adverse=np.array(adverse),
        sensitive=pd.DataFrame({"origin": origin}),
        **changes,
    )


def run(of, level=0.05):
    return ErrorRates().run(of, level=level, seed=0)


def existing_score(data):
    score = data.category.astype(float)
    return AuditCase(
        load_scheme("compas"), data, Forecast(data.category, score, "existing score", "COMPAS"), None
    )


@pytest.fixture(scope="module")
def compas(data_folder):
    scheme = load_scheme("compas")
    path = data_folder / "compas" / "compas_two_years.csv"
    key = bytes(32)
    everybody = read_table(path, scheme, key=key)
    filtered = read_table(path, scheme, key=key, row_filter="propublica")
    return existing_score(everybody), existing_score(filtered)


def test_compas_is_reproduced_to_the_last_printed_digit(compas):
    report = run_checks(compas[0])
    (table,) = (t for t in report.tables if t.name == "error_rates")
    at = {name: i for i, name in enumerate(table.columns)}
    rows = {(row[0], row[1]): row for row in table.rows}
    assert sum(rows["everybody", "Medium | Low"][at[c]] for c in ("TN", "FP", "FN", "TP")) == 7_214
    for key, (*counts, fpr, fnr, ppv) in COMPAS.items():
        row = rows[key]
        for name, count in zip(("TN", "FP", "FN", "TP"), counts, strict=True):
            assert count is None or row[at[name]] == count
        for name, shown, printed in (("FPR", 100, fpr), ("FNR", 100, fnr), ("PPV", 1, ppv)):
            assert printed is None or f"{row[at[name]] * shown:.2f}" == printed
            assert row[at[f"{name} low"]] < row[at[name]] < row[at[f"{name} high"]]


def test_compas_filtered_rows(compas):
    report = run_checks(compas[1])
    (table,) = (t for t in report.tables if t.name == "categories")
    low, medium, high = (table.columns.index(c) for c in ("Low", "Medium", "High"))
    everybody = table.rows[0]
    assert (everybody[1], everybody[low], everybody[medium], everybody[high]) == (6_172, 3_421, 1_607, 1_144)


def test_compas_errs_one_way_for_african_americans_and_the_other_for_caucasians(compas):
    found = run(compas[0]).findings
    false = by_group(found, metric="false adverse rate", boundary=1)["African-American"]
    missed = by_group(found, metric="missed adverse rate", boundary=1)["African-American"]
    assert false.effect.value == pytest.approx(805 / 1795 - 349 / 1488)
    assert missed.effect.value == pytest.approx(532 / 1901 - 461 / 966)
    assert (false.verdict, missed.verdict) == ("flag", "flag")
    assert false.effect.low > 0 > missed.effect.high


def test_newcombe_interval_at_the_joint_critical_value():
    of = case(confused((60, 40, 50, 50), (80, 20, 50, 50)))
    effect = by_group(run(of).findings, boundary=0, metric="false adverse rate")["far"].effect
    # 40 of 100 against 20 of 100, among four cells that hardly depend on one another.
    assert effect.value == pytest.approx(0.2)
    alone = newcombe_difference(40, 100, 20, 100)
    joint = newcombe_difference(40, 100, 20, 100, confidence=1 - 0.05 / 4)
    assert (effect.low, effect.high) == pytest.approx([float(limit) for limit in joint], abs=0.004)
    assert effect.low < alone[0]
    assert effect.high > alone[1]


def test_p_and_interval_agree():
    for fp in range(20, 45):
        for f in run(case(confused((100 - fp, fp, 50, 50), (80, 20, 50, 50)))).findings:
            if f.effect is not None:
                excludes = f.effect.low > 0 or f.effect.high < 0
                assert excludes == (f.p_adjusted <= 0.05)


def test_families_of_one_mind_widen_the_interval():
    pair = confused((60, 40, 50, 50), (80, 20, 50, 50))
    family = np.array([f"f{i // 10}" for i in range(len(pair))], dtype=object)
    alone = by_group(run(case(pair)).findings, boundary=0, metric="false adverse rate")["far"].effect
    together = confused((60, 40, 50, 50), (80, 20, 50, 50), family=family)
    clustered = by_group(run(case(together)).findings, boundary=0, metric="false adverse rate")["far"].effect
    assert clustered.value == alone.value
    assert clustered.high - clustered.low > 2 * (alone.high - alone.low)


def test_truth_is_the_outcome_where_recorded_else_the_category_and_never_the_score_itself():
    outcome = confused((10, 10, 10, 10), (10, 10, 10, 10))
    outcome.adverse[:5] = np.nan
    known, adverse = truth(case(outcome))
    assert known.sum() == 75
    assert (adverse[:, 0] == adverse[:, 1]).all()
    recorded = dataset(3, y=np.array([0, 2, -1]))
    forecast = Forecast(np.array([1, 1, 1]), np.ones(3), "forecaster", "by hand")
    known, adverse = truth(case(recorded, forecast=forecast))
    assert known.tolist() == [True, True, False]
    assert adverse.tolist() == [[True, True], [False, False]]
    assert not truth(case(recorded))[0].any()


def test_not_applicable_without_an_outcome_or_groups():
    (finding,) = run(pilot()).findings
    assert finding.verdict == "not applicable"
    assert "outcome" in finding.next_step
    (lonely,) = run(case(confused((10, 10, 10, 10), (0, 0, 0, 0)))).findings
    assert lonely.verdict == "not applicable"


def test_nobody_at_risk_of_an_error_is_not_applicable_for_that_error():
    found = run(case(confused((50, 50, 0, 0), (50, 50, 50, 50)))).findings
    missed = [f for f in found if f.effect is None]
    assert {(f.verdict, f.group[0][1]) for f in missed} == {("not applicable", "far")}
    assert len(missed) == 2  # at either boundary nobody from far was adverse


def test_forecasts_are_held_against_recorded_categories():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 3_000)
    origin = np.where(rng.random(3_000) < 0.5, "far", "here")
    guess = np.where((origin == "far") & (rng.random(3_000) < 0.3), np.maximum(y - 1, 0), y)
    data = dataset(3_000, category=y, y=y, sensitive=pd.DataFrame({"origin": origin}))
    forecast = Forecast(guess, guess.astype(float), "forecaster", "by hand")
    found = by_group(run(case(data, forecast=forecast)).findings, metric="false adverse rate", boundary=0)[
        "far"
    ]
    assert found.verdict == "flag"
    # Of people from far in category 1 three in ten are put in 0; category 2 never is.
    assert found.effect.value == pytest.approx(0.15, abs=0.03)
    few_rows = run(few(case(data, forecast=forecast)))
    assert {f.verdict for f in few_rows.findings} <= {"cannot tell", "not applicable"}


def test_level_is_kept_when_errors_fall_on_all_alike():
    rng = np.random.default_rng(5)
    flagged = 0
    for _ in range(60):
        adverse = (rng.random(400) < 0.4).astype(float)
        category = np.where(rng.random(400) < 0.3, rng.integers(0, 3, 400), 2 * (1 - adverse)).astype(
            np.int64
        )
        origin = np.where(rng.random(400) < 0.4, "far", "here")
        data = dataset(
            400, category=category, y=category, adverse=adverse, sensitive=pd.DataFrame({"origin": origin})
        )
        flagged += any(f.verdict == "flag" for f in run(case(data)).findings)
    # Binomial(60, 0.05): 8 or more has a chance of 1 %.
    assert flagged <= 7


def test_few_people_at_risk_are_few_in_a_large_group():
    found = run(case(confused((100, 4, 0, 4), (50, 50, 50, 50)))).findings
    missed = [f for f in found if f.effect.metric == "missed adverse rate"]
    assert {(f.verdict, f.n) for f in missed} == {("cannot tell", (4, 100))}
    assert {f.n for f in found if f not in missed} == {(104, 100)}
