"""Time and memory of the forecasters beside the bare scikit-learn estimators they wrap.

    python benchmarks/forecast_speed.py [--repeats 9] [--seed 0]

Each family and its bare estimators are fitted and asked in turn, in one run, on the same array: what the
family encodes is given to the bare ones for nothing, and their outputs are stacked but not rearranged. Where
the family imputes and scales, a second comparison lets scikit-learn do that too. Memory is
the peak that `tracemalloc` sees in `predict_proba` on a million rows, in copies of its output.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

# One thread, or other work on the machine decides the ratios; read when numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import scipy
import sklearn
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scs_ml.forecast import FORECASTERS

# Rows that each is fitted to, so that none takes minutes; it forecasts ten times as many.
FAMILIES = {"logit": 20_000, "lda": 20_000, "boosting": 5_000, "network": 2_000, "forest": 1_000}
SCALED = ("logit", "lda", "network")  # families that impute and scale
N_COLUMNS, N_CATEGORIES = 20, 4
MANY_ROWS = 1_000_000


def table(n: int, seed: int) -> tuple[Any, Any]:
    """Give n rows of normal columns, and the category of a noisy sum of a few of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, N_COLUMNS))
    score = X[:, :4].sum(axis=1) + X[:, 4] * X[:, 5] + rng.normal(size=n)
    return X, np.searchsorted(np.array([-2.0, 0.0, 2.0]), score)


def bare(name: str, X: Any, y: Any) -> Any:
    """Give what the family of a name fits at its boundaries, unfitted, with the same settings."""
    fitted = FORECASTERS[name]().fit(X, y)
    if name == "network":
        return clone(fitted.network_)
    return [clone(each) for each in fitted.estimators_]


def fit_bare(estimators: Any, encoded: Any, y: Any) -> Any:
    """Fit one estimator to all boundaries at once, or one to each."""
    exceeds = (y[:, None] > np.arange(N_CATEGORIES - 1)).astype(np.int64)
    if isinstance(estimators, list):
        return [clone(each).fit(encoded, exceeds[:, k]) for k, each in enumerate(estimators)]
    return clone(estimators).fit(encoded, exceeds)


def ask_bare(fitted: Any, encoded: Any) -> Any:
    """Give the probabilities of exceeding each boundary."""
    if isinstance(fitted, list):
        return np.column_stack([each.predict_proba(encoded)[:, 1] for each in fitted])
    return fitted.predict_proba(encoded)


def seconds(action: Callable[[], Any]) -> float:
    """Seconds of processor time of an action."""
    gc.collect()
    start = time.process_time()
    action()
    return time.process_time() - start


def ratios(first: Callable[[], Any], second: Callable[[], Any], repeats: int) -> tuple[Any, float]:
    """Ratios (repeats,) of the time of two actions in turn, and the median time of the second."""
    first()
    second()
    pairs = []
    for i in range(repeats):
        # Whoever goes second finds the caches as the other left them.
        if i % 2:
            of_second = seconds(second)
            of_first = seconds(first)
        else:
            of_first = seconds(first)
            of_second = seconds(second)
        pairs.append((of_first, of_second))
    times = np.array(pairs)
    return times[:, 0] / times[:, 1], float(np.median(times[:, 1]))


def said(values: Any) -> str:
    """Median and quartiles."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def copies(forecaster: Any, seed: int) -> float:
    """Peak of memory of `predict_proba` on a million rows, in copies of its output."""
    X, _ = table(MANY_ROWS, seed)
    gc.collect()
    tracemalloc.start()
    output = forecaster.predict_proba(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / output.nbytes


def measure(name: str, seed: int, repeats: int, *, memory: bool) -> str:
    """Measure one family, as a row of the table."""
    X, y = table(FAMILIES[name], seed)
    many, _ = table(10 * len(X), seed + 1)
    family, estimators = FORECASTERS[name](), bare(name, X, y)
    encoder = clone(family)._input_encoder().fit(X, y)  # noqa: SLF001 - its columns are what is compared on
    encoded, asked = encoder.transform(X), encoder.transform(many)
    fit, fit_s = ratios(lambda: clone(family).fit(X, y), lambda: fit_bare(estimators, encoded, y), repeats)
    fitted, plain = clone(family).fit(X, y), fit_bare(estimators, encoded, y)
    ask, ask_s = ratios(lambda: fitted.predict_proba(many), lambda: ask_bare(plain, asked), repeats)
    fit_alike = ask_alike = "the same"
    if name in SCALED:
        ready = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        scaler = clone(ready).fit(X)
        fit_alike = said(
            ratios(
                lambda: clone(family).fit(X, y),
                lambda: fit_bare(estimators, clone(ready).fit_transform(X), y),
                repeats,
            )[0]
        )
        ask_alike = said(
            ratios(
                lambda: fitted.predict_proba(many),
                lambda: ask_bare(plain, scaler.transform(many)),
                repeats,
            )[0]
        )
    peak = f"{copies(fitted, seed):.2f}" if memory else ""
    return (
        f"| {name} | {len(X):,} | {said(fit)} | {fit_alike} | {fit_s:.3f} | {said(ask)} | {ask_alike} | "
        f"{ask_s:.3f} | {peak} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", action="append", choices=tuple(FAMILIES), help="may be given again")
    parser.add_argument("--no-memory", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(
        f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"Python {platform.python_version()}, {platform.processor() or platform.machine()}, "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; seed {options.seed}, "
        f"{N_COLUMNS} columns, {N_CATEGORIES} categories, {options.repeats} repeats\n"
    )
    print(
        "| family | rows | fit, ratio | where scikit-learn scales too | bare, s | predict_proba, ratio | "
        "where scikit-learn scales too | bare, s | copies of the output |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name in options.family or FAMILIES:
        print(measure(name, options.seed, options.repeats, memory=not options.no_memory), flush=True)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
