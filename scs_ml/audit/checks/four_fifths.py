"""Four-fifths: the rule of thumb of employment law, as a baseline, with the side it uses stated."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.judge import Cell, NextSteps, finite, judge, not_applicable
from scs_ml.audit.score_limits import effective_four, matched
from scs_ml.core import AuditCase, CheckResult, Evidence, Floats, Kind, Table
from scs_ml.inference import Estimate, mean_contrast, mover_ratio, stack

FOUR_FIFTHS = 0.8

STEPS: NextSteps = {
    "flag": "The rule of thumb is broken; it depends on the side it uses: read the category gap beside it.",
    "clear": "The rates are within four fifths of each other; a gap can still be material: see category_gap.",
    "cannot tell": "Audit more people: the interval holds both equal rates and a ratio below four fifths.",
    "not applicable": "Nobody of one side is favoured at this boundary: the ratio has no meaning.",
}


@dataclass(frozen=True)
class FourFifths:
    """Ratio of the rates on the favourable side of each boundary, group over reference."""

    name: str = "four_fifths"
    kind: Kind = "difference"
    title: str = "Four-fifths rule at each boundary"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare every group's favourable rate with that of its reference.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all groups and boundaries.
        seed : int

        Returns
        -------
        CheckResult
            One finding per group and boundary: the ratio less one, so that no difference is zero. The floor
            is the rule itself: the lower rate is four fifths of the higher.

        References
        ----------
        Uniform Guidelines on Employee Selection Procedures (1978), 29 CFR 1607.4 D. Donner & Zou (2012),
        Stat. Methods Med. Res. 21, 347-359.
        """
        given, cluster = case.forecast.categories >= 0, case.dataset.cluster
        compared = tuple(c.take(given, cluster) for c in contrasts(case))
        if not compared:
            step = "Give the table a sensitive attribute with at least two groups."
            return CheckResult((not_applicable(self.name, self.kind, "no attribute has two groups", step),))
        scale = case.scheme.scale
        boundaries = np.arange(scale.n_categories - 1)
        favoured = case.forecast.categories[given, None] > boundaries
        sides = [mean_contrast(favoured, c.members, c.others, cluster[given]) for c in compared]
        table = np.concatenate([_four(favoured, c) for c in compared])
        difference = stack(sides)
        effective = effective_four(table, difference)

        def limits(critical: Floats) -> tuple[Floats, Floats]:
            low, high = mover_ratio(*effective, z=critical)
            return low - 1, high - 1

        cells = [
            _cell(c, k, four, scale.boundary_label(k))
            for (c, k), four in zip([(c, int(k)) for c in compared for k in boundaries], table, strict=True)
        ]
        joint = matched(_ratio(difference, table), limits)
        findings = judge(self.name, self.kind, cells, joint, STEPS, level=level, seed=seed, limits=limits)
        rows = tuple(
            (
                cell.contrast.label,
                scale.boundary_label(int(cell.boundary or 0)),
                *(int(x) for x in four),
                *_ratios(finding.effect),
                _number(four[1] - four[0], four[1], four[3] - four[2], four[3]),
                finding.verdict,
            )
            for cell, four, finding in zip(cells, table, findings, strict=True)
        )
        columns = (
            *("group", "boundary", "favoured", "rows", "reference favoured", "reference rows"),
            *("ratio of favourable rates", "low", "high", "ratio of adverse rates", "verdict"),
        )
        title = "Four-fifths rule: favourable means above the boundary"
        return CheckResult(findings, (Table(self.name, title, columns, rows),))


def _four(favoured: np.ndarray, contrast: Contrast) -> Floats:
    """Favoured people and rows of the group, then of the reference, at each boundary (K - 1, 4)."""
    n_a, n_b = contrast.n
    a, b = favoured[contrast.members].sum(axis=0), favoured[contrast.others].sum(axis=0)
    return np.column_stack([a, np.full(len(a), n_a), b, np.full(len(b), n_b)]).astype(np.float64)


def _ratio(difference: Estimate, table: Floats) -> Estimate:
    """Turn differences in rates into ratios less one, with the influences they have where rates are equal."""
    p_b = np.divide(table[:, 2], table[:, 3], out=np.full(len(table), np.nan), where=table[:, 3] > 0)
    defined = p_b > 0
    scale = np.divide(1.0, p_b, out=np.ones(len(p_b)), where=defined)
    return replace(
        difference,
        value=np.where(defined, difference.value * scale, np.nan),
        influence=difference.influence * scale,
        nugget=difference.nugget * scale**2,
    )


def _cell(contrast: Contrast, boundary: int, four: Floats, label: str) -> Cell:
    ratio = _number(*four)
    # Read from the other side, four fifths is five fourths.
    floor = 1 - FOUR_FIFTHS if ratio is None or ratio <= 1 else 1 / FOUR_FIFTHS - 1
    adverse = _number(four[1] - four[0], four[1], four[3] - four[2], four[3])
    told = "no ratio" if ratio is None else f"a ratio of {ratio:.2f}"
    other = "there is none" if adverse is None else f"it is {adverse:.2f}"
    evidence = Evidence(
        "side",
        f"Side used: the favourable one, better than {label}; {told}. On the adverse side {other}.",
        finite({"ratio": _nan(ratio), "ratio on the adverse side": _nan(adverse)}),
    )
    return Cell(
        contrast,
        "favourable rate relative to the reference",
        "of the reference's rate",
        floor,
        boundary=boundary,
        evidence=(evidence,),
    )


def _number(count_a: float, n_a: float, count_b: float, n_b: float) -> float | None:
    return float(count_a / n_a / (count_b / n_b)) if n_a and n_b and count_b else None


def _nan(value: float | None) -> float:
    return math.nan if value is None else value


def _ratios(effect: object) -> tuple[float | None, ...]:
    values = [getattr(effect, name, None) for name in ("value", "low", "high")]
    return tuple(None if value is None else value + 1 for value in values)
