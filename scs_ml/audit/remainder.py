"""What the recorded score holds beyond its declared rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.audit.carriers import forbidden_carriers, group_columns, place_columns
from scs_ml.audit.foretelling import foretold_of_everybody, steps
from scs_ml.audit.groups import contrasts
from scs_ml.audit.judge import standard_deviation
from scs_ml.audit.line import EXACT, estimated_line, straight_line
from scs_ml.audit.points import Booked, booked, latest_rows
from scs_ml.audit.remembering import remembered
from scs_ml.core import LAGS, AuditCase, Bools, Dataset, Floats, Ints
from scs_ml.inference.least_squares import least_squares
from scs_ml.schemes import Scheme, card_points, in_force

NOTHING = 1e-6  # SD of the score: below it nothing is held beyond the rules
ZERO_IS_SEEN = 0.02  # share of people with nothing beyond the rules, where zero is known and not estimated


@dataclass(frozen=True)
class Remainder:
    """Points that the score holds beyond its rules, in SD of the score.

    Attributes
    ----------
    rows : ndarray of int (r,)
        Positions in the case's dataset: latest rows with a score that lies within the scale's limits.
    value : ndarray (r,)
    also : ndarray (r, q)
        Columns that have to be fitted with whatever is looked for: the admissible indicators where the rules
        are a line through them, else none.
    rules : str
        Which rules were taken away.
    deviation : float
        SD of the score, in points.
    exact : bool
        Whether many people's score is their rules' to the point, so that zero is known.
    unexplained : float
        Share of the score's variance that neither the rules nor any carrier explains.
    attenuation : float
        What errors of measurement may leave of a gap, at most, for each unit of it that a line explains.
    settles : bool
        Whether what is read here may be a flag or clear; else nothing can be told.
    panel : ndarray (r, periods) or None
        The same by period, where it was asked for (`with_panel`); NaN where nothing is known.
    """

    rows: Ints
    value: Floats
    also: Floats
    rules: str
    deviation: float
    exact: bool
    unexplained: float
    attenuation: float = 0.0
    settles: bool = True
    panel: Floats | None = None

    @property
    def told(self) -> str:
        """Say what was taken away, and what that leaves open."""
        rest = f"{self.unexplained:.2%} of its variance"
        text = f"The recorded score less {self.rules}; nothing explains {rest}."
        if not self.attenuation > NOTHING:
            return text
        text += (
            f" Errors of measurement in the indicators may leave up to {self.attenuation:.2f} of each SD that"
            " the line explains of a gap: the interval is wider by that."
        )
        return (
            text if self.settles else f"{text} So rough a line gives no verdict without a card or a ledger."
        )

    def misread(
        self, looked: Floats, coef: Floats, wanted: npt.ArrayLike, part: Bools | None = None
    ) -> Floats:
        """Bound what errors of measurement in the line may add to what is looked for.

        Indicators that are measured with error explain too little of a real difference; the rest looks like
        points. Were all that the line leaves such error, of each unit that it explains of a difference
        ``(1 - R2) / R2`` would be left.

        Parameters
        ----------
        looked : ndarray (r, k)
            The columns fitted together with those of the line.
        coef : ndarray (q,)
            Slopes of the line's columns.
        wanted : array (m, k) or (k,)
            What is looked for: linear functions of the slopes of `looked`.
        part : ndarray of bool (r,), optional
            The rows that were fitted.

        Returns
        -------
        ndarray (m,)
            Signed as what the line explains.
        """
        wanted = np.atleast_2d(np.asarray(wanted, dtype=np.float64))
        if not self.also.shape[1]:
            return np.zeros(len(wanted))
        line = (self.also if part is None else self.also[part]) @ coef
        return np.asarray(self.attenuation * (wanted @ least_squares(line, looked).coef), dtype=np.float64)


@remembered
def remainder(case: AuditCase) -> Remainder | None:
    """Take from the recorded score what its card, its ledger, or else a line gives.

    Parameters
    ----------
    case : AuditCase

    Returns
    -------
    Remainder or None
        By the first of card, ledger and line (through the admissible indicators) that leaves, beside what
        groups, places and forbidden indicators explain, at most 5 % of the variance; else by the card or the
        ledger, if what it leaves is noise. None where the admissible indicators foretell what is left: then
        the rules are not those that the score was made by. With neither card nor ledger the rules are
        estimated, by a line that explains at least half and may bend (`estimated_line`). Rules about
        forbidden indicators are not taken away. People whose score is at a limit of the scale, or would be
        beyond it by the rules, are left out: there the score says only a bound. Without a recorded score,
        what the ledger booked to forbidden indicators.
    """
    if case.dataset.score is None:
        return _booked_only(case)
    scored = _scored(case)
    if scored is None:
        return None
    given = _by_given_rules(case, scored)
    best = min(given, key=lambda held: held.unexplained, default=None)
    found = next((held for held in given if held.unexplained <= 1 - EXACT), None)
    found = found or _by_line(case, scored, estimated=best is None)
    if found is None and best is not None and not _foretold(case, best):
        return best
    return found


@dataclass(frozen=True)
class _Scored:
    """Latest rows whose score lies within the scale's limits, their scores, and the SD of these."""

    rows: Ints
    score: Floats
    deviation: float


def _scored(case: AuditCase) -> _Scored | None:
    score, scale = case.dataset.score, case.scheme.scale
    if score is None:
        return None
    known = np.isfinite(score)
    latest = latest_rows(case.dataset)
    deviation = standard_deviation(score[latest[known[latest]]])  # of everybody, also at the scale's limits
    for limit, side in ((scale.minimum, np.greater), (scale.maximum, np.less)):
        if limit is not None:
            known &= side(score, limit)
    rows = latest[known[latest]]
    return _Scored(rows, score[rows], deviation) if deviation > 0 else None


def _by_given_rules(case: AuditCase, scored: _Scored) -> list[Remainder]:
    """By the card, and by the ledger, as far as the case has them."""
    found = []
    for rules, points in _given(case, booked(case), scored.rows).items():
        inside = case.scheme.scale.clip(points) == points
        if inside.sum() > 1:
            value = ((scored.score - points) / scored.deviation)[inside]
            value = np.where(np.abs(value) < NOTHING, 0.0, value)
            found.append(_held(case, scored.rows[inside], value, rules, scored.deviation))
    return found


def _held(case: AuditCase, rows: Ints, value: Floats, rules: str, deviation: float) -> Remainder:
    left = least_squares(value, _carried(case, rows)).left if value.any() else value
    exact = bool(np.mean(value == 0) >= ZERO_IS_SEEN)
    nothing = np.empty((len(rows), 0))
    return Remainder(rows, value, nothing, rules, deviation, exact, float(np.mean(left**2)))


def _by_line(case: AuditCase, scored: _Scored, *, estimated: bool) -> Remainder | None:
    """By a line through the admissible indicators; with noise, only where the rules are `estimated` by it."""
    indicators = _admissible(case).iloc[scored.rows]
    value, beside = scored.score / scored.deviation, _carried(case, scored.rows)
    line = straight_line(value, beside, indicators)
    if line is None and estimated:
        line = estimated_line(value, beside, indicators, _without(case, scored.rows))
    if line is None:
        return None
    return Remainder(
        scored.rows,
        value,
        line.also,
        line.name,
        scored.deviation,
        exact=False,
        unexplained=line.unexplained,
        attenuation=line.attenuation,
        settles=line.settles,
    )


def _booked_only(case: AuditCase) -> Remainder | None:
    """What the ledger booked to forbidden indicators, where no score is recorded."""
    book = booked(case)
    if book is None or not book.score_sd > 0:
        return None
    value = book.points(~_admitted(case.scheme, book)) / book.score_sd
    return _held(case, book.rows, value, "the ledger's points for admissible indicators", book.score_sd)


def _carried(case: AuditCase, rows: Ints) -> Floats:
    """Columns (r, k) of everything that might carry points: groups, places and forbidden indicators."""
    parts = [group_columns(contrasts(case), len(case.dataset))[0], *place_columns(case).values()]
    parts += [carrier.columns for carrier in forbidden_carriers(case)]
    return np.column_stack(parts)[rows]


def _admissible(case: AuditCase) -> pd.DataFrame:
    """All indicators that a score may be built from (n, q)."""
    names = {i.name for i in case.scheme.indicators if i.forbidden_reason is None and i.nature != "location"}
    present = pd.concat([case.dataset.X, case.dataset.withheld], axis=1)
    return present[[c for c in present if c in names and c not in LAGS]]


def _given(case: AuditCase, book: Booked | None, rows: Ints) -> dict[str, Floats]:
    """Points (r,) that the card gives, and that the ledger booked, rules about forbidden indicators apart."""
    found = {}
    by_card = _card(case, case.dataset)
    if by_card is not None:
        found["the card"] = by_card[rows]
    if book is not None:
        admitted = _admitted(case.scheme, book)
        start = case.scheme.scale.start or 0.0
        found["the ledger"] = (start + book.points(admitted))[np.isin(book.rows, rows)]
    return found


def _card(case: AuditCase, dataset: Dataset) -> Floats | None:
    """Points (n,) by the card before the scale's limits; None where the table lacks what it speaks of."""
    scheme = case.scheme
    present = pd.concat([dataset.X, dataset.withheld], axis=1)
    if scheme.card is None or not {rule.indicator for rule in scheme.card.rules} <= set(present):
        return None
    kept = [r for r in scheme.card.rules if scheme.indicator(r.indicator).forbidden_reason is None]
    if any(present[r.indicator].isna().all() for r in kept):  # the office had what this table lacks
        return None
    points = card_points(scheme, present)[[r.name for r in kept]].to_numpy(dtype=np.float64).sum(axis=1)
    return np.asarray((scheme.scale.start or 0.0) + points, dtype=np.float64)


def _admitted(scheme: Scheme, book: Booked) -> Bools:
    forbidden = [i.name for i in scheme.indicators if i.forbidden_reason is not None]
    return ~book.events["indicator"].isin(forbidden).to_numpy(dtype=bool)


def _foretold(case: AuditCase, held: Remainder) -> bool:
    """Whether the admissible indicators foretell what given rules leave."""
    admissible = _admissible(case).iloc[held.rows]
    if admissible.empty:
        return False
    without = _without(case, held.rows)
    return foretold_of_everybody(held.value, _carried(case, held.rows), steps(admissible), without)


def _without(case: AuditCase, rows: Ints) -> list[Bools]:
    """Everybody (r,) but the members of a single group, for every group."""
    return [~c.members[rows] for c in contrasts(case) if len(c.group) == 1]


def with_panel(case: AuditCase, held: Remainder) -> Remainder:
    """Add what the score holds beyond the same rules in every period of the case's history.

    Parameters
    ----------
    case : AuditCase
    held : Remainder
        Of the case.

    Returns
    -------
    Remainder
        Unchanged where there is no history of scores, or the rules are a line.
    """
    past = case.history if case.history is not None else case.dataset
    if past.score is None or len(past.periods) < 2 or len(np.unique(past.period)) < 2:
        return held
    person = pd.Index(case.dataset.subject[held.rows].astype(object)).get_indexer(past.subject.astype(object))
    if held.rules == "the card":
        points = _card(case, past)
    else:
        book = booked(case) if held.rules == "the ledger" else None
        points = None if book is None else _booked_then(case, book, past)
    if points is None:
        return held
    value = np.where(np.isfinite(points), (past.score - points) / held.deviation, np.nan)
    for limit in (case.scheme.scale.minimum, case.scheme.scale.maximum):
        value = np.where(past.score == limit, np.nan, value)
    panel = np.full((len(held.rows), len(past.periods)), np.nan)
    seen = person >= 0
    panel[person[seen], past.period[seen]] = np.where(np.abs(value) < NOTHING, 0.0, value)[seen]
    panel = panel[:, np.isfinite(panel).any(axis=0)]
    return replace(held, panel=panel)


def _booked_then(case: AuditCase, book: Booked, past: Dataset) -> Floats:
    """Points (n,) in force by the ledger in each row of the panel; NaN for people the case does not hold."""
    events = book.events.loc[_admitted(case.scheme, book)]
    period, at = events["period"].to_numpy(dtype=np.int64), events["at"].to_numpy(dtype=np.int64)
    first, last = min(int(period.min(initial=0)), 0), int(past.period.max())
    sums = np.zeros((len(book.rows), last - first + 1))
    np.add.at(sums, (at, period - first), events["points"].to_numpy(dtype=np.float64))
    sums = in_force(case.scheme.card, sums)
    person = pd.Index(book.dataset.subject.astype(object)).get_indexer(past.subject.astype(object))
    points = (case.scheme.scale.start or 0.0) + sums[person, past.period - first]
    return np.where(person >= 0, points, np.nan)
