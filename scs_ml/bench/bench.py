"""The whole bench: plan, cost, run, summary, page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scs_ml.bench.design import FULL, Counts, plan
from scs_ml.bench.page import bench_html
from scs_ml.bench.running import Cost, Run, compute, gather, measure_cost, prepare
from scs_ml.bench.summary import Summary, summarise
from scs_ml.core import Progress
from scs_ml.storage import atomic_file

RECORDS = {"worlds": "worlds.parquet", "findings": "records.parquet", "statistics": "limits.parquet"}


@dataclass(frozen=True)
class Bench:
    """A finished bench: its summary, and the folder that holds it."""

    summary: Summary
    folder: Path


def commitment(seed: int) -> str:
    """Commit to a seed without telling it: SHA-256, in hex digits, of its decimal digits.

    Parameters
    ----------
    seed : int

    Returns
    -------
    str

    Examples
    --------
    >>> commitment(0)[:12]
    '5feceb66ffc8'
    """
    return hashlib.sha256(str(seed).encode()).hexdigest()


def bench(
    folder: Path,
    *,
    counts: Counts = FULL,
    seed: int = 0,
    only: Collection[str] = (),
    rivals: bool = True,
    workers: int = 1,
    announce: Callable[[Cost], None] | None = None,
    progress: Progress | None = None,
) -> Bench:
    """Run a bench, or go on with one that was stopped, and write what it found.

    Parameters
    ----------
    folder : Path
        Run folder: ``worlds.parquet``, ``records.parquet`` (findings), ``limits.parquet``, ``summary.json``
        and ``index.html``, beside the parts it goes on from.
    counts, seed, only
        As for `plan`.
    rivals : bool
        Whether other tools look at the same tables.
    workers : int
        Processes.
    announce : callable, optional
        Told what remains and how long it takes, before it begins; measuring it takes a few worlds.
    progress : Progress, optional

    Returns
    -------
    Bench

    Raises
    ------
    ScsError
        If a slug is unknown, or the folder holds a run of another plan or of other code.
    """
    run = Run(plan(counts, seed, only=only), folder, rivals)
    told: dict[str, Any] = {"commitment": commitment(seed), "only": sorted(only)}
    prepare(run, told)
    if announce is not None:
        announce(measure_cost(run, workers=workers))
    compute(run, workers=workers, progress=progress)
    results = gather(run)
    manifest = json.loads((folder / "bench.json").read_text(encoding="utf-8"))
    summary = summarise(results, {**manifest, "seed": seed})
    for table, name in RECORDS.items():
        with atomic_file(folder / name) as temporary:
            results[table].to_parquet(temporary, index=False)
    with atomic_file(folder / "summary.json") as temporary:
        record = json.dumps(summary.as_record(), ensure_ascii=False, allow_nan=False, indent=1)
        temporary.write_text(record, encoding="utf-8")
    with atomic_file(folder / "index.html") as temporary:
        temporary.write_text(bench_html(summary), encoding="utf-8")
    return Bench(summary, folder)
