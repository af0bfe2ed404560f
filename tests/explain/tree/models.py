"""Models for the engine: around an ensemble that no library fitted, and fitted on random tables."""

from __future__ import annotations

import numpy as np

from scs_ml.explain.tree.reading import TreeModel
from tests.explain.tree import brute_force


def around(ensemble):
    """A model that takes prepared columns as they are."""
    return TreeModel(
        ensemble=ensemble,
        prepare=lambda X: np.ascontiguousarray(X, dtype=np.float64),
        raw=lambda X: brute_force.outputs(ensemble, np.asarray(X, dtype=np.float64)),
        names=tuple(f"x{j}" for j in range(ensemble.n_features)),
        target="prediction",
        tolerance=1e-8,
        maker="by hand",
    )
