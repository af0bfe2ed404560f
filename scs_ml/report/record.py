"""An `AuditReport` as plain values: the contract that ``audit.json`` keeps and every page is drawn from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from scs_ml.core import AuditReport, Finding, Group, PersonView, Table
from scs_ml.exceptions import ScsError
from scs_ml.safeguards import disclose, hides_count, opens, suggestions_table, tell_gate
from scs_ml.schemes import Scheme

FORMAT = "audit-1"
_LEFT_TO_A_PERSON = "a person must decide"  # the share of forecasts that abstain


def audit_record(report: AuditReport) -> dict[str, Any]:
    """Give the report as the JSON object that ``schemas/audit-1.json`` describes.

    Parameters
    ----------
    report : AuditReport
        From `scs_ml.audit.run_checks`, completed by the workflow.

    Returns
    -------
    dict
        Plain values only; a number that does not exist is None, never NaN. Labels replace codes. Where the
        basis does not open them, small counts are suppressed together with what was computed from them, and
        persons are left out.
    """
    scheme = report.scheme
    disclosed = disclose(report.tables, report.findings, scheme, total=report.forecast.get("rows"))
    # Made here, where every gate has answered.
    gates = tuple(tell_gate(each, scheme) for each in (*report.safeguards, disclosed.record))
    suggestions = suggestions_table(gates)
    return {
        "format": FORMAT,
        "scheme": {
            "name": scheme.name,
            "title": scheme.title,
            "citation": scheme.citation,
            "categories": list(scheme.scale.categories),
            "basis": scheme.basis.kind,
            "subjects": scheme.subjects,
        },
        "findings": [
            _finding(each, scheme, told=told)
            for each, told in zip(report.findings, disclosed.told, strict=True)
        ],
        "tables": [table_record(each) for each in (*disclosed.tables, suggestions)],
        "forecast": _forecast(report.forecast, scheme),
        "persons": [_person(each, scheme) for each in report.persons]
        if opens(scheme, "person_views")
        else [],
        "safeguards": [_plain(asdict(each)) for each in gates],
        "declared": dict(report.declared),
        "versions": dict(report.versions),
        "seed": report.seed,
        "fingerprints": dict(report.fingerprints),
    }


def table_record(table: Table) -> dict[str, Any]:
    """Give a table as plain values.

    Parameters
    ----------
    table : Table

    Returns
    -------
    dict
    """
    return {
        "name": table.name,
        "title": table.title,
        "columns": list(table.columns),
        "rows": _plain(table.rows),
    }


def _finding(finding: Finding, scheme: Scheme, *, told: bool) -> dict[str, Any]:
    # An effect of three people, with its interval, would tell what happened to each.
    boundary = finding.boundary
    n_group, n_reference = map(int, finding.n) if told else (None, None)
    return {
        "check": finding.check,
        "kind": finding.kind,
        "verdict": finding.verdict,
        "mechanisms": [{"slug": slug, "weight": _plain(weight)} for slug, weight in finding.mechanisms],
        "group": _group(finding.group),
        "reference": _group(finding.reference),
        "indicator": finding.indicator,
        "boundary": None
        if boundary is None
        else {"index": boundary, "label": scheme.scale.boundary_label(boundary)},
        "effect": _plain(asdict(finding.effect)) if told and finding.effect else None,
        "p_adjusted": _plain(finding.p_adjusted) if told else None,
        "detectable": _plain(finding.detectable) if told else None,
        "n": {"group": n_group, "reference": n_reference},
        "evidence": [_plain(asdict(each)) for each in finding.evidence] if told else [],
        "next_step": finding.next_step,
    }


def _forecast(forecast: Mapping[str, Any], scheme: Scheme) -> dict[str, Any]:
    """Give the summary of the forecast without a share that counts a few people."""
    share, n = forecast.get(_LEFT_TO_A_PERSON), forecast.get("rows", 0)
    shown = dict(forecast)
    if share is not None and any(hides_count(scheme, round(each * n)) for each in (share, 1 - share)):
        del shown[_LEFT_TO_A_PERSON]
    return {name: _plain(value) for name, value in shown.items()}


def _group(group: Group) -> list[dict[str, str]]:
    return [{"attribute": attribute, "value": value} for attribute, value in group]


def _person(view: PersonView, scheme: Scheme) -> dict[str, Any]:
    return {
        "subject": view.subject,
        "period": view.period,
        "category": scheme.scale.categories[view.category],
        "boundary": {"index": view.boundary, "label": scheme.scale.boundary_label(view.boundary)},
        "base_value": _plain(view.base_value),
        "contributions": [
            {"indicator": indicator, "value": value, "source": source, "shap": _plain(shap)}
            for indicator, value, source, shap in view.contributions
        ],
        "forecast": _plain(view.forecast),
        "target": view.target,
    }


def _plain(value: Any) -> Any:
    """Turn NumPy and dataclass values into JSON's own; a number that does not exist becomes None."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(v) for v in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str):
        return value
    raise ScsError(
        f"an audit holds plain values only, and {type(value).__name__} is none",
        where=repr(value)[:100],
        remedy="give text or a number",
    )
