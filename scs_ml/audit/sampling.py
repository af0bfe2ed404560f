"""The verification sample: which entries of the ledger a human should look up to settle the findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from scs_ml.audit.checks import CHECKS
from scs_ml.audit.points import Booked, booked
from scs_ml.audit.settling import Suspected, suspected
from scs_ml.audit.verification import (
    PLAN_COLUMNS,
    Suspicion,
    draw_events,
    sample_suspicion,
    suspicions,
    worth_verifying,
)
from scs_ml.core import AuditCase, Check, Finding
from scs_ml.exceptions import ScsError
from scs_ml.safeguards import require_open

LIMIT = 200  # look-ups that an office can be asked for

Draw = Callable[[Booked, int, np.random.Generator], pd.DataFrame]


def verification_plan(
    case: AuditCase,
    findings: Sequence[Finding] = (),
    *,
    checks: Mapping[str, Check] = CHECKS,
    limit: int = LIMIT,
    seed: int = 0,
) -> pd.DataFrame:
    """Draw the events whose answers would settle whether entries were false.

    Two things are sampled, and share the look-ups equally. Every indirect indicator through which people in
    an illness fare worse, beyond chance, with its most suspicious illness (without any such, the most
    suspicious pair): true conduct through one must not hide what is misread through another. And the entries
    that a finding suspects: those of at most four flags, or of findings that cannot tell, beside entries of
    the same indicators that it does not suspect. Of each, events in force are drawn at random, half and half
    (one side's unused half goes to the other).

    Parameters
    ----------
    case : AuditCase
        With a ledger.
    findings : sequence of Finding
        What `run_checks` found in the case without answers.
    checks : mapping of str to Check
        The checks that found it.
    limit : int
        Most look-ups, at most 200.
    seed : int
        The same seed draws the same events.

    Returns
    -------
    DataFrame
        ``event``, ``subject``, ``period``, ``indicator``, ``stratum`` (suspected or not; in the situation or
        not) and ``why``, one row per event; empty where there is nothing to verify.

    Raises
    ------
    SafeguardError
        If the basis opens no verification pages: the plan names cases.
    ScsError
        If `limit` is not within 1..200.
    """
    require_open(case.scheme, "verification_pages")
    if not 1 <= limit <= LIMIT:
        raise ScsError(
            f"A verification sample has 1 to {LIMIT} events; {limit} were asked for.",
            remedy="Ask for fewer: the limit is what an office can be expected to look up.",
        )
    book = booked(case)
    plans = [pd.DataFrame({name: pd.Series(dtype="str") for name in PLAN_COLUMNS})]
    if book is not None:
        draws: list[Draw] = [_of_situation(each) for each in worth_verifying(book, suspicions(case, book))]
        draws += [_of_finding(each) for each in suspected(case, book, findings, checks)]
        rng = np.random.default_rng(seed)
        for place, draw in enumerate(draws):
            left = limit - sum(map(len, plans))
            plans.append(draw(book, left // (len(draws) - place), rng))
    return pd.concat(plans, ignore_index=True).drop_duplicates("event", ignore_index=True)


def _of_situation(each: Suspicion) -> Draw:
    return lambda book, limit, rng: sample_suspicion(book, each, limit, rng)


def _of_finding(each: Suspected) -> Draw:
    labels = "suspected", "not suspected"
    return lambda book, limit, rng: draw_events(
        book, (each.suspects, each.others), labels, each.why, limit=limit, rng=rng
    )
