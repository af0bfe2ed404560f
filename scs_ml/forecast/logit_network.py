"""Logit and network: a neural network that also reads the logit's log-odds."""

from __future__ import annotations

from typing import Any

from scs_ml.forecast.hybrid import HybridEncoder
from scs_ml.forecast.network import NetworkClassifier


class LogitNetworkClassifier(NetworkClassifier):
    """A network on indicators and logit log-odds: it only needs to correct the linear forecast.

    All columns are in standard deviations, missing numbers imputed with a column that says so.

    Parameters
    ----------
    scheme, hidden_units, alpha, max_iter, random_state
        As for `NetworkClassifier`.

    References
    ----------
    Lee & Chen (2005), "A two-stage hybrid credit scoring model using artificial neural networks and
    multivariate adaptive regression splines", Expert Syst. Appl. 28, 743-752: a network that reads what a
    statistical model found.
    """

    def _input_encoder(self) -> Any:
        return HybridEncoder(self.scheme, card=False, scale=True)
