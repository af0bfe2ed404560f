"""Gradient boosting on indicators."""

from __future__ import annotations

from typing import Any, Self

from sklearn.ensemble import HistGradientBoostingClassifier

from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme

_DIRECTION = {"rising": 1, "falling": -1}


class BoostingClassifier(BoundaryClassifier):
    """Histogram gradient boosting per boundary; categories one-hot, missing numbers as they are.

    Where the scheme says that more of an indicator never lowers (or never raises) the score, every boundary's
    trees keep to it, and so do the rearranged probabilities: no one is forecast worse for a better record.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the direction of indicators.
    max_iter, learning_rate, max_leaf_nodes
        As in `sklearn.ensemble.HistGradientBoostingClassifier`; there is no early stopping, so that the same
        rows always give the same model.
    random_state : int or None
        Draws the rows that bins are computed from, in tables of over 200,000 rows.

    Attributes
    ----------
    n_iter_ : int
        Boosting iterations of every boundary.
    """

    def __init__(
        self,
        scheme: Scheme | None = None,
        max_iter: int = 100,
        learning_rate: float = 0.1,
        max_leaf_nodes: int = 15,
        random_state: int | None = 0,
    ) -> None:
        self.scheme = scheme
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn every boundary; parameters as `BoundaryClassifier.fit`."""
        super().fit(X, y)
        self.n_iter_ = self.max_iter
        return self

    def _boundary_estimator(self, encoder: Any) -> Any:
        return boosted_trees(self, self._directions(encoder))

    def _input_encoder(self) -> Any:
        return IndicatorEncoder()

    def _directions(self, encoder: IndicatorEncoder) -> list[int]:
        """Direction (q,) of every encoded column: 1 rising, -1 falling, 0 free."""
        declared = {} if self.scheme is None else {i.name: i.monotone for i in self.scheme.indicators}
        return [
            0 if name in encoder.levels_ else _DIRECTION.get(declared.get(name) or "", 0)
            for name in encoder.column_indicator_
        ]


def boosted_trees(settings: Any, directions: list[int] | None) -> HistGradientBoostingClassifier:
    """Give unfitted trees with the settings of a forecaster (its parameters of the same names)."""
    return HistGradientBoostingClassifier(
        max_iter=settings.max_iter,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.max_leaf_nodes,
        random_state=settings.random_state,
        early_stopping=False,
        categorical_features=None,
        monotonic_cst=directions,
    )
