"""Audit a table that nobody here made: from file names to a run folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from scs_ml.audit import run_checks, verification_plan, wronged_people
from scs_ml.audit.sampling import LIMIT
from scs_ml.core import AuditCase, AuditReport, GateRecord, Progress
from scs_ml.exceptions import ScsError
from scs_ml.report import run_record, write_report, write_run_record
from scs_ml.safeguards import may_publish, opens, require_open
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.storage import Bundle, atomic_file, require_replaceable, write_csv
from scs_ml.workflow.auditing import audit
from scs_ml.workflow.reading import Source, read_case
from scs_ml.workflow.recording import NOBODY, Recorder, everyone, file_sha256
from scs_ml.workflow.run_inputs import inputs_of
from scs_ml.workflow.stages import stage
from scs_ml.workflow.unseen import bundle_drift, bundle_leaderboard

PLAN, WRONGED = "verification_plan.csv", "wronged_people.csv"


@dataclass(frozen=True)
class Run:
    """A finished audit: the report and its folder.

    `plan` are the cases to look up, where that would settle something; `wronged` the people who would have a
    better category without what was flagged, where persons may be shown.
    """

    report: AuditReport
    folder: Path
    plan: Path | None
    wronged: Path | None = None


@dataclass(frozen=True)
class Audited:
    """An audit before it is written; `bundle` is what was audited, `plan` and `wronged` as of `Run`."""

    case: AuditCase
    report: AuditReport
    bundle: Bundle | None
    plan: pd.DataFrame | None
    wronged: pd.DataFrame | None


def audit_table(
    scheme: str | Path | Scheme,
    table: Path,
    out: Path,
    *,
    bundle: Path | None = None,
    score_column: str | None = None,
    ledger: Path | None = None,
    verified: Path | None = None,
    background: Path | None = None,
    key: bytes | None = None,
    row_filter: str | None = None,
    seed: int = 0,
    recorder: Recorder = NOBODY,
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
    background : Path, optional
        Rows with which the office explains the score by comparison, in the table's columns.
    key : bytes, optional
        Of the pseudonyms; the default key file where one is needed and none is given.
    row_filter : str, optional
        Named row filter of the scheme.
    seed : int
        Seeds everything that draws.
    recorder : Recorder
        Of the house's records, where it keeps some.

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
    declared = scheme if isinstance(scheme, Scheme) else load_scheme(scheme)
    source = Source(declared, table, bundle, score_column, ledger, verified, key, row_filter, background)
    audited = audit_source(source, seed=seed, recorder=recorder, progress=progress)
    case, report = audited.case, audited.report
    tables = {PLAN: audited.plan, WRONGED: audited.wronged}
    persons = {name: each for name, each in tables.items() if each is not None}
    _free_to_write(out, verified)
    recorder.will_write(
        out,
        "run",
        declared,
        everyone(case).subject,
        person_level=bool(report.persons or persons),
    )
    with stage(progress, "report"):

        def beside(temporary: Path) -> None:
            for name, frame in persons.items():
                write_csv(frame, temporary / name)
            record = run_record(
                "audit",
                declared,
                inputs_of(source, case, audited.bundle, out),
                seed=seed,
                options={"score_column": score_column},
                people=recorder.people(everyone(case)),
                audit_sha256=file_sha256(temporary / "audit.json"),
                row_filter=row_filter,
            )
            write_run_record(record, temporary)

        folder = write_report(report, out, beside=beside)
    plan_path, wronged_path = (folder / name if name in persons else None for name in (PLAN, WRONGED))
    recorder.audited(case, report, folder, bundle=audited.bundle, seed=seed)
    return Run(report, folder, plan_path, wronged_path)


def audit_source(
    source: Source, *, seed: int = 0, recorder: Recorder = NOBODY, progress: Progress | None = None
) -> Audited:
    """Read and audit, and write nothing.

    Parameters
    ----------
    source : Source
    seed : int
        Seeds everything that draws.
    recorder : Recorder
        What is read is recorded with it.

    Returns
    -------
    Audited

    Raises
    ------
    ScsError
        As `audit_table`.
    """
    case, opened = read_case(source, seed=seed, recorder=recorder, progress=progress)
    leaderboard = None if opened is None else bundle_leaderboard(opened.manifest)
    history = case.history if opened is None else None
    report = audit(case, leaderboard=leaderboard, history=history, seed=seed, progress=progress)
    if opened is not None:
        by = GateRecord("signature", "kept", f"the bundle is signed by {opened.signed_by}")
        if opened.signed_by is None:
            by = GateRecord("signature", "recorded", "nobody signed the bundle")
        report = replace(
            report,
            tables=(*report.tables, *bundle_drift(opened.manifest)),
            safeguards=(*report.safeguards, by),
        )
    plan = _plan(case, report, seed)
    if plan is not None:
        drawn = GateRecord(
            "verification_sample", "kept", f"{len(plan)} events are named in {PLAN}", rows=len(plan)
        )
        report = replace(report, safeguards=(*report.safeguards, drawn))
    return Audited(case, report, opened, plan, _wronged(case, report))


def plan_table(
    source: Source,
    out: Path,
    *,
    limit: int = LIMIT,
    seed: int = 0,
    recorder: Recorder = NOBODY,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Draw a verification sample, from file names, and write it.

    Parameters
    ----------
    source : Source
        With a ledger.
    out : Path
        CSV file to write.
    limit : int
        Most look-ups, at most 200.
    seed : int
        Seeds the audit and the draw.
    recorder : Recorder
        Of the house's records, where it keeps some.

    Returns
    -------
    DataFrame
        As `scs_ml.audit.verification_plan` gives it.

    Raises
    ------
    SafeguardError
        If the basis opens no verification pages.
    ScsError
        If an input is not what the scheme says, or there is nothing that look-ups could settle.
    """
    case, opened = read_case(source, seed=seed, recorder=recorder, progress=progress)
    require_open(case.scheme, "verification_pages")
    report = run_checks(case, seed=seed, progress=progress)
    plan = verification_plan(case, report.findings, limit=limit, seed=seed)
    if plan.empty:
        raise ScsError(
            "no look-up would settle anything here",
            where=f"{len(report.findings)} findings",
            remedy="audit without a verification sample; each finding says what would settle it",
        )
    recorder.will_write(out, "plan", case.scheme, case.dataset.subject)
    with atomic_file(out) as temporary:
        write_csv(plan, temporary)
    recorder.done(
        "review",
        dataset=case.dataset,
        run=recorder.run_of(out),
        **recorder.signed(opened),
        seed=seed,
        cases=len(plan),
    )
    return plan


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


def _plan(case: AuditCase, report: AuditReport, seed: int) -> pd.DataFrame | None:
    """Draw the verification sample, where a check can use one, has no answers yet, and cases may be named."""
    if case.ledger is None or case.verified is not None or not opens(case.scheme, "verification_pages"):
        return None
    plan = verification_plan(case, report.findings, seed=seed)
    return None if plan.empty else plan


def _wronged(case: AuditCase, report: AuditReport) -> pd.DataFrame | None:
    """Say who was wronged, of those of whom it may be published; ordered by pseudonym, which ranks nobody."""
    if not opens(case.scheme, "person_views"):
        return None
    people = wronged_people(case, report.findings)
    people = people[people["subject"].isin(may_publish(case.scheme, case.dataset))]
    return None if people.empty else people.sort_values("subject", ignore_index=True)
