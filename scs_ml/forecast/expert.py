"""The expert rule card as a forecaster."""

from __future__ import annotations

from typing import Any

from scs_ml.forecast.card_encoder import CardEncoder
from scs_ml.forecast.points_card import PointsCardClassifier
from scs_ml.schemes import Scheme


class ExpertCardClassifier(PointsCardClassifier):
    """Forecast from the points of a card alone: per boundary, the log-odds are linear in the points.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the card and the number of categories. Without a card, whole points are learned from the data
        (see `CardEncoder`); ``encoder_.points_table()`` prints them.
    """

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    def _input_encoder(self) -> Any:
        return CardEncoder(self.scheme)
