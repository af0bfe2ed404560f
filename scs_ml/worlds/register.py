"""The columns that the scheme ``suining_broad`` adds to the office's table, wrongs or none."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scs_ml.core import Bools, Floats, Ints
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import BOOKED, Events
from scs_ml.worlds.life import (
    friendships,
    idle_purchases,
    leadership,
    low_spirits,
    organization_debts,
    quarters_here,
)
from scs_ml.worlds.mechanisms import MECHANISMS
from scs_ml.worlds.scoring import per_quarter, window_sums
from scs_ml.worlds.settings import WorldSettings


def broad_register(
    settings: WorldSettings, county: County, counts: Mapping[str, Floats], events: Events
) -> dict[str, Floats | Bools]:
    """Give the columns, each (n, P).

    Parameters
    ----------
    settings : WorldSettings
        The group that is more often in low spirits, and the one that buys more, are those that the mechanism
        is aimed at, or its usual one where it is not planted.
    county : County
        The twin: a friend's reports are those that came about without a mechanism.
    counts : mapping of ndarray (n, P)
        Events in force as the ledger has them, by indicator: relatives' entries are sums of these.
    events : Events
        All events.
    """
    streams, population = county.streams, county.population
    expiry = population.shape[1] - settings.n_periods
    observed = slice(expiry, None)
    asked = {aim.slug: aim.group for aim in settings.aims("mechanism")}
    group = {slug: asked.get(slug, MECHANISMS[slug].group) for slug in ("state_of_mind", "purchases_misread")}
    leaders = leadership(streams, population)
    debts = window_sums(organization_debts(streams, population), expiry)[leaders.organization]
    reports = county.honest.of_rules("disorder_reports")
    return {
        "low_spirits": low_spirits(streams, population, group["state_of_mind"])[:, observed],
        "friends_reports": _of_friends(
            window_sums(per_quarter(reports, population.shape), expiry), *friendships(streams, population)
        ),
        "relatives_entries": _of_relatives(
            counts["traffic_violations"] + counts["unpaid_debts"], population.family
        ),
        "idle_purchases": window_sums(
            idle_purchases(streams, population, group["purchases_misread"]), expiry
        ),
        "organization_debts": np.where(leaders.leads[:, None], debts, 0.0),
        "leads_organization": np.repeat(leaders.leads[:, None], settings.n_periods, axis=1),
        "quarters_here": quarters_here(streams, population, broad=True)[:, observed],
        "entries_on_record": window_sums(per_quarter(events.of_rules(*BOOKED), population.shape), expiry),
    }


def _of_friends(own: Floats, person: Ints, friend: Ints) -> Floats:
    sums = [np.bincount(person, own[friend, at], minlength=len(own)) for at in range(own.shape[1])]
    return np.stack(sums, axis=1)


def _of_relatives(own: Floats, family: Ints) -> Floats:
    first = np.flatnonzero(np.diff(family, prepend=-1))  # members of a family follow one another
    others: Floats = np.add.reduceat(own, first, axis=0)[family] - own
    return others
