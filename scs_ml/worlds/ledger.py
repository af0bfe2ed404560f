"""The event ledger: what an office writes down for every event, and (apart from it) whether it happened.

``happened`` means that the act which the rule names was done by this person. A district adjustment names no
act of anyone, so it never happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats, Ints
from scs_ml.schemes import Scheme
from scs_ml.worlds.observation import ACTS, Records
from scs_ml.worlds.population import INFORMANTS_PER_DISTRICT, Population
from scs_ml.worlds.streams import Ids, Streams, mix, stream_key

UNDECLARED = ("district_adjustment",)  # rules that no card holds
RULES = (*ACTS, *UNDECLARED)  # an event's rule is a position in here
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
    points: float,
    happened: bool,
    informant: Ints | None = None,
) -> Events:
    """Make events of one rule: `person` and `quarter` have one entry per event.

            for nth in range(max(1, counts.max())):  # where nobody did the act, one empty part
    quarter. They are opaque, and the same in a world and its twin.
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


def record_events(
    streams: Streams, scheme: Scheme, population: Population, records: Mapping[str, Records]
) -> Events:
    """Write one event per record; a neighbour's report is signed by an informant of the person's district."""
    points = rule_points(scheme)
    parts = []
    for act, record in records.items():
        for origin, counts in (("true", record.true), ("false", record.false)):
            for nth in range(max(1, counts.max())):  # an act that nobody did still gives a part, empty
                person, quarter = np.nonzero(counts > nth)
                events = make_events(
                    streams,
                    act,
                    f"{origin} {nth}",
                    person.astype(np.int64),
                    quarter.astype(np.int64),
                    points=points[act],
                    happened=origin == "true",
                )
                parts.append(events)
    events = Events.join(parts)
    reports = events.rule == RULES.index("informant_reports")
    draws = streams.keyed_uniform("informant", events.id)
    seat = (draws * INFORMANTS_PER_DISTRICT).astype(np.int64)
    named = population.district[events.person] * INFORMANTS_PER_DISTRICT + seat
    return Events(**{**vars(events), "informant": np.where(reports, named, NOBODY)})
