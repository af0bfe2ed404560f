"""Train: split, backtest every family, fit the one that forecasts best on periods nobody tested on yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from scs_ml.core import Dataset, Progress
from scs_ml.data import pair, rolling_origins, split_by_period, split_by_subject, subject_folds
from scs_ml.exceptions import ScsError
from scs_ml.forecast import BASELINES, FORECASTERS, USUAL, Leaderboard, backtest, fit_to
from scs_ml.safeguards import gate_target, gate_training
from scs_ml.schemes import Scheme
from scs_ml.workflow.stages import stage

N_FOLDS = 2


@dataclass(frozen=True)
class Splits:
    """Rows to learn from, calibrate on and test on, and the folds (without test rows) that pick a family."""

    train: Dataset
    calibration: Dataset
    test: Dataset
    folds: tuple[tuple[Dataset, Dataset], ...]
    by: Literal["period", "subject"]


@dataclass(frozen=True)
class Trained:
    """A fitted forecaster, why it was chosen, and the rows it has not seen."""

    forecaster: Any
    name: str
    leaderboard: Leaderboard
    splits: Splits


def split(dataset: Dataset, scheme: Scheme, *, seed: int = 0) -> Splits:
    """Split by period where there are enough, else by subject; the test rows stay out of every fold.

    Parameters
    ----------
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    scheme : Scheme
        With a horizon over 0 and three origins or more (far enough apart) the split is by period; a shorter
        panel, and a table of one period, is split by subject.
    seed : int
        Only the split by subject draws.

    Returns
    -------
    Splits
    """
    paired = pair(dataset, scheme)
    if scheme.horizon and _long_enough(paired):
        train, calibration, test = split_by_period(dataset, horizon=scheme.horizon)
        # No outcome of a test row may help to pick a family.
        before = pair(dataset.take(dataset.period < test.period[0] + scheme.horizon), scheme)
        folds = tuple(rolling_origins(before, n_folds=N_FOLDS))
        return Splits(train, calibration, test, folds, "period")
    train, calibration, test = split_by_subject(paired, seed=seed)
    folds = tuple(subject_folds(train, n_folds=N_FOLDS + 1, seed=seed))
    return Splits(train, calibration, test, folds, "subject")


def _long_enough(paired: Dataset) -> bool:
    """Whether there are origins to test on, to calibrate on (outcomes known by then) and to learn from."""
    origins = np.unique(paired.period[paired.y >= 0])
    return len(origins) > 0 and int((origins <= origins[-1] - paired.horizon).sum()) >= 2


def train(
    dataset: Dataset,
    scheme: Scheme,
    *,
    families: Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trained:
    """Backtest the families beside the baselines and fit the best on the training periods.

    Parameters
    ----------
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    scheme : Scheme
        The scheme the dataset was read with.
    families : sequence of str, optional
        Names in `scs_ml.forecast.FORECASTERS`; those of `USUAL` where not given.
    seed : int
        Seeds the forecasters and the split by subject.
    progress : Progress, optional
        Called after every fit.

    Returns
    -------
    Trained

    Raises
    ------
    SafeguardError
        If a forbidden column would become an input of a model of real people, choose its rows, or be what it
        forecasts.
    ScsError
        If a family is unknown, no indicator may be an input, or the table is too small to split.
    """
    gate_training(scheme, tuple(dataset.X.columns))
    gate_target(scheme, dataset.gates)
    chosen = USUAL if families is None else tuple(families)
    if unknown := [name for name in chosen if name not in FORECASTERS]:
        raise ScsError(
            f"no forecaster is called {', '.join(unknown)}", remedy=f"choose from {', '.join(FORECASTERS)}"
        )
    if not len(dataset.X.columns):
        raise ScsError(
            "no indicator of the scheme may be a model input, so there is nothing to learn from",
            where=f"withheld: {', '.join(map(str, dataset.withheld.columns)) or 'none'}",
            remedy="the score itself can be audited without a model: scs-ml audit",
        )
    splits = split(dataset, scheme, seed=seed)
    # Where there is no earlier period, persistence and the transition table have nothing to persist from.
    baselines = BASELINES if scheme.horizon else {"climatology": BASELINES["climatology"]}
    candidates = {name: make(FORECASTERS[name], scheme, seed) for name in chosen}
    leaderboard = backtest(
        candidates | {name: make(cls, scheme, seed) for name, cls in baselines.items()},
        splits.folds,
        scheme,
        seed=seed,
        progress=progress,
    )
    name = leaderboard.best()
    with stage(progress, "final fit"):
        forecaster = fit_to(candidates[name](), splits.train)
    return Trained(forecaster, name, leaderboard, splits)


def make(cls: type, scheme: Scheme, seed: int) -> partial[Any]:
    """Give a factory of unfitted forecasters, seeded where the class draws."""
    draws = "random_state" in cls().get_params()
    settings: Mapping[str, Any] = {"random_state": seed} if draws else {}
    return partial(cls, scheme=scheme, **settings)
