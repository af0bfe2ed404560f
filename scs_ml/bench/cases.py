"""From a simulated world to what an auditor would hold: a table, a ledger, answers to 200 look-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scs_ml.audit import verification_plan
from scs_ml.bench.design import BenchWorld
from scs_ml.core import LAGS, AuditCase, Dataset, Finding, Forecast, Ints, Ledger
from scs_ml.data import pair, read_answers, read_ledger, read_table
from scs_ml.explain import explain
from scs_ml.forecast import FORECASTERS, forecast_categories
from scs_ml.safeguards import PUBLIC_KEY, pseudonymise
from scs_ml.schemes import Scheme
from scs_ml.workflow.candidates import make
from scs_ml.worlds import World, office_answers, simulate

FLIP_DRAWS = 20  # repeated measurements: the risk is no subject of the bench
ARMS = ("table", "ledger", "answers")  # what the office hands over, each with all that stands before it


@dataclass(frozen=True)
class Held:
    """A world as read, and the case of its audit.

    Attributes
    ----------
    world : World
    scheme : Scheme
    panel : Dataset
        All rows, in the order of the world's table.
    audited : ndarray of int (m,)
        Position in the panel of each row that the case audits.
    ledger : Ledger
    case : AuditCase
        With neither ledger nor answers.
    """

    world: World
    scheme: Scheme
    panel: Dataset
    audited: Ints
    ledger: Ledger
    case: AuditCase


def hold(bench: BenchWorld) -> Held:
    """Simulate a world and put together the audit of its score, or of a model of it.

    The recorded score is audited at the last quarter, without a model. A model learns, from the latest
    quarter whose outcome was known by then, to forecast the next quarter's category; it is audited at the
    last quarter whose outcome is recorded, and explained against the background that comes with the world.

    Parameters
    ----------
    bench : BenchWorld

    Returns
    -------
    Held

    Raises
    ------
    ScsError
        If the strength cannot be reached in this world.
    """
    world = simulate(bench.settings())
    scheme = world.scheme
    history = read_table(world.table, scheme, key=PUBLIC_KEY)
    ledger = read_ledger(world.ledger, scheme, history, key=PUBLIC_KEY)
    last = int(history.period.max())
    rows = np.flatnonzero(history.period == (last if bench.model == "score" else last - scheme.horizon))
    at = _positions(world, history)
    if bench.model == "score":
        case = _of_score(history.take(rows), scheme)
    else:
        case = _of_model(bench, world, history, rows, at[rows])
    return Held(world, scheme, history.take(np.argsort(at)), at[rows], ledger, replace(case, history=history))


def looked_up(held: Held, findings: Sequence[Finding], *, seed: int) -> AuditCase:
    """Give the case with the ledger and the answers to a verification sample of at most 200 events.

    Parameters
    ----------
    held : Held
    findings : sequence of Finding
        Of the audit with the ledger: what the look-ups have to settle.
    seed : int
        Draws the sample.
    """
    booked = with_ledger(held)
    plan = verification_plan(booked, findings, seed=seed)
    answers = office_answers(held.world, plan["event"], seed=seed)
    return replace(booked, verified=read_answers(answers, held.scheme))


def with_ledger(held: Held) -> AuditCase:
    """Give the case with the ledger."""
    return replace(held.case, ledger=held.ledger)


def _positions(world: World, panel: Dataset) -> Ints:
    """Find the row of the world's table behind each row of the panel."""
    people = pseudonymise(world.table["person"].to_numpy(dtype=object), PUBLIC_KEY)
    quarters = pd.Index(panel.periods).get_indexer(pd.Index(world.table["quarter"]))
    theirs = pd.MultiIndex.from_arrays([people.astype(object), quarters])
    ours = pd.MultiIndex.from_arrays([panel.subject.astype(object), panel.period])
    return theirs.get_indexer(ours).astype(np.int64)


def _of_score(last: Dataset, scheme: Scheme) -> AuditCase:
    assert last.score is not None  # noqa: S101 - `hold` has looked
    forecast = Forecast(last.category, last.score, "existing score", "score")
    return AuditCase(scheme, last, forecast, None)


def _of_model(bench: BenchWorld, world: World, panel: Dataset, rows: Ints, at: Ints) -> AuditCase:
    scheme = world.scheme
    paired = pair(panel, scheme)
    if not bench.lag:
        paired = replace(paired, X=paired.X.drop(columns=[name for name in LAGS if name in paired.X]))
    test = paired.take(rows)
    learned = paired.take(paired.period == test.period[0] - scheme.horizon)
    forecaster = make(FORECASTERS[bench.model], scheme, bench.seed % 2**32)().fit(learned.X, learned.y)
    people = pd.Index(world.table["person"].to_numpy(dtype=object)[at])
    shown = people.get_indexer(pd.Index(world.background["person"].to_numpy(dtype=object)))
    background = test.X.iloc[shown].reset_index(drop=True)
    forecast = forecast_categories(forecaster, test, None, scheme=scheme, name=bench.model, draws=FLIP_DRAWS)
    explanation = explain(forecaster, test.X, background=background)
    return AuditCase(scheme, test, forecast, explanation, forecaster, background)
