"""Malicious informants: whether some report one group as the others of their area do not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.checks._informants import (
    STANDS_OUT,
    Composition,
    Reports,
    composition,
    halves,
    malice,
    nearness,
    read_reports,
    reliance,
    shortfall,
    standing_out,
    volume_dispersion,
)
from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.judge import (
    AT_FLOOR,
    POWER,
    Cell,
    NextSteps,
    finite,
    judge,
    not_applicable,
    number,
)
from scs_ml.audit.points import Booked, booked, latest_rows
from scs_ml.audit.tracing import Trace, after_answers
from scs_ml.core import AuditCase, Bools, CheckResult, Evidence, Finding, Floats, Kind, Table, Verdict
from scs_ml.inference import holm, mean_contrast, stack, verdict
from scs_ml.safeguards import hides_count
from scs_ml.schemes import Scheme

MOST_SHOWN = 20

STEPS: NextSteps = {
    "flag": "Look up reports by the informants who stand out, and restore the points of false ones.",
    "clear": "Informants who stand out, if any, take nothing material from this group.",
    "cannot tell": "Gather more reports, or look up a sample of those against this group.",
    "not applicable": "One side is empty here: check the group's column.",
}
SMALLER_AREAS = (
    "Give smaller areas: informants keep to families near them, and may merely live where the group does."
)
SPARED = "Informants who stand out spare this group: look at whom they report instead."


@dataclass(frozen=True)
class MaliciousInformant:
    """Informants whose reports fall on a group more than those of others in their area, and the cost."""

    name: str = "malicious_informant"
    kind: Kind = "mechanism"
    title: str = "Informants who report a group more than their neighbours do"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare the informants of each area with one another, and say who is hit.

        How far an informant deviates is learned on one half of the families, shrunk, and what the deviating
        take is measured on the other half; then the halves change places. Chance that makes an informant
        stand out in one half does not carry over, so the choice costs no validity, and a feud with one family
        has no judge in its own half.

        Parameters
        ----------
        case : AuditCase
            With a ledger that names informants.
        level : float
            Error probability shared by all groups.
        seed : int

        Returns
        -------
        CheckResult
            One finding per group: points in force from informants who stand out, beyond what they would
            have taken had they reported the group as they report the reference, relative to the others of
            the area; per member, in SD of the score.

        References
        ----------
        Chernozhukov et al. (2018), "Double/debiased machine learning", Econom. J. 21 (cross-fitting). Holm
        (1979), Scand. J. Stat. 6, 65-70.
        """
        case = with_areas(case)
        book, compared = booked(case), contrasts(case)
        why = _missing(book, compared)
        if book is None or why is not None:
            step = "Give the event ledger with informants, and at least two groups."
            return CheckResult((not_applicable(self.name, self.kind, str(why), step),))
        reports = read_reports(book)
        if not len(reports.informants):
            step = "Compare larger areas: in each, at least three informants must have reported somebody."
            return CheckResult((not_applicable(self.name, self.kind, "no area has three informants", step),))
        cluster = book.dataset.cluster
        scatter, through = _scatter(reports, seed), _indicator(book)
        first_reports, first_rows = halves(reports, len(book.rows), cluster, seed)
        cells, estimates, hidden, apart, whole = [], [], [], [], []
        for contrast in (c.take(book.rows, case.dataset.cluster) for c in compared):
            half = [composition(reports, contrast, mask) for mask in (first_reports, ~first_reports)]
            out = [reliance(reports, c) for c in half]
            taken = np.where(
                first_rows,
                excess_points(book, reports, contrast, out=out[1], used=first_reports, rows=first_rows),
                excess_points(book, reports, contrast, out=out[0], used=~first_reports, rows=~first_rows),
            )
            estimates.append(mean_contrast(taken / book.score_sd, contrast.members, contrast.others, cluster))
            hidden.append(hidden_gap(book, reports, contrast, half, (first_reports, ~first_reports)))
            apart.append(keeping_apart(reports, contrast, level))
            whole.append(
                (contrast, composition(reports, contrast, np.ones(len(first_reports), dtype=bool)), half)
            )
            standing = _standing(case.scheme, [standing_out(reports, c) for c in half], hidden[-1])
            evidence = scatter, standing, apart[-1][1]
            cells.append(
                Cell(
                    contrast=contrast,
                    metric="points lost to informants who stand out",
                    unit="SD of the score",
                    floor=case.scheme.audit.floor,
                    indicator=through,
                    evidence=evidence,
                )
            )
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        findings = tuple(_weigh(f, h, a) for f, h, (a, _) in zip(findings, hidden, apart, strict=True))
        return CheckResult(findings, (_table(case, reports, whole, level),))

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Say from whom points were taken, and by which reports; looked-up ones only if they were false."""
        placed = with_areas(case)
        book = booked(placed)
        about = [c for c in contrasts(placed) if c.group == finding.group]
        if book is None or not about:
            rows = latest_rows(case.dataset)
            return Trace(rows, np.zeros(len(rows)))
        reports = read_reports(book)
        contrast = about[0].take(book.rows, case.dataset.cluster)
        suspected = malice(reports, contrast)[reports.informant]
        chosen = contrast.members[reports.subject] & (suspected > 0)
        names = book.events["event"].to_numpy(dtype=object)[reports.event[chosen]]
        events = pd.Series(suspected[chosen], index=pd.Index(names.astype(str)))
        lost = after_answers(case, events) * np.maximum(-reports.points[chosen], 0.0)
        taken = np.bincount(reports.subject[chosen], weights=lost, minlength=len(book.rows))
        return Trace(book.rows, taken.astype(np.float64), events)


def with_areas(case: AuditCase) -> AuditCase:
    """Say where people live by a location among the indicators, else call the whole table one area.

    Areas that are too large are no danger: informants who keep to parts of one are told by `nearness`.
    """
    dataset = case.dataset
    if dataset.area is not None:
        return case
    places = [i.name for i in case.scheme.indicators if i.nature == "location" and i.dtype == "category"]
    columns = [frame[name] for name in places for frame in (dataset.X, dataset.withheld) if name in frame]
    area = columns[0].astype(object).to_numpy() if columns else np.full(len(dataset), "everywhere", object)
    return replace(case, dataset=replace(dataset, area=area))


def excess_points(
    book: Booked, reports: Reports, contrast: Contrast, *, out: Floats, used: Bools, rows: Bools
) -> Floats:
    r"""Points in force from informants who deviate, less what even-handed ones would have taken.

    In an area let O be the deviating part of the informants and N the rest of them, P their points against
    the group (g) and the reference (r). The excess is :math:`P_{Og} - P_{Ng} P_{Or} / P_{Nr}`: zero in the
    mean where O reports the two groups in the proportion that N does, whatever the conduct of the groups and
    the zeal of the informants.

    Parameters
    ----------
    book : Booked
    reports : Reports
    contrast : Contrast
    out : ndarray (m,)
        Share of each informant that counts as deviating, learned on other families than those measured here.
    used : ndarray of bool (r,)
        Reports against the families measured here.
    rows : ndarray of bool (s,)
        Those families' rows.

    Returns
    -------
    ndarray (s,)
        For members their own excess. For the reference, whose excess sums to zero in every area, what each
        person adds to the error of the ratio, so scaled that ``mean_contrast`` gives the excess per member
        with its full variance.
    """
    subject, cost = reports.subject[used], reports.points[used]
    weight_of = out[reports.informant[used]]

    def by_row(share: Floats) -> Floats:
        return np.bincount(subject, weights=cost * share, minlength=len(book.rows)).astype(np.float64)

    by_out, by_others = by_row(weight_of), by_row(1 - weight_of)
    lived = reports.area_of_row
    rows = rows & (lived >= 0)
    n = len(reports.areas)

    def total(points: Floats, side: Bools) -> Floats:
        at = np.flatnonzero(side & rows)
        return np.bincount(lived[at], weights=points[at], minlength=n).astype(np.float64)

    others_reference = total(by_others, contrast.others)
    defined = others_reference != 0

    def over(points: Floats) -> Floats:
        return np.divide(points, others_reference, out=np.zeros(n), where=defined)

    ratio = over(total(by_out, contrast.others))
    weight = over(total(by_others, contrast.members))
    excess = by_out - ratio[lived] * by_others
    n_group, n_reference = contrast.n
    # The sides count different numbers of people: the reference's error is carried per member of the group.
    scale = np.where(contrast.members, 1.0, weight[lived] * n_reference / max(n_group, 1))
    return np.where(rows & defined[lived], excess * scale, 0.0)


def hidden_gap(
    book: Booked, reports: Reports, contrast: Contrast, half: list[Composition], used: tuple[Bools, Bools]
) -> float:
    """Gap, in SD of the score, that could be there and be missed in the mean.

    One informant an area may deviate by whatever shrinkage misses most of, reports taken at the mean points
    of a report, lapsed ones at none. Where informants cannot be compared, all reports against the group may
    be malicious.
    """
    if contrast.n[0] == 0:
        return float("nan")
    cost = np.abs(reports.points)
    each = cost.mean()
    missed = float(reports.uncompared[contrast.members].sum())
    n_areas = len(reports.areas)
    for side, mask in zip(half, used, strict=True):
        known = np.isfinite(side.se)
        se = np.where(known, side.se, 0.0)
        total = np.bincount(reports.area_of_informant, weights=se, minlength=n_areas)
        count = np.bincount(reports.area_of_informant, weights=known, minlength=n_areas)
        error = np.divide(total, count, out=np.full(n_areas, np.nan), where=count > 0)
        against = contrast.members[reports.subject] & mask
        reported = np.bincount(reports.area[against], minlength=n_areas)
        missed += shortfall() * float(np.nansum(error * reported)) * each
        missed += float(cost[against & np.isnan(error)[reports.area]].sum())
    return missed / contrast.n[0] / book.score_sd


def keeping_apart(reports: Reports, contrast: Contrast, level: float) -> tuple[bool, Evidence]:
    """Whether informants keep to families of their own, seen among the reference alone."""
    share, error = nearness(reports, contrast)
    told = bool(share - float(stats.norm.isf(level)) * error > 0)
    text = (
        "Informants keep to families of their own, seen among the reference."
        if told
        else "Nothing shows that informants keep to families of their own."
    )
    return told, Evidence("nearness", text, finite({"share of pairs": share, "standard error": error}))


def _missing(book: Booked | None, compared: tuple[Contrast, ...]) -> str | None:
    if book is None:
        return "there is no ledger"
    if not compared:
        return "no attribute has two groups"
    if not book.events["informant"].notna().any():
        return "no event names an informant"
    return None if book.score_sd > 0 else "all scores are equal"


def _indicator(book: Booked) -> str | None:
    names = book.events.loc[book.events["informant"].notna(), "indicator"].dropna().unique()
    return str(names[0]) if len(names) == 1 else None


def _weigh(finding: Finding, hidden: float, apart: bool) -> Finding:  # noqa: FBT001
    """Name the mechanism of a flag; elsewhere widen the interval by what an informant could still hide."""
    if finding.effect is None:
        return finding
    if finding.verdict == "flag":
        if apart or finding.effect.value > 0:
            return replace(finding, verdict="cannot tell", next_step=SMALLER_AREAS if apart else SPARED)
        return replace(finding, mechanisms=(("malicious_informant", 1.0),))
    if not np.isfinite(hidden):
        return finding
    effect = replace(finding.effect, low=finding.effect.low - hidden, high=finding.effect.high + hidden)
    told: Verdict = finding.verdict
    if told == "clear":
        told = verdict(effect.value, effect.low, effect.high, effect.floor)
    step = finding.next_step if told == finding.verdict else STEPS[told]
    detectable = max(finding.detectable or 0.0, hidden)
    found = replace(finding, effect=effect, verdict=told, detectable=detectable, next_step=step)
    if hidden < effect.floor:
        return found
    text = "An informant could hide an effect as large as the floor."
    kept = tuple(e for e in finding.evidence if e.stage != POWER)
    return replace(found, evidence=(*kept, Evidence(POWER, text, {AT_FLOOR: 0.0})))


def _scatter(reports: Reports, seed: int) -> Evidence:
    ratio, p = volume_dispersion(reports, seed)
    n = len(reports.informants)
    text = f"{n} informants; scatter of the families reported by each, over chance: {ratio:.2f}."
    return Evidence("volume", text, finite({"ratio": ratio, "p": p}))


def _standing(scheme: Scheme, out: list[Bools], hidden: float) -> Evidence:
    counts = [int(mask.sum()) for mask in out]
    both = int((out[0] & out[1]).sum())
    if any(hides_count(scheme, count) for count in (*counts, both)):
        return Evidence(
            "composition", "Few informants stand out, if any.", finite({"could hide (SD)": hidden})
        )
    text = (
        f"{counts[0]} informants stand out on one half, {counts[1]} on the other, {both} on both; "
        "what each half chooses is judged on the other."
    )
    values = {"first half": counts[0], "second half": counts[1], "both": both, "could hide (SD)": hidden}
    return Evidence("composition", text, finite(values))


def _table(
    case: AuditCase,
    reports: Reports,
    whole: list[tuple[Contrast, Composition, list[Composition]]],
    level: float,
) -> Table:
    """Those who stand out in both halves, or by Holm's test; named only in a simulated world."""
    z = np.array([c.z for _, c, _ in whole])
    p = holm(2 * stats.norm.sf(np.abs(z)).ravel()).reshape(z.shape)
    # The same way in both halves: the product of the signs is positive.
    first, second = (np.nan_to_num([half[k].z for _, _, half in whole]) for k in (0, 1))
    both = (np.minimum(np.abs(first), np.abs(second)) > STANDS_OUT) & (first * second > 0)
    chosen = np.argwhere(both | (np.nan_to_num(p, nan=1.0) <= level))
    order = sorted(chosen.tolist(), key=lambda at: -abs(z[at[0], at[1]]))[:MOST_SHOWN]
    named = not case.scheme.real_people  # no informant was asked for consent to publication
    count = np.bincount(reports.informant, minlength=len(reports.informants))
    rows: list[tuple[str | int | float | None, ...]] = []
    for place, (g, j) in enumerate(order, start=1):
        contrast, result, half = whole[g]
        who = reports.informants[j] if named else f"informant {place}"
        where = reports.areas[reports.area_of_informant[j]] if named else None
        against = int((contrast.members[reports.subject] & (reports.informant == j)).sum())
        scores = number(half[0].z[j]), number(half[1].z[j]), number(p[g, j])
        rows.append((who, where, contrast.label, int(count[j]), against, float(result.value[j]), *scores))
    columns = (
        *("informant", "area", "group", "reports", "against the group", "difference in shares"),
        *("z first half", "z second half", "p adjusted"),
    )
    return Table("informants", "Informants who stand out from others of their area", columns, tuple(rows))
