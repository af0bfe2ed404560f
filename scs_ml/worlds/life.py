"""What happens to people beside their conduct: moods, purchases, moves, friends, organizations they lead.

None of it changes what anyone does, and no rule gives points for it; mechanisms misread it. Each is drawn in
one place, from the stream of the mechanism that misreads it, so that a table which shows it (`register.py`)
shows what the mechanism acted on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Bools, Floats, Group, Ints
from scs_ml.worlds.population import DISTRICTS, Population, episodes
from scs_ml.worlds.streams import Streams, poisson

LOW, LOW_ELSEWHERE = 0.24, 0.08  # share of person-quarters in low spirits, in the group and outside
LOW_END = 0.25  # chance per quarter that low spirits pass
PURCHASES, PURCHASES_ELSEWHERE = 0.6, 0.2  # of things thought idle, per person and quarter
CIRCLE = 4  # friends that are looked at per person
SETTLING = 4  # quarters after a move
ROOTED = 80  # quarters back to which the latest move of those who are no newcomers may lie
ORGANIZATIONS = 5  # per district
LEADERS = 0.2  # share of people who lead one
ORGANIZATION_DEBTS = 1.0  # per organization and quarter


def low_spirits(streams: Streams, population: Population, group: Group) -> Bools:
    """Who is in low spirits (n, T): spells that come and go, three times as often in a group."""
    share = np.where(population.members(group), LOW, LOW_ELSEWHERE)
    return episodes(streams.uniform("state_of_mind", *population.shape), share, LOW_END)


def idle_purchases(streams: Streams, population: Population, group: Group) -> Ints:
    """Count the purchases of things thought idle (n, T): three times as many in a group."""
    rate = np.where(population.members(group), PURCHASES, PURCHASES_ELSEWHERE)
    return poisson(streams.uniform("purchases_misread", *population.shape), rate)


def quarters_here(streams: Streams, population: Population, *, broad: bool) -> Floats:
    """Count the quarters since the family's latest move (n, T).

    Families move together, once in the simulated quarters or the `SETTLING` before; in a broad world those
    who are no newcomers once in a span that begins `ROOTED` quarters earlier. Before the move lies a stay of
    a span.
    """
    n, quarters = population.shape
    rooted = broad & (population.attributes["registration"] != "newcomer")
    before = np.where(rooted, ROOTED, SETTLING)
    span = quarters + before
    moved = np.floor(streams.uniform("recent_mover", n)[population.family] * span) - before
    since = np.arange(quarters) - moved[:, None]
    here: Floats = np.where(since < 0, since + span[:, None], since)
    return here


def friendships(streams: Streams, population: Population) -> tuple[Ints, Ints]:
    """Pair people with up to `CIRCLE` others of their district, in whom the score takes an interest."""
    n = population.shape[0]
    neighbours = np.argsort(population.district, kind="stable")
    residents = np.bincount(population.district)
    first = np.cumsum(residents) - residents
    at = streams.uniform("friends_conduct who", n, CIRCLE) * residents[population.district][:, None]
    friend = neighbours[first[population.district][:, None] + at.astype(np.int64)].ravel()
    person = np.repeat(np.arange(n), CIRCLE)
    pairs = np.unique(np.stack([person, friend])[:, person != friend], axis=1)
    return pairs[0], pairs[1]


@dataclass(frozen=True)
class Leadership:
    """Who leads which organization.

    Attributes
    ----------
    leads : ndarray of bool (n,)
    organization : ndarray of int (n,)
        Number of the organization that a leader leads.
    """

    leads: Bools
    organization: Ints


def leadership(streams: Streams, population: Population) -> Leadership:
    """Draw the leaders of each district's organizations, from people of the district."""
    n = population.shape[0]
    place = (streams.uniform("organization_to_leaders where", n) * ORGANIZATIONS).astype(np.int64)
    return Leadership(
        leads=streams.uniform("organization_to_leaders who", n) < LEADERS,
        organization=population.district * ORGANIZATIONS + place,
    )


def organization_draws(streams: Streams, population: Population) -> Floats:
    """Give the uniforms that an organization's debts come from: (organizations, T)."""
    return streams.uniform("organization_to_leaders", len(DISTRICTS) * ORGANIZATIONS, population.shape[1])


def organization_debts(streams: Streams, population: Population) -> Ints:
    """Count the debts that each organization leaves unpaid: (organizations, T)."""
    return poisson(organization_draws(streams, population), ORGANIZATION_DEBTS)
