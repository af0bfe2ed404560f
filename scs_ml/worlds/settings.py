"""What a world is asked to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scs_ml.core import Group
from scs_ml.exceptions import ScsError
from scs_ml.worlds.decoys import DECOYS
from scs_ml.worlds.mechanisms import MECHANISMS

MOST_PEOPLE = 999_999  # what six digits of a name can count


@dataclass(frozen=True)
class Planted:
    """How strong a mechanism or decoy is, and on which group.

    `strength` is the mean fall of the group's score, in standard deviations of the score in the world without it,
    over all person-quarters; `group` is the mechanism's own where not given.
    """

    strength: float
    group: Group | None = None


@dataclass(frozen=True)
class WorldSettings:
    """Settings of a simulated Suining pilot.

    Parameters
    ----------
    n_people : int
    n_periods : int
        Observed quarters, from 2014Q1.
    seed : int
        ``0 <= seed < 2**64``; fixes everything.
    mechanisms, decoys : mapping of str to float or Planted
        Slug to strength; see `Planted` for its unit.
    """

    n_people: int = 20_000
    n_periods: int = 8
    seed: int = 0
    mechanisms: Mapping[str, float | Planted] = field(default_factory=dict)
    decoys: Mapping[str, float | Planted] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        if not 1 <= self.n_people <= MOST_PEOPLE:
            raise ScsError(f"n_people must lie in 1..{MOST_PEOPLE}, got {self.n_people}")
        if self.n_periods < 1:
            raise ScsError(f"n_periods must be at least 1, got {self.n_periods}")
        if not 0 <= self.seed < 2**64:
            raise ScsError(f"seed must lie in 0..2**64 - 1, got {self.seed}")
        for what, asked, known in (
            ("mechanism", self.mechanisms, tuple(MECHANISMS)),
            ("decoy", self.decoys, tuple(DECOYS)),
        ):
            for slug, value in asked.items():
                if slug not in known:
                    raise ScsError(f"there is no {what} {slug!r}", remedy=f"use one of {', '.join(known)}")
                strength = value.strength if isinstance(value, Planted) else value
                if not 0 < strength < float("inf"):
                    raise ScsError(f"the strength of {slug} must be above 0, got {strength}")

    def planted_mechanisms(self) -> dict[str, tuple[float, Group]]:
        """Give strength and group of each mechanism, in the registry's order."""
        return {
            slug: _planted(self.mechanisms[slug], MECHANISMS[slug].group)
            for slug in MECHANISMS
            if slug in self.mechanisms
        }

    def planted_decoys(self) -> dict[str, tuple[float, Group]]:
        """Give strength and group of each decoy, in the registry's order."""
        return {slug: _planted(self.decoys[slug], DECOYS[slug].group) for slug in DECOYS if slug in self.decoys}


def _planted(value: float | Planted, group: Group) -> tuple[float, Group]:
    if isinstance(value, Planted):
        return value.strength, value.group or group
    return value, group
