"""What an office's data show to a test that knows where to look: people, quarters, events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.bench.cases import Held
from scs_ml.core import Bools, Dataset, Floats, Group, Ints
from scs_ml.schemes import Scheme

SHIFTS = (-3, -2, -1, 1, 2, 3)  # quarters with which the same quarter is compared
Term = tuple[float, Floats, Floats]  # sign, counts and exposures by person


@dataclass(frozen=True)
class Seen:
    """A world's visible data as arrays: n people, P quarters, e events.

    Attributes
    ----------
    scheme : Scheme
    panel : Dataset
        One row per person and quarter, person by person.
    n_periods : int
    events : DataFrame (e, ...)
        ``person``, ``period``, ``indicator``, ``informant`` (code, -1 for none), ``points``, ``event`` (id):
        the ledger's, or where only the table is held the rises of its counts (``event`` is then empty).
        The ledger's also have ``happened``: what a look-up would tell, not to be read without one.
    booked : bool
        Whether the events are the ledger's.
    background : ndarray of int (b,)
        People in the background of explanations.
    """

    scheme: Scheme
    panel: Dataset
    n_periods: int
    events: pd.DataFrame
    booked: bool
    background: Ints

    @cached_property
    def cluster(self) -> Ints:
        """Family of each person: codes (n,)."""
        return self.panel.cluster[:: self.n_periods]

    @cached_property
    def area(self) -> Ints:
        """District of each person: codes (n,)."""
        assert self.panel.area is not None  # noqa: S101 - the simulated schemes name one
        return pd.factorize(self.panel.area[:: self.n_periods])[0].astype(np.int64)

    @cached_property
    def remainder(self) -> Floats:
        """What the recorded score lacks beside the card's points for the recorded counts: (n, P)."""
        scale, card, X = self.scheme.scale, self.scheme.card, self.panel.X
        assert card is not None  # noqa: S101 - the simulated schemes have one
        assert self.panel.score is not None  # noqa: S101 - and scores
        points = sum(
            (rule.points * X[rule.indicator].to_numpy(dtype=np.float64) for rule in card.rules),
            start=np.zeros(len(X)),
        )
        expected = scale.clip((scale.start or 0.0) + points)
        lacking: Floats = (expected - self.panel.score).reshape(-1, self.n_periods)
        return lacking

    def members(self, group: Group) -> Bools:
        """Who is in a group, quarter by quarter: (n, P)."""
        inside = np.ones(len(self.panel), dtype=np.bool_)
        for name, value in group:
            if name in self.panel.sensitive:
                inside &= (self.panel.sensitive[name] == value).to_numpy(dtype=np.bool_)
            else:
                inside &= self.panel.situations[name].to_numpy(dtype=np.bool_) == (value == "yes")
        return inside.reshape(-1, self.n_periods)

    def of(self, indicators: Sequence[str]) -> pd.DataFrame:
        """Give the events of some indicators."""
        return self.events[self.events["indicator"].isin(list(indicators))]

    def counts(self, events: pd.DataFrame, inside: Bools) -> Floats:
        """Count each person's events (n,) in the quarters (n, P) that are inside."""
        observed = events[events["period"] >= 0]
        person, period = observed["person"].to_numpy(), observed["period"].to_numpy()
        kept = inside[person, period]
        return np.bincount(person[kept], minlength=len(inside)).astype(np.float64)

    def totals(self, indicators: Sequence[str]) -> Floats:
        """Count all that is known of each person (n,): events of every quarter that is still on record."""
        if self.booked:
            return np.bincount(self.of(indicators)["person"], minlength=len(self.cluster)).astype(np.float64)
        X = self.panel.X
        stock = sum(X[name].to_numpy(dtype=np.float64) for name in indicators)
        by_person = np.asarray(stock).reshape(-1, self.n_periods)
        known: Floats = by_person[:, 0] + by_person[:, -1]  # windows that hardly overlap
        return known


def seen_of(held: Held, *, booked: bool) -> Seen:
    """Lay out the visible data of a world, with the ledger or without.

    Parameters
    ----------
    held : Held
    booked : bool
        Whether the office hands over its ledger.
    """
    n_periods = len(held.panel.periods)
    events = _booked(held, n_periods) if booked else _rises(held.panel, held.scheme, n_periods)
    people = pd.Index(held.world.table["person"].to_numpy(dtype=object)[::n_periods])
    background = people.get_indexer(pd.Index(held.world.background["person"].to_numpy(dtype=object)))
    return Seen(held.scheme, held.panel, n_periods, events, booked, background.astype(np.int64))


def _booked(held: Held, n_periods: int) -> pd.DataFrame:
    ledger = held.ledger.events
    truth = held.world.truth.events  # its rows are the ledger's
    people = pd.Index(held.panel.subject[::n_periods])
    return pd.DataFrame(
        {
            "person": people.get_indexer(ledger["subject"]).astype(np.int64),
            "period": ledger["period"].to_numpy(dtype=np.int64),
            "indicator": ledger["indicator"].astype("category"),
            "informant": pd.factorize(ledger["informant"])[0].astype(np.int64),
            "event": ledger["event"].astype(object),
            "points": ledger["points"].to_numpy(dtype=np.float64),
            "happened": truth["happened"].to_numpy(dtype=np.bool_),
        }
    )


def _rises(panel: Dataset, scheme: Scheme, n_periods: int) -> pd.DataFrame:
    """Read events off a table: where a count rises, as many entries came in as it rose by, or more."""
    parts = []
    for rule in scheme.card.rules if scheme.card else ():
        count = panel.X[rule.indicator].to_numpy(dtype=np.float64).reshape(-1, n_periods)
        rise = np.maximum(np.diff(count, axis=1), 0).astype(np.int64)
        person, period = np.nonzero(rise)
        times = rise[person, period]
        parts.append(
            pd.DataFrame(
                {
                    "person": np.repeat(person, times),
                    "period": np.repeat(period + 1, times),
                    "indicator": rule.indicator,
                    "informant": -1,
                    "event": None,
                    "points": rule.points,
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype({"indicator": "category"})


def log_rates(terms: Sequence[Term], cluster: Ints) -> float:
    """Sum signed logarithms of rates, over the standard error that families leave it with.

    Parameters
    ----------
    terms : sequence of (sign, counts (n,), exposures (n,))
        A total of none counts as a half.
    cluster : ndarray of int (n,)

    Returns
    -------
    float
        0 where it has no standard error.
    """
    estimate, influence = 0.0, np.zeros(len(cluster))
    for sign, count, exposure in terms:
        total, over = max(float(count.sum()), 0.5), float(exposure.sum())
        if over <= 0:
            return 0.0
        estimate += sign * float(np.log(total / over))
        influence += sign * (count - total / over * exposure) / total
    error = float(np.sqrt((np.bincount(cluster, weights=influence) ** 2).sum()))
    return estimate / error if error > 0 else 0.0


def coincidences(
    target: pd.DataFrame, source: pd.DataFrame, ties: tuple[Ints, Ints], apart: tuple[Ints, Ints] | None
) -> tuple[Floats, Floats]:
    """Count, for each target event, source events tied to it in its own quarter and in others near it.

    Parameters
    ----------
    target, source : DataFrame (e, ...), (s, ...)
    ties : tuple of ndarray of int (e,), (s,)
        Codes that are equal where a target and a source belong together.
    apart : tuple of ndarray of int (e,), (s,), optional
        Codes, finer than the ties, that are equal where they do not count after all: an event's own person.

    Returns
    -------
    same, near : ndarray (e,)
        Source events of the same quarter; the mean over the quarters `SHIFTS` away.
    """
    when, entered = (each["period"].to_numpy(dtype=np.int64) for each in (target, source))
    same, near = (_tied(ties, when, entered, shifts) for shifts in ((0,), SHIFTS))
    if apart is not None:
        same = same - _tied(apart, when, entered, (0,))
        near = near - _tied(apart, when, entered, SHIFTS)
    return same, near


def _tied(codes: tuple[Ints, Ints], when: Ints, entered: Ints, shifts: Sequence[int]) -> Floats:
    base, stride = -64, 256  # quarters lie far within
    keys = np.sort(codes[1] * stride + entered - base)
    found = np.zeros(len(when))
    for shift in shifts:
        wanted = codes[0] * stride + when + shift - base
        found += np.searchsorted(keys, wanted, side="right") - np.searchsorted(keys, wanted, side="left")
    return found / len(shifts)


def person_sums(values: Floats, person: Any, n: int) -> Floats:
    """Sum values (e,) of events by person: (n,)."""
    return np.bincount(person, weights=values, minlength=n).astype(np.float64)
