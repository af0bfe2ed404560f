"""Rating migration: the transition table between categories, with covariates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.forecast._cumulative_likelihood import fit_cumulative
from scs_ml.forecast._links import Logit
from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.forecast.cumulative_link import logistic_boundary
from scs_ml.forecast.states import StateEncoder
from scs_ml.schemes import Scheme


class MigrationClassifier(BoundaryClassifier):
    r"""Transition table whose rows shift with covariates: per boundary a logit with a level for each state.

    .. math:: \operatorname{logit} P(y > k \mid s, x) = \alpha_{ks} + x^\top\beta_k

    Every state s, "none" among them, gets one row of climatology, as in the Markov table, and its levels bear
    no penalty. Without covariates this is the smoothed Markov table; in a table without a current category it
    is the ordinal logit.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the scale.
    C : float
        Inverse strength of the L2 penalty on the scaled covariates' slopes.

    Attributes
    ----------
    state_rows_ : array of shape (states, q)
        Encoded rows behind `transition_matrix`.

    References
    ----------
    Nickell, Perraudin & Varotto (2000), "Stability of rating transitions", J. Bank. Finance 24, 203-227.
    """

    def __init__(self, scheme: Scheme | None = None, C: float = 1.0) -> None:
        self.scheme = scheme
        self.C = C

    def _input_encoder(self) -> Any:
        return StateEncoder(self.scheme)

    def _boundary_estimator(self, encoder: Any) -> Any:
        raise NotImplementedError("boundaries are fitted to weighted rows")

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        self.state_rows_ = self.encoder_.at_mean(encoded)
        rows, known, weights = self.encoder_.with_climatology(encoded, codes, len(self.classes_))
        penalty = self.encoder_.penalty(self.C)
        fits = [
            fit_cumulative(rows, (known > k).astype(np.int64), Logit(), penalty, weights) for k in crossed
        ]
        return [logistic_boundary(fit.slopes, -float(fit.cuts[0])) for fit in fits]

    def transition_matrix(self) -> pd.DataFrame:
        """Give the fitted transition table at the covariates' mean.

        Returns
        -------
        DataFrame (K, K)
            Probability of each next category (columns) from each current one (rows, which sum to 1).

        Raises
        ------
        ScsError
            If the forecaster was fitted to a table without a current category.
        """
        check_is_fitted(self)
        if not len(self.state_rows_):
            raise ScsError(
                "the table that this forecaster was fitted to has no current category",
                remedy="pair the periods of a panel, which adds current_score or current_category",
            )
        labels = self.classes_ if self.scheme is None else np.asarray(self.scheme.scale.categories)
        return pd.DataFrame(
            self._rearranged(self._log_odds(self.state_rows_[:-1])),
            index=pd.Index(labels, name="now"),
            columns=pd.Index(labels, name="next"),
        )
