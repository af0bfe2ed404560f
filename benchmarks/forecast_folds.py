"""Repeated stratified cross-validation, part by part: a run that was stopped goes on where it stopped."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from joblib import Parallel, delayed
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

import scs_ml
from benchmarks.forecast_rivals import quietly, rivals, trouble_of
from benchmarks.forecast_tables import TABLES, TableSet
from scs_ml.core import Floats, Ints, Progress
from scs_ml.forecast import BASELINES, FORECASTERS, category_probabilities
from scs_ml.metrics import ranked_probability_score
from scs_ml.storage import atomic_file

N_FOLDS = 3
CLIMATOLOGY = "climatology"
# One family of each kind that is quick enough to be fitted to inner folds, too.
CHOOSABLE = ("expert", "logit", "proportional_odds", "boosting", "forest", "network")


@dataclass(frozen=True)
class Part:
    """One contestant on all folds of one repeat of one table."""

    table: str
    contestant: str
    repeat: int

    def file(self, folder: Path) -> Path:
        """Name the part's file."""
        name = re.sub(r"[^a-z0-9]+", "_", f"{self.table} {self.contestant}".lower())
        return folder / f"{name}-{self.repeat:02d}.parquet"


@lru_cache(maxsize=1)
def load(name: str, folder: Path) -> TableSet:
    """Read a table once a worker."""
    return TABLES[name](folder)


def contestants(seed: int) -> dict[str, Callable[[], Any]]:
    """Give factories of every registered family, of the rivals, and of climatology for scale."""
    ours = {name: partial(_family, cls, seed) for name, cls in FORECASTERS.items()}
    return ours | rivals(seed) | {CLIMATOLOGY: BASELINES[CLIMATOLOGY]}


def _family(cls: type[Any], seed: int) -> Any:
    forecaster = cls()
    return (
        forecaster.set_params(random_state=seed) if "random_state" in forecaster.get_params() else forecaster
    )


def splits(y: Ints, repeat: int, seed: int) -> Iterator[tuple[Ints, Ints]]:
    """Give the folds of a repeat: the same for every contestant."""
    splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed + repeat)
    return splitter.split(np.empty(len(y)), y)


def run_part(part: Part, data: Path, seed: int) -> pd.DataFrame:
    """Fit and score one contestant on every fold; the `CHOOSABLE` ones on inner folds, too.

    Returns
    -------
    DataFrame (folds, ...)
        ``rps`` and ``inner_rps`` (NaN where there is none), ``trouble``, ``seconds`` of fit and forecast.
    """
    table = load(part.table, data)
    factory = contestants(seed + part.repeat)[part.contestant]
    rows = []
    with threadpool_limits(1):  # one core a worker
        for fold, (train, test) in enumerate(splits(table.y, part.repeat, seed)):
            inner = np.nan
            started = time.perf_counter()
            loss, trouble = _score(factory, table, train, test)
            seconds = time.perf_counter() - started
            if part.contestant in CHOOSABLE:
                folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(train, table.y[train])
                losses = [_score(factory, table, train[a], train[b])[0] for a, b in folds]
                inner = float(np.mean(losses))
            rows.append(
                {
                    "table": part.table,
                    "contestant": part.contestant,
                    "repeat": part.repeat,
                    "fold": fold,
                    "rps": loss,
                    "inner_rps": inner,
                    "trouble": trouble,
                    "seconds": seconds,
                }
            )
    return pd.DataFrame(rows)


def _score(factory: Callable[[], Any], table: TableSet, train: Ints, test: Ints) -> tuple[float, str]:
    """Mean RPS on the test rows, and what went wrong; no score where there is no forecast."""
    try:
        fitted = quietly(lambda: factory().fit(table.X.iloc[train], table.y[train]))
        forecast: Floats = quietly(
            lambda: category_probabilities(fitted, table.X.iloc[test], table.n_categories)
        )
    except Exception as error:  # noqa: BLE001 - a rival that breaks off is a result
        return float("nan"), f"{type(error).__name__}: {error}"[:120]
    if not np.isfinite(forecast).all():
        return float("nan"), "probabilities that are no numbers"
    return float(ranked_probability_score(table.y[test], forecast).mean()), trouble_of(fitted)


def fingerprint() -> str:
    """Hash what the parts depend on: the forecasters' code, this benchmark's, the estimators' version."""
    rooms = Path(scs_ml.__file__).parent
    here = Path(__file__).resolve().parent
    files = [*sorted((rooms / "forecast").glob("*.py")), *sorted(here.glob("forecast_[frt]*.py"))]
    digest = hashlib.sha256(f"{sklearn.__version__} {np.__version__}".encode())
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def compute(
    parts: Sequence[Part],
    folder: Path,
    data: Path,
    *,
    seed: int,
    workers: int,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Compute the parts that are missing in the folder, and give all of them as one table."""
    missing = [part for part in parts if not part.file(folder).exists()]
    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    if progress:
        progress("tables", len(parts) - len(missing), len(parts))
    for done, (part, rows) in enumerate(
        parallel(delayed(_part)(part, data, seed) for part in missing), len(parts) - len(missing) + 1
    ):
        with atomic_file(part.file(folder)) as temporary:
            rows.to_parquet(temporary, index=False)
        if progress:
            progress(
                f"{part.table}: {part.contestant}, {rows['seconds'].mean():.2f} s a fit", done, len(parts)
            )
    return pd.concat([pd.read_parquet(part.file(folder)) for part in parts], ignore_index=True)


def _part(part: Part, data: Path, seed: int) -> tuple[Part, pd.DataFrame]:
    return part, run_part(part, data, seed)
