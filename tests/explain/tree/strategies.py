"""Random tree ensembles of random shapes, rows that probe them, and weighted backgrounds.

Hypothesis draws what a reader would name (how many trees, features and outputs, how deep, which kinds of
column) and a seed; the seed settles the rest. So examples shrink to few small trees and stay cheap to draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from scs_ml.explain.tree.ensemble import TreeEnsemble

FAR_CODES = np.array([0, 1, 3, 8, 31, 32, 63, 64, 254, 255, 256, 300, 1000, 70_000])


@dataclass(frozen=True)
class Shape:
    """What is fixed of an ensemble before its seed."""

    n_trees: int = 3
    n_features: int = 3
    n_columns: int = 3
    n_outputs: int = 1
    n_values: int = 1
    max_depth: int = 4
    max_leaves: int = 8
    chain: bool = False
    distinct: bool = False  # no column twice
    categorical: float = 0.4
    n_codes: int = 6
    n_thresholds: int = 4


@st.composite
def shapes(draw, max_features=6):
    """Small ensembles of all kinds."""
    n_features = draw(st.integers(1, max_features))
    n_values = draw(st.integers(1, 3))
    depth = draw(st.integers(0, 8))
    return Shape(
        n_trees=draw(st.integers(1, 5)),
        n_features=n_features,
        n_columns=n_features + draw(st.integers(0, 3)),
        n_outputs=n_values + draw(st.integers(0, 2)),
        n_values=n_values,
        max_depth=depth,
        max_leaves=draw(st.integers(1, min(2**depth, 24))),
        chain=draw(st.booleans()),
        categorical=draw(st.sampled_from([0.0, 0.5, 1.0])),
        n_codes=draw(st.sampled_from([1, 2, 6, 14])),
        n_thresholds=draw(st.sampled_from([1, 3, 50])),
    )


SEEDS = st.integers(0, 2**32 - 1)


def ensemble(shape, seed):
    """One ensemble of a shape."""
    rng = np.random.default_rng(seed)
    # Every feature has a column; the others fall to any.
    feature = np.r_[: shape.n_features, rng.integers(0, shape.n_features, shape.n_columns - shape.n_features)]
    rng.shuffle(feature)
    codes = {
        column: np.sort(rng.choice(FAR_CODES, shape.n_codes, replace=False))
        if shape.n_codes <= len(FAR_CODES)
        else np.arange(shape.n_codes)
        for column in np.flatnonzero(rng.random(shape.n_columns) < shape.categorical).tolist()
    }
    thresholds = np.round(rng.normal(size=(shape.n_columns, shape.n_thresholds)), 3)
    # A library that sends all but missing values one way says so with an infinite threshold.
    thresholds[rng.random(thresholds.shape) < 0.02] = np.inf
    # One that was fitted on minus infinity splits it off.
    thresholds[rng.random(thresholds.shape) < 0.02] = -np.inf
    trees = [_tree(rng, shape) for _ in range(shape.n_trees)]
    first_node = np.cumsum([0, *(len(left) for left, _ in trees)])
    left, right = (
        np.concatenate(
            [
                np.where(tree[side] >= 0, tree[side] + at, -1)
                for tree, at in zip(trees, first_node[:-1], strict=True)
            ]
        )
        for side in (0, 1)
    )
    inner = np.flatnonzero(left >= 0)
    n = len(left)
    column = np.full(n, -1)
    if shape.distinct:
        column[inner] = rng.permutation(shape.n_columns)[: len(inner)]
    else:
        column[inner] = rng.integers(0, shape.n_columns, len(inner))
    on_codes = [node for node in inner.tolist() if int(column[node]) in codes]
    left_codes = {}
    for node in on_codes:
        listed = codes[int(column[node])]
        left_codes[node] = listed[rng.random(len(listed)) < 0.5]
    threshold = np.full(n, np.nan)
    on_numbers = np.setdiff1d(inner, on_codes)
    threshold[on_numbers] = [rng.choice(thresholds[at]) for at in column[on_numbers]]
    return TreeEnsemble(
        first_node=first_node,
        column=column,
        left=left,
        right=right,
        threshold=threshold,
        missing_left=rng.random(n) < 0.5,
        unlisted_left=rng.random(n) < 0.5,
        left_codes=left_codes,
        codes=codes,
        cover=_covers(rng, left, right),
        value=rng.normal(size=(n, shape.n_values)) * rng.choice([0.0, 1.0, 10.0], (n, 1), p=[0.1, 0.8, 0.1]),
        output=np.array([rng.permutation(shape.n_outputs)[: shape.n_values] for _ in trees]),
        base=rng.normal(size=shape.n_outputs),
        feature=feature,
        n_features=shape.n_features,
    )


def _tree(rng, shape):
    """Children within one tree, grown leaf by leaf: nodes stand in any order that is parents first."""
    left, right, depth = [-1], [-1], [0]
    while (len(left) + 1) // 2 < shape.max_leaves:
        open_leaves = [at for at in range(len(left)) if left[at] < 0 and depth[at] < shape.max_depth]
        if shape.chain:
            open_leaves = [at for at in open_leaves if at >= len(left) - 2]
        if not open_leaves or (rng.random() < 0.05 and not shape.chain):
            break
        at = int(rng.choice(open_leaves))
        left[at], right[at] = rng.permutation([len(left), len(left) + 1]).tolist()
        left += [-1, -1]
        right += [-1, -1]
        depth += [depth[at] + 1] * 2
    return np.array(left), np.array(right)


def _covers(rng, left, right):
    """Training rows by node: counts, or weights of very different size, that add up."""
    at_leaves = [rng.integers(1, 50, len(left)).astype(float), 10 ** rng.uniform(-3, 4, len(left))]
    cover = at_leaves[rng.integers(2)]
    for node in reversed(range(len(left))):
        if left[node] >= 0:
            cover[node] = cover[left[node]] + cover[right[node]]
    return cover


def rows(ensemble, n, seed):
    """Rows at thresholds, just above, between and far off; missing; with codes listed and not."""
    rng = np.random.default_rng([seed, 1])
    X = rng.normal(size=(n, len(ensemble.feature)))
    for column in range(X.shape[1]):
        x = X[:, column]
        listed = ensemble.codes.get(column)
        if listed is None:
            at = ensemble.threshold[ensemble.column == column]
            if len(at):
                on = rng.random(n) < 0.3
                x[on] = rng.choice(at, on.sum())
                above = rng.random(n) < 0.2
                x[above] = np.nextafter(rng.choice(at, above.sum()), np.inf)
            x[rng.random(n) < 0.05] = np.inf
            x[rng.random(n) < 0.05] = -np.inf
        else:
            x[:] = rng.choice(listed, n)
            unlisted = rng.random(n) < 0.2
            x[unlisted] = rng.choice([-1, 2, 253, 257, 999, 1_000_000], unlisted.sum())
        x[rng.random(n) < 0.2] = np.nan
    return X


def background(ensemble, m, seed):
    """Rows and their weights, of which some may be zero."""
    rng = np.random.default_rng([seed, 2])
    weights = rng.integers(0, 4, m).astype(float)
    weights[rng.integers(m)] = rng.uniform(0.1, 5)
    return rows(ensemble, m, seed + 1), weights
