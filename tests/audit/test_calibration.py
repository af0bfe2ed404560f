from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.calibration import Calibration
from scs_ml.core import Forecast
from tests.audit.cases import by_group, case, dataset, few, pilot
from tests.audit.test_error_rates import compas  # noqa: F401 - a fixture


def run(of, level=0.05):
    return Calibration().run(of, level=level, seed=0)


def scored(cells):
    """People by (origin, category, how many, how many of them adverse)."""
    origin, category, adverse = [], [], []
    for name, code, n, bad in cells:
        origin += [name] * n
        category += [code] * n
        adverse += [1.0] * bad + [0.0] * (n - bad)
    codes = np.array(category)
    frame = pd.DataFrame({"origin": origin})
    return dataset(len(codes), category=codes, y=codes, adverse=np.array(adverse), sensitive=frame)


CELLS = [("far", 0, 100, 60), ("far", 1, 300, 90), ("here", 0, 200, 100), ("here", 1, 200, 40)]


def test_direct_standardisation_by_hand():
    finding = by_group(run(case(scored(CELLS))).findings)["far"]
    # The reference's shares, 1/2 and 1/5, at far's own quarter and three quarters; far itself has 150 of 400.
    expected = 0.25 * 0.5 + 0.75 * 0.2
    assert finding.effect.value == pytest.approx(150 / 400 - expected)
    assert finding.evidence[0].values["expected"] == pytest.approx(expected)
    assert finding.verdict == "flag"
    # The textbook variance of a standardised difference, cell by cell.
    variance = 0.25**2 * (0.24 / 100 + 0.25 / 200) + 0.75**2 * (0.21 / 300 + 0.16 / 200)
    half = (finding.effect.high - finding.effect.low) / 2
    assert half == pytest.approx(1.96 * variance**0.5, rel=0.05)


def test_two_groups_alike_within_categories_are_not_flagged_however_their_categories_differ():
    cells = [("far", 0, 900, 450), ("far", 1, 100, 20), ("here", 0, 100, 50), ("here", 1, 900, 180)]
    finding = by_group(run(case(scored(cells))).findings)["far"]
    assert finding.effect.value == pytest.approx(0.0)
    assert finding.verdict == "cannot tell"


def test_categories_without_a_reference_are_left_out_and_counted():
    finding = by_group(run(case(scored([*CELLS, ("far", 2, 50, 50)]))).findings)["far"]
    assert finding.evidence[0].values["rows left out"] == 50
    assert finding.effect.value == pytest.approx(150 / 400 - 0.275)


def test_table_of_shares_within_categories():
    (table,) = run(case(scored(CELLS))).tables
    row = next(r for r in table.rows if r[:2] == ("origin = far", "bad"))
    assert row[2:5] == (100, 60, 0.6)
    assert row[5] < 0.6 < row[6]
    assert next(r for r in table.rows if r[:2] == ("origin = far", "good"))[2:] == (0, 0, None, None, None)


def test_compas_shows_calibration_near_parity_between_races(compas):  # noqa: F811
    finding = by_group(run(compas[0]).findings)["African-American"]
    assert abs(finding.effect.value) < 0.05
    assert finding.verdict == "cannot tell"


def forecasts(n, shift, seed=0):
    """Probabilities that are right for people from here and `shift` too kind to those from far."""
    rng = np.random.default_rng(seed)
    origin = np.where(rng.random(n) < 0.4, "far", "here")
    adverse = rng.uniform(0.2, 0.6, n)
    y = (rng.random(n) >= adverse + shift * (origin == "far")).astype(np.int64) * 2
    data = dataset(n, category=y, y=y, sensitive=pd.DataFrame({"origin": origin}))
    p = np.column_stack([adverse, np.zeros(n), 1 - adverse])
    return case(data, forecast=Forecast(y, 1 - adverse, "forecaster", "by hand", probabilities=p))


def test_probabilities_observed_minus_forecast():
    result = run(forecasts(4_000, 0.15))
    finding = by_group(result.findings, boundary=0)["far"]
    assert finding.verdict == "flag"
    assert finding.effect.value == pytest.approx(0.15, abs=0.05)
    rows = [r for r in result.tables[0].rows if r[:2] == ("origin = far", "bad | middling")]
    assert len(rows) == 10
    assert all(r[6] <= r[5] <= r[7] for r in rows)
    assert sum(r[2] for r in rows) == finding.n[0]


def test_level_is_kept_for_calibrated_probabilities():
    flagged = sum(
        any(f.verdict == "flag" for f in run(forecasts(500, 0.0, seed)).findings) for seed in range(60)
    )
    assert flagged <= 7  # Binomial(60, 0.05): 8 or more has a chance of 1 %


def test_thirty_rows_cannot_tell():
    of = forecasts(30, 0.15)
    assert {f.verdict for f in run(of).findings} == {"cannot tell"}
    assert {f.verdict for f in run(few(case(scored(CELLS)))).findings} <= {"not applicable", "cannot tell"}


def test_not_applicable_without_probabilities_or_outcome():
    (finding,) = run(pilot()).findings
    assert finding.verdict == "not applicable"
    assert "outcome" in finding.next_step
    (lonely,) = run(case(scored(CELLS[:2]))).findings
    assert "two groups" in lonely.evidence[0].statement
    nobody = scored(CELLS)
    nobody.adverse[:] = np.nan
    (unrecorded,) = run(case(nobody)).findings
    assert unrecorded.verdict == "not applicable"
