"""From file names to the case that is audited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scs_ml.core import AuditCase, Progress
from scs_ml.data import load_frame, read_answers, read_ledger
from scs_ml.exceptions import ScsError
from scs_ml.schemes import Scheme, load_scheme, scheme_fingerprint
from scs_ml.storage import Bundle, load_bundle
from scs_ml.workflow.auditing import case_of_existing_score, case_of_forecaster
from scs_ml.workflow.preparing import prepare_as
from scs_ml.workflow.recording import NOBODY, Recorder
from scs_ml.workflow.stages import stage
from scs_ml.workflow.unseen import unseen_rows


@dataclass(frozen=True)
class Source:
    """The files of an audit, and how to read them: see `scs_ml.workflow.audit_table`."""

    scheme: str | Path | Scheme
    table: Path
    bundle: Path | None = None
    score_column: str | None = None
    ledger: Path | None = None
    verified: Path | None = None
    key: bytes | None = None
    row_filter: str | None = None
    background: Path | None = None


def read_case(
    source: Source,
    *,
    seed: int = 0,
    recorder: Recorder = NOBODY,
    progress: Progress | None = None,
) -> tuple[AuditCase, Bundle | None]:
    """Read what is to be audited, and forecast and explain it.

    Parameters
    ----------
    source : Source
    seed : int
        Seeds everything that draws.
    recorder : Recorder
        What is read is recorded with it.

    Returns
    -------
    AuditCase
    Bundle or None
        The bundle whose forecaster is audited; None for a recorded score.

    Raises
    ------
    ScsError
        If an input is not what the scheme says, or the bundle belongs to another scheme or has learned from
        all rows.
    """
    declared = source.scheme if isinstance(source.scheme, Scheme) else load_scheme(source.scheme)
    scheme = declared
    if source.score_column is not None:
        scheme = with_score(scheme, source.score_column)
    bundle = None if source.bundle is None else load_bundle(source.bundle)
    if bundle is not None:
        _same_scheme(bundle, scheme)
    with stage(progress, "read"):
        dataset = recorder.read_table(
            source.table, scheme, key=source.key, row_filter=source.row_filter, declared=declared
        )
        ledger = (
            None
            if source.ledger is None
            else read_ledger(source.ledger, scheme, dataset, key=source.key, withdrawn=recorder.withdrawn())
        )
        verified = None if source.verified is None else read_answers(source.verified, scheme)
        background = None if source.background is None else load_frame(source.background)[0]
    for role in ("ledger", "verified", "background"):
        recorder.read_beside(getattr(source, role), role)
    if bundle is None:
        case = case_of_existing_score(
            dataset,
            scheme,
            ledger=ledger,
            verified=verified,
            name=source.score_column or scheme.roles.score or scheme.roles.category or "score",
            seed=seed,
            progress=progress,
        )
        return replace(case, background=background), None
    prepared = prepare_as(bundle.manifest, dataset, scheme, ledger, seed=seed)
    unseen = unseen_rows(prepared.dataset, scheme, bundle.manifest, row_filter=source.row_filter)
    calibration = unseen.calibration
    if calibration is not None:
        calibration = prepared.certain(calibration)
    case = case_of_forecaster(
        bundle.forecaster,
        unseen.test,
        scheme,
        calibration=calibration,
        ledger=prepared.ledger,
        verified=verified,
        name=str(bundle.manifest["metadata"].get("family", "bundle")),
        seed=seed,
        progress=progress,
    )
    if prepared.recorded is not None:
        recorded = unseen_rows(prepared.recorded, scheme, bundle.manifest, row_filter=source.row_filter).test
        case = replace(case, recorded=recorded)
    doubts = prepared.doubts(case.dataset)
    if doubts.any():
        decided = doubts if case.forecast.abstains is None else case.forecast.abstains | doubts
        case = replace(case, forecast=replace(case.forecast, abstains=decided))
    return replace(case, history=prepared.dataset, background=background), bundle


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


def _same_scheme(bundle: Bundle, scheme: Scheme) -> None:
    theirs, ours = scheme_fingerprint(bundle.scheme), scheme_fingerprint(scheme)
    if theirs != ours:
        raise ScsError(
            "the bundle was trained with another scheme",
            where=f"bundle {bundle.scheme.name} ({theirs[:12]}), given {scheme.name} ({ours[:12]})",
            remedy="audit with the scheme.yaml that lies in the bundle, or train again",
        )
