"""Neural network on indicators."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from scs_ml.core import Floats, Ints
from scs_ml.forecast.cumulative import BoundaryClassifier, ConstantClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme


class NetworkBoundary(ClassifierMixin, BaseEstimator):
    """One output of a fitted network, as a binary classifier.

    Parameters
    ----------
    network : MLPClassifier
        Fitted, with rectified hidden units; shared by all boundaries.
    output : int
        Which of its outputs.
    """

    def __init__(self, network: Any, output: int) -> None:
        self.network = network
        self.output = output
        self.classes_ = np.arange(2)

    def fit(self, X: Any, y: Any) -> Self:
        """Do nothing: the network has been fitted, all outputs at once."""
        return self

    def decision_function(self, X: Any) -> Floats:
        """Give the log-odds (n,) of exceeding the boundary."""
        margins: Floats = network_log_odds(self.network, np.asarray(X))[:, self.output]
        return margins

    def predict_proba(self, X: Any) -> Floats:
        """Give probabilities (n, 2) of not exceeding the boundary and of exceeding it."""
        margins = self.decision_function(X)
        return np.column_stack([expit(-margins), expit(margins)])

    def predict(self, X: Any) -> Ints:
        """Give 1 (n,) where exceeding the boundary is the likelier."""
        return (self.decision_function(X) > 0).astype(np.int64)


class NetworkClassifier(BoundaryClassifier):
    """One network with an output per boundary, on scaled and imputed indicators.

    The boundaries share the hidden units, and so what is learned at one serves the others. Weights are found
    by L-BFGS, which suits tables of thousands of rows; it draws only where it starts.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories.
    hidden_units, alpha, max_iter
        Size of the one hidden layer, L2 penalty and most iterations, as in
        `sklearn.neural_network.MLPClassifier`.
    random_state : int or None
        Draws the weights that the fit starts from.

    Attributes
    ----------
    network_ : MLPClassifier
        The fit behind `estimators_`.
    n_iter_ : int
        Iterations it took.

    References
    ----------
    Cheng, Wang & Pollastri (2008), "A neural network approach to ordinal regression", IJCNN, 1279-1284.
    """

    _block_rows = 8_192  # what stays in the processor's cache: these models only multiply

    def __init__(
        self,
        scheme: Scheme | None = None,
        hidden_units: int = 32,
        alpha: float = 3.0,
        max_iter: int = 300,
        random_state: int | None = 0,
    ) -> None:
        self.scheme = scheme
        self.hidden_units = hidden_units
        self.alpha = alpha
        self.max_iter = max_iter
        self.random_state = random_state

    def _boundary_estimator(self, encoder: Any) -> Any:
        return MLPClassifier(
            (self.hidden_units,),
            solver="lbfgs",
            alpha=self.alpha,
            max_iter=self.max_iter,
            random_state=self.random_state,
        )

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(scale=True, impute=True)

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        if not len(crossed):
            self.network_, self.n_iter_ = None, 0
            return []
        exceeds = (codes[:, None] > crossed).astype(np.int64)
        with warnings.catch_warnings():
            # A penalised fit that stops early is as good a forecast as the last digit of its optimum.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.network_ = self._boundary_estimator(self.encoder_).fit(
                encoded, exceeds[:, 0] if len(crossed) == 1 else exceeds
            )
        self.n_iter_ = int(self.network_.n_iter_)
        return [NetworkBoundary(self.network_, output) for output in range(len(crossed))]

    def _log_odds(self, encoded: Floats) -> Floats:
        if self.network_ is None:
            return super()._log_odds(encoded)
        outputs = network_log_odds(self.network_, encoded)
        return np.column_stack(
            [
                each.decision_function(encoded)
                if isinstance(each, ConstantClassifier)
                else outputs[:, each.output]
                for each in self.estimators_
            ]
        )


def network_log_odds(network: Any, encoded: Floats) -> Floats:
    """Log-odds (n, outputs) of a network with rectified hidden units: its outputs before the sigmoid."""
    *hidden, last = zip(network.coefs_, network.intercepts_, strict=True)
    active = encoded
    for weights, bias in hidden:
        active = active @ weights
        active += bias
        np.maximum(active, 0.0, out=active)
    outputs: Floats = active @ last[0] + last[1]
    return outputs
