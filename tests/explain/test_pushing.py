from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scs_ml.explain.lags import regress_lag
from scs_ml.explain.pushing import share_by_slope

WHOLE = slice(None)
REAL = st.floats(-1e6, 1e6, allow_subnormal=True)


@given(arrays(np.float64, (12,), elements=REAL), arrays(np.float64, (12, 3), elements=REAL))
def test_no_attribution_is_made_or_lost(attribution, contributions):
    shares = share_by_slope(attribution, contributions, WHOLE, np.ones(3))
    scale = 1 + np.abs(attribution).max() + np.abs(shares).max()
    np.testing.assert_allclose(shares.sum(axis=1), attribution, atol=1e-12 * scale)


@pytest.mark.parametrize("slope", [0.02, -0.5])
def test_a_linear_attribution_is_split_exactly(slope):
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(200, 3)) * [1, 5, 0]
    column = parts.sum(axis=1)
    shares = share_by_slope(slope * (column - column.mean()), parts, WHOLE, np.ones(3))
    np.testing.assert_allclose(shares, slope * (parts - parts.mean(axis=0)), atol=1e-6)


def test_a_curve_that_saturates_gives_less_to_what_comes_after_the_bend():
    """Column a + b, attribution min(column, 1), no one between: by hand, means over the four baselines.

    Row (1, 1): against (0, 0) the slope is 1/2 and both get 1/2; against (1, 0) the slope is 0; against
    itself nothing. With baselines (0, 0), (1, 0), (0, 1), (1, 1) the mean is 1/8 each.
    """
    parts = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    attribution = np.minimum(parts.sum(axis=1), 1) - 0.75
    shares = share_by_slope(attribution, parts, WHOLE, np.ones(2))
    np.testing.assert_allclose(shares[3], [1 / 8, 1 / 8], atol=1e-9)
    np.testing.assert_allclose(shares[0], [-3 / 8, -3 / 8], atol=1e-9)


def test_sums_that_differ_by_rounding_make_no_slope_of_noise():
    rng = np.random.default_rng(1)
    parts = rng.integers(0, 3, (300, 2)).astype(float)
    noisy = np.column_stack([parts, rng.normal(0, 1e-13, 300)])
    attribution = np.sin(parts.sum(axis=1)) + rng.normal(0, 0.1, 300)
    shares = share_by_slope(attribution, noisy, WHOLE, np.ones(3))
    assert np.abs(shares).max() < 5
    np.testing.assert_allclose(shares.sum(axis=1), attribution, atol=1e-12)


def test_no_indicator_gains_by_pulling_the_column_down():
    """Along a rising curve an indicator above (below) all baselines gets more (less) than zero."""
    rng = np.random.default_rng(2)
    parts = rng.normal(size=(400, 3))
    parts[0] = [9.0, -9.0, 0.0]
    attribution = np.tanh(parts.sum(axis=1))
    shares = share_by_slope(attribution, parts, slice(1, None), np.ones(3))
    assert shares[0, 0] > 0 > shares[0, 1]


def test_a_constant_column_is_shared_as_told():
    shares = share_by_slope(np.array([4.0, -4.0]), np.zeros((2, 2)), WHOLE, np.array([3.0, 1.0]))
    np.testing.assert_allclose(shares, [[3, 1], [-3, -1]])


def test_a_lag_is_learned_from_the_reference_rows():
    """lag = 2a - 3b + 10 in the reference; elsewhere 5 more, which nothing explains."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"a": rng.normal(size=60), "lag": 0.0, "b": rng.normal(size=60)})
    X["lag"] = 2 * X["a"] - 3 * X["b"] + np.where(X.index < 50, 10, 15)
    found = regress_lag(X, "lag", ["lag"], slice(0, 50))
    np.testing.assert_allclose(found.contributions[:, 0], 2 * (X["a"] - X["a"][:50].mean()), atol=1e-10)
    np.testing.assert_allclose(found.contributions[:, 2], -3 * (X["b"] - X["b"][:50].mean()), atol=1e-10)
    np.testing.assert_allclose(found.contributions[:, 1], np.where(X.index < 50, 0, 5), atol=1e-10)
    assert found.at == 1
    assert found.r2 == pytest.approx(1)


def test_a_missing_value_is_a_level_of_its_own():
    """lag = 4 where a is known, 1 where it is missing: a explains it all."""
    a = np.tile([0.0, 1.0, np.nan, 2.0], 10)
    X = pd.DataFrame({"a": a, "lag": np.where(np.isnan(a), 1.0, 4.0)})
    found = regress_lag(X, "lag", ["lag"], WHOLE)
    np.testing.assert_allclose(found.contributions[:, 0], np.where(np.isnan(a), -2.25, 0.75), atol=1e-10)
    assert found.r2 == pytest.approx(1)


@pytest.mark.parametrize("kind", ["category", "str", object])
def test_all_levels_of_a_category_are_one_part(kind):
    X = pd.DataFrame(
        {"district": pd.Series(["d01", "d02", "d03"] * 10, dtype=kind), "lag": [0.0, 3.0, 9.0] * 10}
    )
    found = regress_lag(X, "lag", ["lag"], WHOLE)
    np.testing.assert_allclose(found.contributions[:, 0], X["lag"] - 4, atol=1e-10)


def test_no_lag_is_explained_by_another():
    X = pd.DataFrame({"current_score": np.arange(20.0), "current_category": np.arange(20.0) // 5})
    found = regress_lag(X, "current_score", list(X), WHOLE)
    assert found.r2 == 0
    np.testing.assert_allclose(found.contributions[:, 0], X["current_score"] - 9.5)
    assert (found.contributions[:, 1] == 0).all()


def test_a_lag_that_is_the_same_for_all_has_nothing_to_share():
    X = pd.DataFrame({"a": np.arange(20.0), "lag": 7.0})
    found = regress_lag(X, "lag", ["lag"], WHOLE)
    values = np.column_stack([X["a"], np.zeros(20)])
    assert found.r2 == 0
    np.testing.assert_allclose(found.push_linear(values), values, atol=1e-12)
    np.testing.assert_allclose(found.push_by_slope(values, np.arange(20), WHOLE), values, atol=1e-12)
