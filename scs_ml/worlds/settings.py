"""What a world is asked to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scs_ml.core import Group
from scs_ml.exceptions import ScsError
from scs_ml.worlds.conduct import FAMILY_SHAPE
from scs_ml.worlds.decoys import DECOYS
from scs_ml.worlds.mechanisms import MECHANISMS
from scs_ml.worlds.population import DISASTER_RATE, SHARES

PlantedKind = Literal["mechanism", "decoy"]
LEAST_SHARE, LARGEST_SHARE = 0.02, 0.5
MOST_PEOPLE = 999_999  # what six digits of a name can count


@dataclass(frozen=True)
class Planted:
    """How strong a mechanism or decoy is, and on which group.

    `strength` is the mean fall of the group's score over all its person-quarters, in standard deviations of
    the score in the world without it, unless the registry's entry declares another `unit`; 0 plants nothing.
    `group` is the registry's own where not given.
    """

    strength: float
    group: Group | None = None


@dataclass(frozen=True)
class Aim:
    """One thing to plant, complete."""

    slug: str
    kind: PlantedKind
    strength: float
    group: Group


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
    disaster_rate : float
        Probability that a district is struck by a disaster in a quarter.
    broad : bool
        Whether the table has the columns of the scheme ``suining_broad``, through which mechanisms act that
        otherwise act on what stands in no column.
    n_categories : int
        3, 4 or 5 categories, by cuts of the same scale.
    family_shape : float
        Gamma shape of the family's trait in conduct: lower makes relatives more alike.
    misconduct : float
        What the base rates of misconduct are multiplied by.
    false_reports : float
        What the rate of false reports of indirect indicators is multiplied by; the scheme says so.
    shares : mapping of str to float
        Share of everyone with the first value of an attribute or situation in `population.GROUP_VALUES`
        (disasters have `disaster_rate`), such as ``{"minority": 0.05, "registration": 0.3}``.

    Raises
    ------
    ScsError
        If a number is out of range, or a slug is not in the registries.
    """

    n_people: int = 20_000
    n_periods: int = 8
    seed: int = 0
    mechanisms: Mapping[str, float | Planted] = field(default_factory=dict)
    decoys: Mapping[str, float | Planted] = field(default_factory=dict)
    disaster_rate: float = DISASTER_RATE
    broad: bool = False
    n_categories: int = 4
    family_shape: float = FAMILY_SHAPE
    misconduct: float = 1.0
    false_reports: float = 1.0
    shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        for name, low, high in (
            ("n_people", 1, MOST_PEOPLE),
            ("n_periods", 1, 1000),
            ("seed", 0, 2**64 - 1),
            ("disaster_rate", 0, 1),
            ("family_shape", 0.1, 1000),
            ("misconduct", 0.1, 5),
            ("false_reports", 0, 10),
        ):
            if not low <= getattr(self, name) <= high:
                raise ScsError(f"{name} must lie in {low}..{high}, got {getattr(self, name)}")
        if self.n_categories not in (3, 4, 5):
            raise ScsError(f"n_categories must be 3, 4 or 5, got {self.n_categories}")
        for name, share in self.shares.items():
            if name not in SHARES:
                raise ScsError(f"a world has no share of {name!r}", remedy=f"use some of {', '.join(SHARES)}")
            if not LEAST_SHARE <= share <= LARGEST_SHARE:
                raise ScsError(f"the share of {name} must lie in {LEAST_SHARE}..{LARGEST_SHARE}, got {share}")
        for aim in self.aims():
            if not 0 <= aim.strength < float("inf"):
                raise ScsError(f"the strength of {aim.slug} must be a number from 0 up, got {aim.strength}")

    def aims(self, kind: PlantedKind | None = None) -> tuple[Aim, ...]:
        """Give what is to be planted, mechanisms first, in the order of the registries."""
        groups: dict[PlantedKind, dict[str, Group]] = {
            "mechanism": {slug: mechanism.group for slug, mechanism in MECHANISMS.items()},
            "decoy": {slug: decoy.group for slug, decoy in DECOYS.items()},
        }
        asked: dict[PlantedKind, Mapping[str, float | Planted]] = {
            "mechanism": self.mechanisms,
            "decoy": self.decoys,
        }
        aims = []
        for each, known in groups.items():
            for slug in asked[each]:
                if slug not in known:
                    raise ScsError(f"there is no {each} {slug!r}", remedy=f"use one of {', '.join(known)}")
            for slug, usual in known.items():
                if slug in asked[each] and kind in (None, each):
                    value = asked[each][slug]
                    planted = value if isinstance(value, Planted) else Planted(value)
                    aims.append(Aim(slug, each, planted.strength, planted.group or usual))
        return tuple(aims)
