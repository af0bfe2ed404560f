"""The limit beside every power: the best test that knows the mechanism, its group and its indicator.

A limit's statistics see what an auditor sees of a world (the table, the ledger, the answers to as many
look-ups) and know in advance where to look. They are calibrated by the bench's own worlds without anything:
standardised on one half of them, held against a threshold from the other. Rates alone rise with true conduct
as well; `PROOF` names the statistics that real differences leave alone, because they compare an indicator
with others, a quarter with its neighbours, or the truth of entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from scs_ml.bench.seen import Seen, coincidences, log_rates, person_sums
from scs_ml.bench.truth import CHARGED
from scs_ml.core import Bools, Floats, Group, Ints
from scs_ml.worlds import MECHANISMS
from scs_ml.worlds.conduct import MISCONDUCT

LOOK_UPS = 200
PROOF = frozenset({"pattern", "coincidence", "spread", "remainder", "background", "answers"})
ELDERS = ("30 to 59", "60 and over")
Statistics = Callable[[Seen, Group], dict[str, float]]
_MORE = (1.0, 3.0, 10.0, 30.0)  # how many times as many reports a malicious informant may make, beyond one


def limit_statistics(slug: str, seen: Seen) -> dict[str, float]:
    """Compute what the best tests of one mechanism look at, without answers.

    Parameters
    ----------
    slug : str
    seen : Seen

    Returns
    -------
    dict of float
        By name of the statistic; the larger, the more it speaks for the mechanism.
    """
    return _STATISTICS[slug](seen, MECHANISMS[slug].group)


def answers_statistic(slug: str, seen: Seen, *, seed: int) -> dict[str, float]:
    """Compute how many more entries turn out false in the group than elsewhere, among `LOOK_UPS` of them.

    Parameters
    ----------
    slug : str
    seen : Seen
        With the ledger.
    seed : int
        Draws the entries.

    Returns
    -------
    dict of float
        Empty for mechanisms whose entries did happen, or that make none.
    """
    if slug not in _FALSE_ENTRIES:
        return {}
    events = seen.of(_FALSE_ENTRIES[slug])
    inside = _event_members(seen, events, MECHANISMS[slug].group)
    suspect = _suspicion(slug, seen, events)
    # A direct indicator errs nowhere else: every look-up goes to the group.
    direct = all(seen.scheme.indicator(name).kind == "direct" for name in _FALSE_ENTRIES[slug])
    rng = np.random.default_rng(seed)
    chosen = [
        _most_suspect(np.flatnonzero(side), suspect, size, rng)
        for side, size in (
            (inside, LOOK_UPS if direct else LOOK_UPS // 2),
            (~inside, 0 if direct else LOOK_UPS // 2),
        )
    ]
    happened = events["happened"].to_numpy(dtype=np.bool_)
    false = [~happened[at] for at in chosen]
    shares = [(f.sum() + 0.5) / (len(f) + 1) for f in false]
    error = np.sqrt(sum(p * (1 - p) / (len(f) + 1) for p, f in zip(shares, false, strict=True)))
    return {"answers": float((shares[0] - (0.0 if direct else shares[1])) / error)}


def _most_suspect(at: Ints, suspect: Floats, size: int, rng: np.random.Generator) -> Ints:
    shuffled = rng.permutation(at)
    return shuffled[np.argsort(-suspect[shuffled], kind="stable")[:size]]


def _event_members(seen: Seen, events: pd.DataFrame, group: Group) -> Bools:
    """Whose events are of people in the group when entered (at first sight, for earlier ones): (e,)."""
    period = np.clip(events["period"].to_numpy(), 0, seen.n_periods - 1)
    inside: Bools = seen.members(group)[events["person"].to_numpy(), period]
    return inside


def _rates(seen: Seen, group: Group, indicators: Sequence[str]) -> dict[str, float]:
    """Compare totals by person: the group's with others', and beside that of other misconduct."""
    inside = seen.members(group)[:, -1].astype(np.float64)
    others = [name for name in MISCONDUCT if name not in indicators]

    def terms(names: Sequence[str], sign: float) -> list[tuple[float, Floats, Floats]]:
        totals = seen.totals(names)
        return [(sign, totals * inside, inside), (-sign, totals * (1 - inside), 1 - inside)]

    found = {"rate": log_rates(terms(indicators, 1.0), seen.cluster)}
    if others:
        both = [*terms(indicators, 1.0), *terms(others, -1.0)]
        found["pattern"] = log_rates(both, seen.cluster)
    return found


def _situation(indicator: str) -> Statistics:
    """Compare the entries of an indicator made in a situation with those made out of it."""

    def statistics(seen: Seen, group: Group) -> dict[str, float]:
        inside = seen.members(group)
        if not seen.booked:
            inside = inside[:, 1:]  # a table shows no rise in its first quarter
        pad = np.zeros((len(inside), seen.n_periods - inside.shape[1]), dtype=np.bool_)
        sides = [np.concatenate([pad, side], axis=1) for side in (inside, ~inside)]
        exposures = [side.sum(axis=1).astype(np.float64) for side in sides]

        def terms(names: Sequence[str], sign: float) -> list[tuple[float, Floats, Floats]]:
            events = seen.of(names)
            return [
                (flip * sign, seen.counts(events, side), exposure)
                for flip, side, exposure in zip((1.0, -1.0), sides, exposures, strict=True)
            ]

        others = [name for name in MISCONDUCT if name != indicator]
        return {
            "rate": log_rates(terms([indicator], 1.0), seen.cluster),
            "pattern": log_rates([*terms([indicator], 1.0), *terms(others, -1.0)], seen.cluster),
        }

    return statistics


def _over(indicators: Sequence[str]) -> Statistics:
    return lambda seen, group: _rates(seen, group, indicators)


def _unbooked(seen: Seen, group: Group) -> dict[str, float]:
    """What the group's scores lack beside the card's points: the mean, which is nil without a wrong."""
    inside = seen.members(group)
    lacking = float(seen.remainder[inside].mean()) if inside.any() else 0.0
    return {"remainder": 0.0 if abs(lacking) < 1e-9 else lacking}


def _background(seen: Seen, group: Group) -> dict[str, float]:
    """Hold the share of the background that lives where the group does against the table's share."""
    minority = seen.members(group)[:, -1]
    share = np.bincount(seen.area, weights=minority) / np.bincount(seen.area)
    concentrated = np.flatnonzero(share > (share.max() + share.min()) / 2)
    p = float(np.isin(seen.area, concentrated).mean())
    shown = seen.area[seen.background]
    error = np.sqrt(p * (1 - p) / len(shown))
    return {"background": float((np.isin(shown, concentrated).mean() - p) / error) if error > 0 else 0.0}


def _ties(
    slug: str, seen: Seen, events: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Ints, Ints], tuple[Ints, Ints] | None]:
    """Give the source events of a mechanism that copies, and what ties an entry to its source."""
    rule = pd.factorize(events["indicator"])[0].astype(np.int64)
    person = events["person"].to_numpy(dtype=np.int64)
    n, rules = len(seen.cluster), int(rule.max(initial=0)) + 1
    if slug in ("family_spillover", "parent_to_child"):
        older = np.ones(len(events), dtype=np.bool_)
        if slug == "parent_to_child":
            older = np.logical_or.reduce([_event_members(seen, events, (("age_group", a),)) for a in ELDERS])
        tie, own = seen.cluster[person] * rules + rule, (seen.cluster[person] * rules + rule) * n + person
        return events[older], (tie, tie[older]), (own, own[older])
    if slug == "operator_error":
        informants = int(events["informant"].max()) + 2
        tie = (person * rules + rule) * informants + events["informant"].to_numpy() + 1
        return events, (tie, tie), None
    if slug == "cross_domain_spill":
        charged = events["indicator"].isin(CHARGED).to_numpy()
        return (
            events[charged],
            (person, person[charged]),
            (person * rules + rule, (person * rules + rule)[charged]),
        )
    # Friends, and the leaders of an organization, live in one district.
    area = seen.area[person]
    return events, (area, area), (area * n + person, area * n + person)


def _copies(slug: str, indicators: Sequence[str]) -> Statistics:
    """Count entries that come with an entry tied to them in the same quarter, beside quarters near it."""

    def statistics(seen: Seen, group: Group) -> dict[str, float]:
        events = seen.of(indicators)
        source, ties, apart = _ties(slug, seen, events)
        same, near = coincidences(events, source, ties, apart)
        if slug == "operator_error":
            same = same - 1  # itself
        inside = _event_members(seen, events, group)
        person, n = events["person"].to_numpy(), len(seen.cluster)
        terms = []
        for sign, side in ((1.0, inside), (-1.0, ~inside)):
            terms.append((sign, person_sums(same * side, person, n), person_sums(near * side, person, n)))
        return {**_rates(seen, group, indicators), "coincidence": log_rates(terms, seen.cluster)}

    return statistics


def _informants(seen: Seen, group: Group) -> dict[str, float]:
    """Ask how much better a few malicious informants explain who is reported than none do."""
    found = _rates(seen, group, ["informant_reports"])
    reports = seen.of(["informant_reports"])
    inside = _event_members(seen, reports, group)
    person = reports["person"].to_numpy()
    share, unit = 0.1, reports["informant"].to_numpy()
    if not seen.booked:
        share, unit = 1 - 0.9**8, seen.area[person]  # a district has eight
    members = seen.members(group)[:, -1].astype(np.float64)
    other = seen.totals([name for name in MISCONDUCT if name != "informant_reports"])
    ratio = ((other @ members + 0.5) / members.sum()) / ((other @ (1 - members) + 0.5) / (1 - members).sum())
    lived = np.bincount(seen.area, weights=members) / np.bincount(seen.area)
    odds = ratio * lived / np.maximum(1 - lived, 1e-9)
    p = np.clip((odds / (1 + odds))[seen.area[person]], 1e-6, 1 - 1e-6)
    known = unit >= 0
    gains = []
    for more in _MORE:
        against = np.where(inside, np.log1p(more), 0.0) - np.log1p(p * more)
        by_unit = np.bincount(unit[known], weights=against[known])
        gains.append(float(np.logaddexp(np.log1p(-share), np.log(share) + by_unit).sum()))
    return {**found, "spread": max(gains)}


def _suspicion(slug: str, seen: Seen, events: pd.DataFrame) -> Floats:
    """How suspect each entry is to who knows the mechanism: (e,)."""
    if slug == "malicious_informant":
        inside = _event_members(seen, events, MECHANISMS[slug].group)
        unit = events["informant"].to_numpy() + 1
        against = np.bincount(unit, weights=inside)
        share: Floats = (against + 0.5) / (np.bincount(unit) + 1.0)
        of_event: Floats = share[unit]
        return of_event
    if slug in _COPYING:
        source, ties, apart = _ties(slug, seen, events)
        return coincidences(events, source, ties, apart)[0]
    return np.zeros(len(events))


def falsified_entries(slug: str, seen: Seen, period: int) -> tuple[pd.DataFrame, Floats]:
    """Give the group's entries in force at a period that may be the mechanism's, and how likely each is.

    Parameters
    ----------
    slug : str
    seen : Seen
        With the ledger.
    period : int

    Returns
    -------
    events : DataFrame (e, ...)
    chance : ndarray (e,)
        By how much such entries are more frequent than without the mechanism, as a share of them: among those
        equally suspect.
    """
    expiry = (seen.scheme.card and seen.scheme.card.expiry) or seen.n_periods
    events = seen.of(_MADE.get(slug, ()))
    inside = _event_members(seen, events, MECHANISMS[slug].group)
    suspect = _suspicion(slug, seen, events)
    if slug in _COPYING:
        suspect = np.minimum(suspect, 1.0)
    elif slug == "malicious_informant":
        suspect = np.round(4 * suspect)
    members = seen.members(MECHANISMS[slug].group)
    weight = float(members.sum()) / max(1.0, float((~members).sum()))
    chance = np.zeros(len(events))
    for level in np.unique(suspect):
        alike = suspect == level
        own, expected = float((alike & inside).sum()), weight * float((alike & ~inside).sum())
        chance[alike] = np.clip(1 - expected / own, 0.01, 0.99) if own else 0.0
    age = period - events["period"].to_numpy()
    kept = inside & (age >= 0) & (age < expiry)
    return events[kept], chance[kept]


_COPYING: Mapping[str, tuple[str, ...]] = {
    "family_spillover": CHARGED,
    "parent_to_child": CHARGED,
    "friends_conduct": ("disorder_reports",),
    "cross_domain_spill": tuple(MISCONDUCT),
    "organization_to_leaders": ("unpaid_debts",),
    "operator_error": tuple(MISCONDUCT),
}
_FALSE_ENTRIES: Mapping[str, tuple[str, ...]] = {
    "illness_misread": ("disorder_reports",),
    "malicious_informant": ("informant_reports",),
    **_COPYING,
}
_MADE: Mapping[str, tuple[str, ...]] = {
    **_FALSE_ENTRIES,
    "disaster_as_fault": ("unpaid_debts",),
    "over_policing": ("disorder_reports",),
}
_STATISTICS: Mapping[str, Statistics] = {
    **dict.fromkeys(
        (
            "direct_use",
            "postcode_proxy",
            "state_of_mind",
            "thin_file",
            "recent_mover",
            "tampering",
            "intersection_only",
            "purchases_misread",
        ),
        _unbooked,
    ),
    **{slug: _copies(slug, indicators) for slug, indicators in _COPYING.items()},
    "illness_misread": _situation("disorder_reports"),
    "disaster_as_fault": _situation("unpaid_debts"),
    "over_policing": _over(["disorder_reports"]),
    "malicious_informant": _informants,
    "explanation_attack": _background,
}
