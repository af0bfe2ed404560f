"""A family that tunes itself, honestly inside a backtest."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from scs_ml.core import Dataset, Floats, Progress
from scs_ml.forecast.fitting import fit_to
from scs_ml.forecast.search import search, unfitted_with
from scs_ml.forecast.spaces import Space


class TunedForecaster(ClassifierMixin, BaseEstimator):
    """A family that searches its hyper-parameters in whatever rows it is fitted to, and in no others.

    In a backtest it searches anew in every fold's past, so that nothing it is tested on has been used to
    tune it. It is fitted to a `Dataset`, by `fit_to`, since the folds of a search need periods and clusters.

    Parameters
    ----------
    forecaster : forecaster
        Unfitted; cloned for every candidate.
    space : Space
    n_candidates, n_jobs, store, progress
        As for `search`.
    random_state : int
        Draws the candidates, and seeds the forecasters.

    Attributes
    ----------
    forecaster_ : forecaster
        Of the parameters chosen, fitted to all rows: what forecasts, and what is worth keeping.
    result_ : SearchResult
    """

    def __init__(
        self,
        forecaster: Any = None,
        *,
        space: Space | None = None,
        n_candidates: int = 30,
        n_jobs: int = 1,
        store: str | Path | None = None,
        progress: Progress | None = None,
        random_state: int = 0,
    ) -> None:
        self.forecaster = forecaster
        self.space = space
        self.n_candidates = n_candidates
        self.n_jobs = n_jobs
        self.store = store
        self.progress = progress
        self.random_state = random_state

    def fit_dataset(self, dataset: Dataset) -> Self:
        """Search in the rows of a dataset, then fit the parameters chosen to all of them.

        Parameters
        ----------
        dataset : Dataset

        Returns
        -------
        self
        """
        make = partial(clone, self.forecaster)
        self.result_ = search(
            make,
            dataset,
            self.space or Space({}),
            n_candidates=self.n_candidates,
            seed=self.random_state,
            n_jobs=self.n_jobs,
            store=self.store,
            progress=self.progress,
        )
        chosen = self.result_.chosen.parameters
        self.forecaster_ = fit_to(unfitted_with(make, self.random_state, chosen), dataset)
        self.classes_ = self.forecaster_.classes_
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Forecast the probability (n, K) of each category."""
        return np.asarray(self.forecaster_.predict_proba(X))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Give the most probable class (n,)."""
        return np.asarray(self.forecaster_.predict(X))
