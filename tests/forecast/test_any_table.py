"""Whatever the table, every registered forecaster gives probabilities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scs_ml.forecast import BASELINES, FORECASTERS
from scs_ml.metrics import cumulative
from scs_ml.schemes import load_scheme
from scs_ml.schemes.scale import Scale

# Fits with folds and trees inside take a second; fewer tables of theirs keep the suite short.
SLOW = {"stacking", "hybrid", "logit_network", "cluster_logit", "forest"}
STUDENTS = load_scheme("students")
VALUES = st.floats(-1e3, 1e3) | st.integers(0, 3).map(float) | st.just(np.nan)


@st.composite
def tables(draw):
    """A table of two numbers and a category, its codes, K, and a scheme of K categories without a card."""
    k = draw(st.integers(2, 10))
    n = draw(st.integers(3, 30))
    numbers = draw(arrays(np.float64, (n, 2), elements=VALUES))
    seen = draw(st.sets(st.integers(0, k - 1), min_size=1))
    y = draw(arrays(np.int64, n, elements=st.sampled_from(sorted(seen))))
    level = draw(st.lists(st.sampled_from(["a", "b", None]), min_size=n, max_size=n))
    X = pd.DataFrame(
        {
            "age": numbers[:, 0],
            "current_category": np.where(np.isnan(numbers[:, 1]), np.nan, np.abs(numbers[:, 1]) % k // 1),
            "school": pd.Categorical(level, categories=["a", "b", "c"]),
        }
    )
    scale = Scale(categories=tuple(f"c{i}" for i in range(k)))
    return X, y, STUDENTS.model_copy(update={"scale": scale, "card": None})


def check(name: str, X: pd.DataFrame, y: np.ndarray, scheme) -> None:
    k = scheme.scale.n_categories
    forecaster = {**FORECASTERS, **BASELINES}[name](scheme=scheme).fit(X, y)
    probabilities = forecaster.predict_proba(X)
    assert probabilities.shape == (len(X), k)
    assert np.isfinite(probabilities).all()
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    assert (np.diff(cumulative(probabilities), axis=1) <= 1e-12).all()
    if name != "persistence":  # says what is, not what was seen to come
        assert (probabilities[:, np.setdiff1d(np.arange(k), y)] == 0).all()


@pytest.mark.parametrize("name", sorted(set(FORECASTERS) - SLOW | set(BASELINES)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables())
def test_probabilities_are_probabilities(name, table):
    check(name, *table)


@pytest.mark.parametrize("name", sorted(SLOW))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables())
def test_probabilities_of_slow_families_are_probabilities(name, table):
    check(name, *table)


@pytest.mark.parametrize("name", sorted(FORECASTERS))
@pytest.mark.parametrize("k", [2, 10])
def test_classes_are_those_seen_where_nobody_says_how_many_there_are(name, k):
    rng = np.random.default_rng(k)
    X = pd.DataFrame({"a": rng.normal(size=60), "b": rng.poisson(2.0, 60).astype(float)})
    y = np.r_[np.arange(k), rng.integers(0, k, 60 - k)]
    X.loc[3, "a"] = np.nan
    model = FORECASTERS[name]().fit(X, y)
    assert model.classes_.tolist() == list(range(k))
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, atol=1e-9)
