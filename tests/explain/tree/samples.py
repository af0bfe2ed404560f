"""Random inputs with missing values and a column of category codes, and outcomes that depend on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

CODES = 9


def inputs(n=300, *, seed=0, missing=0.1):
    """X (n, 5): three continuous columns, one of few whole numbers, one of codes 0..8."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    X[:, 3] = rng.integers(-2, 3, n)
    X[:, 4] = rng.integers(0, CODES, n)
    X[rng.random(X.shape) < missing] = np.nan
    return X


def signal(X):
    """A smooth function, an interaction and an effect of codes in no order (n,)."""
    z = np.nan_to_num(X)
    return z[:, 0] + z[:, 1] * z[:, 3] + 2.0 * np.isin(X[:, 4], [1, 4, 6]) - np.isnan(X[:, 0])


def outcome(X, categories=2):
    """Categories 0..K-1 of about equal size."""
    cuts = np.quantile(signal(X), np.linspace(0, 1, categories + 1)[1:-1])
    return np.digitize(signal(X), cuts)


def weights(n, *, seed=1):
    """Weights (n,), a fifth of them zero."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < 0.2, 0.0, rng.gamma(2.0, size=n))


def strange_codes(X, codes, *, seed=2):
    """X with codes in its last column that no fit has seen, in every third row."""
    rng = np.random.default_rng(seed)
    X = X.copy()
    X[::3, 4] = rng.choice(codes, len(X[::3]))
    return X


def frame(X, *, levels=None):
    """X as a frame whose last column is a category of names, of the given levels where there are any."""
    table = pd.DataFrame(X, columns=["debts", "visits", "hours", "late", "district"])
    named = table["district"].map(lambda code: f"d{code:g}", na_action="ignore")
    table["district"] = pd.Categorical(named)
    if levels is not None:
        table["district"] = table["district"].cat.set_categories(levels)
    return table
