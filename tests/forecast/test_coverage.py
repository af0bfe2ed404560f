from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scs_ml.core import Forecast
from scs_ml.exceptions import ScsError
from scs_ml.forecast import coverage_table, fit_sets
from scs_ml.forecast.coverage import BY_ITSELF, CONDITIONED, MORE_ROWS, NOT_SHOWN, ONE_THRESHOLD
from scs_ml.inference import share_interval


def forecast_of(p, rule, labels=None):
    return Forecast(
        p.argmax(axis=1), p[:, 0], "forecaster", "made up", p, rule.sets(p, labels), 0.9, rule, labels
    )


def two_kinds(n, seed, *, wrong=(0.05, 0.4)):
    """Sure and unsure forecasts that look alike: category 0 at 0.8, wrong as often as each kind is."""
    generator = np.random.default_rng(seed)
    kind = np.arange(n) % 2
    p = np.tile([0.8, 0.15, 0.05], (n, 1))
    miss = generator.random(n) < np.asarray(wrong)[kind]
    return p, np.where(miss, generator.choice([1, 2], n), 0), kind


def blurred(n, seed):
    """Forecasts of six categories: right in one half of the rows, much too sure in the other."""
    generator = np.random.default_rng(seed)
    kind = np.arange(n) % 2
    place = generator.uniform(0, 5, n)
    weights = np.exp(-((np.arange(6) - place[:, None]) ** 2))
    y = np.rint(place + generator.normal(0, np.where(kind == 1, 1.3, 0.6))).clip(0, 5).astype(int)
    return weights / weights.sum(axis=1, keepdims=True), y, kind


def test_coverage_by_hand():
    p = np.array([[0.7, 0.2, 0.1]] * 4)
    rule = fit_sets(p, [0, 0, 1, 2], coverage=0.5)  # scores 0.7 0.7 0.9 1: the third of four
    forecast = forecast_of(p, rule)
    assert forecast.sets.tolist() == [[0, 1]] * 4
    table = coverage_table(forecast, [0, 1, 2, -1], ["a", "a", "b", "b"])
    assert table[["group", "n", "covered", "size"]].to_numpy().tolist() == [
        ["a", 2, 1.0, 2.0],
        ["b", 1, 0.0, 2.0],
    ]
    assert table[["shortfall", "needs"]].isna().all(axis=None)
    assert (table["closes"] == "").all()


def test_the_interval_is_that_of_the_clusters():
    p, y, kind = two_kinds(1200, 0)
    forecast = forecast_of(p, fit_sets(p, y))
    family = np.arange(1200) // 4
    table = coverage_table(forecast, y, np.full(1200, "all"), family, confidence=0.9)
    hit = (forecast.sets[:, 0] <= y) & (y <= forecast.sets[:, 1])
    low, high = share_interval(hit, family, confidence=0.9)
    assert table[["low", "high"]].to_numpy().tolist() == [[low[0], high[0]]]
    assert len(kind) == table["n"][0]


def test_conditioning_closes_what_one_threshold_leaves_open():
    p, y, kind = two_kinds(8000, 1, wrong=(0.02, 0.3))
    strata, half = np.where(kind == 1, "unsure", "sure"), 4000
    rule = fit_sets(p[:half], y[:half], strata[:half])
    forecast = forecast_of(p[half:], rule, strata[half:])
    table = coverage_table(forecast, y[half:], strata[half:]).set_index("group")
    assert table.loc["unsure", "pooled"] < 0.9 < table.loc["unsure", "high"]
    assert table.loc["unsure", "closes"] == CONDITIONED
    assert table.loc["sure", "closes"] == NOT_SHOWN
    # Without strata the group falls short, and only its own calibration would help.
    alone = coverage_table(forecast_of(p[half:], rule.without_strata()), y[half:], strata[half:]).set_index(
        "group"
    )
    assert alone.loc["unsure", "shortfall"] == pytest.approx(0.9 - alone.loc["unsure", "covered"])
    assert alone.loc["unsure", "high"] < 0.9
    assert alone.loc["unsure", "closes"] == BY_ITSELF


def test_the_level_that_a_group_needs_covers_it():
    p, y, kind = blurred(8000, 2)
    groups, half = np.where(kind == 1, "unsure", "sure"), 4000
    rule = fit_sets(p[:half], y[:half])
    table = coverage_table(forecast_of(p[half:], rule), y[half:], groups[half:]).set_index("group")
    needs = table.loc["unsure", "needs"]
    assert needs > 0.9
    unsure = kind[half:] == 1
    for level, enough in ((needs + 1e-9, True), (needs - 0.01, False)):
        low, high = rule.at(level).sets(p[half:]).T
        hit = (low <= y[half:]) & (y[half:] <= high)
        assert (hit[unsure].mean() >= 0.9) == enough


def test_few_calibration_rows_are_named_before_the_group_is():
    p, y, kind = blurred(4000, 3)
    strata = np.where(kind == 1, "unsure", "sure")
    rule = fit_sets(p[:150], y[:150], strata[:150])  # 75 rows each
    assert set(rule.too_few) == {"sure", "unsure"}
    table = coverage_table(forecast_of(p[150:], rule, strata[150:]), y[150:], strata[150:]).set_index("group")
    assert table.loc["unsure", "high"] < 0.9
    assert table.loc["unsure", "closes"] == MORE_ROWS


def test_a_stratum_calibrated_on_luckier_rows_is_named():
    p, y, kind = two_kinds(4000, 4, wrong=(0.3, 0.3))
    strata = np.where(kind == 1, "a", "b")
    rule = fit_sets(p[:2000], y[:2000], strata[:2000])
    lucky = replace(rule, by_stratum={**rule.by_stratum, "a": np.full(1000, 0.8)})
    table = coverage_table(forecast_of(p[2000:], lucky, strata[2000:]), y[2000:], strata[2000:]).set_index(
        "group"
    )
    assert table.loc["a", "closes"] == ONE_THRESHOLD


def test_sets_of_somebody_else_are_measured_without_a_rule():
    p, y, _ = two_kinds(1000, 5)
    bare = replace(forecast_of(p, fit_sets(p, y)), set_rule=None)
    table = coverage_table(bare, y, np.full(1000, "all"))
    assert table["shortfall"].notna().all()
    assert table[["pooled", "needs"]].isna().all(axis=None)
    assert (table["closes"] == "").all()


def test_without_sets_there_is_nothing_to_measure():
    with pytest.raises(ScsError, match="no sets"):
        coverage_table(Forecast(np.zeros(1, int), np.zeros(1), "existing score", "x"), [0], ["a"])
