"""Compare forecasters with other tools on public tables, and with the transition table on simulated pilots.

    python benchmarks/forecast.py --data ../shared/data -o docs/results      # the page and forecast.csv
    python benchmarks/forecast.py --data ../shared/data --quick              # to see that it runs
    python benchmarks/forecast.py --data ../shared/data --tables wine --only logit boosting --worlds 0

Finished parts are kept (`--cache`); a run that was stopped goes on there. Parts of other code are not used.
mord is no dependency: ``pip install mord`` beside the package, or its rows are missing and the page says so.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import os
import platform
import shlex
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

if __name__ == "__main__":  # one core a worker, also where a library asks as it is imported
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[_name] = "1"

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.forecast_compare import CHOSEN, with_choice
from benchmarks.forecast_folds import CLIMATOLOGY, Part, compute, contestants, fingerprint, load
from benchmarks.forecast_page import Found, figures, page
from benchmarks.forecast_rivals import MORD, STATSMODELS
from benchmarks.forecast_tables import TABLES
from benchmarks.forecast_worlds import compute_worlds
from scs_ml.forecast import FORECASTERS, USUAL
from scs_ml.storage import atomic_file

ROOT = Path(__file__).resolve().parents[1]
CONTENDER = "stacking"  # named before it was built; what it is made of was settled later
LARGE = 20_000  # rows
QUICK_TABLES = ("SWD", "grades, mathematics")
QUICK_FAMILIES = ("expert", "logit", "boosting")


def progress(what: str, done: int, total: int) -> None:
    """Tell on stderr how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {done} of {total}: {what}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("SCS_ML_DATA") or ROOT.parent / "shared/data"
    )
    parser.add_argument("-o", "--out", type=Path, help="folder of forecast.md and forecast.csv; else printed")
    parser.add_argument("--cache", type=Path, default=ROOT / "data" / "benchmarks" / "forecast")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--large-repeats", type=int, default=3, help=f"of tables of over {LARGE:,} rows")
    parser.add_argument("--tables", nargs="+", choices=TABLES, help="all where not given")
    parser.add_argument("--only", nargs="+", help="these contestants alone, by name")
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--people", type=int, default=4_000)
    parser.add_argument("--periods", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--quick", action="store_true", help="one repeat, two tables, three families, one world"
    )
    found = parser.parse_args()
    found.tables = found.tables or list(QUICK_TABLES if found.quick else TABLES)
    if found.quick:
        found.repeats, found.worlds, found.people = 1, 1, 1_000
    return found


def measure(asked: argparse.Namespace) -> Found:
    """Compute what is missing, and gather it."""
    cache = asked.cache / f"{fingerprint()}-{asked.seed}"
    every = list(contestants(asked.seed))
    families = [name for name in FORECASTERS if name in every]
    if asked.quick:
        families = list(QUICK_FAMILIES)
    rivals = [name for name in every if name not in FORECASTERS and name != CLIMATOLOGY]
    names = [*families, *rivals, CLIMATOLOGY]
    if asked.only:
        names = [name for name in names if name in asked.only]
    sets = tuple(load(name, asked.data) for name in asked.tables)
    repeats = {t.name: min(asked.repeats, asked.large_repeats if len(t.y) > LARGE else 10**6) for t in sets}
    parts = [
        Part(table, name, repeat)
        for repeat in range(asked.repeats)
        for table in asked.tables
        for name in names
        if repeat < repeats[table]
    ]
    folds = compute(parts, cache, asked.data, seed=asked.seed, workers=asked.workers, progress=progress)
    worlds = pd.DataFrame()
    if asked.worlds:
        worlds = compute_worlds(
            range(asked.seed, asked.seed + asked.worlds),
            cache,
            [name for name in families if name in USUAL],
            n_people=asked.people,
            n_periods=asked.periods,
            workers=asked.workers,
            progress=progress,
        )
    return Found(
        sets=sets,
        folds=with_choice(folds),
        worlds=worlds,
        contender=CONTENDER if CONTENDER in names else CHOSEN,
        rivals=tuple(name for name in rivals if name in names),
    )


def heading(asked: argparse.Namespace, seconds: float) -> str:
    """Say how, when and on what it was measured."""
    installed = [name for name in (MORD, STATSMODELS) if importlib.util.find_spec(name)]
    also = [name for name in ("lightgbm", "xgboost-cpu", "xgboost") if _is_installed(name)]
    versions = [
        f"{name} {metadata.version(name)}" for name in ("scikit-learn", "numpy", "pandas", *installed, *also)
    ]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git there is
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    ).stdout.strip()
    missing = [name for name in (MORD, STATSMODELS) if name not in installed]
    places = {"--data", "--cache", str(asked.data), str(asked.cache)}  # where things lie here
    given = [argument for argument in sys.argv[1:] if argument not in places]
    command = shlex.join(["python", "benchmarks/forecast.py", *given])
    text = f"""`{command}`, {dt.datetime.now(dt.UTC).date()}, commit `{commit}`, seed {asked.seed};
Python {platform.python_version()}, {", ".join(versions)};
{os.cpu_count()} cores, {asked.workers} workers, {seconds / 60:.0f} minutes beyond what was there already.

Repeat r of the stratified 3 folds is `StratifiedKFold(3, shuffle=True, random_state={asked.seed} + r)`;
all contestants meet the same folds, and draw from the same seeds. Families and rivals of a kind have the
same settings and the same columns; nothing is tuned. Intervals are corrected for overlapping training
parts (Nadeau and Bengio 2003; Bouckaert and Frank 2004), and not for the number of comparisons."""
    if asked.only or len(asked.tables) < len(TABLES) or asked.repeats < 10:
        text = (
            f"**A part of the benchmark: {len(asked.tables)} of {len(TABLES)} tables, {asked.repeats} of 10 "
            f"repeats, {'some' if asked.only or asked.quick else 'all'} contestants.**\n\n{text}"
        )
    return text + "".join(f"\n\n**{name} is not installed here: its rows are missing.**" for name in missing)


def _is_installed(distribution: str) -> bool:
    return any(each.name == distribution for each in metadata.distributions())


def main() -> None:
    """Measure, and write or print the page."""
    asked = arguments()
    started = time.perf_counter()
    found = measure(asked)
    text = page(found, heading(asked, time.perf_counter() - started))
    if asked.out is None:
        print(text)
        return
    with atomic_file(asked.out / "forecast.md") as temporary:
        temporary.write_text(text, encoding="utf-8")
    with atomic_file(asked.out / "forecast.csv") as temporary:
        figures(found).to_csv(temporary, index=False, float_format="%.6g")


if __name__ == "__main__":
    main()
