"""Random forest on indicators."""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import RandomForestClassifier

from scs_ml.forecast._directions import column_directions
from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme


class ForestClassifier(BoundaryClassifier):
    """Random forest per boundary; categories one-hot, missing numbers imputed with a column that says so.

    A forest averages probabilities, so it is explained in the probability of exceeding each boundary. Where
    the scheme says that more of an indicator never lowers (or never raises) the score, every tree keeps to
    it.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the direction of indicators.
    n_estimators, min_samples_leaf, max_leaf_nodes, n_jobs
        As in `sklearn.ensemble.RandomForestClassifier`. Leaves are bounded in number so that bundles and
        exact explanations stay small in large tables.
    max_features : "auto", float, str or None
        Columns that a split chooses among, as there; "auto" is the square root of their number, and all of
        them where directions are kept. A split on a column that tells little would bound what its children
        may say, however much better they know.
    random_state : int or None
        Draws rows and candidate columns, alike at every boundary.

    References
    ----------
    Breiman (2001), "Random forests", Machine Learning 45, 5-32.
    """

    def __init__(
        self,
        scheme: Scheme | None = None,
        *,
        n_estimators: int = 200,
        min_samples_leaf: int = 5,
        max_leaf_nodes: int | None = 128,
        max_features: float | str | None = "auto",
        n_jobs: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.scheme = scheme
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.max_leaf_nodes = max_leaf_nodes
        self.max_features = max_features
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _boundary_estimator(self, encoder: Any) -> Any:
        directions = column_directions(self.scheme, encoder)
        kept = any(directions)
        most = (None if kept else "sqrt") if self.max_features == "auto" else self.max_features
        return RandomForestClassifier(
            n_estimators=self.n_estimators,
            min_samples_leaf=self.min_samples_leaf,
            max_leaf_nodes=self.max_leaf_nodes,
            max_features=most,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
            monotonic_cst=directions if kept else None,
        )

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(impute=True)
