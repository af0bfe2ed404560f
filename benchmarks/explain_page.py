"""The page that `benchmarks/explain.py` prints: every target beside what was measured."""

from __future__ import annotations

import datetime as dt
import math
import os
import platform
import statistics
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

LIBRARIES = ("scikit-learn", "shap", "numba", "numpy")
Times = dict[str, list[float]]  # seconds of each task, round by round


@dataclass(frozen=True)
class Plan:
    """Sizes of a run."""

    n: int = 100_000
    n_middle: int = 300_000  # for memory: more than the engine takes at a time
    n_large: int = 1_000_000
    n_train: int = 100_000
    iterations: int = 100
    shap_rows: int = 2000
    few: tuple[int, ...] = (100, 300, 1000)
    empty_cache: bool = True  # for what compilation takes


@dataclass(frozen=True)
class Measured:
    """All that was measured."""

    times: Times
    errors: dict[str, float]  # largest difference from shap, model by model
    grown: tuple[float, float]  # bytes beyond X and tables, at n_middle and n_large
    woodelf: str  # its version, or why it is not compared
    apart: float | None  # largest difference of a group mean from woodelf's
    load: float  # of the machine, before


@dataclass(frozen=True)
class Line:
    """One target, what a trial reached and what was measured."""

    what: str
    trial: str
    measured: list[float]
    most: float | None = None
    least: float | None = None
    unit: str = " ×"

    def row(self) -> str:
        """Row of the table; the median decides."""
        middle = statistics.median(self.measured or [math.nan])
        shown = number(middle) + self.unit if self.measured else "not measured"
        if len(self.measured) > 1:
            shown += f" ({number(min(self.measured))} to {number(max(self.measured))})"
        target, met = "-", True
        if self.most is not None:
            target, met = f"≤ {self.most:g}{self.unit}", middle <= self.most
        if self.least is not None:
            target, met = f"≥ {self.least:g}{self.unit}", middle >= self.least
        verdict = "-" if target == "-" or not self.measured else "yes" if met else "**no**"
        return f"| {self.what} | {target} | {self.trial} | {shown} | {verdict} |"


def number(value: float) -> str:
    """Three digits."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1e}" if abs(value) < 1e-3 else f"{value:.3g}"


def lines(plan: Plan, found: Measured) -> list[Line]:
    """Every target."""
    times, n, large = found.times, f"{plan.n:,}", f"{plan.n_large:,}"

    def ratio(above: str, below: str) -> list[float]:
        return [a / b for a, b in zip(times[above], times[below], strict=True)]

    def faster(theirs: list[float], ours: str) -> list[float]:
        """How many times as long theirs take as build and ours."""
        return [a / (b + c) for a, b, c in zip(theirs, times["build"], times[ours], strict=True)]

    of_shap = [
        build + rows * plan.n / plan.shap_rows
        for build, rows in zip(times["shap, build"], times["shap, rows"], strict=True)
    ]
    of_groups = "2. group means, n = "
    of_intervals = "3. group means with intervals, n = "
    over = ": time over that of `predict_proba`"
    table = [
        Line(f"1. rows, n = {n}{over}", "0.65 to 0.82", ratio("rows", "predict_proba"), most=0.6),
        Line(f"1. rows with build, n = {n}: times as fast as shap", "75", faster(of_shap, "rows"), least=75),
    ]
    for name, error in found.errors.items():
        table.append(Line(f"1. largest difference from shap, {name}", "1e-14", [error], most=1e-10, unit=""))
    by_size = ratio("groups", "predict_proba"), ratio("groups, large", "predict_proba, large")
    table += [
        Line(f"{of_groups}{n}{over}", "0.15 to 0.19", by_size[0], most=0.15),
        Line(f"{of_groups}{large}{over}", "0.11", by_size[1], most=0.11),
        Line(
            f"{of_groups}{n}, with build: times as fast as shap", "150", faster(of_shap, "groups"), least=150
        ),
    ]
    theirs = [] if found.apart is None else faster(times["woodelf"], "groups")
    what = f"{of_groups}{n}, with build: times as fast as woodelf-explainer"
    table.append(Line(what, "10.7", theirs, least=10))
    if found.apart is not None:
        table.append(Line("2. largest difference of a mean from woodelf's", "-", [found.apart], unit=""))
    by_size = ratio("intervals", "predict_proba"), ratio("intervals, large", "predict_proba, large")
    table += [
        Line(f"{of_intervals}{n}{over}", "0.90", by_size[0], most=1),
        Line(f"{of_intervals}{large}{over}", "-", by_size[1], most=1),
        Line(
            f"3. memory beyond X and tables, n = {large}: over that at n = {plan.n_middle:,}",
            "-",
            [found.grown[1] / found.grown[0]],
            most=1.1,
        ),
        Line("4. build, in fresh memory", "1.2", times["build"], most=0.4, unit=" s"),
        Line("4. build, in the memory that the one before gave back", "-", times["build again"], unit=" s"),
    ]
    for few in plan.few:
        speed = ratio(f"shap, build and {few} rows", f"build and {few} rows")
        least = 1 if few >= 1000 else None
        table.append(Line(f"4. build and {few:,} rows: times as fast as shap", "-", speed, least=least))
    over = "6. two threads: times as fast as one, "
    return [
        *table,
        Line("4. compilation in a first process", "-", times["compiling"], most=5, unit=" s"),
        Line("4. loading what was compiled, in the next process", "-", times["compiled"], unit=" s"),
        Line(f"{over}rows", "1.64", ratio("rows", "rows, two threads"), least=1.7),
        Line(f"{over}group means", "1.64", ratio("groups", "groups, two threads"), least=1.7),
        Line(f"{over}group means with intervals", "-", ratio("intervals", "intervals, two threads")),
    ]


def processor() -> str:
    """Name of the processor."""
    described = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (described.read_text(encoding="utf-8").splitlines() if described.exists() else [])
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()


def _about_woodelf(found: Measured) -> str:
    if found.apart is None:
        return f"woodelf-explainer was not compared: {found.woodelf}."
    return """woodelf-explainer runs in a process of its own that waits for its turn. It explains one class
at a time, all rows at once, by the algorithm it chooses for such trees; its single-precision values are
averaged by group."""


def page(plan: Plan, found: Measured, *, command: str, seed: int, rounds: int) -> str:
    """Give the whole page."""
    versions = [f"{name} {metadata.version(name)}" for name in LIBRARIES]
    if found.apart is not None:
        versions.append(f"woodelf-explainer {found.woodelf}")
    text = f"""# Exact tree SHAP: time and memory

Measured on {dt.datetime.now().astimezone().date()} by
`{command}`:
{processor()}, {os.cpu_count()} cores, load average {found.load:.2f} before;
Python {platform.python_version()}, {", ".join(versions)}.

The model is a `HistGradientBoostingClassifier` of 4 classes and 40 numeric columns,
{4 * plan.iterations} trees of at most 31 leaves, trained on {plan.n_train:,} simulated people (seed {seed}).
Others are explained (seed {seed + 1}), in six groups and in families of one to five. One thread unless
said; everything is compiled before, except where compilation is measured. Rounds: {rounds}. In each every
task ran once, in turn, and ratios are taken within a round. Shown are the median, by which a target is met or
not, and the least and the largest.

| | target | trial | measured | met |
|---|---|---|---|---|
"""
    text += "\n".join(line.row() for line in lines(plan, found))
    text += f"""

Times of shap are those of building its explainer and of {plan.shap_rows:,} rows, extrapolated to
{plan.n:,}; those of build and a few rows are measured as they stand.
{_about_woodelf(found)}
Speeds with build count reading the model and filling the tables. A build in fresh memory waits for the
machine to give it: where that is virtual, longer than for the values themselves. Means with intervals are
`group_means(X, groups, clusters=families).gaps(reference, replicates=1000)`, from the raw rows. Compilation
is what the first calls of a fresh process take beyond the same calls made again: with an empty cache, then
with the cache that the first process left.

| task | n | median, s | least, s | µs a row |
|---|---|---|---|---|
"""
    rows = {
        "shap, rows": plan.shap_rows,
        "shap, build": 0,
        "build": 0,
        "build again": 0,
        "compiling": 0,
        "compiled": 0,
    }
    for name, taken in found.times.items():
        default = plan.n_large if name.endswith(", large") else plan.n
        n = next((few for few in plan.few if name.endswith(f" {few} rows")), rows.get(name, default))
        each = f"{n:,} | {{}} | {1e6 * statistics.median(taken) / n:.2f}" if n else "- | {} | -"
        text += f"| {name} | {each.format(f'{statistics.median(taken):.3f} | {min(taken):.3f}')} |\n"
    text += """
Memory is the growth of the resident set while means with intervals are made, in a fresh process that holds
X, the labels and the engine and has made such means of 1,000 rows before; one process each. A matrix of all
SHAP values is what they do without.

| n | X, MB | growth, MB | matrix of SHAP values, MB |
|---|---|---|---|
"""
    for n, grown in zip((plan.n_middle, plan.n_large), found.grown, strict=True):
        sizes = [40 * 8 * n / 1e6, grown / 1e6, 40 * 4 * 8 * n / 1e6]
        text += f"| {n:,} | {' | '.join(f'{size:.0f}' for size in sizes)} |\n"
    return text
