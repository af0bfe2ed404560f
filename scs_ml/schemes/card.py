"""The expert rule card: points of every rule, and the score they add up to."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.exceptions import SchemeError, TableError
from scs_ml.schemes.indicators import Rule
from scs_ml.schemes.model import Scheme


def card_points(scheme: Scheme, X: pd.DataFrame, *, withheld: Collection[str] = ()) -> pd.DataFrame:
    """Points that every rule of the card gives to every row.

    Parameters
    ----------
    scheme : Scheme
        A scheme with a card.
    X : DataFrame (n, d)
        One column per indicator, named as the indicator is. A column may be absent only where the scheme
        keeps its indicator from models (``input: false``; for real people, forbidden or hearsay): its rules
        then give no points.
    withheld : collection of str
        Indicators that the safeguards keep from models beside those: by name, domain or derivation.

    Returns
    -------
    DataFrame (n, rules)
        In points of the scale. A missing value, or a level that the rule does not name, gives none.

    Raises
    ------
    SchemeError
        If the scheme has no card.
    TableError
        If the column of another rule is absent.
    """
    if scheme.card is None:
        raise SchemeError(f"the scheme {scheme.name!r} has no card", remedy="add `card:` with its rules")
    absent = [rule.indicator for rule in scheme.card.rules if rule.indicator not in X]
    if unexplained := sorted({name for name in absent if not _withheld(scheme, name)} - set(withheld)):
        raise TableError(
            "the card needs indicators that the table lacks",
            where=f"columns {', '.join(unexplained)}",
            remedy="add the columns, or take the rules out of the scheme's card",
        )
    points = {
        rule.name: np.zeros(len(X)) if rule.indicator in absent else _rule_points(rule, X[rule.indicator])
        for rule in scheme.card.rules
    }
    return pd.DataFrame(points, index=X.index)


def card_score(scheme: Scheme, X: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Scores by the card: start + points, kept within the scale.

    Parameters
    ----------
    scheme : Scheme
    X : DataFrame (n, d)
        As for `card_points`.

    Returns
    -------
    ndarray (n,)
        In points.
    """
    points = card_points(scheme, X).to_numpy(np.float64)
    start = 0.0 if scheme.scale.start is None else scheme.scale.start
    return scheme.scale.clip(start + points.sum(axis=1))


def _withheld(scheme: Scheme, name: str) -> bool:
    indicator = scheme.indicator(name)
    kept_out = indicator.forbidden_reason is not None or indicator.hearsay
    return not indicator.input or (scheme.real_people and kept_out)


def _rule_points(rule: Rule, column: pd.Series) -> npt.NDArray[np.float64]:
    if rule.levels is None:
        points = column.astype("float64") * (rule.points or 0.0)
    else:
        points = column.astype(object).map(rule.levels).astype("float64")
    if rule.cap is not None:
        points = points.clip(-rule.cap, rule.cap)
    return np.asarray(points.fillna(0.0), dtype=np.float64)
