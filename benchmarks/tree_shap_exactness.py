"""Compare SHAP values of random boosted trees with their definition: those of the engine, and those of shap.

    python -m benchmarks.tree_shap_exactness --models 500

Each model is scikit-learn's histogram gradient boosting, fitted on random data with missing values. One
kind has one to three categorical columns, and rows to be explained that hold categories no fit has seen; one
has numbers alone; the last has numbers alone that single precision holds. The right values come from every
coalition of features. Errors are relative to ``max(1, |value|)``. shap is given the model and the rows as
anybody would give them, with its own check of additivity on. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import platform
import warnings
from collections import Counter
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from scs_ml.core import Floats
from scs_ml.explain.tree.engine import TreeShap
from tests.explain.tree import brute_force

LIBRARIES = ("numpy", "scikit-learn", "shap")
WRONG = 1e-6  # beyond rounding, also that of single precision
ROWS, BACKGROUND, TRAINING = 6, 20, 300


@dataclass
class Found:
    """What one way of hiding features came to, over all models."""

    engine: list[float] = field(default_factory=list)
    shap: list[float] = field(default_factory=list)  # infinite where its numbers are not finite
    refusals: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Kind:
    """What the models are fitted on."""

    name: str
    categories: bool
    numbers: type[np.floating[Any]]


KINDS = (
    Kind("numbers and categories", categories=True, numbers=np.float64),
    Kind("numbers alone", categories=False, numbers=np.float64),
    Kind("numbers alone, of single precision", categories=False, numbers=np.float32),
)


def table(rng: np.random.Generator, n: int, cardinality: list[int], kind: Kind) -> Floats:
    """Columns of numbers (cardinality 0) and of codes; some values are missing."""
    columns = [rng.integers(0, c, n).astype(float) if c else rng.normal(size=n) for c in cardinality]
    X = np.column_stack(columns).astype(kind.numbers).astype(np.float64)
    X[rng.random(X.shape) < 0.15] = np.nan
    return X


def model_and_rows(seed: int, kind: Kind) -> tuple[Any, Floats, Floats]:
    """A fitted model, rows to be explained, and background rows."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(5, 7))
    cardinality = [0] * d
    for column in rng.choice(d, int(rng.integers(1, 4)) if kind.categories else 0, replace=False):
        cardinality[column] = int(rng.choice([2, 5, 12, 60]))
    X = table(rng, TRAINING, cardinality, kind)
    effects = [rng.normal(size=max(c, 1)) * 2 for c in cardinality]
    filled = np.nan_to_num(X)
    parts = np.column_stack(
        [
            e[filled[:, j].astype(int)] if c else filled[:, j]
            for j, (c, e) in enumerate(zip(cardinality, effects, strict=True))
        ]
    )
    score = parts.sum(axis=1) + parts[:, 0] * parts[:, 1] + np.isnan(X[:, 0]) + rng.normal(size=TRAINING)
    classes = int(rng.choice([0, 2, 3]))  # 0 is regression
    y = np.digitize(score, np.quantile(score, np.arange(1, classes) / classes)) if classes else score
    make = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = make(
        max_iter=int(rng.integers(2, 7)),
        max_depth=int(rng.integers(1, 5)),
        learning_rate=0.5,
        min_samples_leaf=5,
        categorical_features=[c > 0 for c in cardinality],
        early_stopping=False,
        random_state=seed,
    ).fit(X, y)
    # One code more than was fitted.
    rows = table(rng, ROWS, [c and c + 1 for c in cardinality], kind)
    return model, rows, X[:BACKGROUND]


def error(found: Floats, right: Floats) -> float:
    """Largest error, relative to ``max(1, |value|)``."""
    return float(np.max(np.abs(found - right) / np.maximum(1, np.abs(right))))


def compare_shap(found: Found, model: Any, rows: Floats, background: Floats | None, right: Floats) -> None:
    """Ask shap, and keep its error or its refusal."""
    import shap

    way = "tree_path_dependent" if background is None else "interventional"
    try:
        explainer = shap.TreeExplainer(model, data=background, feature_perturbation=way)
        values = np.asarray(explainer.shap_values(rows, check_additivity=True))
    except Exception as refusal:  # noqa: BLE001 - whatever it raises, it gives no values
        found.refusals[f"{type(refusal).__name__}: {str(refusal).partition('!')[0]}"] += 1
        return
    found.shap.append(error(values.reshape(right.shape), right) if np.isfinite(values).all() else np.inf)


def measure(seeds: range, kind: Kind) -> tuple[dict[str, Found], float]:
    """What was found by way of hiding features, and the engine's largest distance from the models' output."""
    found = {name: Found() for name in ("path-dependent", "interventional", "interventional, weighted")}
    sums = 0.0
    for seed in seeds:
        model, rows, background = model_and_rows(seed, kind)
        weights = np.random.default_rng([seed, 1]).integers(0, 4, len(background)) + 0.5
        by_path, by_background = TreeShap(model), TreeShap(model, background)
        weighted = TreeShap(model, background, sample_weight=weights)
        read = by_path.model
        prepared, hidden = read.prepare(rows), read.prepare(background)
        rights = (
            brute_force.path_dependent(read.ensemble, prepared)[0],
            brute_force.interventional(read.ensemble, prepared, hidden)[0],
            brute_force.interventional(read.ensemble, prepared, hidden, weights)[0],
        )
        raw = model.decision_function(rows) if hasattr(model, "classes_") else model.predict(rows)
        for engine, right, each in zip(
            (by_path, by_background, weighted), rights, found.values(), strict=True
        ):
            values = engine.shap_values(rows)
            each.engine.append(error(values, right))
            total = values.sum(axis=1) + engine.expected_value
            sums = max(sums, error(total, raw.reshape(total.shape)))
        compare_shap(found["path-dependent"], model, rows, None, rights[0])
        compare_shap(found["interventional"], model, rows, background, rights[1])
    return found, sums


def main() -> None:
    """Fit, explain, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.models)
    warnings.simplefilter("ignore")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    print(
        f"Python {platform.python_version()}, {versions};"
        f" {len(seeds)} models (seeds {seeds[0]} to {seeds[-1]}) of each kind\n"
    )
    print(
        "| columns | hidden features | engine: largest error | shap: largest error |"
        f" shap: median over models | shap: models off by more than {WRONG:g} | shap: refusals |"
    )
    print("|---|---|---|---|---|---|---|")
    notes = []
    for kind in KINDS:
        found, sums = measure(seeds, kind)
        notes.append(
            f"{kind.name}: expected value and the engine's values add up to the output within {sums:.2g}"
        )
        for name, each in found.items():
            cells = ["not offered"] * 4
            if each.shap or each.refusals:
                errors = np.array(each.shap)
                cells = [
                    f"{errors.max():.2g}" if len(errors) else "-",
                    f"{np.median(errors):.2g}" if len(errors) else "-",
                    f"{np.sum(errors > WRONG)} of {len(errors)}",
                    f"{each.refusals.total()} of {len(seeds)}",
                ]
            print(f"| {kind.name} | {name} | {max(each.engine):.2g} | {' | '.join(cells)} |")
            notes += [
                f"{kind.name}, {name}, refused {count} times: {refusal}"
                for refusal, count in each.refusals.most_common()
            ]
    print("\n" + "\n".join(f"- {note}" for note in notes))


if __name__ == "__main__":
    main()
