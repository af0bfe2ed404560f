"""Covers that add up: path-dependent SHAP divides a node's cover by its parent's."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError

# Share of its tree that an empty leaf is given. No training row went there, but rows to explain may, and a
# model's output has to be reproduced for them too; nothing else moves by more than this.
_EMPTY = 2.0**-40


def levels(first_node: Ints, left: Ints, right: Ints) -> list[Ints]:
    """Give the nodes of all trees by depth, roots first; within a depth in the order of trees."""
    found = [first_node[:-1]]
    while len(found[-1]):
        inner = found[-1][left[found[-1]] >= 0]
        found.append(np.column_stack([left[inner], right[inner]]).ravel())
    return found[:-1]


def settle(first_node: Ints, left: Ints, right: Ints, cover: Floats) -> Floats:
    """Make covers that a library rounded, or left at zero, add up exactly.

    Parameters
    ----------
    first_node : ndarray of int (T + 1,)
    left, right : ndarray of int (N,)
        As in `TreeEnsemble`.
    cover : ndarray (N,)
        As the library has them; only those of leaves are read.

    Returns
    -------
    ndarray (N,)
        Positive; every inner node has the sum of its children.

    Raises
    ------
    ExplanationError
        If a leaf's cover is negative, or no number.
    """
    leaf = left < 0
    if not (cover[leaf] >= 0).all():
        raise ExplanationError(
            "a leaf's training rows have a negative weight, so that nothing says how often it is reached",
            remedy="fit without negative sample weights",
        )
    settled = np.where(leaf, cover, 0.0)
    sizes = np.diff(first_node)
    total = np.add.reduceat(settled, first_node[:-1])
    smallest = np.where(total > 0, total * _EMPTY, 1.0)
    settled[leaf] = np.maximum(settled, np.repeat(smallest, sizes))[leaf]
    for level in reversed(levels(first_node, left, right)):
        inner = level[left[level] >= 0]
        settled[inner] = settled[left[inner]] + settled[right[inner]]
    return settled
