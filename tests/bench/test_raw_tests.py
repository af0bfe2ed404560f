from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scs_ml.bench.raw_tests import STATISTICS, energy_ratio, group_auc, raw_statistics
from tests.audit.cases import case, dataset, explanation, scheme


def two_groups(n=400, gap=0.0, seed=0, **changes):
    rng = np.random.default_rng(seed)
    far = np.arange(n) % 2 == 0
    values = rng.standard_normal((n, 2)) - np.outer(far, [0.0, gap])
    data = dataset(
        n,
        X=pd.DataFrame(values, columns=["debts", "reports"]),
        sensitive=pd.DataFrame({"origin": np.where(far, "far", "here")}),
        score=values.sum(axis=1),
    )
    return case(replace(data, **changes), explanation=explanation(values)), values, far


def test_gaps_are_welch_tests_with_bonferroni():
    of, values, far = two_groups(gap=0.3)
    found = raw_statistics(of)
    p = stats.ttest_ind(values[far].sum(axis=1), values[~far].sum(axis=1), equal_var=False).pvalue
    assert found["outcome_gap"] == pytest.approx(-np.log10(p), rel=0.02)
    p = stats.ttest_ind(values[far], values[~far], equal_var=False).pvalue.min()
    assert found["shap_gap"] == pytest.approx(-np.log10(2 * p), rel=0.02)


def test_gaps_know_families():
    of, values, _far = two_groups(gap=0.3)
    # Pairs of a family say the same thing twice: half as much is known.
    twice = np.repeat(np.arange(400), 2)
    doubled = replace(of.dataset.take(twice), subject=np.arange(800).astype(str).astype(object))
    explained = explanation(values[twice])
    alone = raw_statistics(case(doubled, explanation=explained))
    family = raw_statistics(case(replace(doubled, family=twice.astype(str)), explanation=explained))
    once = raw_statistics(of)
    for name in ("outcome_gap", "shap_gap"):
        assert family[name] == pytest.approx(once[name], rel=0.03) and alone[name] > 1.5 * once[name]


def test_energy_ratio_by_hand():
    # 0, 0 against 1, 1: distance 2, times 2 * 2 / 4, over a mean distance of 4 / 6 between any two people.
    apart = np.array([True, True, False, False])
    assert energy_ratio([[0.0], [0.0], [1.0], [1.0]], apart, ~apart) == pytest.approx(3)
    assert np.isnan(energy_ratio(np.ones((4, 1)), apart, ~apart))


def test_energy_ratio_averages_one_over_all_ways_to_part_a_sample():
    values = np.random.default_rng(0).standard_normal((8, 1))
    ratios = []
    for chosen in combinations(range(8), 3):
        members = np.isin(np.arange(8), chosen)
        ratios.append(energy_ratio(values, members, ~members))
    assert np.mean(ratios) == pytest.approx(1)


def test_energy_ratio_leaves_others_out():
    values = np.random.default_rng(0).standard_normal((30, 3))
    members, others = np.arange(30) < 8, (np.arange(30) >= 8) & (np.arange(30) < 20)
    kept = energy_ratio(values[:20], members[:20], others[:20])
    assert energy_ratio(values, members, others) == pytest.approx(kept)


def test_two_sample_test_sees_what_no_mean_shows():
    rng = np.random.default_rng(1)
    of, values, far = two_groups(n=1_000)
    spread = values * np.where(far, 2.0, 1.0)[:, None] * np.sign(rng.standard_normal((1_000, 1)))
    seen = raw_statistics(replace(of, explanation=explanation(spread)))
    assert seen["shap_two_sample"] > 3 * raw_statistics(of)["shap_two_sample"] and seen["shap_gap"] < 1.3


def test_area_under_the_curve_by_hand():
    half = np.array([True, True, False, False] * 2)
    members = np.arange(8) < 4
    area, error = group_auc([[4.0], [5.0], [4.0], [5.0], [1.0], [2.0], [1.0], [2.0]], members, ~members, half)
    assert area == 1 and error == 0
    # In each half the members are 1 and 3, the others 0 and 2: three of four pairs are in order.
    mixed = [[1.0], [3.0], [1.0], [3.0], [0.0], [2.0], [0.0], [2.0]]
    area, error = group_auc(mixed, members, ~members, half)
    assert area == pytest.approx(0.75)
    q1, q2 = 0.75 / 1.25, 2 * 0.75**2 / 1.75
    by_hand = (0.75 * 0.25 + 3 * (q1 - 0.75**2) + 3 * (q2 - 0.75**2)) / 16
    assert error == pytest.approx(np.sqrt(by_hand))
    assert np.isnan(group_auc(mixed, members, ~members, np.ones(8, dtype=bool))).all()


def test_proxy_area_grows_with_what_the_inputs_tell():
    level = raw_statistics(two_groups(n=2_000)[0])
    told = raw_statistics(two_groups(n=2_000, gap=1.0)[0])
    # Two normals one standard deviation apart: Phi(1 / sqrt 2) = .760; standard errors are about .011.
    assert abs(level["proxy_auc"] - 0.5) < 0.04 and level["proxy_auc_low"] < 0.5
    assert abs(told["proxy_auc"] - 0.760) < 0.04
    assert told["proxy_auc_low"] == pytest.approx(told["proxy_auc"] - 1.96 * 0.0107, abs=0.002)


def test_inputs_may_be_levels_or_missing():
    of, _values, far = two_groups(n=400)
    place = pd.Categorical(np.where(far, "north", "south"), categories=["north", "south"])
    frame = pd.DataFrame({"place": place, "debts": np.nan, "reports": np.where(far, np.nan, 1.0)})
    assert raw_statistics(replace(of, dataset=replace(of.dataset, X=frame)))["proxy_auc"] == 1
    bare = replace(of, dataset=replace(of.dataset, X=frame[[]]))
    assert np.isnan(raw_statistics(bare)["proxy_auc"])


def test_nothing_to_test_is_no_number():
    of, _values, _ = two_groups()
    nobody = replace(of, dataset=replace(of.dataset, sensitive=pd.DataFrame(index=range(400))))
    assert set(raw_statistics(nobody)) == set(STATISTICS)
    assert all(np.isnan(x) for x in raw_statistics(nobody).values())
    unexplained = raw_statistics(replace(of, explanation=None))
    assert np.isnan([unexplained["shap_gap"], unexplained["shap_two_sample"]]).all()
    assert unexplained["outcome_gap"] == raw_statistics(of)["outcome_gap"]
    unscored = replace(of, forecast=replace(of.forecast, score=np.full(400, np.nan)))
    assert np.isnan(raw_statistics(unscored)["outcome_gap"])


def test_intersections_are_among_the_groups():
    rng = np.random.default_rng(0)
    n = 800
    sensitive = pd.DataFrame({"origin": rng.choice(["far", "here"], n), "sex": rng.choice(["f", "m"], n)})
    both = (sensitive["origin"] == "far") == (sensitive["sex"] == "f")  # no gap by either attribute alone
    attributes = [{"name": "origin", "reference": "here"}, {"name": "sex", "reference": "m"}]
    data = dataset(n, sensitive=sensitive, score=rng.standard_normal(n) - both.to_numpy())
    crossed = scheme(sensitive=attributes, audit={"intersections": [["origin", "sex"]]})
    assert raw_statistics(case(data, crossed))["outcome_gap"] > 5
    assert raw_statistics(case(data, scheme(sensitive=attributes)))["outcome_gap"] < 1.3


def test_the_latest_row_of_each_subject_counts():
    of, values, _ = two_groups(gap=0.5)
    rows = np.tile(np.arange(400), 2)
    panel = replace(of.dataset.take(rows), period=np.repeat([1, 0], 400), periods=("a", "b"))
    panel = replace(panel, score=np.concatenate([of.dataset.score, np.zeros(400)]))
    shown = explanation(np.concatenate([values, np.zeros_like(values)]))
    assert raw_statistics(case(panel, explanation=shown)) == pytest.approx(raw_statistics(of))
