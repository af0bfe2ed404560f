"""Entries of relatives: which fall together, and whether they run from the old to the young."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scs_ml.audit.coincidences.ages import age_ranks
from scs_ml.audit.coincidences.check import CoincidenceCheck, Plan
from scs_ml.audit.coincidences.entries import Reading, joined, read
from scs_ml.audit.coincidences.excess import Excess
from scs_ml.audit.coincidences.pairs import Coincidence, Partition
from scs_ml.audit.groups import Contrast
from scs_ml.core import AuditCase, Bools, Finding, Ints

FAMILY, DOWNWARDS = "family_spillover", "parent_to_child"
_SLACK = 0.25  # by how much of itself a foretold ratio may be wrong, beside its standard error


def relatives(reading: Reading, ages: Ints | None = None) -> Plan:
    """Pair entries of different people of one family by one rule; given `ages` (s,), of one age only."""
    entries, cluster = reading.entries, reading.book.dataset.cluster
    rules, family = int(entries.rule.max()) + 1, cluster[entries.at]
    if ages is None:
        wide = family * rules + entries.rule
    else:
        wide = joined(family, entries.rule, ages[entries.at] + 1)
    pairs = Coincidence(
        wide=Partition.of(wide, entries.period),
        narrow=Partition.of(entries.at * rules + entries.rule, entries.period),
        unit=family,
        n_units=int(cluster.max()) + 1,
        stratum=entries.rule,
        n_strata=rules,
    )
    return Plan(entries, pairs)


def downwards(reading: Reading, ages: Ints, elders: Bools | None = None) -> Plan:
    """Pair each entry with those against elders of its family (among `elders` (s,) only), by one rule.

    The reference's pattern is that of all its relatives, since it may have no elders.
    """
    plan = relatives(reading)
    entries, wide = plan.entries, plan.pairs.wide
    age = ages[entries.at]
    counted = np.ones(len(entries), dtype=bool) if elders is None else elders[entries.at]
    same, apart = np.zeros(len(entries)), np.zeros(len(entries))
    for level in range(int(ages.max())):
        sums = wide.sums((counted & (age > level)).astype(np.float64))
        young = age == level
        same[young], apart[young] = sums[wide.cell][young], wide.around(sums)[wide.cell][young]
    return replace(plan, fixed=(same, apart), usual=plan.pairs)


def from_elders(case: AuditCase, reading: Reading, contrast: Contrast) -> float | None:
    """Weigh that what a group has in excess with its relatives comes from its elders alone.

    If any relative's entry is entered against the group, the pairs of two members of one age are in excess
    twice as much (relative to chance) as pairs with elders outside the group, since either may be the origin;
    if only elders' are, such pairs arise from the same elder's entry alone.

    Parameters
    ----------
    case : AuditCase
    reading : Reading
    contrast : Contrast

    Returns
    -------
    float or None
        Weight, in 0..1, of the elders alone; None where nothing orders ages, or too few pairs tell.
    """
    ages = age_ranks(case.scheme, reading.book.dataset.sensitive)
    if ages is None or ages.max() < 1:
        return None
    plan, peers_plan = downwards(reading, ages), relatives(reading, ages)
    down = CoincidenceCheck.compare(plan, contrast).excess
    peers = CoincidenceCheck.compare(peers_plan, contrast).excess
    if down is None:
        return 0.0
    if peers is None:
        return None
    found, error = _ratio(peers)
    foretold, its_error = _ratio(down)
    either = _among_peers(peers_plan, contrast) / _among_elders(reading, ages, plan, contrast)
    alone = min(max(down.value / _occasions(reading, ages, contrast), 0.0), 1.0)
    logs = []
    for factor in (either, alone):
        variance = error**2 + (factor * its_error) ** 2 + (_SLACK * factor * foretold) ** 2
        logs.append(-((found - factor * foretold) ** 2) / variance / 2 - np.log(variance) / 2)
    return float(1 / (1 + np.exp(np.clip(logs[0] - logs[1], -50, 50))))


def _ratio(found: Excess) -> tuple[float, float]:
    """Excess over what is expected, and its standard error."""
    x, y = found.counts
    ratio = found.seen / found.expected
    return ratio - 1, float(max(ratio, 1.0) * np.sqrt(1 / max(x, 1.0) + 1 / max(y, 1.0)))


def _among_peers(plan: Plan, contrast: Contrast) -> float:
    """Mean number of members in a pair of one age: either of the two can be charged with the other's."""
    members, others = (side[plan.entries.at] for side in (contrast.members, contrast.others))
    nobody = np.zeros(len(members), dtype=bool)
    two = float(plan.pairs.partners(members, nobody)[1][members].sum())
    one = float(plan.pairs.partners(nobody, others)[1][members].sum())
    return (2 * two + one) / (two + one) if two + one > 0 else 1.0


def _among_elders(reading: Reading, ages: Ints, plan: Plan, contrast: Contrast) -> float:
    """Mean number of members in a pair of a younger member and an elder."""
    members = contrast.members[plan.entries.at]
    two = downwards(reading, ages, contrast.members).partners(members, members)[1][members].sum()
    every = plan.partners(members, members)[1][members].sum()
    return 1.0 + float(two / every) if every > 0 else 1.0


def _occasions(reading: Reading, ages: Ints, contrast: Contrast) -> float:
    """Points of the elders' entries, once for each younger member of their family."""
    entries, cluster = reading.entries, reading.book.dataset.cluster
    total = 0.0
    for level in range(int(ages.max())):
        young = np.bincount(cluster[contrast.members & (ages == level)], minlength=int(cluster.max()) + 1)
        total += float((entries.weight * (ages[entries.at] > level)) @ young[cluster[entries.at]])
    return max(total, 1e-9)


def split(case: AuditCase, findings: tuple[Finding, ...], slug: str, elsewhere: str) -> tuple[Finding, ...]:
    """Weigh flags between relatives of all ages and elders alone; each stays with the weightier of the two.

    An intersection is weighed as the flagged group that it is a part of: it has fewer pairs to tell by.
    """
    reading = read(case)
    flagged = {f.group for f in findings if f.verdict == "flag"}
    if reading is None or not flagged:
        return findings
    whose = {g: next(((pair,) for pair in g if (pair,) in flagged), g) for g in flagged}
    weighed = {c.group: from_elders(case, reading, c) for c in reading.compared if c.group in whose.values()}
    return tuple(
        _weigh(f, weighed[whose[f.group]], slug, elsewhere) if f.group in flagged else f for f in findings
    )


def _weigh(finding: Finding, down: float | None, slug: str, elsewhere: str) -> Finding:
    weights = {FAMILY: 0.5, DOWNWARDS: 0.5} if down is None else {FAMILY: 1 - down, DOWNWARDS: down}
    if weights[slug] < 0.5:
        return replace(finding, verdict="cannot tell", mechanisms=(), next_step=elsewhere)
    ranked = sorted(((k, v) for k, v in weights.items() if v >= 0.005), key=lambda item: -item[1])
    whole = sum(v for _, v in ranked)
    return replace(finding, mechanisms=tuple((k, v / whole) for k, v in ranked))
