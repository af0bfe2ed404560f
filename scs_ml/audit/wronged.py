"""Who would stand in a better category without the wrongs that were flagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.audit.checks import CHECKS
from scs_ml.audit.points import Booked, booked, latest_rows
from scs_ml.audit.tracing import Traceable, looked_up
from scs_ml.core import AuditCase, Check, Finding, Floats, Ints
from scs_ml.safeguards import require_open

COLUMNS = ("subject", "period", "category", "better_category", "points", "probability", "mechanisms")
_ROUNDING = 1e-9  # of sums of points


@dataclass(frozen=True)
class _Taken:
    """What the flags say was taken from each latest row (r,).

    `mean` is the expected points, `reaches` the probability that they fill the gap to the next category.
    """

    mean: Floats
    reaches: Floats
    slugs: list[set[str]]


def wronged_people(
    case: AuditCase, findings: Sequence[Finding], *, checks: Mapping[str, Check] = CHECKS
) -> pd.DataFrame:
    """Rank the people who would have a better category without the flagged mechanisms.

    Parameters
    ----------
    case : AuditCase
        With recorded scores on a scale with lower bounds.
    findings : sequence of Finding
        Of `run_checks` on the case; only its `mechanism` flags count.
    checks : mapping of str to Check
        The checks they came from.

    Returns
    -------
    DataFrame
        One row per person from whom a flagged mechanism is expected to have taken points and who is not in
        the best category, likeliest first: ``subject`` (pseudonym), ``period``, ``category`` and
        ``better_category`` (codes: theirs, and the one with the expected points given back), ``points``
        (expected, taken), ``probability`` (that the points taken reach at least the next category) and
        ``mechanisms``. Empty without flags, scores or lower bounds.

    Raises
    ------
    SafeguardError
        If the basis opens no views of persons.

    Notes
    -----
    Where the ledger shows the entries, each was made by the mechanism with the probability that the check
    gives it (an answer makes it 0 or 1), independently of the others: their number is Poisson-binomial, and
    each counts as the mean of the person's suspected entries. Where several flags concern one person, the
    one that takes most counts: they may speak of the same loss.

    References
    ----------
    Hong (2013), "On computing the distribution function for the Poisson binomial distribution",
    Comput. Stat. Data Anal. 59, 41-51 (by recursion).
    """
    require_open(case.scheme, "person_views")
    scale, rows = case.scheme.scale, latest_rows(case.dataset)
    empty = pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    if case.dataset.score is None or scale.lower_bounds is None:
        return empty
    flags = [f for f in findings if f.verdict == "flag" and f.kind == "mechanism"]
    score = case.dataset.score[rows]
    bounds = np.append(np.asarray(scale.lower_bounds, dtype=np.float64), np.inf)
    category = np.searchsorted(bounds[:-1], score, side="right")
    gap = bounds[category] - score
    taken = _taken(case, rows, flags, checks, gap)
    at = np.flatnonzero((taken.mean > 0) & np.isfinite(gap))
    at = at[np.lexsort((-taken.mean[at] / gap[at], -taken.reaches[at]))]
    if not len(at):
        return empty
    dataset = case.dataset
    return pd.DataFrame(
        {
            "subject": dataset.subject[rows[at]],
            "period": np.asarray(dataset.periods, dtype=object)[dataset.period[rows[at]]],
            "category": category[at],
            "better_category": np.searchsorted(bounds[:-1], score[at] + taken.mean[at], side="right"),
            "points": taken.mean[at],
            "probability": taken.reaches[at],
            "mechanisms": [", ".join(sorted(taken.slugs[each])) for each in at],
        }
    )


def _taken(
    case: AuditCase, rows: Ints, flags: Sequence[Finding], checks: Mapping[str, Check], gap: Floats
) -> _Taken:
    book = booked(case)
    place = pd.Series(np.arange(len(rows)), index=rows)
    mean, reaches = np.zeros(len(rows)), np.zeros(len(rows))
    slugs: list[set[str]] = [set() for _ in rows]
    for flag in flags:
        check = checks.get(flag.check)
        if not isinstance(check, Traceable):
            continue
        trace = check.trace(case, flag)
        if trace.events is not None and book is not None:
            weight = _answered(case, book, trace.events, happened=trace.happened)
            own, reach = _by_entries(book, weight, gap)
        else:
            own = np.zeros(len(rows))
            own[place.reindex(trace.rows).to_numpy(dtype=np.int64)] = trace.taken
            reach = (own >= gap - _ROUNDING).astype(np.float64)
        larger = own > mean
        mean, reaches = np.where(larger, own, mean), np.where(larger, reach, reaches)
        slug = flag.mechanisms[0][0] if flag.mechanisms else flag.check
        for each in np.flatnonzero(own > 0):
            slugs[each].add(slug)
    return _Taken(mean, reaches, slugs)


def _by_entries(book: Booked, weight: Floats, gap: Floats) -> tuple[Floats, Floats]:
    """Points (r,) expected from entries of uncertain origin, and the chance that they fill the gap."""
    counted = (weight > 0) & book.events["in_force"].to_numpy(dtype=bool)
    mean = np.abs(book.points(weight * counted))
    number = np.bincount(book.events["at"].to_numpy(dtype=np.int64)[counted], minlength=len(gap))
    size = np.abs(book.points(counted)) / np.maximum(number, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.ceil(gap / size - _ROUNDING)
    order = np.flatnonzero(counted)
    at = book.events["at"].to_numpy(dtype=np.int64)[order]
    order, at = order[np.argsort(at, kind="stable")], np.sort(at)
    nth = np.arange(len(at)) - np.searchsorted(at, at)
    chance = np.zeros((len(gap), int(number.max(initial=0)) + 1))
    chance[:, 0] = 1.0
    for turn in range(int(number.max(initial=0))):
        whom, p = at[nth == turn], weight[order[nth == turn]][:, None]
        moved = np.concatenate([np.zeros((len(whom), 1)), chance[whom, :-1]], axis=1)
        chance[whom] = chance[whom] * (1 - p) + moved * p
    enough = np.arange(chance.shape[1]) >= needed[:, None]
    return mean, np.where(number > 0, (chance * enough).sum(axis=1), 0.0)


def _answered(case: AuditCase, book: Booked, events: pd.Series, *, happened: bool) -> Floats:
    """Probability (e,) that a mechanism made each event, with the answers."""
    weight = events.reindex(book.events["event"]).fillna(0.0).to_numpy(dtype=np.float64)
    if case.verified is None or happened:
        return weight
    said = looked_up(case).reindex(book.events["event"]).to_numpy(dtype=np.float64)
    return np.where(said == 1, 0.0, np.where((said == 0) & (weight > 0), 1.0, weight))
