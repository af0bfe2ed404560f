"""`intersection_only`: a wrong at the intersection of two attributes that neither of them shows.

Origin: the wrongs done to minorities (Alguliyev & Alakbarova 2021), where an audit of one attribute at a time
finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Floats, Group
from scs_ml.exceptions import ScsError
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.truth import SCORE_SD


class IntersectionOnly:
    """Those with both values of the group lose `dose` points a quarter, without an entry in the ledger.

    Those with one of them gain, and those with neither lose, as many as bring the mean of either attribute
    alone back to what it was (before the scale's limits). So people with neither value are wronged slightly.
    """

    slug = "intersection_only"
    unit = SCORE_SD
    group: Group = (("minority", "yes"), ("sex", "female"))
    ceiling = 50.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per quarter to the unbooked events of everyone."""
        return priced(county, self.slug, contrast(county, group))


def contrast(county: County, group: Group) -> Floats:
    """Weights (n, T): 1 for both values, and what makes either value's total nil for the others."""
    if len({name for name, _ in group}) != 2 or len(group) != 2:
        raise ScsError(
            "intersection_only wrongs an intersection of two attributes",
            remedy="give a group of two, such as minority=yes and sex=female",
        )
    one, other = (county.population.members((each,)) for each in group)
    cells = (one & other, one & ~other, ~one & other, ~one & ~other)
    sizes = [int(cell.sum()) for cell in cells]
    if not all(sizes):
        raise ScsError(
            "intersection_only needs people with both values, with either and with none",
            remedy="simulate more people, or choose other attributes",
        )
    weights = np.zeros(county.population.shape)
    for cell, size, sign in zip(cells, sizes, (1, -1, -1, 1), strict=True):
        weights[cell] = sign * sizes[0] / size
    return weights
