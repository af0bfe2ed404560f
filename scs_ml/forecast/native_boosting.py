"""Gradient boosting by a library that is an optional extra: what its forecasters have in common."""

from __future__ import annotations

from abc import abstractmethod
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError
from scs_ml.forecast.cumulative import BoundaryClassifier, ConstantClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme

_MOST_LEVELS = 10_000  # of a category that is left to the library; more become 0/1 columns


def installed(extra: str) -> bool:
    """Whether an optional library is installed; it is not imported."""
    return find_spec(extra) is not None


def missing(extra: str) -> ScsError:
    """Give the error of a forecaster whose library is not installed."""
    return ScsError(
        f"the forecaster {extra} needs the library of that name, which is not installed",
        remedy=f"install it: pip install 'scs_ml[{extra}]'",
    )


class NativeBoostingClassifier(BoundaryClassifier):
    """Boosted trees per boundary on indicators as they are; log-odds are the trees' own sums.

    Categories are split by the library itself, missing numbers take the side that fits best. Where the scheme
    says that more of an indicator never lowers (or never raises) the score, all trees keep to it. One
    thread, so that the same rows always give the same model.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the direction of indicators.
    n_estimators, learning_rate, max_leaves
        Trees, their shrinkage, and leaves of each.
    random_state : int or None
        Seed of the library.
    """

    _extra: str

    def __init__(
        self,
        scheme: Scheme | None = None,
        n_estimators: int = 100,
        learning_rate: float = 0.1,
        max_leaves: int = 15,
        random_state: int | None = 0,
    ) -> None:
        self.scheme = scheme
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_leaves = max_leaves
        self.random_state = random_state

    @abstractmethod
    def _margin(self, estimator: Any, encoded: Floats) -> Floats:
        """Log-odds (n,) of exceeding the boundary of a fitted estimator."""

    def _library(self) -> Any:
        if not installed(self._extra):
            raise missing(self._extra)
        return import_module(self._extra)

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(coded_levels=_MOST_LEVELS)

    def _log_odds(self, encoded: Floats) -> Floats:
        margins = np.empty((len(encoded), len(self.estimators_)))
        for k, estimator in enumerate(self.estimators_):
            if k and estimator is self.estimators_[k - 1]:
                margins[:, k] = margins[:, k - 1]
            elif isinstance(estimator, ConstantClassifier):
                margins[:, k] = estimator.decision_function(encoded)
            else:
                margins[:, k] = self._margin(estimator, encoded)
        return margins
