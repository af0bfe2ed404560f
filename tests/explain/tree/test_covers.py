"""Covers that libraries rounded, or left empty."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.covers import levels, settle

# A tree of five nodes (a leaf under each child of its root but one), then a tree that is one leaf.
FIRST = np.array([0, 5, 6])
LEFT = np.array([1, 3, -1, -1, -1, -1])
RIGHT = np.array([2, 4, -1, -1, -1, -1])


def test_levels_hold_every_node_by_depth():
    assert [level.tolist() for level in levels(FIRST, LEFT, RIGHT)] == [[0, 5], [1, 2], [3, 4]]


def test_inner_nodes_get_the_sum_of_their_leaves():
    rounded = np.array([99.0, 98.0, 1.5, 2.25, 4.0, 7.0])
    assert settle(FIRST, LEFT, RIGHT, rounded).tolist() == [7.75, 6.25, 1.5, 2.25, 4.0, 7.0]


def test_an_empty_leaf_gets_a_share_too_small_to_see():
    settled = settle(FIRST, LEFT, RIGHT, np.array([4.0, 4.0, 0.0, 4.0, 0.0, 7.0]))
    assert settled[2] == settled[4] == 4.0 * 2.0**-40
    assert settled[1] == settled[3] + settled[4]
    assert settled[0] == settled[1] + settled[2]
    assert settled[5] == 7.0


def test_a_tree_that_nobody_reached_splits_evenly():
    settled = settle(FIRST, LEFT, RIGHT, np.zeros(6))
    assert settled.tolist() == [3.0, 2.0, 1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_a_negative_cover_is_refused(bad):
    with pytest.raises(ExplanationError, match="negative weight"):
        settle(FIRST, LEFT, RIGHT, np.array([5.0, 4.0, 1.0, bad, 4.0, 7.0]))
