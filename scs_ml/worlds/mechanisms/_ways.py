"""The ways in which mechanisms act: chosen events, points without an entry, copies of other entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scs_ml.core import Bools, Floats, Ints
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import RULES, UNBOOKED, Events, make_events, rule_points
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import mix, stream_key

_STEP = 256  # points are multiples of 1/256: sums of them are exact


def drawn(county: County, slug: str, candidates: Events) -> Callable[[float], Events]:
    """Let each candidate come about with a probability: a function from the probability to the events."""
    draws = county.streams.keyed_uniform(slug, candidates.id)
    return lambda probability: candidates.take(draws < probability)


def priced(county: County, slug: str, weights: Floats | Bools) -> Callable[[float], Events]:
    """Take points that no ledger shows: a function from the dose to ``-dose * weights`` (n, T) points."""
    person, quarter = np.nonzero(weights)
    each = weights[person, quarter].astype(np.float64)
    unpriced = make_events(county.streams, UNBOOKED, slug, person, quarter, points=0.0, happened=False)
    return lambda dose: replace(unpriced, points=-np.rint(dose * each * _STEP) / _STEP)


def copied(county: County, slug: str, events: Events, person: Ints, rule: str | None = None) -> Events:
    """Enter events a second time: against `person` (e,), by another rule where one is given."""
    copies = replace(
        events,
        id=mix(stream_key(f"{slug} {rule}"), events.id, person),
        person=person,
        happened=np.zeros(len(events), dtype=np.bool_),
    )
    if rule is None:
        return copies
    return replace(
        copies,
        rule=np.full(len(events), RULES.index(rule), dtype=np.int64),
        points=np.full(len(events), rule_points(county.scheme)[rule]),
    )


def carried_over(county: County, slug: str, events: Events, source: Ints, target: Ints) -> Events:
    """Enter the events of each `source` (k,) against the `target` (k,) tied to it as well."""
    order = np.argsort(source, kind="stable")
    source, target = source[order], target[order]
    first = np.searchsorted(source, events.person, side="left")
    ties = np.searchsorted(source, events.person, side="right") - first
    rows = np.repeat(np.arange(len(events)), ties)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(ties) - ties, ties)
    return copied(county, slug, events.take(rows), target[np.repeat(first, ties) + nth])


def relatives(population: Population) -> tuple[Ints, Ints]:
    """Pair everyone with everyone else of the family: two arrays of people (k,)."""
    family = population.family
    people = np.arange(len(family))
    first, second = [], []
    for apart in range(1, int(np.bincount(family).max())):  # members of a family follow one another
        together = people[:-apart][family[:-apart] == family[apart:]]
        first += [together, together + apart]
        second += [together + apart, together]
    empty = np.empty(0, dtype=np.int64)
    return np.concatenate([empty, *first]), np.concatenate([empty, *second])
