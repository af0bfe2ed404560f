from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.forecast import ClimatologyClassifier, MarkovClassifier, PersistenceClassifier

# From state 0: 0 0 0 1; from state 1: 1 2; nobody in states 2 and 3.
STATES = [0, 0, 0, 0, 1, 1]
NEXT = [0, 0, 0, 1, 1, 2]
CLIMATOLOGY = np.array([3, 2, 1, 0]) / 6


def frame(states):
    return pd.DataFrame({"current_category": np.asarray(states, float), "debts": 0.0})


def test_the_transition_table_by_hand(suining):
    model = MarkovClassifier(suining).fit(frame(STATES), NEXT)
    rows = model.predict_proba(frame([0, 1, 2, np.nan]))
    np.testing.assert_allclose(rows[0], (np.array([3, 1, 0, 0]) + CLIMATOLOGY) / 5)
    np.testing.assert_allclose(rows[1], (np.array([0, 1, 1, 0]) + CLIMATOLOGY) / 3)
    np.testing.assert_allclose(rows[2:], [CLIMATOLOGY, CLIMATOLOGY])
    assert model.predict(frame([0, 1])).tolist() == [0, 1]


def test_persistence_is_certain_and_climatology_is_the_same_for_all(suining):
    persistence = PersistenceClassifier(suining).fit(frame(STATES), NEXT)
    assert persistence.predict_proba(frame([2, 0])).tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    np.testing.assert_allclose(persistence.predict_proba(frame([np.nan])), [CLIMATOLOGY])
    climatology = ClimatologyClassifier(suining).fit(frame(STATES), NEXT)
    np.testing.assert_allclose(climatology.predict_proba(frame([0, 2])), [CLIMATOLOGY] * 2)


def test_the_state_is_read_from_the_score_where_no_category_is_given(suining):
    X = pd.DataFrame({"debts": [0.0] * 5, "current_score": [0.0, 599.5, 600.0, 955.0, 960.0]})
    model = PersistenceClassifier(suining).fit(X, [0, 0, 1, 2, 3])
    assert model.predict(X).tolist() == [0, 0, 1, 2, 3]


def test_an_array_has_its_state_in_the_last_column_rounded():
    X = np.array([[9.0, 0.2], [9.0, 0.9], [9.0, 2.4], [9.0, 7.0]])
    model = PersistenceClassifier().fit(X, [0, 1, 2, 2])
    np.testing.assert_allclose(model.predict_proba(X), [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.25, 0.25, 0.5]])


@pytest.mark.parametrize("cls", [PersistenceClassifier, ClimatologyClassifier, MarkovClassifier])
def test_named_columns_without_a_state_forecast_climatology(cls, suining):
    X = frame(STATES).drop(columns="current_category")
    np.testing.assert_allclose(cls(suining).fit(X, NEXT).predict_proba(X), [CLIMATOLOGY] * 6)


def test_baselines_take_categories_beside_the_state(suining, pilot):
    X, y = pilot
    probabilities = MarkovClassifier(suining).fit(X, y).predict_proba(X)
    state = suining.scale.categorise(X["current_score"])
    for category in np.unique(state):
        seen = np.bincount(y[state == category], minlength=4)
        expected = (seen + np.bincount(y, minlength=4) / len(y)) / (seen.sum() + 1)
        np.testing.assert_allclose(probabilities[state == category][0], expected)
