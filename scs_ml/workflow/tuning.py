"""Which candidates of a training also stand for election with their hyper-parameters searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scs_ml.core import Progress
from scs_ml.exceptions import ScsError
from scs_ml.forecast import FORECASTERS, SPACES, Space, TunedForecaster
from scs_ml.workflow.candidates import Factory


@dataclass(frozen=True)
class Tuning:
    """A search asked for.

    Attributes
    ----------
    n_candidates : int
        Settings tried a family and a set of rows, the defaults among them.
    n_jobs : int
        Processes.
    store : path, optional
        Folder by which a search that was stopped goes on.
    """

    n_candidates: int
    n_jobs: int = 1
    store: Path | None = None


def tuned(
    candidates: Mapping[str, Factory], tuning: Tuning, seed: int, progress: Progress | None
) -> dict[str, Factory]:
    """Give a variant of every family that has a space to search, named after it.

    It searches whenever it is fitted, in the rows it is fitted to: in a backtest in every fold's past, and
    for the bundle in all training rows.

    Raises
    ------
    ScsError
        If no candidate has one.
    """
    found: dict[str, Factory] = {
        f"{name}, tuned": partial(_tuned, factory, SPACES[name], tuning, seed, progress)
        for name, factory in candidates.items()
        if name in SPACES and type(factory()) is FORECASTERS.get(name)
    }
    if not found:
        raise ScsError(
            f"none of {', '.join(candidates)} has hyper-parameters to search",
            remedy=f"leave the search out, or add a family of {', '.join(SPACES)}",
        )
    return found


def _tuned(
    factory: Factory, space: Space, tuning: Tuning, seed: int, progress: Progress | None
) -> TunedForecaster:
    return TunedForecaster(
        factory(),
        space=space,
        n_candidates=tuning.n_candidates,
        n_jobs=tuning.n_jobs,
        store=tuning.store,
        progress=progress,
        random_state=seed,
    )
