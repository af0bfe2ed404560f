from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.exceptions import ExplanationError
from scs_ml.explain import sample_rows


def test_all_rows_when_they_fit():
    assert sample_rows(5, 5, seed=0).tolist() == [0, 1, 2, 3, 4]
    assert sample_rows(0, 5, seed=0).tolist() == []


def test_the_seed_settles_the_draw():
    draw = sample_rows(1000, 100, seed=3)
    np.testing.assert_array_equal(draw, sample_rows(1000, 100, seed=3))
    assert not np.array_equal(draw, sample_rows(1000, 100, seed=4))


def test_small_strata_are_kept_whole_and_the_rest_is_shared_by_size():
    """Limit 400 of 1,000: each stratum first gets min(50, 400 // 3, its size) = 50, 50, 20 rows.

    280 are left for 550 + 330 + 0 rows: 175 and 105. Together 225, 155 and 20.
    """
    strata = np.array(["a"] * 600 + ["b"] * 380 + ["c"] * 20)
    draw = sample_rows(1000, 400, seed=0, strata=strata)
    names, counts = np.unique(strata[draw], return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {"a": 225, "b": 155, "c": 20}


def test_a_missing_label_is_a_stratum():
    strata = np.array(["a"] * 90 + [None] * 10, dtype=object)
    assert (sample_rows(100, 40, seed=0, strata=strata) >= 90).sum() == 10


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=300),
    st.integers(1, 200),
    st.integers(0, 5),
)
def test_never_more_than_the_limit_never_twice(strata, limit, seed):
    n = len(strata)
    draw = sample_rows(n, limit, seed=seed, strata=strata)
    assert len(draw) == min(n, limit)
    assert (np.diff(draw) > 0).all()
    assert draw.min() >= 0
    assert draw.max() < n


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ExplanationError, match="sample of 0 rows"):
        sample_rows(10, 0, seed=0)
    with pytest.raises(ExplanationError, match="2 labels for 10 rows"):
        sample_rows(10, 5, seed=0, strata=["a", "b"])
