from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from scs_ml.forecast.binning import bin_of, bins_of_cuts, monotone_cuts, weights_of_evidence
from scs_ml.forecast.common_slopes import common_slopes


def test_weight_of_evidence_of_two_categories_by_hand():
    # 40 rows, half of them good; the first bin holds 20, of whom 15 are good. A row more: 15.5 : 5.5.
    bins = np.repeat([0, 1], 20)
    codes = np.r_[np.repeat([1, 0], [15, 5]), np.repeat([1, 0], [5, 15])]
    np.testing.assert_allclose(weights_of_evidence(bins, 3, codes), [np.log(31 / 11), -np.log(31 / 11), 0])


def test_boundaries_are_pooled_by_their_information():
    # Shares above the boundaries: 1/2 and 1/4, weights 1/4 and 3/16.
    bins = np.repeat([0, 1], 20)
    codes = np.r_[np.repeat([0, 1, 2], [5, 5, 10]), np.repeat([0, 1], [15, 5])]
    first = np.log((15 + 0.5) / (5 + 0.5))
    second = np.log((10 + 0.25) / (10 + 0.75)) - np.log(1 / 3)
    expected = (first * 0.25 + second * 0.1875) / 0.4375
    assert weights_of_evidence(bins, 2, codes)[0] == pytest.approx(expected)


def test_one_category_tells_nothing():
    assert weights_of_evidence(np.array([0, 1]), 2, np.array([3, 3])).tolist() == [0, 0]


def test_cuts_lie_where_the_categories_change():
    values = np.r_[np.arange(60.0), np.nan]
    codes = np.r_[np.repeat([0, 1, 2], 20), 2]
    assert monotone_cuts(values, codes, 0) == [19.5, 39.5]
    assert monotone_cuts(values, codes, 1) == [19.5, 39.5]
    assert monotone_cuts(values, codes, -1) == []
    assert monotone_cuts(-values, codes, 0) == [-39.5, -19.5]
    assert monotone_cuts(np.full(5, np.nan), codes[:5], 0) == []
    assert monotone_cuts(np.ones(61), codes, 1) == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_bins_are_monotone_and_of_two_percent(data):
    n = data.draw(st.integers(20, 150))
    k = data.draw(st.integers(2, 10))
    generator = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    values = generator.normal(size=n).round(1)
    values[generator.random(n) < 0.1] = np.nan
    codes = generator.integers(0, k, n)
    direction = data.draw(st.sampled_from([-1, 0, 1]))
    cuts = monotone_cuts(values, codes, direction)
    bins = bin_of("x", pd.Series(values), cuts)
    rise = np.diff(weights_of_evidence(bins, len(cuts) + 2, codes)[:-1])
    assert (direction * rise >= 0).all()
    assert (rise > 0).all() or (rise < 0).all()
    if cuts:
        assert np.bincount(bins)[: len(cuts) + 1].min() >= 0.02 * np.sum(~np.isnan(values))


def test_bins_in_words_hold_what_they_say():
    column = pd.Series([1.0, 2.0, 2.5, 7.0, np.nan])
    assert bins_of_cuts([2.0, 5.0]) == ["up to 2", "over 2 up to 5", "over 5", "missing"]
    assert bin_of("x", column, [2.0, 5.0]).tolist() == [0, 0, 1, 2, 3]
    home = pd.Series(pd.Categorical(["rent", "own", None], categories=["own", "rent"]))
    assert bin_of("home", home, ["own", "rent"]).tolist() == [1, 0, 2]
    assert bins_of_cuts([]) == ["any", "missing"]
    assert bin_of("x", column, []).tolist() == [0, 0, 0, 0, 1]


def test_slopes_in_common_are_found_and_bounded():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(4000, 2))
    latent = x @ [1.0, -0.5] + generator.logistic(size=4000)
    codes = np.digitize(latent, [-1.0, 1.0])
    free = np.full(2, np.inf)
    slopes, intercepts = common_slopes(x, codes, -free, free)
    np.testing.assert_allclose(slopes, [1.0, -0.5], atol=0.1)
    np.testing.assert_allclose(intercepts, [1.0, -1.0], atol=0.1)
    held, _ = common_slopes(x, codes, np.zeros(2), free)
    assert held[1] == 0
    assert held[0] == pytest.approx(slopes[0], abs=0.15)
    # At the minimum, every intercept makes the boundary's mean forecast its share.
    margins = x @ slopes + intercepts[:, None]
    shares = [(codes > k).mean() for k in (0, 1)]
    np.testing.assert_allclose(expit(margins).mean(axis=1), shares, atol=1e-4)
