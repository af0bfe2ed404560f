"""What a strength is, worked out by hand, and how a dose is found for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import DECOYS, MECHANISMS, Planted, WorldSettings, simulate
from scs_ml.worlds.settings import Aim
from scs_ml.worlds.strength import in_own_unit, log_spread, mean_shift, measure, solve_dose
from scs_ml.worlds.truth import SCORE_SD

BEFORE = np.array([[900.0, 1000.0], [1000.0, 1100.0]])  # standard deviation: sqrt(5000) = 70.71
MEMBERS = np.array([[True, True], [False, False]])
AIM = Aim("postcode_proxy", "mechanism", 0.1, (("minority", "yes"),))


def test_a_shift_is_the_mean_fall_in_standard_deviations_of_the_score_before():
    after = BEFORE - [[10, 20], [2, 0]]
    assert mean_shift(BEFORE, after, MEMBERS) == pytest.approx(15 / np.sqrt(5000))
    measured = measure(AIM, BEFORE, after, MEMBERS)
    assert measured.achieved == pytest.approx(15 / np.sqrt(5000))
    assert measured.reference_shift == pytest.approx(1 / np.sqrt(5000))
    assert measure(AIM, BEFORE, after, np.ones((2, 2), dtype=bool)).reference_shift is None
    assert (measured.slug, measured.kind, measured.asked) == ("postcode_proxy", "mechanism", 0.1)


def test_an_empty_group_has_no_shift():
    assert np.isnan(mean_shift(BEFORE, BEFORE, np.zeros((2, 2), dtype=bool)))
    assert np.isnan(mean_shift(np.ones((2, 2)), np.ones((2, 2)), MEMBERS))


def test_the_dose_is_found_also_where_scores_end_at_zero():
    before = np.array([[5.0, 1000.0], [1000.0, 1000.0]])

    def score_at(dose):
        return np.maximum(before - dose * MEMBERS, 0)

    # The first member can lose 5 only, so the second must lose the rest: (5 + dose) / 2 = strength * SD.
    dose = solve_dose(AIM, before, score_at, MEMBERS, 200.0)
    assert dose == pytest.approx(2 * 0.1 * before.std() - 5, abs=0.05)


def test_a_strength_in_a_unit_of_its_own():
    aim = Aim("family_correlation", "decoy", 0.5, (("minority", "yes"),))
    planted = in_own_unit(aim, "spread", 0.4, 2.0)
    assert (planted.asked, planted.achieved, planted.reference_shift, planted.unit) == (
        0.5,
        0.4,
        None,
        "spread",
    )
    with pytest.raises(ScsError, match="nobody to differ in the group minority=yes"):
        in_own_unit(aim, "spread", float("nan"), 2.0)
    with pytest.raises(ScsError, match=r"measured as the spread, up to 0\.2; 0\.5 was asked"):
        in_own_unit(aim, "spread", 0.4, 0.2)


def test_the_spread_of_a_log_rate():
    factors = {"a": np.exp([[1.0, 1.0], [7.0, 7.0]]), "b": np.exp([[3.0, 3.0], [9.0, 9.0]])}
    # Of the members 1, 1, 3 and 3.
    assert log_spread(factors, MEMBERS) == pytest.approx(1.0)
    assert np.isnan(log_spread(factors, np.zeros((2, 2), dtype=bool)))


def test_a_strength_out_of_reach_is_refused():
    with pytest.raises(ScsError, match=r"cannot shift the group minority=yes by 0\.1.*0\.014 is the most"):
        solve_dose(AIM, BEFORE, lambda dose: BEFORE - dose * MEMBERS, MEMBERS, 1.0)
    with pytest.raises(ScsError, match="no members"):
        solve_dose(AIM, BEFORE, lambda dose: BEFORE - dose, np.zeros((2, 2), dtype=bool), 1.0)
    with pytest.raises(ScsError, match="cannot shift the group registration=newcomer by 9"):
        simulate(WorldSettings(n_people=300, mechanisms={"malicious_informant": 9.0}))


def test_a_strength_that_comes_in_steps_is_refused():
    def score_at(dose):
        return BEFORE - 50 * (dose > 0.5) * MEMBERS

    # One step: nothing, or 50 / 70.71 = .707; half of what was asked is the farthest off.
    assert solve_dose(replace(AIM, strength=0.6), BEFORE, score_at, MEMBERS, 1.0) == pytest.approx(
        0.5, abs=1e-3
    )
    with pytest.raises(ScsError, match=r"by 0\.2 .*in steps, here to 0\.(000|707)"):
        solve_dose(replace(AIM, strength=0.2), BEFORE, score_at, MEMBERS, 1.0)


@pytest.mark.parametrize("slug", [*MECHANISMS, *DECOYS])
def test_in_a_small_world_with_small_groups_a_strength_is_reached_or_refused(slug):
    shares = dict.fromkeys(("minority", "registration", "age_group", "illness"), 0.03)
    kind, reached = "mechanisms" if slug in MECHANISMS else "decoys", 0
    for seed in range(4):
        settings = WorldSettings(
            n_people=120,
            n_periods=4,
            seed=seed,
            broad=True,
            shares=shares,
            disaster_rate=0.05,
            **{kind: {slug: 0.2}},
        )
        with suppress(ScsError):
            (planted,) = simulate(settings).truth.planted
            reached += 1
            # A strength of its own unit is a sample's.
            assert abs(planted.achieved - 0.2) <= (0.1 if planted.unit == SCORE_SD else 0.2)
    assert reached or slug == "small_group"


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"n_people": 0}, "n_people must lie in"),
        ({"n_people": 1_000_000}, "n_people must lie in"),
        ({"n_periods": 0}, "n_periods must lie in"),
        ({"seed": -1}, "seed must lie in"),
        ({"disaster_rate": 1.5}, "disaster_rate must lie in"),
        ({"n_categories": 2}, "n_categories must be 3, 4 or 5"),
        ({"n_categories": 3.5}, "n_categories must be 3, 4 or 5"),
        ({"family_shape": 0}, "family_shape must lie in"),
        ({"misconduct": float("nan")}, "misconduct must lie in"),
        ({"false_reports": -1}, "false_reports must lie in"),
        ({"shares": {"disaster": 0.1}}, "no share of 'disaster'"),
        ({"shares": {"minority": 0.01}}, "share of minority must lie in 0.02..0.5"),
        ({"shares": {"illness": 0.6}}, "share of illness must lie in"),
        ({"mechanisms": {"tampering_by_mice": 0.1}}, "no mechanism 'tampering_by_mice'"),
        ({"mechanisms": {"conduct_gap": 0.1}}, "no mechanism 'conduct_gap'"),
        ({"decoys": {"illness_misread": 0.1}}, "no decoy 'illness_misread'"),
        ({"mechanisms": {"illness_misread": -0.1}}, "strength of illness_misread"),
        ({"decoys": {"conduct_gap": Planted(float("nan"))}}, "strength of conduct_gap"),
    ],
)
def test_settings_that_cannot_be_simulated_are_refused(settings, message):
    with pytest.raises(ScsError, match=message):
        WorldSettings(**settings)


def test_aims_stand_in_the_order_of_the_registries_with_their_groups():
    minority = (("minority", "yes"),)
    settings = WorldSettings(
        mechanisms={"malicious_informant": Planted(0.2, minority), "illness_misread": 0.1},
        decoys={"conduct_gap": 0.3},
    )
    assert settings.aims() == (
        Aim("illness_misread", "mechanism", 0.1, (("illness", "yes"),)),
        Aim("malicious_informant", "mechanism", 0.2, minority),
        Aim("conduct_gap", "decoy", 0.3, (("age_group", "under 30"),)),
    )
    assert [aim.slug for aim in settings.aims("decoy")] == ["conduct_gap"]
