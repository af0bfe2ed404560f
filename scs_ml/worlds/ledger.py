"""The event ledger: what an office writes down for every event, and (apart from it) whether it happened.

``happened`` means that the act which the rule names was done by this person. A district adjustment names no
act of anyone, so it never happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats, Ints
from scs_ml.schemes import Scheme
from scs_ml.worlds.observation import ACTS, Records
from scs_ml.worlds.population import INFORMANTS_PER_DISTRICT, Population
from scs_ml.worlds.streams import Ids, Streams, mix, stream_key

UNDECLARED = ("district_adjustment",)  # rules that no card holds
BOOKED = (*ACTS, *UNDECLARED)
UNBOOKED = "unbooked"  # what changes a score and stands in no ledger
RULES = (*BOOKED, UNBOOKED)  # an event's rule is a position in here
NOBODY = -1


@dataclass(frozen=True)
class Events:
    """Events as columns of equal length (e,): what is held against whom, when, by which rule."""

    id: Ids
    person: Ints
    quarter: Ints
    rule: Ints
    points: Floats
    informant: Ints  # number of the informant in the county, or NOBODY
    happened: Bools

    def __len__(self) -> int:
        """Count the events."""
        return len(self.id)

    def take(self, rows: Bools | npt.NDArray[np.intp]) -> Self:
        """Give some of the events."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Put events together."""
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})

    @classmethod
    def none(cls) -> Self:
        """Give no events."""
        ints, empty = np.empty(0, dtype=np.int64), np.empty(0)
        return cls(ints.astype(np.uint64), ints, ints, ints, empty, ints, empty.astype(np.bool_))

    def of_rules(self, *rules: str) -> Self:
        """Give the events of some rules."""
        return self.take(np.isin(self.rule, [RULES.index(rule) for rule in rules]))

    def in_order(self) -> Self:
        """Sort by quarter, person and id, which says nothing of how an event came about."""
        return self.take(np.lexsort((self.id, self.person, self.quarter)))


def rule_points(scheme: Scheme) -> dict[str, float]:
    """Points per event of each act's rule on the scheme's card; 0 where the card has none."""
    rules = scheme.card.rules if scheme.card else ()
    given = {rule.indicator: rule.points or 0.0 for rule in rules}
    return {act: given.get(act, 0.0) for act in ACTS}


def make_events(
    streams: Streams,
    rule: str,
    origin: str,
    person: Ints,
    quarter: Ints,
    *,
    points: float | Floats,
    happened: bool,
    informant: Ints | None = None,
) -> Events:
    """Make events of one rule: `person` and `quarter` have one entry per event.

    Ids are hashes of the seed, the rule, `origin` (which tells apart what would be the same otherwise), the
    person and the quarter. They are opaque, and the same in a world and its twin.
    """
    position = RULES.index(rule)
    size = len(person)
    return Events(
        id=mix(streams.seed, stream_key(f"{rule} {origin}"), quarter, person),
        person=person,
        quarter=quarter,
        rule=np.full(size, position, dtype=np.int64),
        points=np.full(size, points, dtype=np.float64),
        informant=np.full(size, NOBODY, dtype=np.int64) if informant is None else informant,
        happened=np.full(size, happened, dtype=np.bool_),
    )


def counted_events(
    streams: Streams, rule: str, origin: str, counts: Ints, *, points: float, happened: bool
) -> Events:
    """Make as many events of one rule as `counts` (n, T) says, per person and quarter."""
    parts = [Events.none()]
    for nth in range(counts.max(initial=0)):
        person, quarter = (at.astype(np.int64) for at in np.nonzero(counts > nth))
        parts.append(
            make_events(streams, rule, f"{origin} {nth}", person, quarter, points=points, happened=happened)
        )
    return Events.join(parts)


def record_events(
    streams: Streams, scheme: Scheme, population: Population, records: Mapping[str, Records]
) -> Events:
    """Write one event per record; a neighbour's report is signed by an informant of the person's district."""
    points = rule_points(scheme)
    parts = []
    for act, record in records.items():
        for origin, counts in (("true", record.true), ("false", record.false)):
            happened = origin == "true"
            parts.append(counted_events(streams, act, origin, counts, points=points[act], happened=happened))
    return signed(streams, population, Events.join(parts))


def signed(streams: Streams, population: Population, events: Events) -> Events:
    """Put any informant of the person's district under every neighbour's report, and nobody elsewhere."""
    reports = events.rule == RULES.index("informant_reports")
    draws = streams.keyed_uniform("informant", events.id)
    seat = (draws * INFORMANTS_PER_DISTRICT).astype(np.int64)
    named = population.district[events.person] * INFORMANTS_PER_DISTRICT + seat
    return replace(events, informant=np.where(reports, named, NOBODY))
