"""The background that comes with the explanations of a score: the people whom others are compared with."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from scs_ml.core import Ints
from scs_ml.worlds.county import County

BACKGROUND_ROWS = 200


@runtime_checkable
class ChoosesBackground(Protocol):
    """A mechanism that has a say in who stands in the background."""

    def background(self, county: County, honest: Ints, dose: float) -> Ints:
        """Give the people that it puts into the place of an honest background's."""

    def hidden(self, county: County, honest: Ints, chosen: Ints) -> float:
        """How much a chosen background hides beside an honest one, in the mechanism's unit."""


def honest_background(county: County) -> Ints:
    """Draw who stands in the background, everyone alike: people (`BACKGROUND_ROWS`,), perhaps one twice."""
    draws = county.streams.uniform("background", BACKGROUND_ROWS)
    people: Ints = (draws * county.population.shape[0]).astype(np.int64)
    return people
