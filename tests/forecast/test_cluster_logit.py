from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from scs_ml.forecast import ClusterLogitClassifier, OrdinalLogitClassifier, fit_to
from scs_ml.forecast.cluster_logit import ClusterBoundary
from scs_ml.metrics import ranked_probability_score


def two_kinds(n, seed=0):
    """Two clusters far apart, in which the second indicator means the opposite."""
    generator = np.random.default_rng(seed)
    kind = generator.integers(0, 2, n)
    X = np.column_stack([generator.normal(8 * kind, 1), generator.normal(size=n)])
    y = (X[:, 1] * np.where(kind, 1, -1) + generator.normal(0, 0.5, n) > 0).astype(int)
    return X, y


def test_clusters_with_slopes_of_their_own_are_found():
    X, y = two_kinds(600)
    new, truth = two_kinds(600, seed=1)
    model = ClusterLogitClassifier(n_clusters=2).fit(X, y)
    assert model.deviation_ > 0
    assert np.ptp(model.centres_[:, 0]) == pytest.approx(2, abs=0.2)  # eight, in standard deviations
    assert model.score(new, truth) > 0.85
    assert OrdinalLogitClassifier().fit(X, y).score(new, truth) < 0.65


def test_where_clusters_tell_nothing_it_is_the_ordinal_logit(suining, make_pilot):
    X, y = make_pilot(400, seed=5)
    model = ClusterLogitClassifier(suining).fit(X, y)
    assert model.deviation_ == 0
    np.testing.assert_allclose(
        model.predict_proba(X), OrdinalLogitClassifier(suining).fit(X, y).predict_proba(X), atol=1e-9
    )
    assert all(isinstance(each, LogisticRegression) for each in model.estimators_)


def test_small_tables_do_not_lose_to_the_logit(suining, make_pilot):
    X, y = make_pilot(4000, seed=9)
    gaps = []
    for first in range(0, 1200, 100):
        rows = slice(first, first + 100)
        fits = [
            cls(suining).fit(X[rows], y[rows]) for cls in (ClusterLogitClassifier, OrdinalLogitClassifier)
        ]
        mine, plain = (ranked_probability_score(y[2000:], each.predict_proba(X[2000:])) for each in fits)
        gaps.append((mine - plain).mean() / plain.mean())
    # The mean of 12 tables is no more than 1 % worse.
    assert np.mean(gaps) < 0.01


def test_a_row_reads_its_own_cluster_alone():
    boundary = ClusterBoundary(LogisticRegression(), np.array([[0.0, 0.0], [4.0, 4.0]]), 0.5)
    columns = boundary._columns(np.array([[1.0, 0.0], [3.0, 5.0]]))
    np.testing.assert_array_equal(columns, [[1, 0, 0.5, 0.5, 0, 0, 0, 0], [3, 5, 0, 0, 0, 0.5, 1.5, 2.5]])


def test_later_periods_decide_how_far_clusters_are_trusted(make_dataset):
    # The clusters' own slopes hold in the first two periods, and no longer in the last.
    X, y = two_kinds(900)
    X = make_frame(X)
    period = np.repeat(np.arange(3), 300)
    turned = np.where(period == 2, (X["b"] > 0).astype(int), y)
    early = fit_to(ClusterLogitClassifier(n_clusters=2), panel(make_dataset, X, y, period))
    late = fit_to(ClusterLogitClassifier(n_clusters=2), panel(make_dataset, X, turned, period))
    assert early.deviation_ > late.deviation_


def make_frame(X):
    import pandas as pd

    return pd.DataFrame(X, columns=["a", "b"])


def panel(make_dataset, X, y, period):
    return replace(make_dataset(X, y), period=period)


def test_fewer_rows_than_clusters():
    X = np.array([[0.0], [0.0], [1.0], [1.0]])
    model = ClusterLogitClassifier(n_clusters=9).fit(X, [0, 0, 1, 1])
    assert len(model.centres_) == 2
    assert not hasattr(model, "_folds")


def test_many_rows_are_clustered_by_a_sample_that_the_seed_draws():
    X, y = two_kinds(10_500)
    first, again, other = (ClusterLogitClassifier(random_state=seed).fit(X, y) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.centres_, again.centres_)
    assert not np.array_equal(first.centres_, other.centres_)
