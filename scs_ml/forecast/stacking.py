"""Stacking: several forecasters pooled, with the weights that forecast best out of fold."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.forecast._input import checked, class_codes, in_blocks, input_frame, target
from scs_ml.forecast.boosting import BoostingClassifier
from scs_ml.forecast.cumulative_link import ProportionalOddsClassifier
from scs_ml.forecast.fitting import Folds
from scs_ml.forecast.forest import ForestClassifier
from scs_ml.forecast.logit import OrdinalLogitClassifier
from scs_ml.forecast.logit_network import LogitNetworkClassifier
from scs_ml.forecast.out_of_fold import out_of_fold, usable_folds
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.schemes import Scheme


class OrdinalStackingClassifier(ClassifierMixin, BaseEstimator):
    r"""Pool the probabilities of several forecasters: one weight each, none negative, summing to one.

    The weights minimise the mean ranked probability score of the pooled forecast of rows that no member had
    learned from; then every member that has a weight is fitted to all rows. A convex mixture of
    distributions is a distribution: exceedance probabilities still fall from boundary to boundary, and a
    category that was not seen has probability 0.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories, and goes to the members that take one.
    members : list of (str, classifier), optional
        Unfitted, over category codes: ours, or of any make. Where not given: logits with slopes of every
        boundary's own and with common ones, boosting, a forest, and the network that corrects a logit.
    random_state : int or None
        Becomes the `random_state` of every member that has one.

    Attributes
    ----------
    classes_ : array of shape (K,)
        As for `BoundaryClassifier`.
    weights_ : dict of str to float
        Every member's.
    members_ : dict of str to classifier
        Fitted to all rows; those with a weight of 0 are left out.

    References
    ----------
    van der Laan, Polley & Hubbard (2007), "Super learner", Stat. Appl. Genet. Mol. Biol. 6, 25. Gneiting &
    Ranjan (2013), "Combining predictive distributions", Electron. J. Stat. 7, 1747-1782, on linear pools.
    """

    def __init__(
        self,
        scheme: Scheme | None = None,
        members: list[tuple[str, Any]] | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.scheme = scheme
        self.members = members
        self.random_state = random_state

    def fit(self, X: Any, y: Any, folds: Folds | None = None) -> Self:
        """Learn the weights out of fold, then every member that has one.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
            Indicators.
        y : array of shape (n,)
            Category codes (or labels whose sorted order is theirs, where no scheme is given).
        folds : sequence of (train, test), optional
            Positions of rows to fit to and of rows to forecast: `fit_to` gives those of later periods; at
            random where not given. Folds with fewer than two classes to learn from are left out, and without
            any fold all members weigh the same.
        """
        frame = input_frame(self, X, reset=True)
        k = None if self.scheme is None else self.scheme.scale.n_categories
        self.classes_, codes = class_codes(target(self, frame, y), k)
        inputs = checked(X, frame)
        members = {name: self._prepared(each) for name, each in self._given()}
        usable = usable_folds(codes, folds)
        weights = np.full(len(members), 1 / len(members))
        if usable and len(members) > 1:
            every = np.arange(len(self.classes_))
            found = [out_of_fold(each, inputs, codes, every, usable) for each in members.values()]
            weights = pool_weights(np.stack([p for _, p in found]), codes[found[0][0]])
        self.weights_ = {name: float(w) for name, w in zip(members, weights, strict=True)}
        self.members_ = {
            name: each.fit(inputs, codes) for name, each in members.items() if self.weights_[name] > 0
        }
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Forecast the probability of each category (n, K)."""
        check_is_fitted(self)
        return in_blocks(self, X, self._probabilities, len(self.classes_))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Give the most probable class (n,)."""
        most = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[most])

    def __sklearn_tags__(self) -> Any:
        """Missing numbers and categories are welcome where the members take them, as those of default do."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _probabilities(self, inputs: Any) -> Floats:
        k = len(self.classes_)
        pooled = np.zeros((len(inputs), k))
        for name, each in self.members_.items():
            pooled += self.weights_[name] * category_probabilities(each, inputs, k)[:, :k]
        return pooled

    def _given(self) -> list[tuple[str, Any]]:
        if self.members is not None:
            return self.members
        return [
            ("logit", OrdinalLogitClassifier()),
            ("proportional_odds", ProportionalOddsClassifier()),
            ("boosting", BoostingClassifier(learning_rate=0.05, max_leaf_nodes=8)),
            # Fully grown, as Breiman's: the pool's other members are smooth.
            ("forest", ForestClassifier(n_estimators=100, min_samples_leaf=1, max_leaf_nodes=None)),
            ("logit_network", LogitNetworkClassifier()),
        ]

    def _prepared(self, member: Any) -> Any:
        """Copy a member, with the scheme and the seed where it takes them."""
        own = {"scheme": self.scheme, "random_state": self.random_state}
        takes = member.get_params(deep=False)
        given = {name: value for name, value in own.items() if name in takes and value is not None}
        return clone(member).set_params(**given)


def pool_weights(probabilities: Floats, codes: Ints) -> Floats:
    r"""Weights of the linear pool with the least mean ranked probability score.

    With the errors :math:`e_j = P_j(y > k) - 1[y > k]` as columns of E the score of a pool is
    :math:`q = \lVert E w\rVert^2` up to a factor, a quadratic programme on the simplex. Non-negative least
    squares on :math:`\lVert E u\rVert^2 + (1 - \sum u)^2`, scaled to sum to one, has the same solution: with
    :math:`u = s w` the best s leaves :math:`q / (1 + q)`, which rises in q.

    Parameters
    ----------
    probabilities : array of shape (members, m, K)
    codes : array of int, shape (m,)
        Categories that came true.

    Returns
    -------
    array of shape (members,)
        None negative; they sum to 1.

    References
    ----------
    Lawson & Hanson (1974), "Solving least squares problems", chapter 23.
    """
    members, _, k = probabilities.shape
    above = np.cumsum(probabilities[:, :, :0:-1], axis=2)[:, :, ::-1]
    errors = (above - (codes[:, None] > np.arange(k - 1))).reshape(members, -1).T
    # The triangular factor has the same norms as the errors, in as many rows as there are members.
    root = np.linalg.qr(errors, mode="r") / np.sqrt(max(len(errors), 1))
    unscaled, _ = nnls(np.vstack([root, np.ones(members)]), np.r_[np.zeros(len(root)), 1.0])
    unscaled[unscaled < 1e-12 * unscaled.max()] = 0  # rounding, and no vote
    return np.asarray(unscaled / unscaled.sum())
