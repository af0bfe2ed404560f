"""Counter-based random numbers and the distributions made of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scs_ml.worlds.streams import Streams, choose, gamma, mix, normal, poisson


def test_a_stream_is_fixed_by_seed_name_and_position():
    few, many = Streams(3).uniform("a", 5, 4), Streams(3).uniform("a", 9, 4)
    np.testing.assert_array_equal(few, many[:5])
    assert not np.isin(Streams(4).uniform("a", 5, 4), few).any()
    assert not np.isin(Streams(3).uniform("b", 5, 4), few).any()


def test_uniforms_are_uniform_and_inside_the_open_interval():
    draws = Streams(0).uniform("u", 100_000)
    assert draws.min() > 0
    assert draws.max() < 1
    assert stats.kstest(draws, "uniform").pvalue > 0.001


def test_a_keyed_uniform_does_not_depend_on_its_company():
    ids = mix(np.arange(50_000), 7)
    draws = Streams(1).keyed_uniform("answers", ids)
    np.testing.assert_array_equal(draws[[8, 3]], Streams(1).keyed_uniform("answers", ids[[8, 3]]))
    assert stats.kstest(draws, "uniform").pvalue > 0.001
    other = Streams(1).keyed_uniform("other", ids)
    assert abs(np.corrcoef(draws, other)[0, 1]) < 4 / np.sqrt(len(ids))


def test_mixed_ids_do_not_collide_and_depend_on_the_order_of_parts():
    ids = mix(5, np.arange(300)[:, None], np.arange(300)[None, :])
    assert len(np.unique(ids)) == ids.size
    assert mix(1, 2)[0] != mix(2, 1)[0]


def test_poisson_by_hand():
    # CDF of a Poisson of mean 1: .3679, .7358, .9197, .9810
    draws = np.array([0.01, 0.3678, 0.3679, 0.7357, 0.7358, 0.9196, 0.9198])
    np.testing.assert_array_equal(poisson(draws, 1.0), [0, 0, 1, 1, 2, 2, 3])


@pytest.mark.parametrize("rate", [0.0, 1e-6, 0.03, 0.7, 5.0, 60.0])
def test_poisson_agrees_with_the_quantile_function(rate):
    draws = np.concatenate([Streams(2).uniform("p", 2000), [1e-12, 1 - 1e-12]])
    np.testing.assert_array_equal(poisson(draws, rate), np.maximum(stats.poisson.ppf(draws, rate), 0))


@given(st.floats(2.0**-54, 1 - 2.0**-53), st.floats(0, 30), st.floats(0, 30))
def test_a_higher_rate_never_gives_a_lower_count(uniform, rate, more):
    low, high = poisson(np.full(2, uniform), np.array([rate, rate + more]))
    assert low <= high


def test_gamma_and_normal_have_the_distributions_they_are_named_for():
    draws = Streams(5).uniform("g", 20_000)
    assert stats.kstest(gamma(draws, 0.7), stats.gamma(0.7, scale=1 / 0.7).cdf).pvalue > 0.001
    assert stats.kstest(normal(draws), "norm").pvalue > 0.001
    assert np.isfinite(normal(np.array([2.0**-54, 1 - 2.0**-53]))).all()


def test_choose_follows_the_weights():
    np.testing.assert_array_equal(
        choose(np.array([0.0, 0.19, 0.2, 0.69, 0.7, 0.999]), (2, 5, 3)), [0, 0, 1, 1, 2, 2]
    )
