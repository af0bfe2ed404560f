"""Compare rules that push the attribution of the current score through to the indicators behind it.

    python -m benchmarks.explain_through --worlds 10

Worlds are simulated with a known cause: two groups differ in one indicator, reports by neighbours, and in
nothing else; the score is a sum of points, and trees forecast the next category from indicators and score. Of
the gap between the groups' mean SHAP values, all belongs to the reports. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable

import numpy as np
import pandas as pd
import sklearn

from scs_ml.core import Bools, Floats, Ints
from scs_ml.explain import explain
from scs_ml.explain.lags import Lag, regress_lag
from scs_ml.explain.pushing import share_by_slope
from scs_ml.forecast import FORECASTERS

POINTS = {"titles": 30.0, "traffic": -20.0, "debts": -50.0, "reports": -25.0, "charity": 5.0}
CUTS = [850.0, 930.0, 980.0]
WHOLE = slice(None)

Rule = Callable[[Floats, Lag], Floats]


def world(n: int, seed: int) -> tuple[pd.DataFrame, Ints, Bools]:
    """Indicators and score, next categories, and who is in the group that is reported more."""
    rng = np.random.default_rng(seed)
    group = rng.random(n) < 0.3
    counts = {
        "titles": rng.poisson(0.4, n),
        "traffic": rng.poisson(1.0, n),
        "debts": rng.poisson(0.5, n),
        "reports": rng.poisson(np.where(group, 1.2, 0.5)),
        "charity": rng.poisson(2.0, n),
    }
    X = pd.DataFrame(counts).astype(float)
    X["current_score"] = 1000 + X @ pd.Series(POINTS)
    return X, np.digitize(X["current_score"] + rng.normal(0, 25, n), CUTS), group


def left(attribution: Floats, lag: Lag) -> Floats:
    """Leave it on the score."""
    shares = np.zeros_like(lag.contributions)
    shares[:, lag.at] = attribution
    return shares


def relevance(attribution: Floats, lag: Lag) -> Floats:
    """Layer-wise relevance propagation, alpha 1 beta 0: among contributions of the attribution's own sign."""
    weights = np.maximum(lag.contributions * np.sign(attribution)[:, None], 0)
    weights = np.where(weights.any(axis=1, keepdims=True), weights, np.abs(lag.contributions))
    return np.asarray(attribution[:, None] * weights / weights.sum(axis=1, keepdims=True))


def rescale(attribution: Floats, lag: Lag) -> Floats:
    """Rescale rule with the mean as its one baseline: in proportion to signed contributions."""
    centred = lag.contributions.sum(axis=1)
    return np.asarray((attribution / centred)[:, None] * lag.contributions)


def slopes(attribution: Floats, lag: Lag) -> Floats:
    """The rule of `scs_ml.explain`."""
    stays = np.eye(lag.contributions.shape[1])[lag.at]
    return share_by_slope(attribution, lag.contributions, WHOLE, stays)


RULES: dict[str, Rule] = {
    "left on the score": left,
    "relevance propagation, α=1 β=0": relevance,
    "rescale, one baseline": rescale,
    "slopes between people (used)": slopes,
}


def main() -> None:
    """Simulate, explain, push, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--people", type=int, default=4000)
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, scikit-learn {sklearn.__version__};"
        f" {options.worlds} worlds of {options.people:,} people\n"
    )
    print("| forecaster | rule | reports | largest other indicator | score | largest value (log-odds) |")
    print("|---|---|---|---|---|---|")
    for family in ("boosting", "hybrid"):
        shares: dict[str, list[Floats]] = {name: [] for name in RULES}
        largest = dict.fromkeys(RULES, 0.0)
        for seed in range(options.worlds):
            X, y, group = world(options.people, seed)
            found = explain(FORECASTERS[family]().fit(X, y), X, through=())
            lag = regress_lag(X, "current_score", ["current_score"], WHOLE)
            if lag is None:
                raise SystemExit("too few people to regress the score")
            for name, rule in RULES.items():
                values = found.values.copy()
                values[:, lag.at] = 0
                for boundary in range(values.shape[2]):
                    values[:, :, boundary] += rule(found.values[:, lag.at, boundary], lag)
                gap = (values[group].mean(axis=0) - values[~group].mean(axis=0)).mean(axis=1)
                shares[name].append(gap / gap.sum())
                largest[name] = max(largest[name], float(np.abs(values).max()))
        for name, each in shares.items():
            mean, spread = np.mean(each, axis=0), np.std(each, axis=0, ddof=1)
            others = np.delete(mean, [3, 5])
            most = others[np.argmax(np.abs(others))]
            print(
                f"| {family} | {name} | {mean[3]:.2f} (SD {spread[3]:.2f}) | {most:+.2f} | {mean[5]:.2f} |"
                f" {largest[name]:.0f} |"
            )


if __name__ == "__main__":
    main()
