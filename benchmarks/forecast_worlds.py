"""Skill on simulated pilots: later quarters forecast from earlier ones, world by world."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from scs_ml.core import Progress
from scs_ml.data import pair, read_table, rolling_origins
from scs_ml.forecast import BASELINES, FORECASTERS, backtest
from scs_ml.storage import atomic_file
from scs_ml.worlds import WorldSettings, simulate

N_ORIGINS = 3


def run_world(seed: int, n_people: int, n_periods: int, families: Sequence[str]) -> pd.DataFrame:
    """Backtest families and baselines on the last origins of one world.

    Returns
    -------
    DataFrame (families, ...)
        Skill against the transition table, with its interval, robust to clusters.
    """
    world = simulate(WorldSettings(n_people=n_people, n_periods=n_periods, seed=seed))
    dataset = pair(read_table(world.table, world.scheme), world.scheme)
    classes = {name: FORECASTERS[name] for name in families} | BASELINES
    with threadpool_limits(1):  # one core a worker
        board = backtest(
            {name: partial(cls, scheme=world.scheme) for name, cls in classes.items()},
            rolling_origins(dataset, n_folds=N_ORIGINS),
            world.scheme,
            seed=seed,
        )
    return pd.DataFrame(
        {
            "world": seed,
            "family": [row.name for row in board.rows],
            "rps": [row.rps for row in board.rows],
            "skill": [row.rps_skill for row in board.rows],
            "low": [row.skill_low for row in board.rows],
            "high": [row.skill_high for row in board.rows],
            "rows": board.n_rows,
            "clusters": board.n_clusters,
        }
    )


def compute_worlds(
    seeds: Sequence[int],
    folder: Path,
    families: Sequence[str],
    *,
    n_people: int,
    n_periods: int,
    workers: int,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Compute the worlds that are missing in the folder, and give all of them as one table."""
    tag = f"world-{n_people}-{n_periods}-{'+'.join(sorted(families))}"
    files = {seed: folder / f"{tag}-{seed}.parquet" for seed in seeds}
    missing = [seed for seed in seeds if not files[seed].exists()]
    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    jobs = (delayed(_one)(seed, n_people, n_periods, families) for seed in missing)
    for done, (seed, rows) in enumerate(parallel(jobs), len(seeds) - len(missing) + 1):
        with atomic_file(files[seed]) as temporary:
            rows.to_parquet(temporary, index=False)
        if progress:
            progress("worlds", done, len(seeds))
    return pd.concat([pd.read_parquet(files[seed]) for seed in seeds], ignore_index=True)


def _one(seed: int, n_people: int, n_periods: int, families: Sequence[str]) -> tuple[int, pd.DataFrame]:
    return seed, run_world(seed, n_people, n_periods, families)


def across_worlds(worlds: pd.DataFrame) -> pd.DataFrame:
    """Mean skill of every family over the worlds, with a t interval; worlds are what is independent."""
    from scipy import stats

    rows = []
    for family, found in worlds.groupby("family", sort=False):
        n, mean = len(found), found["skill"].mean()
        half = stats.t.isf(0.025, n - 1) * found["skill"].std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
        rows.append(
            {
                "family": family,
                "worlds": n,
                "skill": mean,
                "low": mean - half,
                "high": mean + half,
                "above": int((found["low"] > 0).sum()),
                "below": int((found["high"] < 0).sum()),
            }
        )
    return pd.DataFrame(rows).sort_values("skill", ascending=False, ignore_index=True)
