"""Which ranks a backtest can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats
from scs_ml.inference import holm, paired_difference


def rank_ranges(
    losses: Mapping[str, Floats],
    cluster: npt.ArrayLike | None = None,
    period: npt.ArrayLike | None = None,
    *,
    horizon: int = 1,
    confidence: float = 0.95,
) -> Mapping[str, tuple[int, int]]:
    """Give the best and the worst rank of each forecast that pairwise tests leave open.

    All pairs are tested (Diebold and Mariano, small-sample corrected, clustered) and judged together by Holm,
    so that with this confidence no forecast is called better than another that is as good, and every range
    holds its true rank.

    Parameters
    ----------
    losses : mapping of name to array of shape (n,)
        Row losses on the same rows.
    cluster, period, horizon
        As in `scs_ml.inference.paired_difference`.
    confidence : float
        Of all ranges at once.

    Returns
    -------
    mapping of name to (best, worst)
        1 is the best rank; two forecasts whose ranges overlap are tied.

    References
    ----------
    Diebold & Mariano (1995), J. Bus. Econ. Stat. 13, 253-263. Harvey, Leybourne & Newbold (1997), Int. J.
    Forecast. 13, 281-291. Holm (1979), Scand. J. Stat. 6, 65-70. Mogstad, Romano, Shaikh & Wilhelm (2024),
    "Inference for ranks with applications to mobility across neighbourhoods and academic achievement across
    countries", Rev. Econ. Stud. 91, 476-518.
    """
    better, worse = dict.fromkeys(losses, 0), dict.fromkeys(losses, 0)
    pairs = list(combinations(losses, 2))
    differences = [
        paired_difference(losses[a], losses[b], cluster, period, horizon=horizon) for a, b in pairs
    ]
    adjusted = holm(np.array([each.p for each in differences], dtype=np.float64))
    for (a, b), difference, p in zip(pairs, differences, adjusted, strict=True):
        if p <= 1 - confidence:  # False where nothing could be tested
            first, second = (a, b) if difference.value < 0 else (b, a)
            better[second] += 1
            worse[first] += 1
    return {name: (1 + better[name], len(losses) - worse[name]) for name in losses}
