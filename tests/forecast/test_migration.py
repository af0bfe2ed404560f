from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from scs_ml.exceptions import ScsError
from scs_ml.explain import explain
from scs_ml.forecast import MarkovClassifier, MigrationClassifier, OrdinalLogitClassifier, StateEncoder


@pytest.fixture(scope="module")
def moves():
    """Current and next categories of a thousand people, a few of unknown state, none in category 1."""
    generator = np.random.default_rng(0)
    state = generator.choice([0.0, 2.0, 3.0, np.nan], 1000, p=[0.1, 0.5, 0.39, 0.01])
    following = np.clip(np.nan_to_num(state, nan=1) + generator.integers(-2, 2, 1000), 0, 3).astype(int)
    return pd.DataFrame({"current_category": state}), following


def test_without_covariates_it_is_the_smoothed_transition_table(moves, suining):
    X, y = moves
    own, markov = MigrationClassifier(suining).fit(X, y), MarkovClassifier(suining).fit(X, y)
    every = pd.DataFrame({"current_category": [0.0, 1.0, 2.0, 3.0]})
    np.testing.assert_allclose(own.predict_proba(every), markov.predict_proba(every), atol=1e-4)
    np.testing.assert_allclose(own.transition_matrix(), markov.transitions_, atol=1e-4)
    # People without a state have a row of their own, smoothed likewise.
    none = y[X["current_category"].isna()]
    shares = (np.bincount(none, minlength=4) + markov.climatology_) / (len(none) + 1)
    unknown = own.predict_proba(pd.DataFrame({"current_category": [np.nan]}))
    np.testing.assert_allclose(unknown[0], shares, atol=1e-4)


def test_without_a_state_it_is_the_ordinal_logit(pilot, suining):
    X, y = pilot
    X = X.drop(columns="current_score")
    own, plain = MigrationClassifier(suining).fit(X, y), OrdinalLogitClassifier(suining).fit(X, y)
    columns = plain.encoder_.transform(X)
    np.testing.assert_array_equal(own.encoder_.transform(X), columns)
    for k, boundary in enumerate(own.estimators_):
        exact = LogisticRegression(solver="newton-cholesky", tol=1e-10).fit(columns, y > k)
        np.testing.assert_allclose(boundary.coef_, exact.coef_, atol=1e-6)
        np.testing.assert_allclose(boundary.intercept_, exact.intercept_, atol=1e-6)
    with pytest.raises(ScsError, match="no current category"):
        own.transition_matrix()


def test_the_transition_matrix_is_the_forecast_at_the_covariates_mean(moves, suining):
    X, y = moves
    generator = np.random.default_rng(1)
    X = X.assign(debts=generator.poisson(3, len(X)).astype(float))
    y = np.clip(y - (X["debts"] > 5), 0, 3)
    model = MigrationClassifier(suining).fit(X, y)
    table = model.transition_matrix()
    assert list(table.index) == list(table.columns) == list(suining.scale.categories)
    assert (table.index.name, table.columns.name) == ("now", "next")
    mean = pd.DataFrame({"current_category": [0.0, 1.0, 2.0, 3.0], "debts": X["debts"].mean()})
    np.testing.assert_allclose(table, model.predict_proba(mean), atol=1e-12)
    np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-12)
    # More debts make every row worse.
    more = model.predict_proba(mean.assign(debts=mean["debts"] + 3))
    assert (more @ np.arange(4) < table.to_numpy() @ np.arange(4)).all()


def test_labels_are_the_classes_where_no_scheme_gives_others(moves):
    X, y = moves
    assert MigrationClassifier().fit(X, y).transition_matrix().index.tolist() == [0, 1, 2, 3]


def test_the_state_is_read_from_the_score_which_stays_a_covariate(suining, pilot):
    X, y = pilot
    encoder = StateEncoder(suining).fit(X, y)
    assert encoder.column_indicator_[:5] == ("current_score",) * 5
    assert encoder.column_indicator_.count("current_score") == 6
    encoded = encoder.transform(X)
    np.testing.assert_array_equal(encoded[:, :4], np.eye(4)[suining.scale.categorise(X["current_score"])])
    names = encoder.get_feature_names_out().tolist()
    assert names[3:6] == ["current_score in category 3", "current_score in no category", *list(X.columns)[:1]]
    assert len(names) == encoded.shape[1] == len(encoder.column_indicator_)


def test_an_explanation_gives_the_states_to_the_lag(moves, suining):
    X, y = moves
    X = X.assign(debts=np.random.default_rng(2).poisson(3, len(X)).astype(float))
    model = MigrationClassifier(suining).fit(X, y)
    found = explain(model, X, through=())
    assert found.feature_names == ("current_category", "debts")
    size = np.abs(found.values).mean(axis=(0, 2))
    assert size[0] > 10 * size[1]
    state = X["current_category"] == 2
    np.testing.assert_allclose(found.values[state, 0, 0], found.values[state, 0, 0][0], atol=1e-12)
