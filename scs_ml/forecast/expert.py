"""The expert rule card as a forecaster."""

from __future__ import annotations

from typing import Any

from sklearn.linear_model import LogisticRegression

from scs_ml.forecast.card_encoder import CardEncoder
from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.schemes import Scheme


class ExpertCardClassifier(BoundaryClassifier):
    """Forecast from the points of a card alone: per boundary, the log-odds are linear in the points.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the card and the number of categories. Without a card, whole points are learned from the data
        (see `CardEncoder`); ``encoder_.points_table()`` prints them.
    """

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    def _boundary_estimator(self, encoder: Any) -> Any:
        return LogisticRegression(max_iter=1000)

    def _input_encoder(self) -> Any:
        return CardEncoder(self.scheme)

    def __sklearn_tags__(self) -> Any:
        """One sum of points cannot part classes that have no order."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags
