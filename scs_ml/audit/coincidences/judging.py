"""From coincident entries to findings: one way for every check of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.coincidences.entries import Reading
from scs_ml.audit.coincidences.excess import Excess
from scs_ml.audit.groups import Contrast
from scs_ml.audit.judge import Cell, NextSteps, judge
from scs_ml.core import Evidence, Finding, Floats
from scs_ml.inference import Estimate
from scs_ml.safeguards import hides_count
from scs_ml.schemes import Scheme

_EXACT = 1e9  # degrees of freedom: the tests of `Excess` bring their own tails to the normal scale
SPARED = "Entries of this group coincide less than the reference's: look at whose entries are copied."


@dataclass(frozen=True)
class Measured:
    """A contrast with its excess, and how many points in force per member one point of it stands for."""

    contrast: Contrast
    excess: Excess | None
    per_point: float  # SD of the score that each member has lost per point in excess
    indicator: str | None
    entries: int  # of the group, that were looked at


def findings(
    slug: str,
    scheme: Scheme,
    measured: Sequence[Measured],
    what: str,
    steps: NextSteps,
    *,
    level: float,
    seed: int,
) -> tuple[Finding, ...]:
    """Judge the excesses of all groups jointly.

    Parameters
    ----------
    slug : str
        Of the check, and of the mechanism that a flag names.
    scheme : Scheme
    measured : sequence of Measured
    what : str
        Which pairs were counted, in words.
    steps : mapping
        What to do next, by verdict.
    level : float
        Error probability shared by all groups.
    seed : int

    Returns
    -------
    tuple of Finding
        A gain is "cannot tell".
    """
    cells = [
        Cell(
            contrast=m.contrast,
            metric=f"points lost to {what}",
            unit="SD of the score",
            floor=scheme.audit.floor,
            indicator=m.indicator,
            evidence=(_evidence(m, what, scheme),),
        )
        for m in measured
    ]

    def limits(critical: Floats) -> tuple[Floats, Floats]:
        low, high = np.full(len(measured), np.nan), np.full(len(measured), np.nan)
        for j, m in enumerate(measured):
            if m.excess is not None and np.isfinite(critical[j]):
                least, most = m.excess.limits(float(critical[j]))
                low[j], high[j] = -most * m.per_point, -least * m.per_point
        return low, high

    found = judge(slug, "mechanism", cells, _estimate(measured), steps, level=level, seed=seed, limits=limits)
    return tuple(named(slug, f) for f in found)


def _estimate(measured: Sequence[Measured]) -> Estimate:
    """Give effects whose statistics are those of the exact tests, correlated as the influences are."""
    units = max((len(m.excess.influence) for m in measured if m.excess is not None), default=1)
    m = len(measured)
    value, df = np.full(m, np.nan), np.full(m, np.nan)
    influence = np.zeros((units, m))
    for j, each in enumerate(measured):
        if each.excess is None or not np.isfinite(each.per_point):
            continue
        z, size = each.excess.z, float(np.linalg.norm(each.excess.influence))
        # Near zero a statistic says nothing of the error; the influences do.
        scale = abs(each.excess.value / z) / size if abs(z) > 0.5 and size > 0 else 1.0
        value[j], df[j] = -each.excess.value * each.per_point, _EXACT
        influence[:, j] = -each.excess.influence * each.per_point * scale
    return Estimate(value, influence, df, np.zeros(m), np.zeros(m))


def named(slug: str, finding: Finding) -> Finding:
    """Name the mechanism of a flag; a gain is "cannot tell"."""
    if finding.verdict != "flag" or finding.effect is None:
        return finding
    if finding.effect.value > 0:
        return replace(finding, verdict="cannot tell", next_step=SPARED)
    return replace(finding, mechanisms=((slug, 1.0),))


def _evidence(m: Measured, what: str, scheme: Scheme) -> Evidence:
    hidden = hides_count(scheme, m.entries)
    if m.excess is None or hidden:
        return Evidence("coincidences", f"Too few entries to tell {what} from chance.")
    e = m.excess
    text = (
        f"{e.seen:.0f} points of {what}; {e.expected:.0f} would come about if this group's entries "
        f"coincided as the reference's do (z = {e.z:.1f})."
    )
    values = {"seen": e.seen, "expected": e.expected, "z": e.z, "entries": float(m.entries)}
    return Evidence("coincidences", text, values)


def per_point(reading: Reading, contrast: Contrast) -> float:
    """SD of the score in force that a member has lost for each point of excess over all periods."""
    entries = reading.entries
    whole = float(entries.weight[contrast.members[entries.at]].sum())
    if whole <= 0 or not contrast.n[0] or not reading.book.score_sd > 0:
        return float("nan")
    return float(reading.in_force[contrast.members].sum()) / whole / contrast.n[0] / reading.book.score_sd
