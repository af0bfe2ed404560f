"""Gradient boosting on indicators."""

from __future__ import annotations

from typing import Any, Self

from sklearn.ensemble import HistGradientBoostingClassifier

from scs_ml.forecast._directions import column_directions
from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme

_MOST_LEVELS = 255  # that scikit-learn's trees can split into sets; categories of more become 0/1 columns


class BoostingClassifier(BoundaryClassifier):
    """Histogram gradient boosting per boundary; splits on sets of levels, missing numbers as they are.

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
        return boosted_trees(self, column_directions(self.scheme, encoder), encoder.coded_columns_)

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(coded_levels=_MOST_LEVELS)


def boosted_trees(
    settings: Any, directions: list[int] | None, coded: list[int] | None = None
) -> HistGradientBoostingClassifier:
    """Give unfitted trees with the settings of a forecaster (its parameters of the same names).

    `directions` are those of the columns, and `coded` the columns that hold codes of categories.
    """
    return HistGradientBoostingClassifier(
        max_iter=settings.max_iter,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.max_leaf_nodes,
        random_state=settings.random_state,
        early_stopping=False,
        categorical_features=coded or None,
        monotonic_cst=directions,
    )
