"""Train: split, backtest every family, fit the one that forecasts best on periods nobody tested on yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from scs_ml.core import Dataset, Ledger, Progress
from scs_ml.data import pair, rolling_origins, split_by_period, split_by_subject, subject_folds
from scs_ml.exceptions import ScsError
from scs_ml.forecast import BASELINES, Leaderboard, SearchResult, TunedForecaster, backtest, fit_to
from scs_ml.forecast.failing import speaking_for
from scs_ml.safeguards import gate_dataset, gate_target, gate_training
from scs_ml.schemes import Scheme
from scs_ml.workflow.candidates import Factory, calibrated, find_candidates, make
from scs_ml.workflow.preparing import Prepared, prepare
from scs_ml.workflow.stages import stage
from scs_ml.workflow.tuning import Tuning, tuned

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
    """A fitted forecaster, why it was chosen, the rows it has not seen; how it was tuned, where it was."""

    forecaster: Any
    name: str
    leaderboard: Leaderboard
    splits: Splits
    search: SearchResult | None = None
    net: bool = False  # a ledger said which events of situations to take out


def split(dataset: Dataset, scheme: Scheme, *, seed: int = 0) -> Splits:
    """Split by period where there are enough, else by subject; the test rows stay out of every fold.

    Parameters
    ----------
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    scheme : Scheme
        With a horizon over 0 and three origins or more (far enough apart) the split is by period, and so are
        the folds where two origins a horizon apart lie before; else those are by subject. A shorter panel,
        and a table of one period, is split by subject.
    seed : int
        Only the split by subject draws.

    Returns
    -------
    Splits
    """
    paired = pair(dataset, scheme)
    if scheme.horizon and _long_enough(paired):
        train, calibration, test = split_by_period(dataset, horizon=scheme.horizon)
        # Nothing that happens after the test rows' own period may help to pick a family.
        before = pair(dataset.take(dataset.period <= test.period[0]), scheme)
        origins = np.unique(before.period[before.y >= 0])
        enough = origins[-1] - scheme.horizon >= origins[0]
        folds = tuple(
            rolling_origins(before, n_folds=N_FOLDS)
            if enough
            else subject_folds(train, n_folds=N_FOLDS + 1, seed=seed)
        )
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
    ledger: Ledger | None = None,
    families: Sequence[str] | Mapping[str, Any] | None = None,
    tuning: Tuning | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trained:
    """Backtest the families beside the baselines and fit the best on the training periods.

    The best is backtested once more with its boundaries calibrated out of fold, and calibrated it stays where
    that forecasts no worse.

    Parameters
    ----------
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    scheme : Scheme
        The scheme the dataset was read with.
    ledger : Ledger, optional
        Real people: what of the table are events of disasters, accidents and emergencies, which are taken
        out, and what informants say, which is weighed. Without it rows that may hold such events are not
        learned from, and what informants say is withheld unless the table counts them. A world learns from
        everything.
    families : sequence of str, or mapping of str to estimator, optional
        Names in `scs_ml.forecast.FORECASTERS` (``"all"``: every one); those of `USUAL` where not given. Or
        classifiers of one's own, by a name of one's choice: any unfitted scikit-learn classifier or pipeline
        with probabilities, or a function that makes one. They see the frame `Dataset.X` and category codes.
    tuning : Tuning, optional
        Families with a space in `scs_ml.forecast.SPACES` also stand with their hyper-parameters searched,
        anew in the past of every fold; if one of them is best, the final search is made in all training rows.
    seed : int
        Seeds the forecasters, the searches and the split by subject.
    progress : Progress, optional
        Called after every fit.

    Returns
    -------
    Trained

    Raises
    ------
    SafeguardError
        If a forbidden column would become an input of a model of real people, by its own or another name or
        code, choose its rows, or be what it forecasts.
    ScsError
        If a family is unknown or what was brought is no classifier, a forecaster fails (the error names it),
        no indicator may be an input, or the table is too small to split.
    """
    prepared = prepare(dataset, scheme, ledger, seed=seed)
    dataset = prepared.dataset
    gate_training(scheme, tuple(dataset.X.columns))
    gate_dataset(scheme, dataset)
    gate_target(scheme, dataset.gates)
    candidates = find_candidates(families, scheme, seed)
    if tuning is not None:
        candidates |= tuned(candidates, tuning, seed, progress)
    if not len(dataset.X.columns):
        raise ScsError(
            "no indicator of the scheme may be a model input, so there is nothing to learn from",
            where=f"withheld: {', '.join(map(str, dataset.withheld.columns)) or 'none'}",
            remedy="the score itself can be audited without a model: scs-ml audit",
        )
    splits = _certain(split(dataset, scheme, seed=seed), prepared)
    # Where there is no earlier period, persistence and the transition table have nothing to persist from.
    baselines = BASELINES if scheme.horizon else {"climatology": BASELINES["climatology"]}

    def then(best: str) -> dict[str, Factory]:
        variant = calibrated(best, candidates[best])
        candidates.update(variant)
        return variant

    leaderboard = backtest(
        candidates | {name: make(cls, scheme, seed) for name, cls in baselines.items()},
        splits.folds,
        scheme,
        then=then,
        seed=seed,
        progress=progress,
    )
    name = leaderboard.best()
    where = f"the final fit, {len(splits.train):,} rows"
    with stage(progress, "final fit"), speaking_for(name, where):
        forecaster = fit_to(candidates[name](), splits.train)
    net = ledger is not None and scheme.real_people
    if isinstance(forecaster, TunedForecaster):
        return Trained(forecaster.forecaster_, name, leaderboard, splits, forecaster.result_, net)
    return Trained(forecaster, name, leaderboard, splits, net=net)


def _certain(splits: Splits, prepared: Prepared) -> Splits:
    """Leave rows out of learning and calibrating that may hold events of situations."""
    return replace(
        splits,
        train=prepared.certain(splits.train),
        calibration=prepared.certain(splits.calibration),
        folds=tuple((prepared.certain(learn), hold) for learn, hold in splits.folds),
    )
