"""Small tables for the tests of explanations: a card's score of this period, categories of the next."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

POINTS = {"titles": 30.0, "traffic": -20.0, "debts": -50.0, "informants": -25.0}
CUTS = [880.0, 940.0, 980.0]


def suining_like(n, *, seed, district=True):
    """Indicators, categories 0..3, and a group that neighbours report more and that is like the rest else."""
    rng = np.random.default_rng(seed)
    group = rng.random(n) < 0.3
    X = pd.DataFrame(
        {
            "titles": rng.poisson(0.4, n),
            "traffic": rng.poisson(1.0, n),
            "debts": rng.poisson(0.5, n),
            "informants": rng.poisson(np.where(group, 1.5, 0.5)),
        }
    ).astype(float)
    score = 1000 + X @ pd.Series(POINTS)
    if district:
        X["district"] = pd.Categorical(rng.choice(["d01", "d02", "d03"], n), categories=["d01", "d02", "d03"])
    X["current_score"] = score
    return X, np.digitize(score + rng.normal(0, 30, n), CUTS), group


def shapley(value, d):
    """Shapley values by their definition (Shapley 1953): the mean over all orders of what each player adds.

    `value` gives the worth (n,) of a frozenset of players 0..d-1.
    """
    value = cache(value)
    orders = list(permutations(range(d)))
    found = np.zeros((len(np.atleast_1d(value(frozenset()))), d))
    for order in orders:
        before = frozenset()
        for player in order:
            found[:, player] += value(before | {player}) - value(before)
            before |= {player}
    return found / len(orders)


def interventional(outputs, X, background):
    """Worth of a coalition of columns for each row of X: mean output over rows that take the others' values.

    `outputs` gives the numbers (n,) of a frame; columns not in the coalition are the background's.
    """
    names = list(X.columns)

    def value(known):
        mixed = pd.concat([background] * len(X), ignore_index=True)
        for i in known:
            mixed[names[i]] = X[names[i]].repeat(len(background)).array
        return np.asarray(outputs(mixed)).reshape(len(X), len(background)).mean(axis=1)

    return value


class CategoryCodes(TransformerMixin, BaseEstimator):
    """An encoder that gives categories as codes: what boosting with native categorical splits wants."""

    def fit(self, X, y=None):
        self.column_indicator_ = tuple(X.columns)
        return self

    def transform(self, X):
        return np.column_stack(
            [
                c.cat.codes.where(c.notna()) if isinstance(c.dtype, pd.CategoricalDtype) else c
                for _, c in X.items()
            ]
        )

    def derived(self, X):
        return {}


def with_district(n, *, seed):
    """Debts, dues and a district of twelve, whose effects are in no order; categories 0..2."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 12, n)
    X = pd.DataFrame(
        {
            "debts": rng.normal(size=n),
            "dues": rng.normal(size=n),
            "district": pd.Categorical.from_codes(level, [f"d{i:02}" for i in range(12)]),
        }
    )
    X.loc[rng.random(n) < 0.1, "dues"] = np.nan
    signal = X["debts"] * np.where(np.isin(level, [1, 5, 7]), -1, 1) + 3 * np.isin(level, [0, 3, 4, 9])
    return X, np.digitize(signal - X["dues"].isna() + rng.normal(size=n), [0, 2])
