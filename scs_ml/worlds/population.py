"""People, families, districts and informants of a simulated county.

Families live together, so district, origin and registration are theirs; age and sex are a person's own. One
family in eight belongs to the minority, and four of the twenty districts hold four fifths of them
(segregation). Illness and disaster come and go by quarter; neither changes anyone's conduct.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats, Group, Ints
from scs_ml.exceptions import ScsError
from scs_ml.worlds.streams import Streams, choose

DISTRICTS = tuple(f"d{number:02d}" for number in range(1, 21))
CONCENTRATED = (2, 7, 11, 16)  # positions of the districts where the minority lives
INFORMANTS_PER_DISTRICT = 8

FAMILY_SIZES = (0.18, 0.26, 0.24, 0.18, 0.09, 0.05)  # shares of families of 1..6
MINORITY_SHARE, MINORITY_SHARE_ELSEWHERE = 0.48, 0.03  # .2 * .48 + .8 * .03 = .12 of all
MOST_CONCENTRATED = 0.95  # largest share of the minority in any district
AGE_GROUPS = {"under 30": 0.24, "30 to 59": 0.52, "60 and over": 0.24}
ILLNESS_END = 0.05  # chance per quarter that an illness ends
DISASTER_RATE = 0.01  # per district and quarter
GROUP_VALUES = {
    "minority": ("yes", "no"),
    "registration": ("newcomer", "local"),
    "sex": ("female", "male"),
    "age_group": tuple(AGE_GROUPS),
    "illness": ("yes", "no"),
    "disaster": ("yes", "no"),
}

# Share of everyone who has the first of a name's values (of person-quarters for a situation).
SHARES: Mapping[str, float] = MappingProxyType(
    {"minority": 0.12, "registration": 0.18, "sex": 0.5, "age_group": 0.24, "illness": 0.08}
)

Names = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Population:
    """Who lives where, and in what circumstances.

    Attributes
    ----------
    family, district : ndarray of int (n,)
        Number of the family; position in `DISTRICTS`.
    attributes : dict of ndarray of str (n,)
        Label of each sensitive attribute, by its name in the scheme.
    situations : dict of ndarray of bool (n, T)
        Circumstances in each simulated quarter, by their name in the scheme.
    """

    family: Ints
    district: Ints
    attributes: dict[str, Names]
    situations: dict[str, Bools]

    @property
    def shape(self) -> tuple[int, int]:
        """Count the people and the simulated quarters."""
        n, quarters = self.situations["illness"].shape
        return n, quarters

    def members(self, group: Group) -> Bools:
        """Who is in a group, quarter by quarter: bool (n, T). Situations are ``yes`` or ``no``."""
        if not group:
            raise ScsError("a world has no group without a name", remedy="name at least one attribute")
        inside = np.ones(self.shape, dtype=np.bool_)
        for name, value in group:
            if value not in GROUP_VALUES.get(name, ()):
                known = ", ".join(f"{name}={v}" for name, values in GROUP_VALUES.items() for v in values)
                raise ScsError(f"a world has no group {name}={value}", remedy=f"use some of {known}")
            if name in self.attributes:
                inside &= (self.attributes[name] == value)[:, None]
            else:
                inside &= self.situations[name] == (value == "yes")
        return inside


def populate(
    streams: Streams,
    n_people: int,
    quarters: int,
    disaster_rate: float = DISASTER_RATE,
    shares: Mapping[str, float] = SHARES,
) -> Population:
    """Draw a population.

    Parameters
    ----------
    streams : Streams
    n_people, quarters : int
        People (n) and simulated quarters (T), burn-in included.
    disaster_rate : float
        Probability that a district is struck in a quarter.
    shares : mapping of str to float
        Some of `SHARES`, otherwise; the values of a name that are not the first keep their proportions.
    """
    shares = {**SHARES, **shares}
    sizes = 1 + choose(streams.uniform("family size", n_people), FAMILY_SIZES)
    family = np.repeat(np.arange(n_people), sizes)[:n_people].astype(np.int64)
    district = choose(streams.uniform("district", n_people), np.ones(len(DISTRICTS)))[family]
    minority_share = np.where(np.isin(district, CONCENTRATED), *minority_shares(shares["minority"]))
    minority = streams.uniform("minority", n_people)[family] < minority_share
    newcomer = streams.uniform("registration", n_people)[family] < shares["registration"]
    female = streams.uniform("sex", n_people) < shares["sex"]
    age = choose(streams.uniform("age", n_people), age_weights(shares["age_group"]))
    return Population(
        family=family,
        district=district,
        attributes={
            "minority": np.where(minority, "yes", "no"),
            "registration": np.where(newcomer, "newcomer", "local"),
            "sex": np.where(female, "female", "male"),
            "age_group": np.array(tuple(AGE_GROUPS))[age],
        },
        situations={
            "illness": episodes(
                streams.uniform("illness", n_people, quarters), shares["illness"], ILLNESS_END
            ),
            "disaster": (streams.uniform("disaster", len(DISTRICTS), quarters) < disaster_rate)[district],
        },
    )


def minority_shares(overall: float) -> tuple[float, float]:
    """Share of the minority in its districts and elsewhere: as segregated as can be at any share overall."""
    times, apart = overall / SHARES["minority"], len(CONCENTRATED) / len(DISTRICTS)
    if times * MINORITY_SHARE <= MOST_CONCENTRATED:
        return times * MINORITY_SHARE, times * MINORITY_SHARE_ELSEWHERE
    return MOST_CONCENTRATED, (overall - apart * MOST_CONCENTRATED) / (1 - apart)


def age_weights(youngest: float) -> tuple[float, ...]:
    """Shares of the age groups, where so many are in the first."""
    first, *others = AGE_GROUPS.values()
    return youngest, *(share * (1 - youngest) / (1 - first) for share in others)


def episodes(draws: Floats, share: npt.ArrayLike, end: float) -> Bools:
    """Turn uniforms (n, T) into spells that come and go: a stationary two-state chain per person.

    Parameters
    ----------
    draws : ndarray (n, T)
    share : array broadcast to (n, T)
        Probability of being in a spell.
    end : float
        Chance per quarter that a spell ends.
    """
    shares = np.broadcast_to(np.asarray(share, dtype=np.float64), draws.shape)
    begins = end * shares / (1 - shares)
    inside = np.empty(draws.shape, dtype=np.bool_)
    inside[:, 0] = draws[:, 0] < shares[:, 0]
    for t in range(1, draws.shape[1]):
        inside[:, t] = np.where(inside[:, t - 1], draws[:, t] >= end, draws[:, t] < begins[:, t])
    return inside
