"""Cross-context use: what indicators of other domains than the score's take from each group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.audit.checks._additive import Coding, additive
from scs_ml.audit.groups import contrasts
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable, standard_deviation
from scs_ml.audit.points import latest_rows
from scs_ml.core import AuditCase, CheckResult, Evidence, Floats, Ints, Kind, Table
from scs_ml.inference import mean_contrast, stack

METRIC, UNIT = "gap through the context {}", "SD of the score"
STEPS: NextSteps = {
    "flag": "Ask why conduct in this context counts in the score's: people gave it there, not here.",
    "clear": "What comes from this context moves both groups alike, to within the floor.",
    "cannot tell": "Audit more people: the interval holds both no difference and a material one.",
    "not applicable": "One side is too small: audit more people.",
}


@dataclass(frozen=True)
class CrossContext:
    """Gap that indicators of each other context make, as curves fitted to the score have it."""

    name: str = "cross_context"
    kind: Kind = "difference"
    title: str = "What comes from other contexts than the score's"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare groups by what the score gives them through indicators of other contexts.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all groups and contexts.
        seed : int

        Returns
        -------
        CheckResult
            One finding per group and context. What the scheme forbids is judged by `forbidden_reliance`.

        References
        ----------
        Nissenbaum (2004), "Privacy as contextual integrity", Washington Law Review 79.
        """
        own, compared = case.scheme.basis.context, [c for c in contrasts(case) if len(c.group) == 1]
        held = {str(name) for name in (*case.dataset.X, *case.dataset.withheld)}
        other = [i for i in case.scheme.indicators if i.context != own and i.name in held]
        given = _given(case) if other and compared else None
        by_context: dict[str, Floats] = {}
        if given is not None:
            rows, parts = given
            for indicator in other:
                part = parts.get(indicator.name)
                if part is not None and np.ptp(part) > 0:
                    by_context[indicator.context] = by_context.get(indicator.context, 0.0) + part
        if not by_context:
            why = "no two groups, or no indicator of another context, or no score, that tells people apart"
            step = "Declare the context of every indicator and of the score, and give at least two groups."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        cluster = case.dataset.cluster
        cells, estimates = [], []
        for contrast in (c.take(rows, cluster) for c in compared):
            estimates.append(
                mean_contrast(
                    np.column_stack(list(by_context.values())),
                    contrast.members,
                    contrast.others,
                    cluster[rows],
                )
            )
            for context in by_context:
                names = ", ".join(i.name for i in other if i.context == context)
                text = f"Generated in the context {context!r}, used in {own!r}: {names}."
                cells.append(
                    Cell(
                        contrast,
                        METRIC.format(context),
                        UNIT,
                        case.scheme.audit.floor,
                        None,
                        evidence=(Evidence("context", text),),
                    )
                )
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        columns = ("context", "indicators", "moves the score by (SD)")
        table = Table(
            "contexts",
            f"What the score takes from other contexts than {own}",
            columns,
            tuple(
                (context, ", ".join(i.name for i in other if i.context == context), float(value.std()))
                for context, value in by_context.items()
            ),
        )
        return CheckResult(findings, (table,))


def _given(case: AuditCase) -> tuple[Ints, dict[str, Floats]] | None:
    """What the score gives each person through each indicator, in its SD; latest rows with a score."""
    rows = latest_rows(case.dataset)
    rows = rows[np.isfinite(case.forecast.score[rows])]
    score = case.forecast.score[rows]
    deviation = standard_deviation(score)
    if not deviation > 0:
        return None
    columns = pd.concat([case.dataset.X, case.dataset.withheld], axis=1).iloc[rows]
    codings = {str(name): Coding.of(column) for name, column in columns.items()}
    codings = {name: each for name, each in codings.items() if each.size <= len(rows) / 5}
    codes = {name: coding.codes(columns[name]) for name, coding in codings.items()}
    curves = additive(codings, codes, score / deviation)
    return rows, {name: curve[codes[name]] for name, curve in curves.items()}
