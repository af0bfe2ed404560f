"""Probabilities of exceeding boundaries, from trees that are averaged into probabilities of classes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree import read_model
from scs_ml.explain.tree.exceedance import exceedance_model
from tests.explain.tree import walker

X = np.array([[0.0], [0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]])


def test_leaves_are_cumulated_by_hand():
    """Left leaf: categories 0, 0, 0, 2; right leaf: 2, 2, 5, 5. Codes 1, 3 and 4 are nobody's."""
    tree = DecisionTreeClassifier().fit(X, [0, 0, 0, 2, 2, 2, 5, 5])
    model = exceedance_model(read_model(tree), np.array([0, 2, 5]))
    expected = [[0.25, 0.25, 0, 0, 0], [1, 1, 0.5, 0.5, 0.5]]
    np.testing.assert_array_equal(model.raw(X[[0, 4]]), expected)
    leaves = model.ensemble.value[model.ensemble.column < 0]
    np.testing.assert_array_equal(leaves, expected)
    assert model.target == "probability of exceeding the boundary"


def test_categories_below_the_first_are_always_exceeded():
    tree = DecisionTreeClassifier().fit(X, [1, 1, 1, 2, 2, 2, 2, 2])
    model = exceedance_model(read_model(tree), np.array([1, 2]))
    np.testing.assert_array_equal(model.raw(X[[0, 4]]), [[1, 0.25], [1, 1]])


def test_a_forest_of_cumulated_trees_gives_the_exceedance_of_its_probabilities():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(200, 3))
    y = np.digitize(table.sum(axis=1) + rng.normal(size=200), [-1, 0, 1])
    forest = RandomForestClassifier(7, random_state=0).fit(table, y)
    model = exceedance_model(read_model(forest), np.arange(4))
    probabilities = forest.predict_proba(table)
    expected = np.column_stack([probabilities[:, k:].sum(axis=1) for k in (1, 2, 3)])
    np.testing.assert_allclose(model.raw(table), expected, atol=1e-14)
    np.testing.assert_allclose(walker.predict(model.ensemble, model.prepare(table)), expected, atol=1e-12)


def test_margins_are_refused():
    boosting = HistGradientBoostingClassifier(max_iter=2).fit(np.tile(X, (6, 1)), np.tile([0, 1], 24))
    with pytest.raises(ExplanationError, match="add up to the log-odds"):
        exceedance_model(read_model(boosting), np.array([0, 1]))
