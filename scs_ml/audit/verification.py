"""A verification sample: which events to look up, and what the answers say of a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from scs_ml.audit.groups import NO, YES
from scs_ml.audit.judge import standard_deviation
from scs_ml.audit.points import Booked, booked
from scs_ml.core import AuditCase, Bools, Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.inference import covariance, design_effect, effective_counts, mean_contrast, wilson

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


@dataclass(frozen=True)
class WronglyTaken:
    """Points wrongly taken per person, in the situation less the others, in SD of the score.

    `share` and `counts` are the false share and (false, answered) of each stratum, in the situation first.
    """

    value: float
    low: float
    high: float
    p: float
    half_width: float  # of the interval, per unit of its critical value: a standard error
    share: tuple[float, float]
    effective: tuple[tuple[float, float], tuple[float, float]]  # (false, answered) after the design effect
    counts: tuple[tuple[int, int], tuple[int, int]]


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

    The most suspicious pair of illness and indirect indicator is sampled: its events in force, at random
    within the people in the situation and the others, half and half (one stratum's unused half goes to the
    other).

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
    ScsError
        If `limit` is not within 1..200.
    """
    if not 1 <= limit <= LIMIT:
        raise ScsError(
            f"A verification sample has 1 to {LIMIT} events; {limit} were asked for.",
            remedy="Ask for fewer: the limit is what an office can be expected to look up.",
        )
    book = booked(case)
    suspected = suspicions(case, book)
    if book is None:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in PLAN_COLUMNS})
    for each in suspected:
        inside, chosen = _strata(book, each.situation, each.indicator)
        if chosen.any():
            break
    else:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in PLAN_COLUMNS})
    rng = np.random.default_rng(seed)
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


def wrongly_taken(
    *,
    points: Floats,
    happened: Bools,
    event_cluster: Ints,
    event_inside: Bools,
    booked_points: Floats,
    row_inside: Bools,
    row_cluster: Ints,
    score_sd: float,
    critical: float,
) -> WronglyTaken:
    r"""Estimate the gap in points wrongly taken per person from a stratified sample of answers.

    In stratum h people lost :math:`R_h` points each through the indicator (known from the ledger), of which
    the answers say a share :math:`f_h` was false. The Horvitz-Thompson estimate of what was wrongly taken
    is :math:`R_h f_h`, whatever the two sampling rates are, and the gap is the difference of the two.

    Parameters
    ----------
    points : ndarray (a,)
        Points of the events answered.
    happened : ndarray of bool (a,)
    event_cluster : ndarray of int (a,)
        Families of the events.
    event_inside : ndarray of bool (a,)
        Whether the event's subject is in the situation.
    booked_points : ndarray (s,)
        Points in force through the indicator per person.
    row_inside, row_cluster : ndarrays (s,)
        The same of persons.
    score_sd : float
    critical : float
        Normal critical value of the interval.

    Returns
    -------
    WronglyTaken
        Its interval combines the Wilson limits of the false shares with the error of the points per person
        (MOVER); the answers' design effect by family, and by unequal points, shrinks their number first.

    References
    ----------
    Horvitz & Thompson (1952), JASA 47, 663-685. Zou & Donner (2008), "Construction of confidence limits about
    effect measures: a general approach", Stat. Med. 27, 1693-1702 (MOVER).
    """
    sides = []
    for side in (True, False):
        answered, people = event_inside == side, row_inside == side
        share, effective = _false_share(points[answered], ~happened[answered], event_cluster[answered])
        loss = -float(booked_points[people].mean()) if people.any() else float("nan")
        error = _mean_error(booked_points[people], row_cluster[people])
        counts = int((~happened[answered]).sum()), int(answered.sum())
        sides.append((loss, error, share, effective, counts))

    def limits(z: float) -> tuple[float, float, float]:
        value, below, above = 0.0, 0.0, 0.0
        for sign, (loss, error, share, (false, n), _) in zip((-1, 1), sides, strict=True):
            low, high = (float(limit) for limit in wilson(false, n, z=z))
            down = np.hypot(loss * (share - low), share * z * error)
            up = np.hypot(loss * (high - share), share * z * error)
            value += sign * loss * share / score_sd
            below += ((up if sign < 0 else down) / score_sd) ** 2
            above += ((down if sign < 0 else up) / score_sd) ** 2
        return value, value - float(np.sqrt(below)), value + float(np.sqrt(above))

    value, low, high = limits(critical)
    return WronglyTaken(
        value=value,
        low=low,
        high=high,
        p=_p_value(limits),
        half_width=(high - low) / (2 * critical),
        share=(sides[0][2], sides[1][2]),
        effective=(sides[0][3], sides[1][3]),
        counts=(sides[0][4], sides[1][4]),
    )


def _p_value(limits: Callable[[float], tuple[float, float, float]]) -> float:
    """Two-sided p: the error probability at which the interval just reaches zero."""
    value, low, high = limits(1.0)
    if value == 0 or not np.isfinite(low + high):
        return 1.0
    edge = 1 if value > 0 else 2

    def reach(z: float) -> float:
        return float(limits(z)[edge])

    most = 38.0  # beyond it the normal tail underflows
    if reach(most) * value > 0:
        return 2 * float(stats.norm.sf(most))
    return 2 * float(stats.norm.sf(optimize.brentq(reach, 1e-9, most)))


def _false_share(points: Floats, false: Bools, cluster: Ints) -> tuple[float, tuple[float, float]]:
    """Share of the points that was false; (false, answered) shrunk to independent events of equal points."""
    weight = np.abs(points)
    if not weight.sum() > 0:
        return float("nan"), (0.0, 0.0)
    share = float((weight * false).sum() / weight.sum())
    n = len(points)
    by_cluster = np.bincount(cluster, weights=weight)
    unequal = n * float((weight**2).sum()) / float(weight.sum()) ** 2
    shared = float(design_effect(weight * (false - share) / weight.sum(), cluster)[0])
    # Answers that all agree show no variance: families are then taken to be of one mind.
    of_one_mind = n * float((by_cluster**2).sum()) / float(weight.sum()) ** 2
    effect = unequal * max(shared, 1.0) if np.isfinite(shared) else of_one_mind
    count, size = effective_counts(share * n, n, effect)
    return share, (float(count), float(size))


def _mean_error(values: Floats, cluster: Ints) -> float:
    """Cluster-robust standard error of a mean."""
    if not len(values):
        return float("nan")
    return float(np.sqrt(covariance((values - values.mean()) / len(values), cluster)[0, 0]))


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
