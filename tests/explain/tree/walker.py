"""The slow way through a tree ensemble, one row and node at a time, and rows that try its edges."""

from __future__ import annotations

import numpy as np


def goes_left(ensemble, node, value):
    """Say where a value goes, in the words of `TreeEnsemble`."""
    if np.isnan(value):
        return bool(ensemble.missing_left[node])
    codes = ensemble.codes.get(int(ensemble.column[node]))
    if codes is None:
        return bool(value <= ensemble.threshold[node])
    if value not in codes.tolist():
        return bool(ensemble.unlisted_left[node])
    return value in ensemble.left_codes[node].tolist()


def predict(ensemble, prepared):
    """Outputs (n, outputs) of an ensemble for rows in its own columns."""
    said = np.tile(ensemble.base, (len(prepared), 1))
    for row, values in enumerate(prepared):
        for tree in range(ensemble.n_trees):
            node = ensemble.first_node[tree]
            while ensemble.left[node] >= 0:
                left = goes_left(ensemble, node, values[ensemble.column[node]])
                node = ensemble.left[node] if left else ensemble.right[node]
            said[row, ensemble.output[tree]] += ensemble.value[node]
    return said


def assert_sound(ensemble):
    """Check what `TreeEnsemble` promises of its arrays."""
    inner = np.flatnonzero(ensemble.left >= 0)
    leaf = ensemble.left < 0
    assert (ensemble.column[leaf] == -1).all()
    assert (ensemble.right[leaf] == -1).all()
    assert (ensemble.left[inner] > inner).all()
    assert (ensemble.right[inner] > inner).all()
    tree = np.repeat(np.arange(ensemble.n_trees), np.diff(ensemble.first_node))
    assert ensemble.first_node[-1] == len(ensemble.left) == len(tree)
    for child in (ensemble.left[inner], ensemble.right[inner]):
        assert (tree[child] == tree[inner]).all()
    reached = np.concatenate([ensemble.first_node[:-1], ensemble.left[inner], ensemble.right[inner]])
    np.testing.assert_array_equal(np.sort(reached), np.arange(len(ensemble.left)))
    assert (ensemble.cover > 0).all()
    np.testing.assert_allclose(
        ensemble.cover[ensemble.left[inner]] + ensemble.cover[ensemble.right[inner]],
        ensemble.cover[inner],
        rtol=1e-12,
    )
    categorical = np.isin(ensemble.column, [*ensemble.codes]) & ~leaf
    np.testing.assert_array_equal(np.flatnonzero(categorical), sorted(ensemble.left_codes))
    np.testing.assert_array_equal(np.isnan(ensemble.threshold), leaf | categorical)
    for node, left in ensemble.left_codes.items():
        codes = ensemble.codes[int(ensemble.column[node])]
        assert (np.diff(codes) > 0).all() and (np.diff(left) > 0).all()
        assert np.isin(left, codes).all()
    assert ensemble.value.shape == (len(ensemble.left), ensemble.output.shape[1])
    assert ((ensemble.output >= 0) & (ensemble.output < len(ensemble.base))).all()
    assert ensemble.feature.max() < ensemble.n_features


def at_thresholds(ensemble, X, most=25):
    """Rows of X with one value on a threshold of the ensemble, or one ulp (of float64, float32) beside it."""
    nodes = np.flatnonzero(np.isfinite(ensemble.threshold) & (np.abs(ensemble.threshold) < 1e30))[:most]
    rows = []
    for at, node in enumerate(nodes):
        threshold = ensemble.threshold[node]
        single = np.float32(threshold)
        for value in (
            threshold,
            np.nextafter(threshold, np.inf),
            np.nextafter(threshold, -np.inf),
            np.nextafter(single, np.float32(np.inf)),
            np.nextafter(single, np.float32(-np.inf)),
        ):
            row = X[at % len(X)].copy()
            row[ensemble.column[node]] = value
            rows.append(row)
    return np.array(rows)


def check(reading, X, *, tolerance=1e-12, edges=True):
    """Check that a reading is sound and says what its model says, also at thresholds."""
    assert_sound(reading.ensemble)
    assert len(reading.names) == reading.ensemble.n_features
    tried = [X] if not edges else [X, at_thresholds(reading.ensemble, X)]
    for rows in tried:
        prepared = reading.prepare(rows)
        assert prepared.dtype == np.float64 and prepared.flags.c_contiguous
        raw = reading.raw(rows)
        assert raw.shape == (len(rows), len(reading.ensemble.base))
        error = np.abs(predict(reading.ensemble, prepared) - raw) / np.maximum(1, np.abs(raw))
        assert error.max() <= tolerance
