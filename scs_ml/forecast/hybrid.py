"""The hybrid: boosting that also reads the expert's points and the logit's log-odds."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.forecast._input import checked, input_frame
from scs_ml.forecast.boosting import BoostingClassifier, boosted_trees
from scs_ml.forecast.card_encoder import CardEncoder
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.forecast.logit import OrdinalLogitClassifier
from scs_ml.forecast.out_of_fold import rows_of, usable_folds
from scs_ml.schemes import Scheme


class HybridEncoder(TransformerMixin, BaseEstimator):
    """Indicators, then the card's points, then the log-odds of an ordinal logit at every boundary seen.

    Points and log-odds are sums over indicators, so what each indicator contributes to them is exact. The
    logit is fitted to the same rows as the model that reads it: it has far fewer coefficients than rows.

    Parameters
    ----------
    scheme : Scheme, optional
        Where the card is read; see `CardEncoder`.
    card : bool
        Whether the points are among the columns.
    scale : bool
        Impute numbers, and give numbers and log-odds in standard deviations, for models that need one scale.

    Attributes
    ----------
    column_indicator_ : tuple of str (q,)
        Input indicator behind each column, ``""`` for derived columns.
    indicators_, card_, logit_
        The fitted parts; `card_` is None where it is left out.
    """

    def __init__(self, scheme: Scheme | None = None, *, card: bool = True, scale: bool = False) -> None:
        self.scheme = scheme
        self.card = card
        self.scale = scale

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the three parts.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
        y : array of int, shape (n,)
            Category codes.
        """
        inputs = checked(X, input_frame(self, X, reset=True))
        self.indicators_ = IndicatorEncoder(scale=self.scale, impute=self.scale).fit(inputs)
        self.card_ = CardEncoder(self.scheme).fit(inputs, y) if self.card else None
        self.logit_ = OrdinalLogitClassifier().fit(inputs, y)
        self._logit_means = self.logit_.encoder_.transform(inputs).mean(axis=0)
        margins = self.logit_.boundary_log_odds(inputs)
        self._centre, self._spread = np.zeros(margins.shape[1]), np.ones(margins.shape[1])
        if self.scale:
            self._centre, spread = margins.mean(axis=0), margins.std(axis=0)
            self._spread = np.where(spread > 1e-12 * (1 + np.abs(self._centre)), spread, 1.0)
        derived = int(self.card) + margins.shape[1]
        self.column_indicator_ = (*self.indicators_.column_indicator_, *[""] * derived)
        return self

    def transform(self, X: Any) -> Floats:
        """Encode indicators (n, d) as columns (n, q)."""
        check_is_fitted(self)
        inputs = checked(X, input_frame(self, X, reset=False))
        points = [] if self.card_ is None else [self.card_.transform(inputs)]
        margins = (self.logit_.boundary_log_odds(inputs) - self._centre) / self._spread
        return np.hstack([self.indicators_.transform(inputs), *points, margins])

    def derived(self, X: Any) -> dict[int, Floats]:
        """Give what each input indicator contributes to each derived column.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)

        Returns
        -------
        dict
            ``{column: array (n, d)}``, centred on the rows of the fit: rows sum to the column less its
            mean there.
        """
        check_is_fitted(self)
        frame = input_frame(self, X, reset=False)
        inputs = checked(X, frame)
        first = len(self.indicators_.column_indicator_)
        centred = self.logit_.encoder_.transform(inputs) - self._logit_means
        # Which input every encoded column of the logit belongs to, as a matrix (q, d).
        owner = np.asarray(self.logit_.encoder_.column_indicator_)[:, None] == np.asarray(frame.columns)
        points = [] if self.card_ is None else [self.card_.derived(inputs)[0]]
        margins = [
            (centred * estimator.coef_[0]) @ owner.astype(np.float64) / spread
            for estimator, spread in zip(self.logit_.estimators_, self._spread, strict=True)
        ]
        return {first + j: each for j, each in enumerate([*points, *margins])}

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Name the columns."""
        margins = [f"log-odds of boundary {k}" for k in range(len(self.logit_.estimators_))]
        points = ["card points"] if self.card else []
        return np.asarray([*self.indicators_.get_feature_names_out(), *points, *margins], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Missing numbers and categories are welcome; labels are needed to fit the logit."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags


class HybridClassifier(BoostingClassifier):
    """Boosting on indicators, expert points and logit log-odds: the trees only need to correct the other two.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the card and the number of categories.
    max_iter, learning_rate, max_leaf_nodes, random_state
        As for `BoostingClassifier`. Trees are smaller and slower than there, having less left to learn.

    Notes
    -----
    The trees learn from points and log-odds of fits that have not seen the row (in the folds of
    `random_folds`): those of the row's own fit look more certain than they will be of other rows, and trees
    would trust them too far.

    The directions of indicators are not imposed here: the trees read an indicator together with sums it
    is part of, and holding only one of them to a direction says nothing of the whole.
    """

    def __init__(
        self,
        scheme: Scheme | None = None,
        max_iter: int = 100,
        learning_rate: float = 0.05,
        max_leaf_nodes: int = 8,
        random_state: int | None = 0,
    ) -> None:
        super().__init__(scheme, max_iter, learning_rate, max_leaf_nodes, random_state)

    def _boundary_estimator(self, encoder: Any) -> Any:
        return boosted_trees(self, None)

    def _input_encoder(self) -> Any:
        return HybridEncoder(self.scheme)

    def _encode_rows_of_fit(self, inputs: Any, codes: Ints) -> Floats:
        encoded = super()._encode_rows_of_fit(inputs, codes)
        derived = encoded.shape[1] - len(self.encoder_.indicators_.column_indicator_)
        for learned, judged in usable_folds(codes, None):
            # A fold without some category has fewer boundaries; its rows keep what their own fit says.
            if len(np.unique(codes[learned])) == len(np.unique(codes)):
                fold = clone(self.encoder_).fit(rows_of(inputs, learned), codes[learned])
                encoded[judged, -derived:] = fold.transform(rows_of(inputs, judged))[:, -derived:]
        return encoded
