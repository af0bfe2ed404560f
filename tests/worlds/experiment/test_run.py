"""The experiment as a whole: same answer by seed and whatever the workers, groups alone, wrongs compound."""

from __future__ import annotations

import re
from dataclasses import astuple, fields, replace
from math import isfinite

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import Figure, Policy, WorldSettings, answer_sentences, run_experiment
from scs_ml.worlds.experiment.living import live
from scs_ml.worlds.experiment.measures import MEASURES, groups_of, measure
from scs_ml.worlds.experiment.replicate import replicate_seed, with_seed
from scs_ml.worlds.start import start

SMALL = WorldSettings(n_people=600, n_periods=5, seed=0, mechanisms={"over_policing": 0.3})
GAP = "minority=yes less minority=no"


@pytest.fixture(scope="module")
def result():
    policies = [Policy(feedback=1), Policy(feedback=1, cross_domain=False), Policy(listing=False)]
    return run_experiment(SMALL, policies, replicates=3, draws=40)


@pytest.fixture(scope="module")
def harsh():
    """Restrictions without deterrence, where one group's acts are over-recorded."""
    return run_experiment(
        WorldSettings(n_people=1500, n_periods=11, seed=0, mechanisms={"over_policing": 0.5}),
        [Policy(feedback=f, deterrence=0) for f in (1, 2)],
        replicates=12,
        draws=60,
    )


def as_text(result):
    return repr([astuple(f) for f in result.figures])


def test_the_same_seed_gives_the_same_figures_whatever_the_workers():
    policies = [Policy(feedback=1)]
    one, two, same = (run_experiment(SMALL, policies, replicates=4, draws=40, workers=n) for n in (1, 2, 1))
    assert as_text(one) == as_text(two) == as_text(same)
    other = run_experiment(replace(SMALL, seed=1), policies, replicates=4, draws=40)
    assert as_text(one) != as_text(other)


def test_replicates_have_seeds_of_their_own():
    seeds = {replicate_seed(seed, number) for seed in range(20) for number in range(50)}
    assert len(seeds) == 1000 and all(0 <= seed < 2**64 for seed in seeds)


def test_a_figure_is_the_mean_over_counties_and_its_change_is_paired():
    policy = Policy(feedback=1)
    here, there = [], []
    for number in range(3):
        begun = start(with_seed(SMALL, number))
        _, members = groups_of(begun.county.population, "minority")
        for told, each in ((here, policy), (there, policy.static)):
            score = live(begun, each).score[:, -1]
            told.append(score[members[0]].mean() - score[members[1]].mean())
    run = run_experiment(SMALL, [policy], replicates=3, draws=40)
    found = next(run.find(policy=policy.label, model="people", measure="mean score", group=GAP, period=4))
    assert found.value == pytest.approx(np.mean(here))
    changes = np.subtract(here, there)
    assert found.change == pytest.approx(changes.mean())
    # Student's 97.5 % quantile at 2 degrees of freedom.
    half = 4.302653 * changes.std(ddof=1) / np.sqrt(3)
    assert found.change_high - found.change == pytest.approx(half)


def test_every_policy_is_held_against_its_static_self(result):
    labels = {f.policy for f in result.figures}
    assert {p.label for p in result.policies} | {p.static.label for p in result.policies} == labels
    for each in result.figures:
        assert (each.change is None) == each.policy.startswith("feedback 0,")
    still = [f.value for f in result.find(measure="mean score", model="people", group=GAP)]
    at_zero = [
        [f.value for f in result.find(policy=p.static.label, measure="mean score", model="people", group=GAP)]
        for p in result.policies
    ]
    assert len(still) == 6 * 5 and at_zero[0] == at_zero[1] == at_zero[2]


def test_in_the_first_period_nothing_has_changed(result):
    for each in result.find(model="people", measure="mean score", period=0):
        assert each.change in (None, 0.0)


def test_shares_are_shares(result):
    for each in result.figures:
        if each.measure not in ("mean score", "quarters on the list") and " less " not in each.group:
            known = [v for v in (each.low, each.value, each.high) if isfinite(v)]
            assert all(-1e-12 <= v <= 1 + 1e-12 for v in known) and known == sorted(known)


def test_listed_ever_grows_and_is_at_least_the_listed(result):
    for value in result.groups:
        told = {
            name: [f.value for f in result.find(policy=result.policies[0].label, measure=name, model="people",
                                                group=result.named(value))]
            for name in ("listed", "listed ever", "listed without cause")
        }  # fmt: skip
        assert (np.diff(told["listed ever"]) >= 0).all()
        assert (np.array(told["listed ever"]) >= np.array(told["listed"]) - 1e-12).all()
        assert (np.array(told["listed"]) >= np.array(told["listed without cause"])).all()


def test_restrictions_compound_what_is_over_recorded(harsh):
    """More feedback, a gap no smaller: both changes lie below zero, with their intervals, and so by steps."""
    for model in ("people", "flow"):
        found = [
            next(harsh.find(policy=p.label, model=model, measure="mean score", group=GAP, period=10))
            for p in harsh.policies
        ]
        assert all(f.change_high < 0 for f in found)
        assert found[1].change < found[0].change
    worst = [
        next(harsh.find(policy=p.label, model="people", measure="in category 0", group=GAP, period=10))
        for p in harsh.policies
    ]
    assert all(f.change > 0 for f in worst)


def test_both_models_tell_the_same_story(harsh):
    table = harsh.as_tables()[0]
    at_ten = [row for row in table.rows if row[3] == 10 and row[1] != "listed"]
    apart = [row for row in at_ten if row[-1] == "yes"]
    assert len(at_ten) == 3 * 2 * 3
    assert len(apart) <= 3


def test_sentences_answer_the_question(harsh):
    said = answer_sentences(harsh)
    assert len(said) == 2 * (2 + 2) + 1
    assert said[0].startswith(
        "After 10 quarters (feedback 1, list, all areas), the gap between minority=yes and minority=no "
        "in mean score is -"
    )
    assert "without the score's feedback it would be" in said[0] and "Feedback's own part is -" in said[0]
    assert "have been on the list by then" in said[2] and "A listing lasts" in said[2]


def test_sentences_of_a_policy_without_list_or_feedback():
    calm = run_experiment(SMALL, [Policy(feedback=0, listing=False)], replicates=3, draws=40)
    said = answer_sentences(calm)
    assert len(said) == 3 and "feedback it would be" not in said[0]


def test_nothing_of_a_person_comes_out(result):
    """No field, cell or sentence holds a name, an id or an array as long as a county."""
    kinds = {f.name: f.type for f in fields(Figure)}
    words = {"policy", "model", "measure", "group"}
    numbers = {"value", "low", "high", "change", "change_low", "change_high"}
    assert set(kinds) == words | numbers | {"period"}
    assert {f.policy for f in result.figures} <= {
        each.label for policy in result.policies for each in (policy, policy.static)
    }
    assert {f.measure for f in result.figures} <= {*MEASURES, "quarters on the list", "back above category 0"}
    groups = {"minority=yes", "minority=no", GAP}
    assert {f.group for f in result.figures} == groups
    cells = [cell for table in result.as_tables() for row in table.rows for cell in row]
    text = " ".join([*(cell for cell in cells if isinstance(cell, str)), *answer_sentences(result)])
    assert not re.search(r"\b[pf]\d{6}\b|informant-|\b[0-9a-f]{16}\b|\bd\d\d\b", text)
    assert all(cell is None or isinstance(cell, str | int | float) for cell in cells)


def test_tables_are_five_and_whole(result):
    tables = {table.name: table for table in result.as_tables()}
    assert list(tables) == ["comparison", "gaps", "groups", "spells", "policies"]
    for table in tables.values():
        assert table.rows and {len(row) for row in table.rows} == {len(table.columns)}
        assert all(cell == cell for row in table.rows for cell in row)  # noqa: PLR0124 - no NaN
    assert len(tables["groups"].rows) == 2 * tables["gaps"].rows.__len__()


@pytest.mark.parametrize(
    "change, told",
    [
        ({"policies": []}, "policy"),
        ({"attribute": "illness"}, "illness"),
        ({"replicates": 2}, "replicates"),
        ({"draws": 5}, "draws"),
        ({"settings": replace(SMALL, n_periods=1)}, "one period"),
        ({"policies": [Policy(), Policy(jobs=0.3)]}, "coefficients alone"),
        ({"policies": [Policy(), Policy(feedback=0.5, minimum_stay=8)]}, "coefficients alone"),
        ({"settings": WorldSettings(n_people=60, n_periods=3)}, "the least that is measured"),
    ],
)
def test_what_cannot_be_run_is_refused(change, told):
    given = {"settings": SMALL, "policies": [Policy()], "attribute": "minority"} | change
    settings, policies = given.pop("settings"), given.pop("policies")
    with pytest.raises(ScsError, match=told):
        run_experiment(settings, policies, **given)


def test_a_world_has_no_other_attributes():
    with pytest.raises(ScsError, match="no attribute 'income'"):
        groups_of(start(SMALL).county.population, "income")


def test_measures_by_hand():
    """Three figures, from people looked at one by one."""
    begun = start(replace(SMALL, seed=9))
    lived = live(begun, Policy(feedback=2))
    _, members = groups_of(begun.county.population, "sex")
    found = dict(zip(MEASURES, measure(begun, lived, members).series, strict=True))
    women = np.flatnonzero(members[0])
    last = -1
    assert found["in category 0"][0, last] == pytest.approx(
        sum(lived.score[i, last] < 600 for i in women) / len(women)
    )
    ever = sum(any(lived.listed[i] > 0) for i in women) / len(women)
    assert found["listed ever"][0, last] == pytest.approx(ever)
    refused = [i for i in women if lived.no_credit[i, last] and not lived.true["unpaid_debts"][i, -8:].any()]
    assert found["credit closed without debt"][0, last] == pytest.approx(len(refused) / len(women))
