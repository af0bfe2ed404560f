"""Time exact tree SHAP beside the model's own forecast, shap and woodelf-explainer.

    python benchmarks/explain.py --woodelf-python PATH > docs/results/explain.md

PATH is an interpreter with woodelf-explainer and the same scikit-learn; without it that comparison is left
out. Every task runs once a round, one after the other, in this process or in one that waits for its turn;
ratios are taken within a round. Prints a page of Markdown, and each round to standard error. ``--quick``
takes a small model and few rows: it shows that the script works, and its figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # one thread, also where a library asks as it is imported
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[_name] = "1"

import joblib
import numpy as np
import shap
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.explain_page import Measured, Plan, Times, page
from benchmarks.explain_process import seconds
from scs_ml.core import Floats, Ints
from scs_ml.explain.tree.engine import TreeShap

N_FEATURES, N_GROUPS = 40, 6
PROCESS = Path(__file__).with_name("explain_process.py")


QUICK = Plan(
    n=3000,
    n_middle=4000,
    n_large=6000,
    n_train=2000,
    iterations=3,
    shap_rows=50,
    few=(20, 100),
    empty_cache=False,
)


@dataclass(frozen=True)
class People:
    """Rows to explain."""

    X: Floats  # (n, N_FEATURES)
    y: Ints  # 0 to 3
    latent: Floats
    group: Any  # labels
    family: Ints


def population(n: int, seed: int) -> People:
    """Amounts, counts, correlated and plain columns; groups that differ in three; families of 1 to 5."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, N_FEATURES))
    X[:, :8] = np.exp(X[:, :8]).round(2)
    X[:, 8:16] = rng.integers(0, 12, size=(n, 8))
    X[:, 16:20] += 0.7 * X[:, 20:24]
    group = rng.integers(N_GROUPS, size=n)
    X[:, 24] += 0.4 * (group == 1)
    X[:, 25] -= 0.5 * (group == 2)
    X[:, 30] += 0.3 * (group == 5)
    latent = np.log1p(X[:, 0]) + 0.8 * X[:, 24] - 0.6 * X[:, 25] + 0.5 * np.sin(2 * X[:, 26]) * X[:, 27]
    latent += 0.3 * (X[:, 8] % 3) + 0.1 * X[:, 9] * (X[:, 10] > 5) + 0.4 * np.maximum(X[:, 16], 0) * X[:, 17]
    latent += 0.25 * X[:, 30] - 0.3 * X[:, 28] ** 2 + 0.2 * X[:, 31:36].sum(axis=1)
    latent += 0.7 * rng.normal(size=n)
    y = np.digitize(latent, np.quantile(latent, [0.2, 0.55, 0.85]))
    family = np.repeat(np.arange(n), rng.integers(1, 6, size=n))[:n]
    return People(X, y, latent, np.array([f"group {g}" for g in range(N_GROUPS)])[group], family)


# --- errors ---


def largest_errors(plan: Plan, model: Any, train: People, X: Floats) -> dict[str, float]:
    """Largest difference from shap, for models of numeric columns."""
    few = {"max_iter": plan.iterations, "max_leaf_nodes": 31, "early_stopping": False}
    holes = np.where(np.random.default_rng(0).random(train.X.shape) < 0.1, np.nan, train.X)
    models = {
        "4 classes": (model, X),
        "regression": (HistGradientBoostingRegressor(**few).fit(train.X, train.latent), X),
        "binary, a tenth of the cells missing": (
            HistGradientBoostingClassifier(**few).fit(holes, train.y > 1),
            np.where(np.random.default_rng(1).random(X.shape) < 0.1, np.nan, X),
        ),
    }
    errors = {}
    for name, (each, rows) in models.items():
        theirs = shap.TreeExplainer(each).shap_values(rows, check_additivity=False)
        errors[name] = float(
            np.abs(TreeShap(each, n_jobs=1).shap_values(rows) - theirs.reshape(*rows.shape, -1)).max()
        )
    return errors


# --- processes ---


def of_process(what: str, folder: Path, **variables: str) -> dict[str, Any]:
    """Measure something in a fresh process."""
    command = [sys.executable, str(PROCESS), what, str(folder)]
    done = subprocess.run(  # noqa: S603 - our own script
        command, capture_output=True, text=True, check=True, env=os.environ | variables
    )
    return dict(json.loads(done.stdout))


@dataclass(frozen=True)
class Woodelf:
    """A process that explains and averages on request; or why there is none."""

    absent: str = ""
    version: str = ""
    means: Any = None
    process: Any = None

    def seconds(self) -> float:
        """Let it explain all rows."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(json.loads(self.process.stdout.readline())["seconds"])


@contextmanager
def woodelf(python: str | None, folder: Path) -> Iterator[Woodelf]:
    """Start the process."""
    if python is None:
        yield Woodelf(absent="no interpreter that has it was named (--woodelf-python)")
        return
    command = [python, str(PROCESS), "woodelf", str(folder)]
    with subprocess.Popen(  # noqa: S603 - our own script
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        first = process.stdout.readline() if process.stdout else ""
        if first:
            told = json.loads(first)
            yield Woodelf(version=told["version"], means=np.array(told["means"]), process=process)
        else:
            yield Woodelf(absent="the interpreter named by --woodelf-python does not run it")


def leave(folder: Path, model: Any, people: People, n: int) -> Path:
    """Leave a model and the first n people where a process finds them."""
    folder.mkdir()
    joblib.dump(model, folder / "model.joblib")
    for name in ("X", "group", "family"):
        np.save(folder / f"{name}.npy", getattr(people, name)[:n])
    return folder


# --- rounds ---


Task = Callable[[], Any]


def tasks(plan: Plan, model: Any, people: People) -> dict[str, Task]:
    """Name what runs in this process, in the order of a round."""
    one, two = TreeShap(model, n_jobs=1), TreeShap(model, n_jobs=2)
    explainer = shap.TreeExplainer(model)
    large, n = people.X, plan.n
    X = large[:n]

    def groups(engine: TreeShap, n: int) -> Task:
        return lambda: engine.group_means(large[:n], people.group[:n], errors=False)

    def intervals(engine: TreeShap, n: int) -> Task:
        return lambda: engine.group_means(large[:n], people.group[:n], clusters=people.family[:n]).gaps(
            reference="group 0", replicates=1000, seed=0
        )

    def ours(few: int) -> Task:
        return lambda: TreeShap(model, n_jobs=1).shap_values(X[:few])

    def theirs(few: int) -> Task:
        return lambda: shap.TreeExplainer(model).shap_values(X[:few], check_additivity=False)

    found: dict[str, Task] = {
        "predict_proba": lambda: model.predict_proba(X),
        "rows": lambda: one.shap_values(X),
        "rows, two threads": lambda: two.shap_values(X),
        "groups": groups(one, n),
        "groups, two threads": groups(two, n),
        "intervals": intervals(one, n),
        "intervals, two threads": intervals(two, n),
        "build": lambda: TreeShap(model, n_jobs=1),
        "build again": lambda: TreeShap(model, n_jobs=1),
        "shap, build": lambda: shap.TreeExplainer(model),
        "shap, rows": lambda: explainer.shap_values(X[: plan.shap_rows], check_additivity=False),
    }
    for few in plan.few:
        found[f"build and {few} rows"] = ours(few)
        found[f"shap, build and {few} rows"] = theirs(few)
    return found | {
        "predict_proba, large": lambda: model.predict_proba(large),
        "groups, large": groups(one, plan.n_large),
        "intervals, large": intervals(one, plan.n_large),
    }


def run(todo: dict[str, Task], plan: Plan, rounds: int, other: Woodelf, folder: Path) -> Times:
    """Run every task once a round."""
    for name, task in todo.items():
        if not name.endswith(", large"):
            task()  # compiled and warm
    times: Times = {}
    for each in range(rounds):
        for name, task in todo.items():
            times.setdefault(name, []).append(seconds(task))
        if not other.absent:
            times.setdefault("woodelf", []).append(other.seconds())
        with tempfile.TemporaryDirectory() as cache:
            for name in ("compiling", "compiled"):
                told = of_process("compile", folder, **{"NUMBA_CACHE_DIR": cache} if plan.empty_cache else {})
                times.setdefault(name, []).append(told["first"] - told["again"])
        shown = ", ".join(f"{name} {found[-1]:.3g}" for name, found in times.items())
        print(f"round {each + 1} of {rounds}: {shown}", file=sys.stderr, flush=True)
    return times


def main() -> None:
    """Measure and print the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--woodelf-python", metavar="PATH")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    plan = QUICK if options.quick else Plan()
    train, people = population(plan.n_train, options.seed), population(plan.n_large, options.seed + 1)
    model = HistGradientBoostingClassifier(
        max_iter=plan.iterations, max_leaf_nodes=31, early_stopping=False
    ).fit(train.X, train.y)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as room:
        sizes = {"few": 1000, "n": plan.n, "middle": plan.n_middle, "large": plan.n_large}
        folders = {name: leave(Path(room) / name, model, people, n) for name, n in sizes.items()}
        errors = largest_errors(plan, model, train, people.X[: plan.shap_rows])
        grown = {name: of_process("memory", folders[name])["grown"] for name in ("middle", "large")}
        with woodelf(options.woodelf_python, folders["n"]) as other:
            times = run(tasks(plan, model, people), plan, options.rounds, other, folders["few"])
        means = TreeShap(model, n_jobs=1).group_means(
            people.X[: plan.n], people.group[: plan.n], errors=False
        )
    found = Measured(
        load=load,
        times=times,
        errors=errors,
        grown=(grown["middle"], grown["large"]),
        woodelf=other.absent or other.version,
        apart=None if other.absent else float(np.abs(means.mean - other.means).max()),
    )
    quick = " --quick" if options.quick else ""
    command = f"python benchmarks/explain.py{quick} --rounds {options.rounds} --seed {options.seed}"
    print(page(plan, found, command=command, seed=options.seed, rounds=options.rounds), end="")


if __name__ == "__main__":
    main()
