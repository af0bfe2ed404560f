"""What other tools say of small tables whose rates are worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from scs_ml.bench.rival_cells import cells
from scs_ml.bench.rival_intervals import _exchanged, _lower_limit, vfairness_verdict
from scs_ml.bench.rivals import ANY_BOUNDARY, RULES, rival_flags, rival_results
from tests.audit.cases import case, dataset, explanation

HERE, FAR = [[30, 10], [12, 48]], [[18, 2], [12, 18]]  # by outcome, then decision; worse first
# Selected 58 of 100 and 20 of 50; true-positive rates .8 and .6, false-positive rates .25 and .1.


def counted(groups, *, outcomes=True, **changes):
    """A case of confusion tables by group; favourable is the best of three categories, at both boundaries."""
    rows = [
        (group, 2 * outcome, 2 * decision)
        for group, table in groups.items()
        for outcome in (0, 1)
        for decision in (0, 1)
        for _ in range(table[outcome][decision])
    ]
    labels, outcome, decision = (np.array(column) for column in zip(*rows, strict=True))
    data = dataset(
        len(rows),
        category=decision,
        y=outcome if outcomes else np.full(len(rows), -1),
        sensitive=pd.DataFrame({"origin": labels}),
    )
    return case(replace(data, **changes))


def numbers(of, rule, boundary=0):
    return {r.metric: r for r in rival_results(of) if r.rule == rule and r.boundary == boundary}


def test_fairlearn_by_hand():
    of = counted({"here": HERE, "far": FAR})
    ratio = numbers(of, "fairlearn_four_fifths")["demographic_parity_ratio"]
    assert ratio.value == pytest.approx(0.40 / 0.58) and ratio.flagged and ratio.group == "origin"
    spans = numbers(of, "fairlearn_difference")
    assert spans["demographic_parity_difference"].value == pytest.approx(0.18)
    assert spans["equalized_odds_difference"].value == pytest.approx(0.20)
    assert all(r.flagged and r.threshold == 0.1 for r in spans.values())


def test_aif360_by_hand():
    found = numbers(counted({"here": HERE, "far": FAR}), "aif360")
    by_hand = {
        "disparate_impact": 0.40 / 0.58,
        "statistical_parity_difference": -0.18,
        "equal_opportunity_difference": -0.20,
        "average_odds_difference": -0.175,
    }
    assert {name: r.value for name, r in found.items()} == pytest.approx(by_hand)
    assert {r.group for r in found.values()} == {"origin = far"} and all(r.flagged for r in found.values())


def test_aequitas_by_hand():
    of = counted({"here": HERE, "far": FAR})
    by_hand = {
        "pprev_disparity": 0.40 / 0.58,
        "fpr_disparity": 0.10 / 0.25,
        "fdr_disparity": (2 / 20) / (10 / 58),
        "for_disparity": (12 / 30) / (12 / 42),
        "fnr_disparity": 0.40 / 0.20,
    }
    found = numbers(of, "aequitas")
    assert {name: r.value for name, r in found.items()} == pytest.approx(by_hand)
    assert all(r.flagged for r in found.values())
    assert numbers(of, "aequitas_ppr")["ppr_disparity"].value == pytest.approx(20 / 58)


def test_vfairness_report_by_hand():
    found = numbers(counted({"here": HERE, "far": FAR}), "vfairness_report")
    by_hand = {
        "demographic_parity_difference": 0.18,
        "demographic_parity_ratio": 0.40 / 0.58,
        "equalized_odds_difference": 0.20,
        "equal_opportunity_difference": 0.20,
        "predictive_parity_difference": 18 / 20 - 48 / 58,
    }
    assert {name: r.value for name, r in found.items()} == pytest.approx(by_hand)
    assert all(r.flagged for r in found.values())


def test_equal_rates_flag_nothing_but_shares_of_all_decisions():
    of = counted({"here": HERE, "far": [[15, 5], [6, 24]]})  # half of each cell
    flagged = {rule for rule, flag in rival_flags(of).items() if flag}
    assert flagged == {"aequitas_ppr", "aequitas_ppr" + ANY_BOUNDARY}


def test_a_gap_on_the_threshold_does_not_pass_it():
    of = counted({"here": [[20, 80], [0, 0]], "far": [[15, 35], [0, 0]]}, outcomes=False)  # .8 and .7
    assert rival_results(of)[1].value > 0.1  # binary fractions
    assert not rival_flags(of)["fairlearn_difference"] and not rival_flags(of)["aif360"]


def test_without_outcomes_only_decisions_are_judged():
    of = counted({"here": HERE, "far": FAR}, outcomes=False)
    assert {r.metric for r in rival_results(of)} == {
        "demographic_parity_ratio",
        "demographic_parity_difference",
        "disparate_impact",
        "statistical_parity_difference",
        "pprev_disparity",
        "ppr_disparity",
    }


def test_an_independent_outcome_comes_before_the_category():
    of = counted({"here": HERE, "far": FAR})
    adverse = np.where(of.dataset.y == 2, 0.0, 1.0)
    assert rival_results(replace(of, dataset=replace(of.dataset, adverse=adverse))) == rival_results(of)
    turned = replace(of, dataset=replace(of.dataset, adverse=1 - adverse))
    assert_allclose(cells(turned)[0].tpr, [0.1, 0.25])  # far, here: outcomes change places


def test_flags_at_the_main_boundary_and_at_any():
    labels = np.repeat(["here", "far"], 100)
    category = np.concatenate([np.repeat([1, 2], 50), np.repeat([1, 2], [90, 10])])  # all above the first
    of = case(dataset(200, category=category, y=category, sensitive=pd.DataFrame({"origin": labels})))
    flags = rival_flags(of)
    assert set(flags) == set(RULES) | {rule + ANY_BOUNDARY for rule in RULES}
    for rule in ("fairlearn_four_fifths", "fairlearn_difference", "aif360", "aequitas", "vfairness_report"):
        assert not flags[rule] and flags[rule + ANY_BOUNDARY]
    scale = of.scheme.scale.model_copy(update={"society_boundary": 1})
    moved = replace(of, scheme=of.scheme.model_copy(update={"scale": scale}))
    assert rival_flags(moved)["fairlearn_difference"]


def test_unknown_membership_is_in_no_group_and_situations_are_groups():
    of = counted({"here": HERE, "far": FAR, "unknown": [[0, 0], [0, 40]]})
    assert {r.group for r in rival_results(of)} == {"origin", "origin = far"}
    ill = pd.DataFrame({"illness": np.arange(len(of.dataset)) % 2 == 0})
    groups = {r.group for r in rival_results(replace(of, dataset=replace(of.dataset, situations=ill)))}
    assert groups == {"origin", "origin = far", "illness", "illness = yes"}


def test_each_subject_counts_once_in_the_latest_row():
    twice = counted({"here": HERE, "far": FAR})
    n = len(twice.dataset)
    rows = np.tile(np.arange(n), 2)
    panel = replace(twice.dataset.take(rows), period=np.repeat([1, 0], n), periods=("a", "b"))
    before = np.where(np.arange(2 * n) < n, panel.category, 2)  # everybody was favoured in the first period
    assert rival_results(case(replace(panel, category=before))) == rival_results(twice)


@pytest.mark.parametrize("sensitive", [{}, {"origin": "here"}])
def test_one_group_or_none_is_judged_by_no_tool(sensitive):
    of = case(dataset(40, sensitive=pd.DataFrame(sensitive, index=range(40))))
    assert rival_results(of) == () and not any(rival_flags(of).values())


def test_a_group_without_known_outcomes_has_no_error_rate():
    of = counted({"here": HERE, "far": FAR})
    y = np.where(of.dataset.sensitive["origin"] == "far", -1, of.dataset.y)
    found = numbers(replace(of, dataset=replace(of.dataset, y=y)), "fairlearn_difference")
    assert found["equalized_odds_difference"].value == 0 and not found["equalized_odds_difference"].flagged
    assert np.isnan(numbers(replace(of, dataset=replace(of.dataset, y=y)), "aequitas")["fpr_disparity"].value)


def test_vfairness_leaves_small_groups_out():
    of = counted({"here": HERE, "far": [[29, 0], [0, 0]]})
    assert not numbers(of, "vfairness_report") and not numbers(of, "vfairness_verdict")
    assert numbers(of, "fairlearn_difference")["demographic_parity_difference"].value == pytest.approx(0.58)


def test_verdict_is_unfair_only_where_the_whole_interval_passes():
    wide = counted({"here": [[10, 90], [0, 0]], "far": [[90, 10], [0, 0]]}, outcomes=False)
    limit = numbers(wide, "vfairness_verdict")["demographic_parity_difference"]
    # .8 less 1.96 standard errors of sqrt(2 * .09 / 100)
    assert limit.value == pytest.approx(0.8 - 1.96 * 0.0424, abs=0.012) and limit.flagged
    narrow = counted({"here": [[40, 60], [0, 0]], "far": [[58, 42], [0, 0]]}, outcomes=False)
    limit = numbers(narrow, "vfairness_verdict")["demographic_parity_difference"]
    assert limit.value == pytest.approx(0.18 - 1.96 * 0.0696, abs=0.015) and not limit.flagged
    assert rival_flags(narrow)["vfairness_report"] and not rival_flags(narrow)["vfairness_verdict"]


def test_verdict_is_cautious_where_exchanged_labels_do_as_much():
    # Fifteen groups of 30 at one half span 3.5 standard deviations of .09 by chance alone: .32.
    rates = [11, 12, 13, 13, 14, 14, 15, 15, 15, 16, 16, 17, 17, 18, 19]
    of = counted({f"g{i:02}": [[30 - r, r], [0, 0]] for i, r in enumerate(rates)}, outcomes=False)
    assert numbers(of, "vfairness_verdict")["demographic_parity_difference"].value == 0
    assert not rival_flags(of)["vfairness_verdict"] and rival_flags(of)["vfairness_report"]


def test_verdict_takes_the_plain_interval_where_no_exchange_comes_near_zero():
    # Three hundred groups of 100 at one half: exchanged labels span about .29, never near nothing.
    rng = np.random.default_rng(0)
    rates = rng.binomial(100, 0.5, size=300)

    def span(tables):
        return np.ptp(tables[..., 1] / 100, axis=-1)

    limit = _lower_limit(np.column_stack([100 - rates, rates]), span, rng)
    assert limit > np.ptp(rates) / 100 - 0.05  # and not 0


def test_a_seed_settles_the_resampling():
    of = counted({"here": [[140, 860], [0, 0]], "far": [[430, 573], [0, 0]]}, outcomes=False)
    assert rival_results(of, seed=5) == rival_results(of, seed=5)
    limits = {next(vfairness_verdict(cells(of)[0], np.random.default_rng(seed))).value for seed in range(8)}
    assert len(limits) > 1


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=4))
def test_exchanged_labels_keep_both_margins(rows):
    table = np.array(rows, dtype=np.int64)
    drawn = _exchanged(table, np.random.default_rng(0))
    assert (drawn >= 0).all()
    assert (drawn.sum(axis=2) == table.sum(axis=1)).all() and (drawn.sum(axis=1) == table.sum(axis=0)).all()


def test_exchanged_labels_are_hypergeometric():
    drawn = _exchanged(np.array([[30, 0], [0, 70]]), np.random.default_rng(0))[:, 0, 0]
    # 30 of 100 drawn from 30 marked: mean 9, variance 30 * .3 * .7 * 70 / 99; four standard errors of 199
    assert abs(drawn.mean() - 9) < 4 * np.sqrt(30 * 0.3 * 0.7 * 70 / 99 / 199)


def test_proxy_scores_by_hand():
    labels = np.array(["here", "here", "far", "far"])
    data = dataset(4, sensitive=pd.DataFrame({"origin": labels}))
    values = [[1.0, 0.0], [3.0, 0.5], [0.0, 0.0], [0.0, 0.0]]  # mean gaps 2 and .25
    of = case(data, explanation=explanation(values))
    found = {r.indicator: r for r in rival_results(of) if r.rule == "vfairness_proxy"}
    assert found["debts"].value == pytest.approx(8 / 9) and found["debts"].flagged
    assert found["reports"].value == pytest.approx(1 / 9) and not found["reports"].flagged
    assert rival_flags(of)["vfairness_proxy"]
    flat = case(data, explanation=explanation(np.ones((4, 2))))
    assert not rival_flags(flat)["vfairness_proxy"]
    apart = case(data, explanation=explanation(values[:2], rows=[0, 1]))  # nobody of one side is explained
    assert not [r for r in rival_results(apart) if r.rule == "vfairness_proxy"]
