"""People live through the observed quarters under a policy: scored, listed, and reacting a quarter later."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scs_ml.core import Bools, Floats, Ints
from scs_ml.worlds.county import County
from scs_ml.worlds.experiment.listing import quarters_listed, restricted_areas
from scs_ml.worlds.experiment.policy import Policy
from scs_ml.worlds.experiment.responses import Scored, near_boundary, response_factors, standing
from scs_ml.worlds.ledger import UNBOOKED, UNDECLARED, Events, record_events
from scs_ml.worlds.life import friendships
from scs_ml.worlds.mechanisms import MECHANISMS
from scs_ml.worlds.observation import ACTS, Records, recording
from scs_ml.worlds.scoring import per_quarter, unclipped_scores, window_sums
from scs_ml.worlds.start import Start
from scs_ml.worlds.streams import poisson


@dataclass(frozen=True)
class Lived:
    """How the observed quarters went for everyone: for measuring groups, never handed out.

    Attributes
    ----------
    score, category : ndarray (n, P)
    listed : ndarray of int (n, P)
        Quarters of the current listing, 0 off the list.
    no_work, no_credit : ndarray of bool (n, P)
        To whom the area is closed.
    friends : ndarray (n, P)
        Share of friends on the list, 0 where a listing does not reach friends.
    true : dict of ndarray (n, T)
        Records of acts that the person did, as they would be recorded of anyone.
    entries : dict of ndarray (n, T)
        All entries, by act.
    events : Events
        What a ledger is written from, wrongs included.
    """

    score: Floats
    category: Ints
    listed: Ints
    no_work: Bools
    no_credit: Bools
    friends: Floats
    true: dict[str, Ints]
    entries: dict[str, Floats]
    events: Events

    @property
    def expiry(self) -> int:
        """Quarters of burn-in."""
        return int(self.entries[ACTS[0]].shape[1] - self.score.shape[1])


def live(begun: Start, policy: Policy) -> Lived:
    """Let a county live under a policy.

    Parameters
    ----------
    begun : Start
        Period 0 is its first observed quarter: the first score that anyone learns of.
    policy : Policy

    Returns
    -------
    Lived
        With ``feedback = 0``, the scores and events of `simulate` with the same settings, bit for bit.

    Notes
    -----
    Rates respond multiplicatively and acts come from the same uniforms, so two policies differ only by what
    the policies do. Wrongs that were planted act again, each quarter, on the county as it has become, at
    the dose that was found for the world in which nobody reacts.
    """
    county, (n, observed) = begun.county, begun.county.unclipped.shape
    scheme, expiry = county.scheme, begun.expiry
    quarters = _Quarters.of(begun)
    person, friend = friendships(county.streams, county.population)
    ties = np.bincount(person, minlength=n)
    score, friends = np.zeros((n, observed)), np.zeros((n, observed))
    category, listed = np.zeros((n, observed), np.int64), np.zeros((n, observed), np.int64)
    no_work, no_credit = np.zeros((n, observed), np.bool_), np.zeros((n, observed), np.bool_)
    for p in range(observed):
        if p:
            seen = Scored(
                worst=(category[:, p - 1] == 0).astype(np.float64),
                near=near_boundary(scheme.scale, score[:, p - 1], policy.margin).astype(np.float64),
                standing=standing(scheme.scale, score[:, p - 1]),
                no_work=no_work[:, p - 1].astype(np.float64),
                no_credit=no_credit[:, p - 1].astype(np.float64),
                friends=friends[:, p - 1],
            )
            quarters.act(expiry + p, response_factors(policy, seen))
        score[:, p] = quarters.score(expiry + p)
        category[:, p] = scheme.scale.categorise(score[:, p])
        before = listed[:, p - 1] if p else np.zeros(n, np.int64)
        listed[:, p] = quarters_listed(policy, before, category[:, p])
        on_list = listed[:, p] > 0
        debts = quarters.in_force("unpaid_debts", expiry + p) > 0
        no_work[:, p], no_credit[:, p] = restricted_areas(policy, on_list, debts)
        if policy.cross_domain:
            friends[:, p] = np.bincount(person, on_list[friend], minlength=n) / np.maximum(ties, 1)
    return Lived(
        score=score,
        category=category,
        listed=listed,
        no_work=no_work,
        no_credit=no_credit,
        friends=friends,
        true={act: each.true for act, each in quarters.records.items()},
        entries=quarters.entries,
        events=Events.join([quarters.county.honest, quarters.made]),
    )


@dataclass
class _Quarters:
    """The county as it becomes, quarter by quarter: quarters to come are still those of the static world."""

    begun: Start
    county: County
    records: dict[str, Records]
    made: Events
    entries: dict[str, Floats]
    off_card: Floats
    draws: dict[str, Floats]

    @classmethod
    def of(cls, begun: Start) -> _Quarters:
        """Begin with the static world."""
        county = begun.county
        shape = county.population.shape
        records = {act: Records(r.true.copy(), r.false) for act, r in begun.conduct.records.items()}
        made = Events.join([Events.none(), *begun.wrongs.made.values()])
        return cls(
            begun=begun,
            county=replace(county, rates={act: rate.copy() for act, rate in county.rates.items()}),
            records=records,
            made=made,
            entries={
                act: r.total.astype(np.float64) + per_quarter(made.of_rules(act), shape)
                for act, r in records.items()
            },
            off_card=per_quarter(made.of_rules(*UNDECLARED, UNBOOKED), shape, points=True),
            draws={act: county.streams.uniform(f"{act} true", *shape) for act in ACTS},
        )

    def act(self, quarter: int, factors: dict[str, Floats]) -> None:
        """Let everyone act in a quarter, with their rates times `factors` (n,), and plant its wrongs anew."""
        county, settings = self.county, self.begun.settings
        for act, factor in factors.items():
            rate = county.rates[act][:, quarter] * factor
            county.rates[act][:, quarter] = rate
            recorded, _ = recording(county.scheme, act, settings.misconduct)
            self.records[act].true[:, quarter] = poisson(self.draws[act][:, quarter], rate * recorded)
        new = record_events(
            county.streams,
            county.scheme,
            county.population,
            {act: _only(records, quarter) for act, records in self.records.items()},
        )
        honest = Events.join([county.honest.take(county.honest.quarter != quarter), new])
        self.county = replace(county, honest=honest)
        made = self._wrongs(quarter)
        self.made = Events.join([self.made.take(self.made.quarter != quarter), made])
        for act in ACTS:
            self.entries[act][:, quarter] = self.records[act].total[:, quarter] + self._sum(
                made.of_rules(act)
            )
        self.off_card[:, quarter] = self._sum(made.of_rules(*UNDECLARED, UNBOOKED), points=True)

    def score(self, quarter: int) -> Floats:
        """Score everyone by what is in force in a quarter: (n,)."""
        scheme = self.county.scheme
        counts = {act: self.in_force(act, quarter)[:, None] for act in ACTS}
        since = quarter + 1 - self.begun.expiry
        undeclared = self.off_card[:, since : quarter + 1].sum(axis=1)
        return scheme.scale.clip(unclipped_scores(scheme, counts)[:, 0] + undeclared)

    def in_force(self, act: str, quarter: int) -> Floats:
        """Count the entries of an act in force: (n,)."""
        total: Floats = self.entries[act][:, quarter + 1 - self.begun.expiry : quarter + 1].sum(axis=1)
        return total

    def _wrongs(self, quarter: int) -> Events:
        parts = [Events.none()]
        for aim in self.begun.settings.aims("mechanism"):
            if aim.slug in self.begun.wrongs.doses:
                made = MECHANISMS[aim.slug].acts(self.county, aim.group)(self.begun.wrongs.doses[aim.slug])
                parts.append(made.take(made.quarter == quarter))
        return Events.join(parts)

    def _sum(self, events: Events, *, points: bool = False) -> Floats:
        weights = events.points if points else None
        return np.bincount(events.person, weights, minlength=len(self.off_card)).astype(np.float64)


def _only(records: Records, quarter: int) -> Records:
    """Keep the records of one quarter."""
    kept = Records(np.zeros_like(records.true), np.zeros_like(records.false))
    kept.true[:, quarter], kept.false[:, quarter] = records.true[:, quarter], records.false[:, quarter]
    return kept


def own_acts_alone(begun: Start, lived: Lived) -> Ints:
    """Give the categories (n, P) that people would be in by their own acts, recorded as anyone's would be."""
    scheme = begun.county.scheme
    counts = {act: window_sums(true, lived.expiry) for act, true in lived.true.items()}
    return scheme.scale.categorise(scheme.scale.clip(unclipped_scores(scheme, counts)))
