"""Whether conformal sets hold the true category as often in one group as in another, and what would help."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Bools, Forecast, Ints
from scs_ml.exceptions import ScsError
from scs_ml.forecast.conformal import SetRule
from scs_ml.inference import share_interval

LEAST_GROUP = 500  # rows from which a group's shortfall is judged
COLUMNS = ("group", "n", "covered", "low", "high", "size", "shortfall", "pooled", "needs", "closes")

MORE_ROWS = "more calibration rows in its strata"
ONE_THRESHOLD = "one threshold for all rows"
CONDITIONED = "conditioning on record and source, which these sets do"
BY_ITSELF = "calibrating the group by itself, which would read the attribute: not done"
NOT_SHOWN = "no shortfall is shown"


def coverage_table(
    forecast: Forecast,
    y: npt.ArrayLike,
    groups: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Measure the coverage of a forecast's sets in each group; the groups are read here, never by the sets.

    Parameters
    ----------
    forecast : Forecast (n rows)
        With sets, as `forecast_categories` makes them.
    y : array of int, shape (n,)
        True categories; rows where it is not known (negative) are left out.
    groups : array of str, shape (n,)
    cluster : array, shape (n,), optional
        Families or subjects whose rows share outcomes.
    confidence : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row per group, sorted: ``group``; ``n``; ``covered``, the share whose set holds the true category,
        with its cluster-robust interval ``low`` to ``high``; ``size``, categories in a set; for groups of 500
        rows and more ``shortfall``, nominal less covered, ``needs``, the nominal level at which the nominal
        share of this group would be covered, and ``closes``, what would close a shortfall that the interval
        shows; ``pooled``, the share covered where one threshold serves all rows.

    Raises
    ------
    ScsError
        If the forecast has no sets.
    """
    if forecast.sets is None or forecast.coverage is None:
        raise ScsError(
            "the forecast has no sets whose coverage could be measured",
            where=forecast.name,
            remedy="forecast with calibration rows",
        )
    truth = np.asarray(y, dtype=np.int64)
    hit, size = covers(forecast.sets, truth), forecast.sets[:, 1] - forecast.sets[:, 0] + 1
    labels = np.asarray(groups, dtype=np.str_)
    units = np.arange(len(truth)) if cluster is None else np.asarray(cluster)
    rule, p = forecast.set_rule, forecast.probabilities
    ruled = isinstance(rule, SetRule) and p is not None
    known = np.maximum(truth, 0)  # rows without one are left out below
    pooled = covers(rule.without_strata().sets(p), truth) if ruled else hit
    levels = rule.levels(p, known, forecast.strata) if ruled else np.full(len(truth), np.nan)
    rows = []
    for label in np.unique(labels[truth >= 0]):
        at = (labels == label) & (truth >= 0)
        n, share = int(at.sum()), float(hit[at].mean())
        low, high = (float(end[0]) for end in share_interval(hit[at], units[at], confidence=confidence))
        judged = n >= LEAST_GROUP
        upper = float(share_interval(pooled[at], units[at], confidence=confidence)[1][0])
        shortfall = forecast.coverage - share if judged else np.nan
        closes = ""
        if judged and ruled:
            closes = _what_closes(rule, forecast.strata, at, shortfall, high=high, pooled_high=upper)
        rows.append(
            (
                str(label),
                n,
                share,
                low,
                high,
                float(size[at].mean()),
                shortfall,
                float(pooled[at].mean()) if ruled else np.nan,
                float(np.quantile(levels[at], forecast.coverage, method="higher")) if judged else np.nan,
                closes,
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def covers(sets: Ints, y: npt.ArrayLike) -> Bools:
    """Say of each row (n,) whether its set (n, 2) holds its category.

    Parameters
    ----------
    sets : array of int, shape (n, 2)
    y : array of int, shape (n,)

    Returns
    -------
    array of bool, shape (n,)
        An empty set holds nothing.
    """
    truth = np.asarray(y)
    return np.asarray((sets[:, 0] <= truth) & (truth <= sets[:, 1]))


def _what_closes(
    rule: SetRule,
    strata: npt.NDArray[np.str_] | None,
    at: Bools,
    shortfall: float,
    *,
    high: float,
    pooled_high: float,
) -> str:
    """Name what would close a group's shortfall, from what was measured."""
    nominal = rule.coverage
    if high >= nominal:
        return CONDITIONED if rule.by_stratum and pooled_high < nominal else NOT_SHOWN
    if rule.by_stratum and pooled_high >= nominal:
        return ONE_THRESHOLD
    labels = np.full(int(at.sum()), "") if strata is None else strata[at]
    rows = np.array([len(rule.by_stratum.get(str(label), rule.pooled)) for label in labels])
    # A threshold from m rows covers the nominal share give or take this much.
    chance = 2 * float(np.sqrt(nominal * (1 - nominal) / np.maximum(rows, 1)).mean())
    return MORE_ROWS if shortfall <= chance or np.isin(labels, rule.too_few).mean() > 0.5 else BY_ITSELF
