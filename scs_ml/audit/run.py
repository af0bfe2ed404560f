"""Run every check on a case and gather what they found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from scs_ml.audit.attribution import attribute, own_weight
from scs_ml.audit.checks import CHECKS
from scs_ml.audit.checks.category_gap import categories_table
from scs_ml.audit.groups import groups_table
from scs_ml.audit.settling import settle
from scs_ml.core import AuditCase, AuditReport, Check, Dataset, Finding, Progress, Table
from scs_ml.exceptions import ScsError
from scs_ml.metrics import migration_matrix
from scs_ml.schemes import Scheme, scheme_fingerprint
from scs_ml.storage import library_versions

_VERDICTS = ("flag", "cannot tell", "clear", "not applicable")


def run_checks(
    case: AuditCase,
    checks: Mapping[str, Check] = CHECKS,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> AuditReport:
    """Run checks on a case.

    All difference checks together err with the probability the scheme allows (``1 - audit.confidence``), and
    so do all mechanism checks together, with the answers where there are some: it is split equally over them
    (Bonferroni), because their flags are counted together.

    Parameters
    ----------
    case : AuditCase
    checks : mapping of str to Check
        By default all of `CHECKS`.
    seed : int
        Seed of every random draw.
    progress : Progress, optional
        Called before each check and at the end.

    Returns
    -------
    AuditReport
        Findings sorted: mechanism flags first (those that explain most of a loss before those that compete
        with them), then by verdict, kind and size of effect. `forecast` is left to whoever knows how the
        forecast was made.

    Raises
    ------
    ScsError
        If the forecast does not belong to the dataset.
    """
    _aligned(case)
    error = 1 - case.scheme.audit.confidence
    n_mechanism = sum(check.kind == "mechanism" for check in checks.values())
    difference_level = error / max(len(checks) - n_mechanism, 1)
    # The answers are one more look at the mechanisms, and get a share of the error like each check of them.
    mechanism_level = error / (n_mechanism + (case.verified is not None)) if n_mechanism else error
    findings: list[Finding] = []
    moves = migration_table(case.dataset, case.scheme)
    tables = [groups_table(case), *([moves] if moves else [])]
    for done, check in enumerate(checks.values()):
        if progress:
            progress("checks", done, len(checks))
        level = mechanism_level if check.kind == "mechanism" else difference_level
        result = check.run(case, level=level, seed=seed)
        findings += result.findings
        tables += [replace(each, check=check.name) for each in result.tables]
    if progress:
        progress("checks", len(checks), len(checks))
    told = attribute(case, settle(case, findings, checks, level=mechanism_level), checks)
    if "categories" not in {table.name for table in tables}:
        tables.append(categories_table(case))
    return AuditReport(
        scheme=case.scheme,
        findings=tuple(sorted(told, key=_order)),
        tables=tuple(tables),
        safeguards=case.dataset.gates,
        declared=_declared(case),
        versions=library_versions(),
        fingerprints=_fingerprints(case),
        seed=seed,
        forecast={},
    )


def _aligned(case: AuditCase) -> None:
    n = len(case.dataset)
    lengths = {
        "forecast.categories": len(case.forecast.categories),
        "forecast.score": len(case.forecast.score),
    }
    if case.forecast.probabilities is not None:
        lengths["forecast.probabilities"] = len(case.forecast.probabilities)
    wrong = [f"{name} has {length}" for name, length in lengths.items() if length != n]
    if case.explanation is not None and len(case.explanation.rows) and int(case.explanation.rows.max()) >= n:
        wrong.append(f"explanation.rows reaches {int(case.explanation.rows.max())}")
    if case.explanation is not None and not np.isfinite(case.explanation.values).all():
        wrong.append("explanation.values are not all numbers")
    if wrong or n == 0:
        raise ScsError(
            "The forecast does not belong to the dataset." if wrong else "The dataset has no rows to audit.",
            where=f"dataset of {n} rows; {'; '.join(wrong) or 'nothing else'}",
            remedy="Forecast and explain the very dataset that is audited.",
        )


def _order(finding: Finding) -> tuple[bool, float, int, bool, float, str]:
    """Sort key; equal keys keep the order of the checks."""
    flagged = finding.verdict == "flag" and finding.kind == "mechanism"
    weight = own_weight(finding) if flagged else 0.0
    effect = finding.effect
    size = abs(effect.value) / effect.floor if effect and effect.floor > 0 else 0.0
    rank = _VERDICTS.index(finding.verdict)
    return not flagged, -weight, rank, finding.kind != "mechanism", -size, finding.check


def migration_table(dataset: Dataset, scheme: Scheme) -> Table | None:
    """Count where people of each category went.

    Parameters
    ----------
    dataset : Dataset
        Paired: over its horizon. Otherwise a panel: from each period to the next.
    scheme : Scheme

    Returns
    -------
    Table or None
        Counts and shares, categories worst first; None where nobody is seen twice.
    """
    scale = scheme.scale
    if dataset.horizon > 0:
        before, after = dataset.category, dataset.y
    else:
        order = np.lexsort((dataset.period, dataset.subject))
        first, second = order[:-1], order[1:]
        follows = (dataset.subject[first] == dataset.subject[second]) & (
            dataset.period[first] + 1 == dataset.period[second]
        )
        before, after = dataset.category[first[follows]], dataset.category[second[follows]]
    known = (before >= 0) & (after >= 0)
    if not known.any():
        return None
    moves = migration_matrix(before[known], after[known], scale.n_categories)
    rows = tuple(
        (
            name,
            int(moves.counts[k].sum()),
            *moves.counts[k].tolist(),
            *[None if np.isnan(s) else float(s) for s in moves.shares[k]],
        )
        for k, name in enumerate(scale.categories)
    )
    columns = (
        "from",
        "rows",
        *(f"to {c}" for c in scale.categories),
        *(f"share to {c}" for c in scale.categories),
    )
    return Table("migration", "Moves between categories", columns, rows)


def _declared(case: AuditCase) -> dict[str, str]:
    basis = case.scheme.basis
    fields = {
        "scheme": case.scheme.title,
        "basis": basis.kind,
        "purpose": basis.purpose,
        "context": basis.context,
        "contact": basis.contact,
        "lawful basis": basis.lawful_basis,
    }
    return {name: value for name, value in fields.items() if value} | dict(basis.declared)


def _fingerprints(case: AuditCase) -> dict[str, str]:
    found = {"dataset": case.dataset.fingerprint, "scheme": scheme_fingerprint(case.scheme)}
    if case.ledger is not None:
        found["ledger"] = case.ledger.fingerprint
    if case.verified is not None:
        found["answers"] = case.verified.fingerprint
    if case.explanation is not None and case.explanation.background is not None:
        found["background"] = case.explanation.background
    return found
