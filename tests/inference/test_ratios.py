from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.inference import mover_ratio, newcombe_difference, wilson


def test_by_hand_from_wilson_limits():
    p_a, p_b = 0.6, 0.8
    l_a, u_a = wilson(36, 60)
    l_b, u_b = wilson(48, 60)
    y = u_b * (2 * p_b - u_b)
    low = (p_a * p_b - np.sqrt((p_a * p_b) ** 2 - l_a * (2 * p_a - l_a) * y)) / y
    y = l_b * (2 * p_b - l_b)
    high = (p_a * p_b + np.sqrt((p_a * p_b) ** 2 - u_a * (2 * p_a - u_a) * y)) / y
    assert mover_ratio(36, 60, 48, 60) == (pytest.approx(low), pytest.approx(high))


def test_edges():
    low, high = mover_ratio([0, 3, 0], [60, 60, 0], [48, 0, 5], [60, 60, 60])
    assert low[0] == 0
    assert 0 < high[0] < 0.15
    assert low[1] > 0
    assert np.isinf(high[1])
    assert np.isnan(low[2])
    assert np.isnan(high[2])


counts = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


@given(counts, counts)
def test_turned_round_it_is_the_reciprocal_and_it_agrees_with_the_difference_on_equality(a, b):
    low, high = mover_ratio(*a, *b)
    back_low, back_high = mover_ratio(*b, *a)
    assert low * back_high == pytest.approx(1)
    assert high * back_low == pytest.approx(1)
    assert low <= a[0] / a[1] / (b[0] / b[1]) <= high
    lower, upper = newcombe_difference(*a, *b)
    if abs(lower) > 1e-9 and abs(upper) > 1e-9:
        assert (low > 1) == (lower > 0)
        assert (high < 1) == (upper < 0)
