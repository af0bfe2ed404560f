"""`small_group`: the group that truly does more is so small that chance moves it far."""

from __future__ import annotations

from scs_ml.core import Group
from scs_ml.worlds.decoys.conduct_gap import ConductGap


class SmallGroup(ConductGap):
    """As `conduct_gap`, in an intersection of three attributes: one person in seventy.

    A check that crosses attributes meets it; one that does not sees hardly anything.
    """

    slug = "small_group"
    group: Group = (("minority", "yes"), ("age_group", "60 and over"), ("sex", "female"))
