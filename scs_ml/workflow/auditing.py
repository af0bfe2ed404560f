"""Audit: a forecaster trained here, somebody else's classifier, or a score that already exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from scs_ml.audit import CHECKS, migration_table, run_checks
from scs_ml.core import (
    Answers,
    AuditCase,
    AuditReport,
    Dataset,
    Explanation,
    Forecast,
    Ledger,
    PersonView,
    Progress,
    Table,
)
from scs_ml.exceptions import ScsError
from scs_ml.explain import affordable_rows, explain, indirect_share, person_view, sample_rows
from scs_ml.forecast import Leaderboard, forecast_categories
from scs_ml.metrics.scales import even
from scs_ml.safeguards import (
    gate_dataset,
    gate_hearsay,
    gate_publication,
    gate_situations,
    gate_training,
    may_publish,
    opens,
    require_people,
)
from scs_ml.schemes import Scheme
from scs_ml.workflow.informants import informant_influence
from scs_ml.workflow.preparing import prepare
from scs_ml.workflow.situations import situation_effect
from scs_ml.workflow.surrogate import explain_existing_score
from scs_ml.workflow.uncertainty import sets_summary, uncertainty_tables
from scs_ml.workflow.withheld import withheld_effect

PERSONS_SHOWN = 3
SURROGATE_ROWS = 50_000  # of an existing score: what imitates it is boosting, which is explained exactly


def case_of_forecaster(
    forecaster: Any,
    test: Dataset,
    scheme: Scheme,
    *,
    calibration: Dataset | None = None,
    ledger: Ledger | None = None,
    verified: Answers | None = None,
    third_party: bool = False,
    name: str = "",
    max_explained: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> AuditCase:
    """Forecast and explain, and put together what the checks may see.

    Parameters
    ----------
    forecaster : fitted classifier
        Trained here, or anybody's scikit-learn classifier over the scheme's category codes.
    test : Dataset
        Rows the forecaster has not learned from, paired (their `y` is what is forecast).
    scheme : Scheme
        The scheme the dataset was read with.
    calibration : Dataset, optional
        Rows for the conformal sets; no sets without.
    ledger, verified : optional
        What the office holds: its events, and the answers to a verification sample.
    third_party : bool
        A model that exists already: a forbidden input is recorded, not refused.
    name : str
        What reports call it.
    max_explained : int, optional
        SHAP values are computed for a seeded sample of at most so many rows, and the report says how many. As
        many as take seconds when None (`affordable_rows`): 50,000 of most models.
    seed : int
        Seeds the sample, the conformal sets and the repeated measurement.

    Returns
    -------
    AuditCase
    """
    if third_party or not scheme.real_people:
        test = prepare(test, scheme, ledger, existing=True, seed=seed).dataset
    records = gate_training(scheme, tuple(test.X.columns), existing=third_party)
    records += gate_dataset(scheme, test, existing=third_party)
    gate_hearsay(scheme, test, existing=third_party)
    gate_situations(scheme, test, existing=third_party)
    rows = sample_rows(len(test), max_explained or affordable_rows(forecaster), seed=seed)
    explanation = explain(forecaster, test.X, rows=rows, seed=seed, progress=progress)
    share = np.full(len(test), np.nan)
    share[explanation.rows] = indirect_share(explanation, scheme)
    forecast = forecast_categories(
        forecaster,
        test,
        calibration,
        scheme=scheme,
        indirect_share=share,
        name=name or type(forecaster).__name__,
        seed=seed,
        progress=progress,
    )
    forecast = replace(forecast, origin="third party" if third_party else "forecaster")
    dataset = replace(test, gates=tuple(dict.fromkeys((*test.gates, *records))))
    return AuditCase(scheme, dataset, forecast, explanation, forecaster, None, ledger, verified)


def case_of_existing_score(
    dataset: Dataset,
    scheme: Scheme,
    *,
    ledger: Ledger | None = None,
    verified: Answers | None = None,
    name: str = "existing score",
    max_explained: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> AuditCase:
    """Put together the audit of a score that is in the table already; no model is needed.

    Parameters
    ----------
    dataset : Dataset
        As `scs_ml.data.read_table` gives it; a panel is audited at its last period with a recorded category.
    scheme : Scheme
        The scheme the dataset was read with.
    ledger, verified, name, max_explained, seed, progress
        As for `case_of_forecaster`.

    Returns
    -------
    AuditCase
        Its explanation is that of an out-of-fold surrogate, and says how faithful the surrogate is; none
        where there is nothing to imitate.

    Raises
    ------
    ScsError
        If no row has a recorded category.
    """
    known = np.flatnonzero(dataset.category >= 0)
    if not len(known):
        raise ScsError(
            "there is no recorded category to audit",
            where=f"{len(dataset):,} rows",
            remedy="name the score's column in the scheme (roles.score or roles.category) or with --score",
        )
    last = dataset.take(known[dataset.period[known] == dataset.period[known].max()])
    last = prepare(last, scheme, ledger, existing=True, seed=seed).dataset
    score = last.category.astype(np.float64) if last.score is None else last.score
    rows = sample_rows(len(last), max_explained or SURROGATE_ROWS, seed=seed)
    explanation = explain_existing_score(last, scheme, rows, seed=seed, progress=progress)
    forecast = Forecast(last.category, score, "existing score", name)
    records = gate_dataset(scheme, last, surrogate=True)
    last = replace(last, gates=tuple(dict.fromkeys((*last.gates, *records))))
    return AuditCase(scheme, last, forecast, explanation, None, None, ledger, verified, dataset)


def audit(
    case: AuditCase,
    *,
    leaderboard: Leaderboard | None = None,
    history: Dataset | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> AuditReport:
    """Run every check on a case and complete the report.

    Parameters
    ----------
    case : AuditCase
        From `case_of_forecaster` or `case_of_existing_score`.
    leaderboard : Leaderboard, optional
        Backtest of the families, where the forecaster was trained here.
    history : Dataset, optional
        The panel behind an existing score, whose last period is the case: for moves between categories.
    seed : int
        Seeds the checks.

    Returns
    -------
    AuditReport

    Raises
    ------
    SafeguardError
        If there are fewer than five rows, and the basis does not open person-level views.
    """
    require_people(case.scheme, len(case.dataset))
    report = run_checks(case, CHECKS, seed=seed, progress=progress)
    extra = [
        withheld_effect(case.scheme, case.dataset),
        situation_effect(case),
        informant_influence(case, seed=seed),
    ]
    if history is not None:
        extra.append(migration_table(history, case.scheme))
    return replace(
        report,
        forecast=forecast_summary(case.forecast, case.explanation, leaderboard, len(case.dataset)),
        persons=person_views(case),
        safeguards=(*report.safeguards, *gate_publication(case.scheme, case.dataset)),
        tables=(
            *report.tables,
            *(each for each in extra if each),
            *uncertainty_tables(case),
            *forecast_tables(leaderboard, case.scheme),
        ),
    )


def person_views(case: AuditCase) -> tuple[PersonView, ...]:
    """Explain the few persons nearest to a boundary, of those of whom something may be published."""
    if case.explanation is None or not opens(case.scheme, "person_views"):
        return ()
    forecast = case.explanation.raw + case.explanation.residual
    nearest = np.abs(forecast - even(case.explanation.target)).min(axis=1)
    rows = case.explanation.rows[np.argsort(nearest, kind="stable")]
    consents = may_publish(case.scheme, case.dataset)
    chosen = [row for row in rows if case.dataset.subject[row] in consents][:PERSONS_SHOWN]
    return tuple(
        person_view(case.explanation, case.dataset, case.forecast, case.scheme, int(position))
        for position in chosen
    )


def forecast_summary(
    forecast: Forecast, explanation: Explanation | None, leaderboard: Leaderboard | None, n_rows: int
) -> Mapping[str, Any]:
    """Say in plain values which forecast was audited, how it was explained and how the families did."""
    summary: dict[str, Any] = {"name": forecast.name, "origin": forecast.origin, "rows": n_rows}
    if forecast.sets is not None:
        summary["sets"] = sets_summary(forecast)
    if forecast.flip_risk is not None:
        summary["flip risk"] = float(np.nanmean(forecast.flip_risk))
    if forecast.indirect_share is not None:
        summary["indirect share"] = float(np.nanmean(forecast.indirect_share))
    if forecast.abstains is not None:
        summary["a person must decide"] = float(forecast.abstains.mean())
    if explanation is not None:
        summary["explanation"] = {
            "target": explanation.target,
            "engine": explanation.engine,
            "rows": len(explanation.rows),
            "additivity error": explanation.additivity_error,
            "background": explanation.background,
            "fidelity": None if explanation.fidelity is None else dict(explanation.fidelity),
        }
    if leaderboard is not None:
        summary["leaderboard"] = leaderboard.as_records()
    return summary


def forecast_tables(leaderboard: Leaderboard | None, scheme: Scheme) -> tuple[Table, ...]:
    """Give the leaderboard as tables of the report: its headline, and every figure."""
    return () if leaderboard is None else (leaderboard.as_table(), leaderboard.figures_table(scheme))
