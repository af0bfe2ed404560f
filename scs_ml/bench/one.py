"""One world of the bench, from its settings to flat records."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.audit import CHECKS, run_checks, wronged_people
from scs_ml.bench.cases import ARMS, Held, hold, looked_up, with_ledger
from scs_ml.bench.design import BenchWorld
from scs_ml.bench.limits import answers_statistic, limit_statistics
from scs_ml.bench.person import person_limit, precision_at_k, recategorised
from scs_ml.bench.rivals import rival_flags
from scs_ml.bench.seen import seen_of
from scs_ml.bench.truth import FROM_ZERO, right_group, right_indicator
from scs_ml.core import AuditCase, AuditReport, Finding, Group
from scs_ml.exceptions import ScsError
from scs_ml.worlds import MECHANISMS
from scs_ml.worlds.truth import SCORE_SD

Row = dict[str, Any]
MECHANISM_CHECKS = {name: check for name, check in CHECKS.items() if check.kind == "mechanism"}
DETAILED = 0.30  # strength from which wronged people are ranked


@dataclass(frozen=True)
class Outcome:
    """What one world gave: rows for `worlds` (one per arm), `findings` and `statistics` (of limits)."""

    worlds: list[Row]
    findings: list[Row]
    statistics: list[Row]


def bench_one(bench: BenchWorld, *, rivals: bool = True) -> Outcome:
    """Simulate and audit one world in every arm.

    Parameters
    ----------
    bench : BenchWorld
    rivals : bool
        Whether other tools look at the same case.

    Returns
    -------
    Outcome
        A world that cannot be simulated or audited gives one row with its error.
    """
    settings = _settings(bench)
    try:
        return _audited(bench, settings, rivals=rivals)
    except Exception as error:  # noqa: BLE001 - one world's failure is a result, and must not end the bench
        what = f"{type(error).__name__}: {error.what if isinstance(error, ScsError) else error}"
        return Outcome([{**settings, "arm": None, "error": what}], [], [])


def _settings(bench: BenchWorld) -> Row:
    row = asdict(bench)
    return {**row, "group": group_text(bench.group), "seed": str(bench.seed)}


def group_text(group: Group) -> str:
    """Write a group as ``attribute=value`` pairs."""
    return " & ".join(f"{name}={value}" for name, value in group)


def _audited(bench: BenchWorld, settings: Row, *, rivals: bool) -> Outcome:
    started = time.process_time()
    held = hold(bench)
    simulated = time.process_time() - started
    outcome = Outcome([], [], [])
    truth, seed = _truth(bench, held), bench.seed % 2**32
    report: AuditReport | None = None
    for arm in ARMS:
        started = time.process_time()
        case = _case(held, arm, report, seed=seed)
        # What an office adds to the table changes no difference between groups.
        report = run_checks(case, CHECKS if arm == "table" else MECHANISM_CHECKS, seed=seed)
        row = {
            **settings,
            "arm": arm,
            "error": None,
            "seconds_simulate": simulated,
            "seconds": time.process_time() - started,
            "difference_flags": len(report.flags("difference")) if arm == "table" else None,
            "look_ups": 0 if case.verified is None else len(case.verified.answers),
            **truth,
            **_verdict(bench, report),
        }
        if arm == "table" and rivals:
            row |= _rivals(case)
        if bench.kind == "mechanism" and bench.strength >= DETAILED:
            row |= _people(held, case, report)
        outcome.worlds.append(row)
        outcome.findings.extend(_finding_rows(bench, arm, report))
    outcome.statistics.extend(_limit_rows(bench, held))
    return outcome


def _case(held: Held, arm: str, before: AuditReport | None, *, seed: int) -> AuditCase:
    """Give the case of an arm; what the look-ups settle is what the arm before it found."""
    if arm == "answers":
        return looked_up(held, before.findings if before else (), seed=seed)
    return held.case if arm == "table" else with_ledger(held)


def _truth(bench: BenchWorld, held: Held) -> Row:
    planted = next(iter(held.world.truth.planted), None)
    row: Row = {"achieved": None if planted is None else planted.achieved, "true_effect": None}
    if bench.kind == "mechanism" and bench.slug and MECHANISMS[bench.slug].unit == SCORE_SD:
        members = held.case.dataset
        inside = np.ones(len(members), dtype=np.bool_)
        for name, value in bench.group:
            if name in members.sensitive:
                inside &= (members.sensitive[name] == value).to_numpy(dtype=np.bool_)
            else:
                inside &= members.situations[name].to_numpy(dtype=np.bool_)
        points = held.world.truth.points[bench.slug].to_numpy()[held.audited]
        score = held.world.table["score"].to_numpy()[held.audited]
        if inside.any() and not inside.all() and score.std() > 0:
            elsewhere = 0.0 if bench.slug in FROM_ZERO else points[~inside].mean()
            row["true_effect"] = float((points[inside].mean() - elsewhere) / score.std(ddof=1))
    return row


def _verdict(bench: BenchWorld, report: AuditReport) -> Row:
    """Say what the flags of kind `mechanism` got right; the first is the one that a report puts first."""
    flags = report.flags("mechanism")
    first = flags[0] if flags else None
    row: Row = {
        "mechanism_flags": len(flags),
        "found": False,
        "named": None if first is None or not first.mechanisms else first.mechanisms[0][0],
        "tied": None if first is None else " ".join(tied_slugs(first)),
        "cell_first": None,
        "attack_called": any("explanation_attack" in dict(f.mechanisms) for f in flags),
    }
    if bench.kind == "mechanism" and bench.slug and first is not None:
        row["found"] = any(right_group(f.group, bench.group) for f in flags)
        row["cell_first"] = right_group(first.group, bench.group) and right_indicator(
            bench.slug, bench.group, first.indicator, broad=bench.broad
        )
    return row


def tied_slugs(finding: Finding) -> tuple[str, ...]:
    """Give the mechanisms that a finding holds equally likely, the first-named included."""
    if not finding.mechanisms:
        return ()
    most = finding.mechanisms[0][1]
    return tuple(slug for slug, weight in finding.mechanisms if abs(weight - most) <= 1e-9)


def _finding_rows(bench: BenchWorld, arm: str, report: AuditReport) -> list[Row]:
    rows = []
    told = [f for f in report.findings if f.kind == "mechanism" and f.effect is not None]
    for rank, finding in enumerate(told):
        effect = finding.effect
        assert effect is not None  # noqa: S101 - just asked
        rows.append(
            {
                "id": bench.id,
                "arm": arm,
                "rank": rank,
                "check": finding.check,
                "group": group_text(finding.group),
                "indicator": finding.indicator,
                "verdict": finding.verdict,
                "effect": effect.value,
                "low": effect.low,
                "high": effect.high,
                "unit": effect.unit,
                "n_group": finding.n[0],
                "p_adjusted": finding.p_adjusted,
                "detectable": finding.detectable,
                "mechanisms": " ".join(f"{slug}:{weight:.4f}" for slug, weight in finding.mechanisms),
            }
        )
    return rows


def _limit_rows(bench: BenchWorld, held: Held) -> list[Row]:
    """Compute limit statistics: of the planted mechanism, of every one where nothing is planted."""
    if bench.kind == "decoy":
        return []
    slugs = MECHANISMS if bench.kind == "null" else (str(bench.slug),)
    table, ledger = seen_of(held, booked=False), seen_of(held, booked=True)
    rows = []
    for slug in slugs:
        shown = limit_statistics(slug, ledger)
        by_arm: Mapping[str, Mapping[str, float]] = {
            "table": limit_statistics(slug, table),
            "ledger": shown,
            "answers": shown | answers_statistic(slug, ledger, seed=bench.seed % 2**32),
        }
        for arm, values in by_arm.items():
            rows += [
                {"id": bench.id, "mechanism": slug, "arm": arm, "statistic": name, "value": value}
                for name, value in values.items()
            ]
    return rows


def _rivals(case: AuditCase) -> Row:
    return {f"rival {name}": bool(flag) for name, flag in rival_flags(case).items()}


def _people(held: Held, case: AuditCase, report: AuditReport) -> Row:
    """Rank wronged people as the audit does, beside the best ranking of who knows the mechanism."""
    slug = next(iter(held.world.settings.mechanisms))
    wronged = recategorised(held)
    row: Row = {"wronged": int(wronged.sum()), "precision_limit": None, "precision": None}
    row["precision_limit"] = person_limit(slug, seen_of(held, booked=case.ledger is not None), held)
    row["precision"] = precision_at_k(ranking_of(wronged_people(case, report.findings), case), wronged)
    return row


def ranking_of(people: pd.DataFrame, case: AuditCase) -> Any:
    """Turn a ranked list of wronged people into a value for each row of the case: (m,)."""
    order = pd.Series(np.arange(len(people), 0, -1, dtype=np.float64), index=people["subject"].astype(object))
    order = order[~order.index.duplicated()]
    return order.reindex(case.dataset.subject.astype(object)).fillna(0.0).to_numpy(dtype=np.float64)
