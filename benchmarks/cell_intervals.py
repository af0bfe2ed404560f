"""Time the bootstrap of confusion cells, and lay its intervals beside those of a bootstrap of rows.

    OMP_NUM_THREADS=1 python benchmarks/cell_intervals.py --seed 20261124

`scs_ml.inference.cell_bootstrap` against fairlearn's `MetricFrame(n_boot=...)` and against bootstraps of row
and of family indices in NumPy, on 100,000 people in six unequal groups, four categories and five metrics;
rounds are interleaved. Prints Markdown tables. The coverage of the intervals: `cell_coverage.py`.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import fairlearn
import numpy as np
import scipy
from fairlearn.metrics import MetricFrame

from scs_ml.core import Bools, Floats, Ints
from scs_ml.inference import ConfusionCells, cell_bootstrap, confusion_cells
from scs_ml.metrics import cell_metrics

N, K, BOUNDARY = 100_000, 4, 1
SHARES = (0.35, 0.25, 0.20, 0.10, 0.07, 0.03)
METRICS = cell_metrics(BOUNDARY)
QUANTILES = [0.025, 0.975]
ICC = 0.3  # share of the latent variance that a family has in common


def population(rng: np.random.Generator, *, crossing: bool) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw true and forecast categories, groups and families of one to five people."""
    family = np.repeat(np.arange(N), rng.integers(1, 6, size=N))[:N]
    n_families = int(family[-1]) + 1
    group = rng.choice(6, N if crossing else n_families, p=SHARES)
    group = group if crossing else group[family]
    shared = rng.standard_normal(n_families)[family]
    latent = np.sqrt(ICC) * shared + np.sqrt(1 - ICC) * rng.standard_normal(N) + 0.2 * (group % 3)
    truth = np.searchsorted([-1.0, 0.0, 1.0], latent)
    guess = np.clip(truth + rng.choice([-1, 0, 1], N, p=[0.15, 0.7, 0.15]), 0, K - 1)
    return truth, guess, group, family


# --- what is compared ---


def ours(
    data: tuple[Ints, ...], replicates: int, seed: int, *, clustered: bool = False
) -> tuple[Floats, Floats]:
    """Intervals (metric, group) from the raw rows, cells counted anew."""
    truth, guess, group, family = data
    cells = confusion_cells(truth, guess, group, n_categories=K, cluster=family if clustered else None)
    return intervals(cells, replicates, seed)


def intervals(cells: ConfusionCells, replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Intervals (metric, group) from cells that are already counted."""
    found = cell_bootstrap(cells, METRICS, replicates=replicates, seed=seed).metrics.values()
    return np.stack([f.low for f in found]), np.stack([f.high for f in found])


def _mean(hit: Bools) -> float:
    return float(hit.mean()) if len(hit) else float("nan")


def _macro_mae(y_true: Ints, y_pred: Ints) -> float:
    count = np.bincount(y_true, minlength=K)
    error = np.bincount(y_true, weights=np.abs(y_true - y_pred), minlength=K)
    return float(np.mean(error[count > 0] / count[count > 0]))


def of_fairlearn(data: tuple[Ints, ...], replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Intervals of `MetricFrame`, its metrics written for speed."""

    def rate(among: Callable[[Ints], Bools], hit: Callable[[Ints], Bools]) -> Callable[[Any, Any], float]:
        return lambda y_true, y_pred: _mean(hit(np.asarray(y_pred))[among(np.asarray(y_true))])

    def low(codes: Ints) -> Bools:
        return codes <= BOUNDARY

    def high(codes: Ints) -> Bools:
        return codes > BOUNDARY

    metrics = {
        "accuracy": lambda y_true, y_pred: _mean(np.asarray(y_true) == np.asarray(y_pred)),
        "macro_mae": lambda y_true, y_pred: _macro_mae(np.asarray(y_true), np.asarray(y_pred)),
        "selection_rate": lambda _, y_pred: _mean(low(np.asarray(y_pred))),
        "false_positive_rate": rate(high, low),
        "false_negative_rate": rate(low, high),
    }
    truth, guess, group, _ = data
    frame = MetricFrame(
        metrics=metrics,
        y_true=truth,
        y_pred=guess,
        sensitive_features=group,
        n_boot=replicates,
        ci_quantiles=QUANTILES,
        random_state=seed,
    )
    low_ci, high_ci = (found.to_numpy(dtype=float).T for found in frame.by_group_ci)
    return low_ci, high_ci


def _codes(data: tuple[Ints, ...]) -> Ints:
    truth, guess, group, _ = data
    return (group * K + truth) * K + guess


def _limits(counts: Ints) -> tuple[Floats, Floats]:
    tables = counts.reshape(len(counts), -1, K, K).astype(np.float64)
    limits = np.quantile([metric(tables) for metric in METRICS.values()], QUANTILES, axis=1)
    return limits[0], limits[1]


def row_index(data: tuple[Ints, ...], replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Bootstrap of row indices: draw, gather the row's cell, count; metrics vectorised over replicates."""
    code, rng = _codes(data), np.random.default_rng(seed)
    n_cells = (int(data[2].max()) + 1) * K * K
    counts = np.empty((replicates, n_cells), dtype=np.int64)
    for b in range(replicates):
        counts[b] = np.bincount(
            code[rng.integers(len(code), size=len(code), dtype=np.int32)], minlength=n_cells
        )
    return _limits(counts)


def cluster_index(data: tuple[Ints, ...], replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Bootstrap of cluster indices: draw clusters, list the rows of each, gather, count."""
    code, size, rng, n_cells = *_sorted_by_family(data), np.random.default_rng(seed), 6 * K * K
    begin = np.cumsum(size) - size
    counts = np.empty((replicates, n_cells), dtype=np.int64)
    for b in range(replicates):
        drawn = rng.integers(len(size), size=len(size), dtype=np.int32)
        length = size[drawn]
        end = np.cumsum(length)
        rows = np.arange(end[-1]) + np.repeat(begin[drawn] - end + length, length)
        counts[b] = np.bincount(code[rows], minlength=n_cells)
    return _limits(counts)


def cluster_weights(data: tuple[Ints, ...], replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Bootstrap of cluster indices without a list of rows: how often a cluster is drawn weighs its rows."""
    code, size, rng, n_cells = *_sorted_by_family(data), np.random.default_rng(seed), 6 * K * K
    counts = np.empty((replicates, n_cells))
    for b in range(replicates):
        drawn = rng.integers(len(size), size=len(size), dtype=np.int32)
        weight = np.bincount(drawn, minlength=len(size)).astype(np.float64)
        counts[b] = np.bincount(code, weights=np.repeat(weight, size), minlength=n_cells)
    return _limits(counts)


def _sorted_by_family(data: tuple[Ints, ...]) -> tuple[Ints, Ints]:
    """Codes of rows in order of their family, and families' sizes; the families are numbered from 0."""
    family = data[3]
    return _codes(data)[np.argsort(family, kind="stable")], np.bincount(family)


# --- time ---


def _timed(what: Callable[[], Any]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    what()
    return time.perf_counter() - wall, time.process_time() - cpu


Entry = tuple[str, int, int, Callable[[], Any]]  # name, replicates, runs a round, what is run


def speed(seed: int) -> None:
    """Print how long each bootstrap takes."""
    data = population(np.random.default_rng(seed), crossing=False)
    rows = confusion_cells(*data[:3], n_categories=K)
    _time_table(
        [
            ("cells, from rows", 100, 10, lambda: ours(data, 100, seed)),
            ("fairlearn", 100, 1, lambda: of_fairlearn(data, 100, seed)),
            ("cells, from rows", 1000, 2, lambda: ours(data, 1000, seed)),
            ("cells, counted already", 1000, 2, lambda: intervals(rows, 1000, seed)),
            ("row index", 1000, 1, lambda: row_index(data, 1000, seed)),
        ],
        rounds=2,
    )
    for crossing in (False, True):
        _time_families(population(np.random.default_rng(seed), crossing=crossing), seed)


def _time_families(data: tuple[Ints, ...], seed: int) -> None:
    cells = confusion_cells(*data[:3], n_categories=K, cluster=data[3])
    if cells.clusters is not None:
        print(
            f"\n{cells.clusters.n_clusters} families, {len(cells.clusters.frequency)} of them distinct, "
            f"{cells.clusters.n_crossing} with members in several groups.\n"
        )
    _time_table(
        [
            ("cells by family, from rows", 1000, 2, lambda: ours(data, 1000, seed, clustered=True)),
            ("cells by family, counted already", 1000, 2, lambda: intervals(cells, 1000, seed)),
            ("family index, rows listed", 1000, 1, lambda: cluster_index(data, 1000, seed)),
            ("family index, as weights", 1000, 1, lambda: cluster_weights(data, 1000, seed)),
        ],
        rounds=8,
    )


def _time_table(entries: list[Entry], rounds: int) -> None:
    for name, _, _, run in entries:
        if name != "fairlearn":
            run()  # compiled and warm
    times: list[list[tuple[float, float]]] = [[] for _ in entries]
    for _ in range(rounds):
        for found, (_, _, repeats, run) in zip(times, entries, strict=True):
            found += [_timed(run) for _ in range(repeats)]
    print("| bootstrap | replicates | wall ms, least | median | processor ms, least | median | runs |")
    print("|---|---|---|---|---|---|---|")
    for (name, replicates, _, _), found in zip(entries, times, strict=True):
        columns = []
        for clock in zip(*found, strict=True):
            columns += [f"{1e3 * min(clock):.2f}", f"{1e3 * statistics.median(clock):.2f}"]
        print(f"| {name} | {replicates} | {' | '.join(columns)} | {len(found)} |", flush=True)


# --- agreement ---


def agreement(seed: int) -> None:
    """Print how far ends of intervals lie from those of 200,000 replicates of ours, in widths."""
    print("\n| bootstrap | replicates | mean | SD | largest | control: mean | SD | largest |")
    print("|---|---|---|---|---|---|---|---|")
    within, across = (population(np.random.default_rng(seed), crossing=c) for c in (False, True))
    fewer = tuple(column[:10_000] for column in within)
    compared: list[tuple[str, int, tuple[Ints, ...], bool, Any]] = [
        ("fairlearn, first 10,000 people", 400, fewer, False, of_fairlearn),
        ("row index", 1000, within, False, row_index),
        ("family index, rows listed", 1000, within, True, cluster_index),
        ("family index, as weights", 1000, within, True, cluster_weights),
        ("family index, rows listed, across groups", 1000, across, True, cluster_index),
    ]
    for name, replicates, data, clustered, theirs in compared:
        exact = ours(data, 200_000, seed, clustered=clustered)
        one = _distance(theirs(data, replicates, seed), exact)
        control = [
            _distance(ours(data, replicates, seed + 1 + i, clustered=clustered), exact) for i in range(40)
        ]
        columns = [f"{one.mean():+.4f}", f"{one.std():.4f}", f"{np.abs(one).max():.3f}"]
        for found in ([c.mean() for c in control], [c.std() for c in control]):
            columns += [f"{min(found):+.4f} to {max(found):+.4f}"]
        most = [np.abs(c).max() for c in control]
        columns += [f"{min(most):.3f} to {max(most):.3f}"]
        print(f"| {name} | {replicates} | {' | '.join(columns)} |", flush=True)


def _distance(found: tuple[Floats, Floats], exact: tuple[Floats, Floats]) -> Floats:
    return np.stack([f - e for f, e in zip(found, exact, strict=True)]) / (exact[1] - exact[0])


def main() -> None:
    """Measure what is asked for and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=["speed", "agreement"])
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="fairlearn")
    versions = f"NumPy {np.__version__}, SciPy {scipy.__version__}, fairlearn {fairlearn.__version__}"
    print(f"Python {platform.python_version()}, {versions}; seed {options.seed}.")
    if "speed" in options.parts:
        speed(options.seed)
    if "agreement" in options.parts:
        agreement(options.seed)


if __name__ == "__main__":
    main()
