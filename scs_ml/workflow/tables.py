"""Audit a table that nobody here made: from file names to a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scs_ml.audit import verification_plan
from scs_ml.core import AuditCase, AuditReport, Dataset, Progress
from scs_ml.data import read_answers, read_ledger, read_table, split_by_subject
from scs_ml.exceptions import ScsError
from scs_ml.forecast import Leaderboard
from scs_ml.report import write_report
from scs_ml.schemes import Scheme, load_scheme, scheme_fingerprint
from scs_ml.storage import Bundle, atomic_file, load_bundle
from scs_ml.workflow.auditing import audit, case_of_existing_score, case_of_forecaster, rows_to_test
from scs_ml.workflow.training import Trained, is_panel


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
        Run folder to write; replaced as a whole if it exists.
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
    """
    loaded = scheme if isinstance(scheme, Scheme) else load_scheme(scheme)
    if score_column is not None:
        loaded = with_score(loaded, score_column)
    dataset = read_table(table, loaded, key=key, row_filter=row_filter)
    events = None if ledger is None else read_ledger(ledger, loaded, dataset, key=key)
    answers = None if verified is None else read_answers(verified, loaded)
    leaderboard: Leaderboard | None = None
    if bundle is None:
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
        opened = load_bundle(bundle)
        _same_scheme(opened, loaded)
        case = case_of_forecaster(
            opened.forecaster,
            unseen_rows(dataset, loaded, opened.manifest),
            loaded,
            ledger=events,
            verified=answers,
            name=str(opened.manifest["metadata"].get("family", "bundle")),
            seed=seed,
            progress=progress,
        )
    report = audit(case, leaderboard=leaderboard, seed=seed, progress=progress)
    folder = write_report(report, out)
    return Run(report, folder, _write_plan(case, folder, seed))


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


def bundle_metadata(trained: Trained) -> Mapping[str, Any]:
    """Say in the bundle what was learned from, so that an audit finds the rows that were not."""
    return {
        "family": trained.name,
        "trained_on": trained.splits.train.fingerprint,
        "rows": len(trained.splits.train),
        "leaderboard": trained.leaderboard.as_records(),
    }


def unseen_rows(dataset: Dataset, scheme: Scheme, manifest: Mapping[str, Any]) -> Dataset:
    """Give the rows that the bundle's forecaster did not learn from.

    The last period of a panel; of a table with one period, all rows if it is another table than the one
    learned from, else the rows that the seeded split kept for testing.
    """
    rows = rows_to_test(dataset, scheme)
    same_table = manifest["metadata"].get("trained_on") == dataset.fingerprint
    if is_panel(dataset, scheme) or not same_table:
        return rows
    return split_by_subject(rows, seed=int(manifest["seed"]))[2]


def _same_scheme(bundle: Bundle, scheme: Scheme) -> None:
    theirs, ours = scheme_fingerprint(bundle.scheme), scheme_fingerprint(scheme)
    if theirs != ours:
        raise ScsError(
            "the bundle was trained with another scheme",
            where=f"bundle {bundle.scheme.name} ({theirs[:12]}), given {scheme.name} ({ours[:12]})",
            remedy="audit with the scheme.yaml that lies in the bundle, or train again",
        )


def _write_plan(case: AuditCase, folder: Path, seed: int) -> Path | None:
    """Write the verification sample beside the report, where a check can use one and has no answers yet."""
    if case.ledger is None or case.verified is not None:
        return None
    plan = verification_plan(case, seed=seed)
    if plan.empty:
        return None
    path = folder / "verification_plan.csv"
    with atomic_file(path) as temporary:
        plan.to_csv(temporary, index=False)
    return path
