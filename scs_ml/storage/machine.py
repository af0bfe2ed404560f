"""What computed a result, beside the versions: numbers may differ in their last digits elsewhere."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

_CPU_FILE = Path("/proc/cpuinfo")


def machine_facts() -> dict[str, Any]:
    """Give the type of CPU, and how many threads the numeric libraries use at the most.

    Returns
    -------
    dict
        ``cpu`` (text) and ``threads`` (int), of the libraries that are loaded by now.
    """
    from threadpoolctl import threadpool_info

    threads = max((int(pool["num_threads"]) for pool in threadpool_info()), default=1)
    return {"cpu": _cpu_type(), "threads": threads}


def _cpu_type() -> str:
    try:
        lines = _CPU_FILE.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "unknown"
