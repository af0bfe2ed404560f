from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB

from scs_ml.exceptions import ExplanationError
from scs_ml.explain import affordable_rows, sample_rows


def test_all_rows_when_they_fit():
    assert sample_rows(5, 5, seed=0).tolist() == [0, 1, 2, 3, 4]
    assert sample_rows(0, 5, seed=0).tolist() == []


def test_the_seed_settles_the_draw():
    draw = sample_rows(1000, 100, seed=3)
    np.testing.assert_array_equal(draw, sample_rows(1000, 100, seed=3))
    assert not np.array_equal(draw, sample_rows(1000, 100, seed=4))


def test_a_group_keeps_its_share():
    """20 % of 10,000 rows, a sample of 2,000: 400 expected, hypergeometric SD 16; five are allowed."""
    group = np.arange(10_000) < 2_000
    assert abs(group[sample_rows(10_000, 2_000, seed=0)].sum() - 400) < 80


@given(st.integers(1, 300), st.integers(1, 200), st.integers(0, 5))
def test_never_more_than_the_limit_never_twice(n, limit, seed):
    draw = sample_rows(n, limit, seed=seed)
    assert len(draw) == min(n, limit)
    assert (np.diff(draw) > 0).all()
    assert draw.min() >= 0
    assert draw.max() < n


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ExplanationError, match="sample of 0 rows"):
        sample_rows(10, 0, seed=0)


def test_more_rows_are_affordable_where_values_are_exact():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    y = np.arange(60) % 3
    assert affordable_rows(RandomForestClassifier(3).fit(X, y)) == 50_000
    assert affordable_rows(GaussianNB().fit(X, y)) == 500
