"""A verification sample: which events to look up, and which were answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.groups import NO, YES
from scs_ml.audit.judge import standard_deviation
from scs_ml.audit.points import Booked, booked
from scs_ml.core import AuditCase, Bools, Ints
from scs_ml.exceptions import ScsError
from scs_ml.inference import mean_contrast
from scs_ml.safeguards import require_open

LIMIT = 200  # look-ups that an office can be asked for
PLAN_COLUMNS = ("event", "subject", "period", "indicator", "stratum", "why")


@dataclass(frozen=True)
class Suspicion:
    """A situation and an indirect indicator that may mistake it for conduct.

    `gap` is the triage: ill minus not ill, in SD, of the indicator's SHAP values where it is explained,
    else of the points it booked; below zero the people in the situation fare worse through it.
    """

    situation: str
    indicator: str
    gap: float
    low: float
    high: float
    stage: str


def suspicions(case: AuditCase, book: Booked | None) -> tuple[Suspicion, ...]:
    """List every illness with every indirect indicator, the most suspicious first.

    Parameters
    ----------
    case : AuditCase
    book : Booked or None

    Returns
    -------
    tuple of Suspicion
        Empty without a situation of kind illness with people on both sides, an indirect indicator, or
        anything that shows the indicator's effect.
    """
    present = set(case.dataset.situations)
    kinds = [s.name for s in case.scheme.situations if s.kind == "illness" and s.name in present]
    found = []
    for situation in kinds:
        for indicator in case.scheme.indicators:
            if indicator.kind == "indirect":
                triage = _triage(case, book, situation, indicator.name)
                if triage is not None:
                    found.append(triage)
    return tuple(sorted(found, key=lambda s: (s.gap, s.situation, s.indicator)))


def verification_plan(case: AuditCase, *, limit: int = LIMIT, seed: int = 0) -> pd.DataFrame:
    """Draw the events whose answers would settle whether an illness is misread.

    Every indirect indicator through which people in a situation fare worse, beyond chance, is sampled with
    its most suspicious illness (without any such, the most suspicious pair): true conduct through one must
    not hide what is misread through another. They share the look-ups equally. Of each, events in force are
    drawn at random within the people in the situation and the others, half and half (one stratum's unused
    half goes to the other).

    Parameters
    ----------
    case : AuditCase
        With a ledger.
    limit : int
        Most look-ups, at most 200.
    seed : int
        The same seed draws the same events.

    Returns
    -------
    DataFrame
        ``event``, ``subject``, ``period``, ``indicator``, ``stratum`` (the situation: yes or no) and
        ``why``; empty where there is nothing to verify.

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
    suspected = suspicions(case, book)
    if book is None:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in PLAN_COLUMNS})
    rng = np.random.default_rng(seed)
    plans: list[pd.DataFrame] = []
    worth = _worth_verifying(book, suspected)
    for place, each in enumerate(worth):
        left = limit - sum(map(len, plans))
        plans.append(_sample(book, each, left // (len(worth) - place), rng))
    if not plans:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in PLAN_COLUMNS})
    return pd.concat(plans, ignore_index=True)


def _worth_verifying(book: Booked, suspected: Sequence[Suspicion]) -> list[Suspicion]:
    """One suspicion for each indicator that takes more from people in the situation; at least the first."""
    found: dict[str, Suspicion] = {}
    for each in suspected:
        if each.indicator not in found and _strata(book, each.situation, each.indicator)[1].any():
            found[each.indicator] = each
    return [each for place, each in enumerate(found.values()) if place == 0 or each.high < 0]


def _sample(book: Booked, each: Suspicion, limit: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw events of one suspicion, half from each stratum."""
    inside, chosen = _strata(book, each.situation, each.indicator)
    strata = [np.flatnonzero(chosen & inside), np.flatnonzero(chosen & ~inside)]
    # Sorted by id, so that the draw does not depend on the order of the file.
    strata = [
        s[np.argsort(book.events["event"].to_numpy(dtype=object)[s].astype(str), kind="stable")]
        for s in strata
    ]
    first = min(len(strata[0]), max(limit - limit // 2, limit - len(strata[1])))
    sizes = first, min(len(strata[1]), limit - first)
    drawn = np.concatenate(
        [rng.choice(s, size, replace=False) for s, size in zip(strata, sizes, strict=True)]
    )
    events = book.events.iloc[drawn]
    labels = dict(enumerate(book.dataset.periods))
    code = events["period"].to_numpy(dtype=np.int64)
    triage = f"{each.stage} {each.gap:+.3f} SD"
    why = f"Did it happen? {each.indicator} may mistake {each.situation} for conduct ({triage})."
    return pd.DataFrame(
        {
            "event": events["event"].to_numpy(dtype=object).astype(str),
            "subject": events["subject"].to_numpy(dtype=object).astype(str),
            "period": [
                labels.get(int(c), f"{-int(c)} periods before {labels.get(0, 'the first')}") for c in code
            ],
            "indicator": each.indicator,
            "stratum": np.where(inside[drawn], f"{each.situation} = {YES}", f"{each.situation} = {NO}"),
            "why": why,
        }
    )


def _strata(book: Booked, situation: str, indicator: str) -> tuple[Bools, Bools]:
    """Which events' subjects are in the situation; which events are the indicator's and in force: (e,)."""
    inside = book.dataset.situations[situation].to_numpy(dtype=bool)[book.events["at"].to_numpy()]
    return inside, book.of_indicator(indicator) & book.events["in_force"].to_numpy(dtype=bool)


def _triage(case: AuditCase, book: Booked | None, situation: str, indicator: str) -> Suspicion | None:
    explanation = case.explanation
    if explanation is not None and indicator in explanation.feature_names:
        deviation = standard_deviation(explanation.raw.mean(axis=1))
        values = explanation.values[:, explanation.feature_names.index(indicator)].mean(axis=1) / deviation
        dataset, stage = case.dataset.take(explanation.rows), "SHAP gap"
    elif book is not None and book.score_sd > 0:
        values = book.points(book.of_indicator(indicator)) / book.score_sd
        dataset, stage = book.dataset, "points gap"
    else:
        return None
    inside = dataset.situations[situation].to_numpy(dtype=bool)
    if not inside.any() or inside.all() or not np.isfinite(values).all():
        return None
    estimate = mean_contrast(values, inside, ~inside, dataset.cluster)
    half = float(stats.norm.isf(0.025) * estimate.se[0])
    gap = float(estimate.value[0])
    return Suspicion(situation, indicator, gap, gap - half, gap + half, stage)


def answered_events(case: AuditCase, book: Booked, suspicion: Suspicion) -> tuple[Ints, Bools]:
    """Positions of the suspicion's events in force that were looked up, and whether each happened."""
    if case.verified is None:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
    answers = case.verified.answers.drop_duplicates("event").set_index("event")["happened"]
    _, chosen = _strata(book, suspicion.situation, suspicion.indicator)
    at = np.flatnonzero(chosen & book.events["event"].isin(answers.index).to_numpy(dtype=bool))
    return at, answers.reindex(book.events["event"].iloc[at]).to_numpy(dtype=bool)
