"""Whether an illness may be misread: what makes one suspect it, and which of its events were answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.groups import NO, YES
from scs_ml.audit.judge import standard_deviation
from scs_ml.audit.points import Booked
from scs_ml.audit.tracing import looked_up
from scs_ml.core import AuditCase, Bools, Floats, Ints
from scs_ml.inference import mean_contrast

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


def worth_verifying(book: Booked, suspected: Sequence[Suspicion]) -> list[Suspicion]:
    """One suspicion for each indicator that takes more from people in the situation; at least the first."""
    found: dict[str, Suspicion] = {}
    for each in suspected:
        if each.indicator not in found and _strata(book, each.situation, each.indicator)[1].any():
            found[each.indicator] = each
    return [each for place, each in enumerate(found.values()) if place == 0 or each.high < 0]


def sample_suspicion(book: Booked, each: Suspicion, limit: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw events of one suspicion, half from each stratum."""
    inside, chosen = _strata(book, each.situation, each.indicator)
    triage = f"{each.stage} {each.gap:+.3f} SD"
    why = f"Did it happen? {each.indicator} may mistake {each.situation} for conduct ({triage})."
    labels = f"{each.situation} = {YES}", f"{each.situation} = {NO}"
    return draw_events(book, (chosen & inside, chosen & ~inside), labels, why, limit=limit, rng=rng)


def draw_events(
    book: Booked,
    sides: tuple[Bools, Bools],
    labels: tuple[str, str],
    why: str,
    *,
    limit: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw events at random, half from each side; one side's unused half goes to the other.

    Indicators err differently, so the second side is drawn with the first one's mix of indicators.

    Parameters
    ----------
    book : Booked
    sides : two ndarrays of bool (e,)
        Events of the book to draw from.
    labels : two str
        What the plan calls the sides.
    why : str
    limit : int
    rng : Generator

    Returns
    -------
    DataFrame
        With the columns `PLAN_COLUMNS`.
    """
    # Sorted by id, so that the draw does not depend on the order of the file.
    names = book.events["event"].to_numpy(dtype=object).astype(str)
    strata = [np.flatnonzero(side) for side in sides]
    strata = [s[np.argsort(names[s], kind="stable")] for s in strata]
    first = min(len(strata[0]), max(limit - limit // 2, limit - len(strata[1])))
    sizes = first, min(len(strata[1]), limit - first)
    drawn = np.concatenate(
        [
            rng.choice(strata[0], sizes[0], replace=False),
            rng.choice(strata[1], sizes[1], replace=False, p=_as_mixed(book, *strata)),
        ]
    )
    events = book.events.iloc[drawn]
    periods = dict(enumerate(book.dataset.periods))
    code = events["period"].to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "event": names[drawn],
            "subject": events["subject"].to_numpy(dtype=object).astype(str),
            "period": [
                periods.get(int(c), f"{-int(c)} periods before {periods.get(0, 'the first')}") for c in code
            ],
            "indicator": events["indicator"].to_numpy(dtype=object).astype(str),
            "stratum": np.repeat(labels, sizes),
            "why": why,
        }
    )


def _as_mixed(book: Booked, first: Ints, second: Ints) -> Floats | None:
    """Chance (s,) of each event of the second side, so that indicators come up as often as on the first."""
    codes, names = pd.factorize(book.events["indicator"])
    wanted = np.bincount(codes[first], minlength=len(names)) + np.finfo(np.float64).tiny
    weight = (wanted / np.maximum(np.bincount(codes[second], minlength=len(names)), 1))[codes[second]]
    return None if not len(second) else weight / weight.sum()


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
    answers = looked_up(case)
    _, chosen = _strata(book, suspicion.situation, suspicion.indicator)
    at = np.flatnonzero(chosen & book.events["event"].isin(answers.index).to_numpy(dtype=bool))
    return at, answers.reindex(book.events["event"].iloc[at]).to_numpy(dtype=np.float64) > 0
