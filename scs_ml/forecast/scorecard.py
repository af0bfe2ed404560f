"""The weight-of-evidence scorecard as a forecaster."""

from __future__ import annotations

from typing import Any

from scs_ml.forecast.points_card import LearnedCardClassifier
from scs_ml.forecast.scorecard_encoder import ScorecardEncoder
from scs_ml.schemes import Scheme


class ScorecardClassifier(LearnedCardClassifier):
    """Forecast from a learned scorecard: per boundary, the log-odds are linear in the sum of whole points.

    `ScorecardEncoder` says how the points are learned; ``encoder_.points_table()`` prints them.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the directions of indicators, which the forecast keeps to.
    """

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    def _input_encoder(self) -> Any:
        return ScorecardEncoder(self.scheme)
