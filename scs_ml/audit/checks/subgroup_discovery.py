"""Subgroup discovery: an open search where attributes meet, told on people it was not searched on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from scs_ml.audit.groups import YES, Contrast, contrast_of, forecast_only, group_label
from scs_ml.audit.judge import NextSteps, not_applicable, number, power_evidence, standard_deviation
from scs_ml.core import (
    UNKNOWN_GROUP,
    AuditCase,
    Bools,
    CheckResult,
    Effect,
    Evidence,
    Finding,
    Floats,
    Group,
    Ints,
    Kind,
    Table,
)
from scs_ml.inference import Estimate, detectable_effect, hierarchical_fdr, mean_contrast, verdict

DEPTH = 3  # attributes and situations that may meet
TRIED = 10  # subgroups that either half may hand on to the other
LEAST = 15  # rows of a subgroup within the half that is searched

STEPS: NextSteps = {
    "flag": "Name this subgroup in the scheme (audit.intersections) and audit it on other people.",
    "clear": "On people it was not searched on, this subgroup stands where the others do.",
    "cannot tell": "Audit more people: the search points here, and the other half does not settle it.",
    "not applicable": "Give the table sensitive attributes, and scores that differ.",
}


@dataclass(frozen=True)
class _Found:
    """A subgroup that stood out in the half that was searched."""

    group: Group
    gap: float
    searched: int


@dataclass(frozen=True)
class _Tried:
    """The same subgroup in the other half."""

    found: _Found
    contrast: Contrast
    estimate: Estimate

    @property
    def p(self) -> float:
        """Two-sided p-value; 1 where nothing can be told."""
        p = 2 * stats.t.sf(np.abs(self.estimate.statistic()[0]), self.estimate.df[0])
        return 1.0 if np.isnan(p) or self.contrast.small else float(p)


@dataclass(frozen=True)
class SubgroupDiscovery:
    """Subgroups of up to three attributes or situations whose mean score stands off that of the rest."""

    name: str = "subgroup_discovery"
    kind: Kind = "difference"
    title: str = "Search for subgroups that stand off"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Search one half of the families, tell on the other, and the other way round.

        Parameters
        ----------
        case : AuditCase
        level : float
            False discovery rate of what is flagged; where there is nothing to find, the probability of any
            flag.
        seed : int
            Seed of the halves.

        Returns
        -------
        CheckResult
            One finding per subgroup that either half handed on: its mean score less that of all others, in
            SD, measured on the half that was not searched. A subgroup is handed on where it stands off
            further than every larger subgroup that holds it.

        References
        ----------
        Benjamini & Bogomolov (2014), J. R. Stat. Soc. B 76, 297-318. Cox (1975), "A note on data-splitting
        for the evaluation of significance levels", Biometrika 62, 441-444. Kearns, Neel, Roth & Wu (2018),
        "Preventing fairness gerrymandering", ICML.
        """
        case = forecast_only(case)
        deviation = standard_deviation(case.forecast.score)
        columns = _columns(case)
        if not columns or not deviation > 0:
            why = "there is no group to search" if deviation > 0 else "all scores are equal"
            return CheckResult((not_applicable(self.name, self.kind, why, STEPS["not applicable"]),))
        score, cluster = case.forecast.score / deviation, case.dataset.cluster
        n_clusters = int(cluster.max()) + 1
        half = (np.random.default_rng(seed).permutation(n_clusters) % 2 == 0)[cluster]
        tried: dict[Group, list[_Tried]] = {}
        for searched in (half, ~half):
            rest = np.flatnonzero(~searched)
            for found in _search(columns, score, searched, case.scheme.audit.floor):
                contrast = _contrast(columns, found.group, rest, cluster)
                sides = contrast.members, contrast.others, cluster[rest]
                tried.setdefault(found.group, []).append(
                    _Tried(found, contrast, mean_contrast(score[rest], *sides))
                )
        if not tried:
            nothing = Finding(
                self.name,
                self.kind,
                "cannot tell",
                (),
                (),
                (len(score), len(score)),
                "Audit more people: no subgroup is large enough to stand out in half of them.",
            )
            return CheckResult((nothing,))
        findings = self._told(tried, case.scheme.audit.floor, level)
        return CheckResult(findings, (_table(findings, tried),))

    def _told(self, tried: dict[Group, list[_Tried]], floor: float, level: float) -> tuple[Finding, ...]:
        """Decide over all subgroups together; each speaks through the half that says more."""
        chosen = [min(each, key=lambda t: t.p) for each in tried.values()]
        # A subgroup has two chances, one in each half: Bonferroni.
        p = np.minimum([2 * each.p for each in chosen], 1.0)
        family = [", ".join(attribute for attribute, _ in group) for group in tried]
        result = hierarchical_fdr(p, family, level=level)
        findings = []
        for j, each in enumerate(chosen):
            estimate, contrast = each.estimate, each.contrast
            critical = np.asarray(stats.t.isf(result.error[j] / 4, estimate.df))
            low, high = estimate.limits(critical)
            values = [float(x[0]) for x in (estimate.value, low, high)]
            effect = None
            if np.isfinite(values).all():
                effect = Effect("mean score gap", values[0], values[1], values[2], "SD of the score", floor)
            told = verdict(effect.value, effect.low, effect.high, floor) if effect else "cannot tell"
            told = "cannot tell" if contrast.small else told
            se = float(estimate.se[0])
            searched = Evidence(
                "search",
                f"Of {each.found.searched} subgroups searched in one half of the families this one was among "
                f"the first {TRIED}, {each.found.gap:+.2f} SD off the others; the effect is that of the "
                "other half, against everybody there who is not in the subgroup.",
                {"subgroups searched": each.found.searched, "gap where searched": each.found.gap},
            )
            findings.append(
                Finding(
                    check=self.name,
                    kind=self.kind,
                    verdict=told,
                    group=contrast.group,
                    reference=(),
                    n=contrast.n,
                    next_step=STEPS[told],
                    effect=effect,
                    p_adjusted=float(result.p_adjusted[j]),
                    detectable=number(float(detectable_effect(se, critical[0]))),
                    evidence=(searched, *power_evidence(told, effect, se, float(critical[0]))),
                )
            )
        return tuple(findings)


@dataclass(frozen=True)
class _Column:
    """An attribute or situation: a code per row (-1 unknown), its values, and which may name a subgroup."""

    name: str
    codes: Ints
    values: tuple[str, ...]
    named: Bools


def _columns(case: AuditCase) -> dict[str, _Column]:
    dataset, found = case.dataset, {}
    for name in map(str, dataset.sensitive):
        labels = dataset.sensitive[name].astype(object).fillna(UNKNOWN_GROUP).to_numpy(dtype=object)
        values = tuple(sorted(str(v) for v in set(labels) if v != UNKNOWN_GROUP))
        codes = np.array(
            [{v: i for i, v in enumerate(values)}.get(str(x), -1) for x in labels], dtype=np.int64
        )
        if len(values) > 1:
            found[name] = _Column(name, codes, values, np.ones(len(values), dtype=bool))
    for name in map(str, dataset.situations):
        present = dataset.situations[name].to_numpy(dtype=bool)
        if present.any() and not present.all():
            # To be untouched by a disaster is no circumstance.
            found[name] = _Column(name, present.astype(np.int64), ("no", YES), np.array([False, True]))
    return found


def _search(columns: dict[str, _Column], score: Floats, half: Bools, floor: float) -> list[_Found]:
    """Give the subgroups that stand off most in one half, furthest first by their statistic."""
    gaps: dict[Group, float] = {}
    size: dict[Group, float] = {}
    for names in _sets(columns):
        for group, gap, statistic in _cells([columns[n] for n in names], score, half):
            gaps[group], size[group] = gap, abs(statistic)
    handed: list[_Found] = []
    for group in sorted(gaps, key=lambda g: -size[g]):
        gap = gaps[group]
        larger = [gaps.get(part, 0.0) for r in range(1, len(group)) for part in combinations(group, r)]
        if abs(gap) > floor and all(abs(gap) > np.sign(gap) * each for each in larger):
            handed.append(_Found(group, gap, len(gaps)))
        if len(handed) == TRIED:
            break
    return handed


def _sets(columns: dict[str, _Column]) -> Iterator[tuple[str, ...]]:
    for depth in range(1, DEPTH + 1):
        yield from combinations(columns, depth)


def _cells(columns: list[_Column], score: Floats, half: Bools) -> Iterator[tuple[Group, float, float]]:
    """Give every subgroup of these attributes: its gap from all others, and the gap's statistic."""
    shape = tuple(len(c.values) for c in columns)
    at = half & np.logical_and.reduce([c.codes >= 0 for c in columns])
    key = np.ravel_multi_index([c.codes[at] for c in columns], shape)
    x, length = score[at], int(np.prod(shape))
    n = np.bincount(key, minlength=length).astype(np.float64)
    total, squares = (np.bincount(key, weights=w, minlength=length) for w in (x, x**2))
    others, other_total, other_squares = n.sum() - n, total.sum() - total, squares.sum() - squares
    named = np.logical_and.reduce(np.meshgrid(*(c.named for c in columns), indexing="ij")).ravel()
    if len(shape) == 1 and length == 2 and named.all():
        named[np.argmax(n)] = False  # two values make one gap
    for j in np.flatnonzero(named & (n >= LEAST) & (others >= LEAST)):
        gap = total[j] / n[j] - other_total[j] / others[j]
        spread = squares[j] / n[j] - (total[j] / n[j]) ** 2
        other_spread = other_squares[j] / others[j] - (other_total[j] / others[j]) ** 2
        error = np.sqrt(max(spread, 0.0) / n[j] + max(other_spread, 0.0) / others[j])
        place = np.unravel_index(j, shape)
        group = tuple((c.name, c.values[int(v)]) for c, v in zip(columns, place, strict=True))
        yield group, float(gap), float(gap / error) if error > 0 else 0.0


def _contrast(columns: dict[str, _Column], group: Group, rows: Ints, cluster: Ints) -> Contrast:
    """Lay a subgroup against all others among some rows; who is unknown in its attributes is in neither."""
    known = np.logical_and.reduce([columns[name].codes[rows] >= 0 for name, _ in group])
    members = np.logical_and.reduce(
        [columns[name].codes[rows] == columns[name].values.index(value) for name, value in group]
    )
    return contrast_of(group, (), members, known & ~members, cluster[rows])


def _table(findings: tuple[Finding, ...], tried: dict[Group, list[_Tried]]) -> Table:
    rows = tuple(
        (
            group_label(finding.group),
            *finding.n,
            finding.evidence[0].values["gap where searched"],
            *(getattr(finding.effect, name, None) for name in ("value", "low", "high")),
            finding.p_adjusted,
            "both" if len(each) == 2 else "one",
            finding.verdict,
        )
        for finding, each in zip(findings, tried.values(), strict=True)
    )
    columns = (
        *("subgroup", "rows", "other rows", "gap where searched", "gap where told", "low", "high"),
        *("adjusted p", "halves that found it", "verdict"),
    )
    return Table("subgroup_discovery", "Subgroups searched on one half and told on the other", columns, rows)
