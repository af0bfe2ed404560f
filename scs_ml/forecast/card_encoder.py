"""The expert rule card as an encoder: one column, the points, that a person can add up by hand."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.forecast.points_card import PointsCard
from scs_ml.forecast.scorecard_encoder import ScorecardEncoder
from scs_ml.safeguards import gate_inputs
from scs_ml.schemes import Rule, Scheme, card_points


class CardEncoder(PointsCard):
    """Add up the points of a card, and give them as one column in standard deviations.

    With a scheme that has a card, the points are the card's, before start points and the scale's minimum and
    maximum: clipping would lose what lies beyond them, and points would no longer add up. Rules whose
    indicators are withheld from models give none. Without a card (or where the inputs have none of its
    indicators) there is no expert to ask, and a scorecard is learned (`ScorecardEncoder`).

    Parameters
    ----------
    scheme : Scheme, optional
        Where the card is read.

    Attributes
    ----------
    learned_ : bool
        Whether the points were learned.
    scorecard_ : ScorecardEncoder or None
        The scorecard that was learned.
    base_, column_indicator_, mean_, scale_
        As in every `PointsCard`.
    """

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    def _learn(self, frame: pd.DataFrame, codes: Ints) -> None:
        self.learned_ = not any(rule.indicator in frame for rule in self._rules())
        self.scorecard_ = ScorecardEncoder(self.scheme).fit(frame, codes) if self.learned_ else None
        self.base_ = 0.0 if self.scorecard_ is None else self.scorecard_.base_

    def _parts(self, frame: pd.DataFrame) -> Floats:
        if self.scorecard_ is not None:
            return self.scorecard_.parts(frame)
        parts = np.zeros(frame.shape)
        scheme = cast("Scheme", self.scheme)
        points = card_points(scheme, frame, withheld=gate_inputs(scheme).withheld)
        place = {name: at for at, name in enumerate(frame.columns)}
        for rule in self._rules():
            if rule.indicator in place:
                parts[:, place[rule.indicator]] += points[rule.name].to_numpy()
        return parts

    def _lines(self) -> list[tuple[str, str, float]]:
        if self.scorecard_ is not None:
            return list(self.scorecard_.points_table().itertuples(index=False, name=None))
        return [line for rule in self._rules() for line in _printed(rule)]

    def _rules(self) -> tuple[Rule, ...]:
        return () if self.scheme is None or self.scheme.card is None else self.scheme.card.rules


def _printed(rule: Rule) -> list[tuple[str, str, float]]:
    """Lines of the table for one rule of a scheme's card."""
    capped = "" if rule.cap is None else f", {rule.cap:g} at most"
    if rule.levels is None:
        return [(rule.indicator, f"per unit{capped}", rule.points or 0.0)]
    return [(rule.indicator, level, points) for level, points in rule.levels.items()]
