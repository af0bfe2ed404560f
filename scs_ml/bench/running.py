"""Run a plan: in parallel, part by part, so that a run which was stopped goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import scs_ml
from scs_ml.bench.design import BenchWorld, fingerprint
from scs_ml.bench.one import Outcome, bench_one
from scs_ml.core import Progress
from scs_ml.exceptions import ScsError
from scs_ml.storage import atomic_file, library_versions, require_replaceable

CHUNK = 20  # worlds a part
PILOT = 6  # worlds by which the cost is measured
TABLES = ("findings", "statistics", "worlds")  # `worlds` is written last: a part that has it is whole
MANIFEST = "bench.json"
# What sums a run up may change while its parts stay: everything else of the package makes them.
_SUMMING_UP = (
    "cli",
    "report",
    *(f"bench/{name}.py" for name in ("summary", "tables", "accuracy", "powers", "page")),
)


@dataclass(frozen=True)
class Cost:
    """What is still to be computed, and how long that takes.

    Attributes
    ----------
    worlds, done : int
        Of the plan; of parts that are there already.
    seconds_per_world : float
        On one core, measured on a pilot spread over what remains; 0 where nothing remains.
    seconds : float
        Expected duration with the workers asked for.
    """

    worlds: int
    done: int
    seconds_per_world: float
    seconds: float


@dataclass(frozen=True)
class Run:
    """A plan and the folder that its parts go to."""

    worlds: tuple[BenchWorld, ...]
    folder: Path
    rivals: bool = True

    def chunks(self) -> list[tuple[BenchWorld, ...]]:
        """Split the plan into parts, each with worlds of every kind, so that all last about as long."""
        order = np.random.default_rng(0).permutation(len(self.worlds))
        return [
            tuple(self.worlds[at] for at in order[first : first + CHUNK])
            for first in range(0, len(order), CHUNK)
        ]

    def part(self, number: int, table: str) -> Path:
        """Name the file of a part."""
        return self.folder / "parts" / f"{table}-{number:05d}.parquet"

    def missing(self) -> list[int]:
        """List the parts that are not there."""
        return [n for n in range(len(self.chunks())) if not self.part(n, "worlds").exists()]


def prepare(run: Run, settings: dict[str, Any]) -> None:
    """Make the run's folder, or make sure that it was begun with the same plan and the same code.

    Parameters
    ----------
    run : Run
    settings : dict
        What else the manifest tells.

    Raises
    ------
    ScsError
        If the folder holds something else, another plan, or parts that other code computed.
    """
    require_replaceable(run.folder, MANIFEST)
    ours = {"plan": fingerprint(run.worlds), "code": code_fingerprint(), "rivals": run.rivals}
    manifest = run.folder / MANIFEST
    if manifest.exists():
        theirs = json.loads(manifest.read_text(encoding="utf-8"))
        changed = [name for name, value in ours.items() if theirs.get(name) != value]
        if changed:
            raise ScsError(
                f"the run was begun with another {' and another '.join(changed)}: its parts do not fit",
                where=str(run.folder),
                remedy="give another folder with --out, or delete this one and begin anew",
            )
        return
    (run.folder / "parts").mkdir(parents=True, exist_ok=True)
    with atomic_file(manifest) as temporary:
        body = {**ours, **settings, "versions": dict(library_versions()), "worlds": len(run.worlds)}
        temporary.write_text(json.dumps(body, indent=2), encoding="utf-8")


def code_fingerprint() -> str:
    """Hash the code and data that make the parts of a run: SHA-256 in hex digits."""
    root = Path(scs_ml.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".yaml", ".json"}):
        name = path.relative_to(root).as_posix()
        if not name.startswith(_SUMMING_UP):
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def measure_cost(run: Run, *, workers: int) -> Cost:
    """Time a few worlds of what remains, on one core.

    Parameters
    ----------
    run : Run
    workers : int
        By which the rest is divided.

    Returns
    -------
    Cost
    """
    chunks, missing = run.chunks(), run.missing()
    left = sorted((each for n in missing for each in chunks[n]), key=lambda each: (each.n_people, each.id))
    done = len(run.worlds) - len(left)
    if not left:
        return Cost(len(run.worlds), done, 0.0, 0.0)
    bench_one(left[0], rivals=run.rivals)  # compiles and imports
    chosen = [left[int(at)] for at in np.linspace(0, len(left) - 1, min(PILOT, len(left)))]
    started = time.perf_counter()
    for each in chosen:
        bench_one(each, rivals=run.rivals)
    spent = time.perf_counter() - started
    each_second = spent / len(chosen)
    return Cost(len(run.worlds), done, each_second, each_second * len(left) / workers)


def compute(run: Run, *, workers: int = 1, progress: Progress | None = None) -> None:
    """Compute the missing parts.

    Parameters
    ----------
    run : Run
        Prepared.
    workers : int
        Processes. The results do not depend on it.
    progress : Progress, optional
        Called after each part, in worlds.
    """
    from joblib import Parallel, delayed

    chunks, missing = run.chunks(), run.missing()
    left, done = sum(len(chunks[n]) for n in missing), 0
    if progress:
        progress("worlds", 0, left)
    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    for number, outcomes in parallel(delayed(_part)(n, chunks[n], rivals=run.rivals) for n in missing):
        _write(run, number, outcomes)
        done += len(chunks[number])
        if progress:
            progress("worlds", done, left)


def gather(run: Run) -> dict[str, pd.DataFrame]:
    """Put the parts together.

    Parameters
    ----------
    run : Run
        Computed.

    Returns
    -------
    dict of DataFrame
        ``worlds`` (one row per world and arm), ``findings`` and ``statistics`` (of limits), in plan order.
    """
    place = {each.id: at for at, each in enumerate(run.worlds)}
    tables = {}
    for table in TABLES:
        parts = [pd.read_parquet(run.part(n, table)) for n in range(len(run.chunks()))]
        whole = pd.concat([each for each in parts if len(each)] or parts[:1], ignore_index=True)
        if "id" in whole:
            whole = whole.iloc[np.argsort(whole["id"].map(place).to_numpy(), kind="stable")].reset_index(
                drop=True
            )
        tables[table] = whole
    return tables


def _part(number: int, worlds: Sequence[BenchWorld], *, rivals: bool) -> tuple[int, list[Outcome]]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # one core a worker
        return number, [bench_one(each, rivals=rivals) for each in worlds]


def _write(run: Run, number: int, outcomes: Sequence[Outcome]) -> None:
    for table in TABLES:
        rows = [row for each in outcomes for row in getattr(each, table)]
        with atomic_file(run.part(number, table)) as temporary:
            pd.DataFrame(rows).to_parquet(temporary, index=False)
