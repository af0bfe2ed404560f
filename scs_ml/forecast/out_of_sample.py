"""Forecasts of rows that their forecaster had not seen: every forecaster on the same folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import joblib
import numpy as np
import pandas as pd

from scs_ml.core import Dataset, Floats, Ints, Progress
from scs_ml.exceptions import ScsError
from scs_ml.forecast.baselines import Baseline
from scs_ml.forecast.failing import speaking_for
from scs_ml.forecast.fitting import fit_to
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.forecast.registry import BASELINES
from scs_ml.metrics import cumulative, ranked_probability_score
from scs_ml.schemes import Scheme

FEWEST_PERIODS = 3  # test periods whose shocks can be told from chance at all


@dataclass(frozen=True)
class OutOfSample:
    """Forecasts of the test rows of all folds, one below the other.

    Attributes
    ----------
    forecasts : mapping of name to array of shape (n, K)
    folds : tuple of (train, test)
        Rows with a known category; the test parts are the n rows, in order.
    reference : str
        Name of what skill is measured against.
    baselines : frozenset of str
    """

    forecasts: Mapping[str, Floats]
    folds: tuple[tuple[Dataset, Dataset], ...]
    reference: str
    baselines: frozenset[str]

    @property
    def y(self) -> Ints:
        """Category (n,) that came true."""
        return np.concatenate([test.y for _, test in self.folds])

    @property
    def cluster(self) -> Ints:
        """Codes (n,) of families, else subjects; one family keeps its code from fold to fold."""
        by = self.units
        labels = [np.asarray(getattr(test, by)) for _, test in self.folds]
        return pd.factorize(np.concatenate(labels))[0].astype(np.int64)

    @property
    def units(self) -> str:
        """What the clusters are: families where they are known, else subjects."""
        return "subject" if any(test.family is None for _, test in self.folds) else "family"

    @property
    def period(self) -> Ints:
        """Codes (n,) of the periods that the forecasts were made from."""
        return np.concatenate([test.period for _, test in self.folds])

    @property
    def shared_periods(self) -> Ints | None:
        """Codes (n,) of periods where there are enough to judge their shocks; None where there are not."""
        period = self.period
        return period if len(np.unique(period)) >= FEWEST_PERIODS else None

    @property
    def horizon(self) -> int:
        """Periods from a forecast to its outcome, at least one."""
        return max(1, *(test.horizon for _, test in self.folds))

    def losses(self) -> Mapping[str, Floats]:
        """Ranked probability scores (n,) of every forecaster."""
        y = self.y
        return {name: ranked_probability_score(y, p) for name, p in self.forecasts.items()}

    def frame(self, part: Literal["X", "sensitive", "withheld"]) -> pd.DataFrame:
        """Give a frame (n rows) of the datasets, over all folds."""
        frames: list[pd.DataFrame] = [getattr(test, part) for _, test in self.folds]
        return pd.concat(frames, ignore_index=True)

    @property
    def record(self) -> Ints | None:
        """Periods (n,) on record; None where that is not known."""
        records = [test.record for _, test in self.folds if test.record is not None]
        return np.concatenate(records) if len(records) == len(self.folds) else None


def out_of_sample(
    forecasters: Mapping[str, Callable[[], Any]],
    folds: Sequence[tuple[Dataset, Dataset]],
    scheme: Scheme,
    *,
    then: Callable[[str], Mapping[str, Callable[[], Any]]] | None = None,
    n_jobs: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> OutOfSample:
    """Fit every forecaster to every fold's past and forecast the fold's future.

    Parameters
    ----------
    forecasters : mapping of name to factory
        Each call gives an unfitted forecaster. Where neither the Markov transition table nor climatology is
        among them, the table is added: skill needs a reference.
    folds : sequence of (train, test)
        From `scs_ml.data.rolling_origins`; rows with unknown `y` are left out.
    scheme : Scheme
        Gives the number of categories.
    then : callable, optional
        Given the name of the best forecaster that is no baseline, gives more of them (that one calibrated),
        which forecast the same rows.
    n_jobs : int
        Fits at a time, each in a process of its own where over 1 (-1: one for each core); the result is the
        same.
    seed : int
        Becomes the `random_state` of every forecaster that has one.

    Returns
    -------
    OutOfSample

    Raises
    ------
    ScsError
        If there are no folds, a fold has no row with a known category to learn from or to test on, or a
        forecaster fails; the error names it.
    """
    contestants = dict(forecasters)
    if "markov" not in contestants and "climatology" not in contestants:
        contestants["markov"] = lambda: BASELINES["markov"](scheme=scheme)
    known = tuple((train.take(train.y >= 0), test.take(test.y >= 0)) for train, test in folds)
    if not known or not all(len(train) and len(test) for train, test in known):
        raise ScsError(
            "a backtest needs folds with rows to learn from and rows to test on",
            where=f"rows with a known category per fold: {[(len(a), len(b)) for a, b in known]}",
            remedy="use fewer folds or a table with more periods; without periods, split by subject",
        )
    # Rows are not mapped into read-only memory: some estimators write to what they are given.
    run = joblib.Parallel(n_jobs=n_jobs, return_as="generator", max_nbytes=None)
    parts: list[Floats] = []
    forecasts: dict[str, Floats] = {}

    def add(more: Mapping[str, Callable[[], Any]]) -> None:
        contestants.update(more)
        total = len(parts) + len(more) * len(known)
        if progress:
            progress("backtest", len(parts), total)
        tasks = [(name, factory, i) for name, factory in more.items() for i in range(len(known))]
        for (name, *_), part in zip(
            tasks,
            run(
                joblib.delayed(_forecast)(
                    factory,
                    *known[i],
                    scheme.scale.n_categories,
                    seed=seed,
                    name=name,
                    fold=f"fold {i + 1} of {len(known)}",
                )
                for name, factory, i in tasks
            ),
            strict=True,
        ):
            parts.append(part)
            if progress:
                progress("backtest", len(parts), total)
            if len(parts) % len(known) == 0:
                forecasts[name] = np.concatenate(parts[-len(known) :])

    add(dict(contestants))
    if then is not None:
        y = np.concatenate([test.y for _, test in known])
        scores = {name: ranked_probability_score(y, p).mean() for name, p in forecasts.items()}
        eligible = [name for name in scores if not _is_baseline(contestants[name])] or list(scores)
        add(then(min(eligible, key=lambda name: scores[name])))
    return OutOfSample(
        forecasts=forecasts,
        folds=known,
        reference="markov" if "markov" in contestants else "climatology",
        baselines=frozenset(name for name, factory in contestants.items() if _is_baseline(factory)),
    )


def _is_baseline(factory: Callable[[], Any]) -> bool:
    return isinstance(factory(), Baseline)


def _forecast(
    factory: Callable[[], Any],
    train: Dataset,
    test: Dataset,
    n_categories: int,
    *,
    seed: int,
    name: str,
    fold: str,
) -> Floats:
    with speaking_for(name, f"{fold}, {len(train):,} rows to learn from, {len(test):,} to test"):
        forecaster = factory()
        if "random_state" in forecaster.get_params():
            forecaster.set_params(random_state=seed)
        probabilities = category_probabilities(fit_to(forecaster, train), test.X, n_categories)
        cumulative(probabilities)  # refuses what is no distribution, while it is known whose it is
        return probabilities
