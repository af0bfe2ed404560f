import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from scs_ml.exceptions import ScsError
from scs_ml.inference import (
    detectable_effect,
    holm,
    logistic_floor,
    power_at,
    verdict,
)

NAN = float("nan")


@settings(max_examples=20, deadline=None)  # statsmodels takes its time
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_agrees_with_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_tests_that_were_not_made_do_not_count():
    assert holm([0.01, NAN, 0.04]) == pytest.approx([0.02, NAN, 0.04], nan_ok=True)
    assert len(holm([])) == 0


@pytest.mark.parametrize("p", [[-0.1], [1.1], [[0.5]]])
def test_p_values_are_checked(p):
    with pytest.raises(ScsError):
        holm(p)


def test_power_by_hand():
    assert detectable_effect(0.5, 1.959964) == pytest.approx(0.5 * (1.959964 + 0.841621), abs=1e-6)
    # At the detectable effect the power is what was asked for (the far tail adds next to nothing).
    found = stats.norm.sf(2.5, loc=detectable_effect(0.3, 2.5, power=0.9) / 0.3)
    assert found == pytest.approx(0.9, abs=1e-6)


@pytest.mark.parametrize(
    "value, low, high, floor, expected",
    [
        (0.30, 0.10, 0.50, 0.05, "flag"),
        (-0.30, -0.50, -0.10, 0.05, "flag"),
        (0.04, 0.01, 0.07, 0.05, "cannot tell"),  # real, perhaps immaterial
        (0.03, 0.01, 0.05, 0.05, "clear"),  # real, immaterial for sure
        (0.00, -0.05, 0.05, 0.05, "clear"),
        (0.00, -0.06, 0.05, 0.05, "cannot tell"),
        (0.05, 0.01, 0.09, 0.05, "cannot tell"),  # must exceed the floor, not meet it
        (0.30, 0.00, 0.60, 0.05, "cannot tell"),  # an interval that touches zero does not exclude it
        (0.30, 0.01, 0.60, 0.00, "flag"),
        (0.00, 0.00, 0.00, 0.00, "clear"),
        (NAN, NAN, NAN, 0.05, "not applicable"),
        (0.30, NAN, NAN, 0.05, "not applicable"),
        (0.30, -math.inf, math.inf, 0.05, "cannot tell"),
    ],
)
def test_verdicts(value, low, high, floor, expected):
    assert verdict(value, low, high, floor) == expected


@pytest.mark.parametrize("low, high, floor", [(0.2, 0.1, 0.05), (0.1, 0.2, -1.0), (0.1, 0.2, NAN)])
def test_impossible_verdicts_are_refused(low, high, floor):
    with pytest.raises(ScsError):
        verdict(0.15, low, high, floor)


@given(
    st.floats(-3, 3),
    st.floats(0, 3),
    st.floats(0, 1),
)
def test_flag_and_clear_never_meet_and_are_symmetric(value, half, floor):
    said = verdict(value, value - half, value + half, floor)
    assert said == verdict(-value, -value - half, -value + half, floor)
    if said == "flag":
        assert abs(value) > half
        assert abs(value) > floor
    if said == "clear":
        assert abs(value) <= floor


def test_floor_in_log_odds():
    assert logistic_floor(0.05) == pytest.approx(0.05 * 1.8137993642)
    assert stats.logistic.std() * 0.05 == pytest.approx(logistic_floor(0.05))


def test_power_at_an_effect():
    # The smallest effect found with 80 % power is found with 80 % power, up to the other tail.
    effect = detectable_effect(0.1, 2.5)
    assert power_at(effect, 0.1, 2.5) == pytest.approx(0.8, abs=1e-6)
    # No effect: the size of the test. An estimate without error finds anything.
    assert power_at(0.0, 1.0, 1.96) == pytest.approx(0.05, abs=1e-3)
    assert power_at(0.05, 0.0, 1.96) == 1.0
    assert math.isnan(power_at(0.05, NAN, 1.96))
