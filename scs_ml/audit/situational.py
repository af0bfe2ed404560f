"""Are people entered more often for as long as a situation holds? The engine of illness and of disaster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from scs_ml.audit.entries import OTHER, Entries, read_entries
from scs_ml.audit.groups import MINIMUM, NO, YES, Contrast
from scs_ml.audit.judge import Cell
from scs_ml.audit.points import latest_rows
from scs_ml.audit.rises import Rise, rise, told
from scs_ml.audit.tracing import Trace, after_answers
from scs_ml.core import AuditCase, Bools, Finding
from scs_ml.inference import Estimate
from scs_ml.inference.excess import Marks
from scs_ml.schemes import Situation, event_weights

AGREE = 0.9  # share of the panel's entries on which the ledger's column must bear out the table's


@dataclass(frozen=True)
class Spells:
    """Entries and person-periods inside a situation and outside it.

    Attributes
    ----------
    situation : Situation
    holds : ndarray of bool (s, T)
        Whether a subject was in the situation in a period of the panel.
    known, inside, told : ndarray of bool (e,)
        Whether it is known of an entry, whether it was made in the situation, and whether the ledger alone
        says so: the panel has no row of that period.
    """

    situation: Situation
    holds: Bools
    known: Bools
    inside: Bools
    told: Bools


def spells(entries: Entries, situation: Situation) -> Spells:
    """Lay a situation beside the entries.

    Within the panel the table says who was in it. Elsewhere only the ledger's own column can, and it is asked
    only if it bears out the table within the panel: a column that marks some entries alone would be no guide.
    """
    seen = entries.seen
    flag = entries.panel.situations[situation.name].to_numpy(dtype=bool)
    at = np.where(seen >= 0, flag[seen], False)
    panel = (entries.period >= 0) & (entries.period < seen.shape[1])
    column = np.clip(entries.period, 0, seen.shape[1] - 1)
    known = panel & (seen[entries.who, column] >= 0)
    inside = known & at[entries.who, column]
    unseen = ~known
    said = np.isin(entries.situation, (situation.name, situation.kind))
    if inside.any() and said[inside].mean() >= AGREE and not said[known & ~inside].mean() > 1 - AGREE:
        known, inside = np.ones_like(known), np.where(known, inside, said)
    return Spells(situation, at, known, inside, known & unseen)


def situational_rise(entries: Entries, spell: Spells, indicator: str) -> Rise:
    """Compare an indicator's entries in a situation with those outside it, in the same periods.

    Units at risk are person-periods within the panel, and before it the entries of other indicators.
    """
    who, column = np.nonzero(entries.seen >= 0)
    target = entries.position(indicator)
    other = spell.told & (entries.what != target)
    at_risk = Marks(
        cluster=np.concatenate([entries.cluster[who], entries.cluster[entries.who[other]]]),
        stratum=np.concatenate([column, entries.period[other]]) - entries.first,
        inside=np.concatenate([spell.holds[who, column], spell.inside[other]]),
        weight=np.concatenate([np.ones(len(who)), entries.weight[other]]),
    )
    stratum = entries.period - entries.first
    return rise(entries, target, at_risk, used=spell.known, inside=spell.inside, stratum=stratum)


def in_force_per_entry(entries: Entries, spell: Spells) -> float:
    """Entries in force per person-period in the situation, per entry that was made in it."""
    n_periods = spell.holds.shape[1]
    made = spell.inside & (entries.what != OTHER)
    who, period, weight = entries.who[made], entries.period[made], entries.weight[made]
    if not len(who):  # as if everybody inside had been entered once a period
        who, period = (at.astype(np.int64) for at in np.nonzero(spell.holds))
        weight = np.ones(len(who))
    if not spell.holds.any():
        return float("nan")
    left = event_weights(entries.card, np.arange(n_periods) - period[:, None])
    held = (spell.holds[who] * left).sum(axis=1)
    return float((held * weight).sum() / weight.sum() / spell.holds.sum())


def struck(entries: Entries, spell: Spells) -> Contrast:
    """Compare people who were in the situation in any known period with those who never were."""
    ever = np.asarray(spell.holds.any(axis=1), dtype=np.bool_)
    ever[entries.who[spell.inside]] = True
    small = min(len(np.unique(entries.cluster[mask])) for mask in (ever, ~ever)) < MINIMUM
    return Contrast(((spell.situation.name, YES),), ((spell.situation.name, NO),), ever, ~ever, small)


@dataclass(frozen=True)
class Situational:
    """What an indicator takes from people in a situation, beyond conduct."""

    spell: Spells
    rise: Rise
    cell: Cell
    estimate: Estimate


def measure(
    case: AuditCase, entries: Entries, situation: Situation, kind: Literal["direct", "indirect"] | None = None
) -> list[Situational]:
    """Measure every indicator of misconduct, of one kind or of both, in a situation.

    Parameters
    ----------
    case : AuditCase
    entries : Entries
    situation : Situation
    kind : str, optional

    Returns
    -------
    list of Situational
        Effects are points in force lost per person-period in the situation through the entries beyond those
        expected, in SD of the score. Empty where nobody is in the situation, or everybody always.
    """
    spell = spells(entries, situation)
    held = in_force_per_entry(entries, spell)
    contrast = struck(entries, spell)
    found: list[Situational] = []
    if not spell.holds.any() or (spell.holds | (entries.seen < 0)).all() or not np.isfinite(held):
        return found
    for position, indicator in enumerate(entries.indicators):
        if kind not in (None, indicator.kind):
            continue
        risen = situational_rise(entries, spell, indicator.name)
        its = entries.what == position
        price = float(np.average(entries.points[its], weights=entries.weight[its]))
        cell = Cell(
            contrast=contrast,
            metric="points lost per person through entries beyond those expected",
            unit="SD of the score",
            floor=case.scheme.audit.floor,
            indicator=indicator.name,
            evidence=(told(case.scheme, risen, indicator.name, f"in {situation.name}"),),
        )
        found.append(Situational(spell, risen, cell, risen.estimate(price * held / entries.score_sd)))
    return found


def trace_entries(case: AuditCase, entries: Entries, chosen: Bools, share: float, *, happened: bool) -> Trace:
    """Trace entries of which a share is beyond those expected.

    Parameters
    ----------
    case : AuditCase
    entries : Entries
    chosen : ndarray of bool (e,)
        Entries of the indicator, inside.
    share : float
        Probability that one of them is the mechanism's.
    happened : bool
        Whether the mechanism's entries did happen. If not, an entry that was looked up took points if it was
        false, and none if it was true.

    Returns
    -------
    Trace
    """
    made = np.where(chosen, share, 0.0)
    events = None
    if entries.event is not None:
        events = pd.Series(made[chosen], index=pd.Index(entries.event[chosen].astype(str)))
        if not happened:
            made[chosen] = after_answers(case, events)
    lost = made * entries.left * entries.points * entries.weight
    taken = np.bincount(entries.who, weights=lost, minlength=len(entries.rows)).astype(np.float64)
    return Trace(entries.rows, taken, events, happened)


def trace(case: AuditCase, finding: Finding, *, happened: bool) -> Trace:
    """Trace a finding about a situation."""
    entries = read_entries(case)
    named = {s.name: s for s in case.scheme.situations}
    situation = named.get(finding.group[0][0]) if finding.group else None
    rows = latest_rows(case.dataset)
    if entries is None or situation is None or finding.indicator not in [i.name for i in entries.indicators]:
        return Trace(rows, np.zeros(len(rows)), None, happened)
    spell = spells(entries, situation)
    risen = situational_rise(entries, spell, finding.indicator)
    target = entries.position(finding.indicator)
    chosen = spell.inside & (entries.what == target)
    return trace_entries(case, entries, chosen, risen.share, happened=happened)
