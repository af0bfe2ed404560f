from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.schemes import load_scheme
from scs_ml.worlds import Policy
from scs_ml.worlds.experiment.listing import quarters_listed, restricted_areas
from scs_ml.worlds.experiment.responses import Scored, near_boundary, response_factors, standing

SCALE = load_scheme("suining").scale


def test_a_listing_lasts_its_minimum_and_then_as_long_as_the_category():
    policy, count, seen = Policy(minimum_stay=3), np.zeros(2, dtype=np.int64), []
    # One is in the worst category once, the other for five quarters.
    for category in ([0, 0], [1, 0], [2, 0], [2, 0], [2, 0], [1, 1]):
        count = quarters_listed(policy, count, np.array(category))
        seen.append(count.tolist())
    assert seen == [[1, 1], [2, 2], [3, 3], [0, 4], [0, 5], [0, 0]]


def test_falling_again_during_the_minimum_goes_on_with_the_same_listing():
    policy, count = Policy(minimum_stay=2), np.array([2])
    assert quarters_listed(policy, count, np.array([0])).tolist() == [3]
    assert quarters_listed(policy, np.array([3]), np.array([1])).tolist() == [0]


def test_areas_closed():
    listed, debts = np.array([True, True, False]), np.array([True, False, True])
    work, credit = restricted_areas(Policy(cross_domain=False), listed, debts)
    assert work.tolist() == [False] * 3 and credit.tolist() == [True, False, False]
    work, credit = restricted_areas(Policy(), listed, debts)
    assert work.tolist() == credit.tolist() == listed.tolist()


def test_near_a_boundary_is_within_the_margin_on_either_side():
    score = np.array([574.9, 575.0, 600.0, 625.0, 626.0, 849.0, 985.0, 986.0])
    assert near_boundary(SCALE, score, 25.0).tolist() == [False, True, True, True, False, True, True, False]


def test_standing_is_in_hundreds_from_the_start_and_cut_at_two():
    assert standing(SCALE, np.array([700.0, 950.0, 1000.0, 1100.0, 1300.0])).tolist() == [-2, -0.5, 0, 1, 2]


def test_factors_by_hand():
    one, none = np.ones(1), np.zeros(1)
    seen = Scored(one, one, -2 * one, one, one, one * 0.5)
    policy = Policy(
        feedback=0.5,
        deterrence=0.1,
        discouragement=0.3,
        jobs=0.2,
        income=0.05,
        credit=0.15,
        restriction=0.4,
        association=0.6,
    )
    told = {act: float(np.log(factor)[0]) for act, factor in response_factors(policy, seen).items()}
    assert told == pytest.approx(
        {
            "traffic_violations": 0.5 * 0.2,
            "disorder_reports": 0.5 * 0.2,
            "unpaid_debts": 0.5 * (0.2 + 0.2 * 2 + 0.4),
            "informant_reports": 0.5 * (0.2 + 0.3),
            "exemplary_county": 0.5 * (-0.4 - 0.4),
            "exemplary_city": 0.5 * (-0.4 - 0.4),
            "charity_days": 0.5 * (-0.2 - 0.3),
        }
    )
    calm = response_factors(policy, Scored(none, none, none, none, none, none))
    assert all(factor == 1 for factor in calm.values())
    assert all(factor == 1 for factor in response_factors(policy.static, seen).values())


@pytest.mark.parametrize(
    "name, value",
    [
        ("feedback", -0.1),
        ("feedback", float("nan")),
        ("minimum_stay", 0),
        ("margin", -1),
        ("jobs", -0.1),
        ("deterrence", 6),
    ],
)
def test_a_policy_of_nonsense_is_refused(name, value):
    with pytest.raises(ScsError, match=name):
        Policy(**{name: value})


def test_labels_tell_scope_and_strength():
    assert Policy(feedback=0.5).label == "feedback 0.5, list, all areas"
    assert Policy(cross_domain=False).label == "feedback 1, list, own area"
    assert Policy(listing=False).static.label == "feedback 0, no list"


def test_a_policy_has_numbers_alone():
    """No field could say what to do to someone by name."""
    assert all(isinstance(value, float) for value in Policy().coefficients.values())
