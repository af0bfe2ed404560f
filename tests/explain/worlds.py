"""Small tables for the tests of explanations: a card's score of this period, categories of the next."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd

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
