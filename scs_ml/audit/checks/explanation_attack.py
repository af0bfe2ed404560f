"""Explanation attack: whether the explanation can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.checks._background import Background, Composition, read_background, single_groups
from scs_ml.audit.checks._queries import Model, read_model
from scs_ml.audit.checks._told import Asked, ask, off_the_sum
from scs_ml.audit.groups import Contrast
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable, number, standard_deviation
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, CheckResult, Effect, Evidence, Finding, Floats, Ints, Kind, Table
from scs_ml.inference import Estimate, mean_contrast, stack
from scs_ml.safeguards import hides_count

UNIT = "share of the attribution hidden"
# What honest explanations stay within: interactions and path-dependent values (WITHHELD), a lag passed on
# along a line (PASSED_ON), curves that do not add up (OFF_ROWS). Of an attribution smaller than MATERIAL SD
# of the answers no share can be told.
WITHHELD, PASSED_ON, OFF_ROWS, MATERIAL = 0.30, 0.70, 0.50, 0.10
# Of the level: locations and forbidden indicators in the background, groups in it, values given, answers.
# SD of the answers that an input goes with on real rows: columns that say the same share what they do
# there, so that the curve of one that does nothing may reach a tenth.
ON_ROWS = 0.25
PARTS = {"indicators": 0.5, "groups": 0.1, "values": 0.2, "rows": 0.2}

STEPS: NextSteps = {
    "flag": "Do not use this explanation: explain again, with a background drawn at random before witnesses.",
    "clear": "Nothing material is hidden here; ask for the commitment of the background all the same.",
    "cannot tell": "Explain with more background rows, drawn at random, and audit again.",
    "not applicable": "The score gives nobody anything through it: there is nothing to hide.",
}
SHOWN = "More of this reliance is shown than an honest explanation would show: nobody is wronged by it."
GOES_WITH = "It goes with another indicator that the background was chosen by: look at that one."


@dataclass(frozen=True)
class ExplanationAttack:
    """A chosen background, a model that answers mixtures otherwise, values that are not the model's."""

    name: str = "explanation_attack"
    kind: Kind = "mechanism"
    title: str = "An explanation that hides what the score relies on"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Look at the background, at the sums, at the values given and at how the model answers mixtures.

        Parameters
        ----------
        case : AuditCase
            With a background, or with a forecaster (and its explanation).
        level : float
            Probability of any false flag. Flags are one-sided: only what is hidden makes one.
        seed : int

        Returns
        -------
        CheckResult
            One finding per location, forbidden indicator or sensitive attribute and kind of evidence. The
            group is the one that most surely loses through the indicator.

        References
        ----------
        Slack, Hilgard, Jia, Singh & Lakkaraju (2020), "Fooling LIME and SHAP", AIES. Laberge, Aivodji, Hara,
        Marchand & Khomh (2023), "Fooling SHAP with stealthily biased sampling", ICLR.
        """
        background, model = read_background(case), read_model(case)
        if background is None and model is None:
            why = "there is no background to look at and no model to ask"
            step = "Give the rows that the score is explained against, or the model itself."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        findings: list[Finding] = []
        tables: list[Table] = []
        if background is not None:
            findings += self._of_background(case, background, level, seed)
            tables.append(_table(background))
        if model is not None:
            findings += self._of_answers(case, model, level, seed)
            findings += self._of_sums(case, model)
        if not findings:
            why = "no location, forbidden indicator or sensitive attribute can be read there"
            step = "Give the location or the sensitive attributes in the background, in the table's columns."
            findings.append(not_applicable(self.name, self.kind, why, step))
        return CheckResult(tuple(findings), tuple(tables))

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Give what the score takes through the hidden indicator, beside the person in the middle."""
        background = read_background(case)
        if background is not None:
            for column in background.columns:
                if column.name == finding.indicator:
                    taken = np.maximum(np.median(column.given) - column.given, 0.0)
                    return Trace(background.rows, taken)
        model = read_model(case)
        if model is None or finding.indicator not in model.inputs:
            return Trace(np.empty(0, dtype=np.int64), np.empty(0))
        rows, (asked,) = ask(case, model, [str(finding.indicator)], seed=seed)
        scale = standard_deviation(case.forecast.score) / asked.deviation
        return Trace(rows, np.maximum(np.median(asked.real) - asked.real, 0.0) * scale)

    def _of_background(
        self, case: AuditCase, background: Background, level: float, seed: int
    ) -> list[Finding]:
        """Judge the background's composition: indicators together, and sensitive attributes together."""
        found: list[Finding] = []
        judged: tuple[Composition, ...] = ()
        suspect = tuple(c for c in background.columns if c.suspect)
        for part, columns in (
            ("indicators", tuple(c for c in suspect if not c.attribute)),
            ("groups", tuple(c for c in suspect if c.attribute)),
        ):
            if not columns:
                continue
            estimate = background.hidden(columns)
            bearers = [background.bearing(column) for column in columns]
            judged += columns
            cells = [
                _cell(
                    contrast or _everybody(len(background.rows)),
                    "background",
                    case.scheme.audit.floor,
                    column.name,
                    _composition(case, background, column),
                )
                for column, contrast in zip(columns, bearers, strict=True)
            ]
            found += self._judge(cells, estimate, PARTS[part] * level, seed)
        return self._apart(background, judged, found)

    def _apart(
        self, background: Background, columns: tuple[Composition, ...], judged: list[Finding]
    ) -> list[Finding]:
        """Of several columns that deviate keep those that do so apart from the one that deviates most."""
        flagged = [i for i, finding in enumerate(judged) if finding.verdict == "flag"]
        if len(flagged) < 2:
            return judged
        statistic = np.abs(background.hidden(columns).statistic())
        top = max(flagged, key=lambda i: statistic[i])
        kept = list(judged)
        for i in flagged:
            if i == top:
                continue
            alone = background.hidden((columns[i].beside(columns[top]),))
            if not abs(alone.statistic()[0]) > statistic[top] / 2:
                kept[i] = replace(judged[i], verdict="cannot tell", mechanisms=(), next_step=GOES_WITH)
        return kept

    def _of_sums(self, case: AuditCase, model: Model) -> list[Finding]:
        """Say whether values add up to the model; that is no estimate, so it has no interval."""
        off = off_the_sum(case, model)
        if not off or case.explanation is None:
            return []
        wrong = {what: float((distance > 1).mean()) for what, distance in off.items()}
        share = max(wrong.values())
        n = len(case.explanation.rows)
        text = "; ".join(f"{what}: {1 - value:.1%} of rows" for what, value in wrong.items())
        flag = share > 0
        return [
            Finding(
                check=self.name,
                kind=self.kind,
                verdict="flag" if flag else "clear",
                group=(),
                reference=(),
                n=(n, n),
                next_step=STEPS["flag" if flag else "clear"],
                effect=Effect("rows that do not add up", -share, -share, -share, "share of rows", 0.0),
                mechanisms=((self.name, 1.0),) if flag else (),
                evidence=(Evidence("additivity", f"Holds: {text}.", wrong),),
            )
        ]

    def _of_answers(self, case: AuditCase, model: Model, level: float, seed: int) -> list[Finding]:
        """Compare values given, and what goes with an input on real rows, with the model's answers."""
        suspects = [
            i.name
            for i in case.scheme.indicators
            if i.name in model.inputs and (i.nature == "location" or i.forbidden_reason is not None)
        ]
        if not suspects:
            return []
        rows, asked = ask(case, model, suspects, seed=seed)
        cluster = case.dataset.cluster[rows]
        compared = [c.take(rows, case.dataset.cluster) for c in single_groups(case)]
        findings: list[Finding] = []
        told = [a for a in asked if a.given is not None and a.size >= MATERIAL]
        floors = [PASSED_ON if a.through else WITHHELD for a in told]
        estimates = [a.withheld(cluster) for a in told]
        cells = [
            _cell(_bearing(a, compared, cluster), "values given", floor, a.name, _given(a))
            for a, floor in zip(told, floors, strict=True)
        ]
        if cells:
            findings += self._judge(cells, stack(estimates), PARTS["values"] * level, seed)
        seen = [a for a in asked if a.real_size >= ON_ROWS]
        cells = [
            _cell(_bearing(a, compared, cluster), "answers to mixtures", OFF_ROWS, a.name, _off(a))
            for a in seen
        ]
        if cells:
            estimates = [a.off_rows(cluster) for a in seen]
            findings += self._judge(cells, stack(estimates), PARTS["rows"] * level, seed)
        return findings

    def _judge(self, cells: Sequence[Cell], estimate: Estimate, level: float, seed: int) -> list[Finding]:
        """Judge one-sidedly: each tail of the interval has the level, and only the lower makes a flag."""
        judged = judge(self.name, self.kind, cells, estimate, STEPS, level=min(2 * level, 0.5), seed=seed)
        found = []
        for each in judged:
            finding = each
            if each.p_adjusted is not None and each.effect is not None:
                one = each.p_adjusted / 2
                finding = replace(each, p_adjusted=number(one if each.effect.value < 0 else 1 - one))
            if each.verdict == "flag" and each.effect is not None:
                if each.effect.value < 0:
                    finding = replace(finding, mechanisms=((self.name, 1.0),))
                else:
                    finding = replace(finding, verdict="cannot tell", next_step=SHOWN)
            found.append(finding)
        return found


def _cell(contrast: Contrast, metric: str, floor: float, name: str, evidence: Evidence) -> Cell:
    return Cell(contrast, f"reliance hidden: {metric}", UNIT, floor, name, None, (evidence,))


def _everybody(n: int) -> Contrast:
    everyone = np.ones(n, dtype=bool)
    return Contrast((), (), everyone, everyone, small=n < 2)


def _bearing(asked: Asked, compared: Sequence[Contrast], cluster: Ints) -> Contrast:
    """Give the group that most surely loses through an input."""
    best, lowest = _everybody(len(cluster)), 0.0
    reliance: Floats = asked.real if asked.real_size >= asked.size else asked.told[0]
    for contrast in compared:
        if not contrast.small:
            t = float(mean_contrast(reliance, contrast.members, contrast.others, cluster).statistic()[0])
            if t < lowest:
                best, lowest = contrast, t
    return best


def _composition(case: AuditCase, background: Background, column: Composition) -> Evidence:
    among, drawn = float((column.given < 0).mean()), float((column.drawn < 0).mean())
    loss = column.unit / standard_deviation(case.forecast.score)
    values = {"share who lose": among, "share in the background": drawn, "their loss (SD)": loss}
    n = len(background.rows)
    if any(hides_count(case.scheme, round(share * n)) for share in (among, 1 - among)):
        return Evidence("background", "Too few people lose, or do not lose, through it to be counted here.")
    text = (
        f"{among:.1%} of {n} people lose through it ({loss:.2f} SD each, in curves fitted to the score);"
        f" they are {drawn:.1%} of the background's {background.size} rows."
    )
    return Evidence("background", text, values)


def _given(asked: Asked) -> Evidence:
    text = f"Asked one input at a time, the model moves its answers by {asked.size:.2f} SD through it."
    return Evidence("additivity", text, {"size (SD)": asked.size})


def _off(asked: Asked) -> Evidence:
    mixed = float(np.sqrt(max(float(np.mean(asked.first * asked.second)), 0.0)) / asked.deviation)
    text = (
        f"On real rows the answers go with it by {asked.real_size:.2f} SD; on mixtures of rows they move by"
        f" {mixed:.2f} SD through it."
    )
    return Evidence("mixtures", text, {"real rows (SD)": asked.real_size, "mixtures (SD)": mixed})


def _table(background: Background) -> Table:
    estimate = background.hidden(background.columns)
    rows = tuple(
        (c.name, "yes" if c.suspect else "no", -float(value), float(t))
        for c, value, t in zip(background.columns, estimate.value, estimate.statistic(), strict=True)
    )
    title = "What the background hides of each column, beside an honest one"
    return Table("background", title, ("column", "judged", "share hidden", "t"), rows)
