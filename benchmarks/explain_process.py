"""What `benchmarks/explain.py` measures in processes of their own, which read what it left in a folder.

    python benchmarks/explain_process.py {compile,memory,woodelf} FOLDER

Prints a line of JSON for each measurement.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
import numpy as np


def seconds(what: Callable[[], Any]) -> float:
    """Wall-clock time of one call."""
    begin = time.perf_counter()
    result = what()
    taken = time.perf_counter() - begin
    del result
    return taken


def load(folder: Path) -> tuple[Any, ...]:
    """Model, rows, groups and families."""
    arrays = (np.load(folder / f"{name}.npy") for name in ("X", "group", "family"))
    return joblib.load(folder / "model.joblib"), *arrays


def tell(**found: Any) -> None:
    """Print one measurement."""
    print(json.dumps(found), flush=True)


def measure_compilation(folder: Path) -> None:
    """Time the first calls of a process, and the same calls again."""
    import numba  # noqa: F401 - its import is not compilation
    from scipy import stats  # noqa: F401

    from scs_ml.explain.tree.engine import TreeShap

    model, X, group, family = load(folder)

    def calls() -> None:
        engine = TreeShap(model, n_jobs=1)
        engine.shap_values(X)
        engine.group_means(X, group, errors=False)
        engine.group_means(X, group, clusters=family).gaps(replicates=1000, seed=0)

    tell(first=seconds(calls), again=seconds(calls))


def measure_memory(folder: Path) -> None:
    """Tell by how much means with intervals raise the resident memory, by its peak."""
    from scs_ml.explain.tree.engine import TreeShap

    model, X, group, family = load(folder)
    engine = TreeShap(model, n_jobs=1)

    def intervals(n: int) -> None:
        engine.group_means(X[:n], group[:n], clusters=family[:n]).gaps(replicates=1000, seed=0)

    intervals(1000)
    before = _status("VmRSS")
    # Linux alone: 5 resets the peak to what is resident now.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    intervals(len(X))
    tell(grown=_status("VmHWM") - before)


def _status(field: str) -> float:
    """Bytes that the kernel states for this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return float(line.split()[1]) * 1024
    raise SystemExit(f"/proc/self/status has no {field}")


def measure_woodelf(folder: Path) -> None:
    """For each line of the input, explain all rows with woodelf-explainer and average them by group.

    It explains one class at a time. The sparse algorithm, which it chooses by itself for deep trees, on all
    rows at once is the quickest of what it offers for such models.
    """
    import pandas as pd
    from woodelf import WoodelfExplainer
    from woodelf.core.trees.parse_models import load_decision_tree_ensemble_model

    model, X, group, _ = load(folder)
    names = [f"x{i}" for i in range(X.shape[1])]
    frame = pd.DataFrame(np.asfortranarray(X), columns=names, copy=False)
    member = (group == np.unique(group)[:, None]).astype(np.float64)

    def means() -> Any:
        found = []
        for k in range(len(model.classes_)):
            trees = load_decision_tree_ensemble_model(model, names, class_index=k)
            values = WoodelfExplainer(trees).shap_values(frame, verbose=False)
            found.append(member @ values / member.sum(axis=1, keepdims=True))
        return np.stack(found, axis=2)

    tell(version=metadata.version("woodelf-explainer"), means=means().tolist())
    for _ in sys.stdin:
        tell(seconds=seconds(means))


MEASURES = {"compile": measure_compilation, "memory": measure_memory, "woodelf": measure_woodelf}

if __name__ == "__main__":
    MEASURES[sys.argv[1]](Path(sys.argv[2]))
