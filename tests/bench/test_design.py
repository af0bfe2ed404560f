from collections import Counter
from dataclasses import replace

import pytest

from scs_ml.bench.design import FULL, QUICK, Counts, fingerprint, plan
from scs_ml.exceptions import ScsError
from scs_ml.worlds import DECOYS, MECHANISMS


def test_the_full_plan_has_the_worlds_that_are_asked_for():
    worlds = [each for each in plan(FULL, 0) if each.n_people == 2_000]
    counts = Counter((each.kind, each.slug) for each in worlds)
    assert counts["null", None] == 1_000
    assert all(counts["decoy", slug] == 400 for slug in DECOYS)
    assert all(counts["mechanism", slug] == 4 * 200 for slug in MECHANISMS)
    assert {each.n_people for each in plan(FULL, 0)} == {500, 2_000, 10_000}


def test_ids_and_seeds_are_all_different_and_seeds_are_far_from_those_of_development():
    worlds = plan(QUICK, 0)
    assert len({each.id for each in worlds}) == len({each.seed for each in worlds}) == len(worlds)
    assert min(each.seed for each in worlds) > 1_000_000
    assert not {each.seed for each in worlds} & {each.seed for each in plan(QUICK, 1)}


def test_nuisance_settings_are_spread_evenly_in_every_cell():
    worlds = plan(Counts(30, 0, 30, strengths=(0.1,)), 0, only=["direct_use"])
    for kind in ("null", "mechanism"):
        cell = [each for each in worlds if each.kind == kind]
        assert sorted(Counter(each.n_categories for each in cell).values()) == [10, 10, 10]
        assert Counter(each.broad for each in cell) == {True: 15, False: 15}
        assert Counter(each.model for each in cell) == {"score": 21, "logit": 6, "boosting": 3}
        shapes = [each.family_shape for each in cell]
        assert min(shapes) < 2
        assert max(shapes) > 15
    shares = sorted(each.group_share for each in worlds if each.kind == "mechanism")
    assert shares[0] < 0.03
    assert 0.2 < shares[-1] <= 0.25


def test_there_is_always_a_model_to_attack_and_a_score_has_no_lag():
    worlds = plan(Counts(30, 0, 30, strengths=(0.3,)), 3)
    assert all(each.model != "score" for each in worlds if each.slug == "explanation_attack")
    assert not any(each.lag for each in worlds if each.model == "score")
    assert {each.lag for each in worlds if each.model == "logit"} == {True, False}


def test_every_planned_world_has_settings_that_a_simulator_takes():
    for each in plan(Counts(2, 2, 2, strengths=(0.05,)), 1):
        settings = each.settings()
        assert [aim.slug for aim in settings.aims()] == ([] if each.slug is None else [each.slug])
        assert settings.disaster_rate == 0.05


def test_the_same_seed_gives_the_same_plan_and_any_change_another_fingerprint():
    worlds = plan(QUICK, 5)
    assert worlds == plan(QUICK, 5)
    changed = (replace(worlds[0], broad=not worlds[0].broad), *worlds[1:])
    assert len({fingerprint(worlds), fingerprint(changed), fingerprint(plan(QUICK, 6))}) == 3


def test_only_some_slugs_leaves_the_worlds_without_anything():
    worlds = plan(QUICK, 0, only=["tampering", "traffic_gap"])
    assert {each.slug for each in worlds} == {None, "tampering", "traffic_gap"}


def test_an_unknown_slug_is_refused():
    with pytest.raises(ScsError, match="witchcraft"):
        plan(QUICK, 0, only=["witchcraft"])


def test_scaling_keeps_at_least_two_worlds_of_each():
    assert Counts(100, 40, 20).scaled(0.5) == Counts(50, 20, 10)
    assert Counts(100, 40, 20).scaled(0.001) == Counts(2, 2, 2)
