"""What a recorded score holds beyond its other rules, by the level of one indicator."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scs_ml.audit.checks._predictability import levels
from scs_ml.audit.judge import standard_deviation
from scs_ml.audit.points import Booked
from scs_ml.core import AuditCase, Floats, Ints
from scs_ml.schemes import card_score

EXACT = 0.95  # share of the score's variance that rules and level explain, where the rest may be anything
FORETOLD = 0.01  # share of the rest that the table may foretell where the rest is taken for noise
FOLDS = 5


@dataclass(frozen=True)
class Beyond:
    """Points that the score holds beyond its other rules, in SD of the score.

    Attributes
    ----------
    rows : ndarray of int (r,)
        Positions in the case's dataset.
    codes : ndarray of int (r,)
        Level of the indicator.
    value : ndarray (r,)
        Mean of the level.
    left : ndarray (r,)
        What neither the rules nor the level explain.
    rules : str
        Which rules they are.
    """

    rows: Ints
    codes: Ints
    value: Floats
    left: Floats
    rules: str

    @property
    def unexplained(self) -> float:
        """Share of the score's variance that neither explains."""
        return float(np.mean(self.left**2))


def beyond_rules(case: AuditCase, book: Booked | None, name: str, values: pd.Series) -> Beyond | None:
    """Take from the score what its card, its ledger, or else a linear fit gives without one indicator.

    Parameters
    ----------
    case : AuditCase
    book : Booked or None
    name : str
        The indicator.
    values : Series (n,)
        Its values.

    Returns
    -------
    Beyond or None
        By the first of them that leaves at most 5 % of the variance; else by the card or the ledger, if what
        it leaves is noise. None where the other indicators foretell what is left: then the rules are not
        those the score was made by, and the place may stand in for real conduct.
    """
    if case.dataset.score is None:
        return None
    rows = np.flatnonzero(np.isfinite(case.dataset.score)).astype(np.int64)
    if book is not None:
        rows = np.intersect1d(rows, book.rows)
    deviation = standard_deviation(case.dataset.score[rows])
    if not deviation > 0:
        return None
    score, codes = case.dataset.score[rows], pd.factorize(levels(values)[rows])[0].astype(np.int64)
    others = _others(case, name).iloc[rows].to_numpy(dtype=np.float64)

    def holds(rules: str, points: Floats) -> Beyond:
        mean, left = _by_level((score - points) / deviation, codes)
        return Beyond(rows, codes, mean, left, rules)

    given = [holds(*each) for each in _given(case, book, name, rows).items()]
    points, freedom = _linear(score, others, codes)
    fitted = []
    if freedom > 0:
        line = holds("a line through the other indicators", points)
        # What was fitted took its share of the rest away: with few rows a line would leave nothing of noise.
        fitted = [replace(line, left=line.left * np.sqrt(len(rows) / freedom))]
    for each in (*given, *fitted):
        if each.unexplained <= 1 - EXACT:
            return each
    best = min(given, key=lambda each: each.unexplained, default=None)
    if best is None or _foretold(best.left, others, case.dataset.cluster[rows]) > FORETOLD:
        return None
    return best


def _given(case: AuditCase, book: Booked | None, name: str, rows: Ints) -> dict[str, Floats]:
    """Points that the rules give without the indicator: by the card, and by the ledger."""
    scheme, found = case.scheme, {}
    present = pd.concat([case.dataset.X, case.dataset.withheld], axis=1)
    if scheme.card is not None and {rule.indicator for rule in scheme.card.rules} <= set(present):
        found["the card's other rules"] = card_score(scheme, present.assign(**{name: np.nan}).iloc[rows])
    if book is not None:
        points = book.points(~book.of_indicator(name))[np.isin(book.rows, rows)]
        found["the ledger's other points"] = scheme.scale.clip((scheme.scale.start or 0.0) + points)
    return found


def _others(case: AuditCase, name: str) -> pd.DataFrame:
    """All other indicators (n, q) as numbers: categories as 0/1, missing values at the mean."""
    present = pd.concat([case.dataset.X, case.dataset.withheld], axis=1).drop(columns=name, errors="ignore")
    if present.empty:
        return present  # pandas makes no dummies of nothing
    numbers = pd.get_dummies(present, dtype=np.float64).astype(np.float64)
    return numbers.fillna(numbers.mean()).fillna(0.0)


def _linear(score: Floats, others: Floats, codes: Ints) -> tuple[Floats, int]:
    """Points by the best line through the other indicators within levels, and the freedom it leaves."""
    within = others - np.reshape([_by_level(column, codes)[0] for column in others.T], others.T.shape).T
    slope, _, rank, _ = np.linalg.lstsq(within, score - _by_level(score, codes)[0], rcond=None)
    freedom = len(score) - int(rank) - len(np.unique(codes))
    return np.asarray(others @ slope, dtype=np.float64), freedom


def _by_level(values: Floats, codes: Ints) -> tuple[Floats, Floats]:
    """Mean of each row's level, and what it leaves of the row."""
    mean = (np.bincount(codes, weights=values) / np.bincount(codes))[codes]
    return mean, values - mean


def _foretold(left: Floats, others: Floats, cluster: Ints) -> float:
    """Share of the variance of what is left that the other indicators foretell for other families."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.model_selection import GroupKFold, cross_val_predict

    if others.shape[1] == 0 or len(np.unique(cluster)) < FOLDS:
        return 0.0
    model = HistGradientBoostingRegressor(random_state=0, early_stopping=False)
    said = cross_val_predict(model, others, left, groups=cluster, cv=GroupKFold(FOLDS))
    linear = np.linalg.lstsq(np.column_stack([np.ones(len(left)), others]), left, rcond=None)[0]
    fitted = linear[0] + others @ linear[1:]
    # A line is seen at once where trees are still learning it; q slopes fit q / n of pure noise.
    by_line = float(np.var(fitted) / np.var(left)) - others.shape[1] / len(left)
    return float(max(1 - np.mean((left - said) ** 2) / np.var(left), by_line))
