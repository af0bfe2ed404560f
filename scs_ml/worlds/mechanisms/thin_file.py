"""`thin_file`: the young lose points because little is on record about them.

Origin: the young's short record (Alguliyev & Alakbarova 2021).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Bools, Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.scoring import per_quarter
from scs_ml.worlds.truth import SCORE_SD

FEW = 3  # entries in a full window; fewer make a thin file


class ThinFile:
    """Each of the group with a thin file loses `dose` points a quarter, without an entry in the ledger.

    A file is thin with fewer than `FEW` entries, good or bad, in the quarters that the card looks back over
    (in proportion, before so many have passed). Measured on the whole group.
    """

    slug = "thin_file"
    unit = SCORE_SD
    group: Group = (("age_group", "under 30"),)
    ceiling = 200.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per quarter of a thin file to the unbooked events."""
        return priced(county, self.slug, thin_files(county) & county.population.members(group))


def thin_files(county: County) -> Bools:
    """Whose file is thin, quarter by quarter: bool (n, T)."""
    n, quarters = county.population.shape
    expiry = quarters - county.unclipped.shape[1]
    totals = np.cumsum(per_quarter(county.honest, (n, quarters)), axis=1)
    lapsed = np.concatenate([np.zeros((n, expiry)), totals[:, :-expiry]], axis=1)
    passed = np.minimum(np.arange(1, quarters + 1), expiry)
    thin: Bools = totals - lapsed < FEW * passed / expiry
    return thin
