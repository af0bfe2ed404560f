"""Cluster, then logit: people alike share slopes of their own, as far as later periods bear them out."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_random_state

from scs_ml.core import Floats, Ints
from scs_ml.forecast.cumulative import BoundaryClassifier, ConstantClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.forecast.fitting import Folds
from scs_ml.forecast.out_of_fold import usable_folds
from scs_ml.schemes import Scheme

# How far a cluster's slopes may go from the common ones; 0 is the ordinal logit itself, and 1 penalises a
# slope of one cluster as much as a common one.
_DEVIATIONS = (0.0, 0.1, 0.3, 1.0)
_ROWS_TO_CLUSTER = 10_000


class ClusterLogitClassifier(BoundaryClassifier):
    r"""Logistic regression per boundary, whose slopes may differ between clusters of people.

    Clusters are found by k-means on scaled indicators alone: no outcome, and nothing that may not be a model
    input, has a say in them. A row x of cluster c has the log-odds

    .. math:: a + s a_c + (b + s b_c) \cdot x

    with one L2 penalty on all coefficients, so that s says how far a cluster may go its own way. It is the
    least of 0, 0.1, 0.3 and 1 whose mean Brier score over boundaries, on rows not learned from, is within two
    standard errors of the best: where rows are few, or clusters tell nothing, this is the ordinal logit.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories.
    n_clusters : int
        At the most; fewer where fewer rows differ.
    C : float
        Inverse strength of the L2 penalty.
    random_state : int or None
        Draws the rows to cluster, in tables of over 10,000, and where k-means starts.

    Attributes
    ----------
    deviation_ : float
        The s that was chosen.
    centres_ : array of shape (n_clusters, q)
        Of the clusters, among encoded indicators.

    References
    ----------
    Hsieh (2005), "Hybrid mining approach in the design of credit scoring models", Expert Syst. Appl. 28,
    655-665: clusters before a classifier. Breiman et al. (1984), "Classification and regression trees",
    section 3.4.3: the simplest model that is not clearly worse than the best.
    """

    def __init__(
        self,
        scheme: Scheme | None = None,
        n_clusters: int = 4,
        C: float = 1.0,
        random_state: int | None = 0,
    ) -> None:
        self.scheme = scheme
        self.n_clusters = n_clusters
        self.C = C
        self.random_state = random_state

    def fit(self, X: Any, y: Any, folds: Folds | None = None) -> Self:
        """Learn clusters, how far to trust them, and every boundary.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
        y : array of shape (n,)
            As for `BoundaryClassifier.fit`.
        folds : sequence of (train, test), optional
            Positions of rows to fit to and of rows to forecast: `fit_to` gives those of later periods; at
            random where not given.
        """
        self._folds = folds
        try:
            return super().fit(X, y)
        finally:
            del self._folds  # positions in the rows of this fit: nothing to keep

    def _boundary_estimator(self, encoder: Any) -> Any:
        return LogisticRegression(C=self.C, max_iter=1000)

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(scale=True, impute=True)

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        self.centres_ = self._clusters(encoded)
        self.deviation_ = self._choose(encoded, codes, crossed)
        return [self._fit_boundary(encoded, codes > k, self.deviation_) for k in crossed]

    def _clusters(self, encoded: Floats) -> Floats:
        draw = check_random_state(self.random_state)
        if len(encoded) > _ROWS_TO_CLUSTER:
            encoded = encoded[draw.choice(len(encoded), _ROWS_TO_CLUSTER, replace=False)]
        k = min(self.n_clusters, len(np.unique(encoded, axis=0)))
        centres: Floats = KMeans(k, n_init=3, random_state=draw).fit(encoded).cluster_centers_
        return centres

    def _choose(self, encoded: Floats, codes: Ints, crossed: Ints) -> float:
        """Give the least deviation within two standard errors of the best, on rows not learned from."""
        folds = usable_folds(codes, self._folds)
        if not folds or len(self.centres_) == 1:
            return 0.0
        losses = np.concatenate([self._losses(encoded, codes, crossed, *fold) for fold in folds])
        excess = losses - losses[:, [np.argmin(losses.mean(axis=0))]]
        error = excess.std(axis=0) / np.sqrt(len(losses))
        return _DEVIATIONS[int(np.argmax(excess.mean(axis=0) <= 2 * error))]

    def _losses(self, encoded: Floats, codes: Ints, crossed: Ints, train: Ints, test: Ints) -> Floats:
        """Mean squared error (test rows, deviations) over the boundaries."""
        losses = np.zeros((len(test), len(_DEVIATIONS)))
        for j, deviation in enumerate(_DEVIATIONS):
            for k in crossed:
                fitted = self._fit_boundary(encoded[train], codes[train] > k, deviation)
                wrong = fitted.predict_proba(encoded[test])[:, 1] - (codes[test] > k)
                losses[:, j] += wrong**2 / len(crossed)
        return losses

    def _fit_boundary(self, encoded: Floats, exceeds: Any, deviation: float) -> Any:
        above = np.asarray(exceeds, dtype=np.int64)
        if above.min() == above.max():
            return ConstantClassifier().fit(encoded, above)
        plain = self._boundary_estimator(self.encoder_)
        if deviation == 0:
            return plain.fit(encoded, above)
        return ClusterBoundary(plain, self.centres_, deviation).fit(encoded, above)


class ClusterBoundary(ClassifierMixin, BaseEstimator):
    """A linear classifier that also reads which cluster a row is in, and its indicators there.

    Parameters
    ----------
    estimator : classifier
        With ``decision_function``.
    centres : array of shape (k, q)
        A row belongs to the nearest.
    deviation : float
        Scale of the cluster's columns.
    """

    def __init__(self, estimator: Any, centres: Floats, deviation: float) -> None:
        self.estimator = estimator
        self.centres = centres
        self.deviation = deviation

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from encoded rows (n, q) and 0 or 1 (n,)."""
        self.estimator_ = self.estimator.fit(self._columns(X), y)
        self.classes_ = self.estimator_.classes_
        return self

    def decision_function(self, X: Any) -> Floats:
        """Give the log-odds (n,) of exceeding the boundary."""
        return np.asarray(self.estimator_.decision_function(self._columns(X)))

    def predict_proba(self, X: Any) -> Floats:
        """Give probabilities (n, 2)."""
        return np.asarray(self.estimator_.predict_proba(self._columns(X)))

    def _columns(self, encoded: Floats) -> Floats:
        """Columns (n, q + k + k q): the row, its cluster, and the row in its cluster's place."""
        n, q = encoded.shape
        distance = (self.centres**2).sum(axis=1) - 2 * encoded @ self.centres.T
        nearest = distance.argmin(axis=1)
        own = np.zeros((n, len(self.centres), 1 + q))
        own[np.arange(n), nearest, 0] = self.deviation
        own[np.arange(n), nearest, 1:] = self.deviation * encoded
        return np.hstack([encoded, own.reshape(n, -1)])
