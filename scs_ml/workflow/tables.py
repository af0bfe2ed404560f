"""Audit a table that nobody here made: from file names to a run folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from scs_ml.audit import verification_plan
from scs_ml.core import AuditCase, AuditReport, GateRecord, Progress
from scs_ml.data import read_answers, read_ledger, read_table
from scs_ml.exceptions import ScsError
from scs_ml.report import write_report
from scs_ml.safeguards import opens
from scs_ml.schemes import Scheme, load_scheme, scheme_fingerprint
from scs_ml.storage import Bundle, atomic_file, load_bundle, require_replaceable
from scs_ml.workflow.auditing import audit, case_of_existing_score, case_of_forecaster
from scs_ml.workflow.stages import stage
from scs_ml.workflow.unseen import bundle_leaderboard, unseen_rows

PLAN = "verification_plan.csv"


@dataclass(frozen=True)
class Run:
    """A finished audit: the report, its folder, and the cases to look up where a check asks for some."""

    report: AuditReport
    folder: Path
    plan: Path | None


def audit_table(
    scheme: str | Path | Scheme,
    table: Path,
    out: Path,
    *,
    bundle: Path | None = None,
    score_column: str | None = None,
    ledger: Path | None = None,
    verified: Path | None = None,
    key: bytes | None = None,
    row_filter: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Run:
    """Read, audit and report, from file names.

    Parameters
    ----------
    scheme : str, Path or Scheme
        Built-in name, YAML file, or the scheme itself.
    table : Path
        CSV or Parquet.
    out : Path
        Run folder to write; an older run there is replaced as a whole, anything else is left alone.
    bundle : Path, optional
        Audit this bundle's forecaster; otherwise the recorded score is audited.
    score_column : str, optional
        Column that holds the score or category, where it is not the one the scheme names.
    ledger, verified : Path, optional
        Events, and answers to an earlier verification plan.
    key : bytes, optional
        Of the pseudonyms; the default key file where one is needed and none is given.
    row_filter : str, optional
        Named row filter of the scheme.
    seed : int
        Seeds everything that draws.

    Returns
    -------
    Run

    Raises
    ------
    ScsError
        If an input is not what the scheme says, the bundle belongs to another scheme or has learned from
        all rows, or the run folder holds something else.
    """
    _free_to_write(out, verified)
    loaded = scheme if isinstance(scheme, Scheme) else load_scheme(scheme)
    if score_column is not None:
        loaded = with_score(loaded, score_column)
    opened = None if bundle is None else load_bundle(bundle)
    if opened is not None:
        _same_scheme(opened, loaded)
    with stage(progress, "read"):
        dataset = read_table(table, loaded, key=key, row_filter=row_filter)
        events = None if ledger is None else read_ledger(ledger, loaded, dataset, key=key)
        answers = None if verified is None else read_answers(verified, loaded)
    if opened is None:
        case = case_of_existing_score(
            dataset,
            loaded,
            ledger=events,
            verified=answers,
            name=score_column or loaded.roles.score or loaded.roles.category or "score",
            seed=seed,
            progress=progress,
        )
    else:
        unseen = unseen_rows(dataset, loaded, opened.manifest, row_filter=row_filter)
        case = case_of_forecaster(
            opened.forecaster,
            unseen.test,
            loaded,
            calibration=unseen.calibration,
            ledger=events,
            verified=answers,
            name=str(opened.manifest["metadata"].get("family", "bundle")),
            seed=seed,
            progress=progress,
        )
    leaderboard = None if opened is None else bundle_leaderboard(opened.manifest)
    history = dataset if opened is None else None
    report = audit(case, leaderboard=leaderboard, history=history, seed=seed, progress=progress)
    plan = _plan(case, report, seed)
    if plan is not None:
        drawn = GateRecord(
            "verification_sample", "kept", f"{len(plan)} events are named in {PLAN}", rows=len(plan)
        )
        report = replace(report, safeguards=(*report.safeguards, drawn))
    with stage(progress, "report"):
        folder = write_report(report, out)
    if plan is None:
        return Run(report, folder, None)
    with atomic_file(folder / PLAN) as temporary:
        plan.to_csv(temporary, index=False)
    return Run(report, folder, folder / PLAN)


def with_score(scheme: Scheme, column: str) -> Scheme:
    """Give the scheme with another column as the score (a scale with lower bounds) or as the category.

    Parameters
    ----------
    scheme : Scheme
        Stays as it is.
    column : str
        Column of the table.

    Returns
    -------
    Scheme
    """
    if column in (scheme.roles.score, scheme.roles.category):
        return scheme
    role = "category" if scheme.scale.lower_bounds is None else "score"
    roles = scheme.roles.model_copy(update={"score": None, "category": None, role: column})
    return scheme.model_copy(update={"roles": roles})


def _free_to_write(out: Path, verified: Path | None) -> None:
    """Refuse, before any work, a folder that cannot be written or must not be replaced."""
    require_replaceable(out, "audit.json")
    there = next(each for each in (out.absolute(), *out.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ScsError("no folder can be written there", where=str(out), remedy="give another one with -o")
    if verified is not None and out.resolve() in verified.resolve().parents:
        raise ScsError(
            "the answers lie in the run folder that would be replaced",
            where=str(verified),
            remedy="give another run folder with -o, or move the answers",
        )


def _same_scheme(bundle: Bundle, scheme: Scheme) -> None:
    theirs, ours = scheme_fingerprint(bundle.scheme), scheme_fingerprint(scheme)
    if theirs != ours:
        raise ScsError(
            "the bundle was trained with another scheme",
            where=f"bundle {bundle.scheme.name} ({theirs[:12]}), given {scheme.name} ({ours[:12]})",
            remedy="audit with the scheme.yaml that lies in the bundle, or train again",
        )


def _plan(case: AuditCase, report: AuditReport, seed: int) -> pd.DataFrame | None:
    """Draw the verification sample, where a check can use one, has no answers yet, and cases may be named."""
    if case.ledger is None or case.verified is not None or not opens(case.scheme, "verification_pages"):
        return None
    plan = verification_plan(case, report.findings, seed=seed)
    return None if plan.empty else plan
