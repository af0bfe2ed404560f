"""The three trees of `golden`: by enumeration, and by the engine."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.explain.tree.engine import TreeShap
from tests.explain.tree import brute_force
from tests.explain.tree.golden import WORKED
from tests.explain.tree.models import around

each_tree = pytest.mark.parametrize("worked", WORKED.values(), ids=WORKED)


def same(found, by_hand):
    np.testing.assert_allclose(found, by_hand, rtol=0, atol=1e-12)


@each_tree
def test_enumeration_finds_what_was_worked_out_by_hand(worked):
    values, expected = brute_force.path_dependent(worked.ensemble, worked.X)
    same(values, worked.path_dependent)
    same(expected, worked.expected)
    values, expected = brute_force.interventional(
        worked.ensemble, worked.X, worked.background, worked.weights
    )
    same(values, worked.interventional)
    same(expected, worked.interventional_expected)


@each_tree
def test_enumeration_finds_the_interactions_worked_out_by_hand(worked):
    first = worked.ensemble.output[0, 0]
    found = brute_force.interactions(worked.ensemble, worked.X)
    same(found[0, :, :, first], worked.interactions)
    found = brute_force.interactions(worked.ensemble, worked.X, worked.background, worked.weights)
    same(found[0, :, :, first], worked.interventional_interactions)


@each_tree
def test_what_was_worked_out_by_hand_adds_up(worked):
    given = brute_force.outputs(worked.ensemble, worked.X)
    same(worked.path_dependent.sum(axis=1) + worked.expected, given)
    same(worked.interventional.sum(axis=1) + worked.interventional_expected, given)


@each_tree
def test_the_engine_finds_what_was_worked_out_by_hand(worked):
    first = worked.ensemble.output[0, 0]
    engine = TreeShap(around(worked.ensemble))
    same(engine.shap_values(worked.X), worked.path_dependent)
    same(engine.expected_value, worked.expected)
    same(engine.interaction_values(worked.X, [0, 1])[0, :, :, first], worked.interactions)
    engine = TreeShap(around(worked.ensemble), worked.background, sample_weight=worked.weights)
    same(engine.shap_values(worked.X), worked.interventional)
    same(engine.expected_value, worked.interventional_expected)
    same(engine.interaction_values(worked.X, [0, 1])[0, :, :, first], worked.interventional_interactions)
