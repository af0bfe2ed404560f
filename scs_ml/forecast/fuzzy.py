"""The card in words as a forecaster."""

from __future__ import annotations

from typing import Any

from scs_ml.forecast.fuzzy_encoder import FuzzyCardEncoder
from scs_ml.forecast.points_card import LearnedCardClassifier
from scs_ml.schemes import Scheme


class FuzzyCardClassifier(LearnedCardClassifier):
    """Forecast from a card that can be read aloud: per boundary, log-odds are linear in its points.

    `FuzzyCardEncoder` says how words and points are learned; ``encoder_.read_aloud()`` says the card in
    sentences, ``encoder_.points_table()`` prints it.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the directions of indicators, which the forecast keeps to.
    max_indicators : int
        How many indicators the card may have.
    """

    def __init__(self, scheme: Scheme | None = None, max_indicators: int = 10) -> None:
        self.scheme = scheme
        self.max_indicators = max_indicators

    def _input_encoder(self) -> Any:
        return FuzzyCardEncoder(self.scheme, self.max_indicators)
