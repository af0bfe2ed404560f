"""Words for numbers: two to four, each anchored at a value that is printed."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Floats

_COUNTED = {1: ("any",), 2: ("none", "some"), 3: ("none", "some", "many"), 4: ("none", "few", "some", "many")}
_GRADED = {
    1: ("any",),
    2: ("low", "high"),
    3: ("low", "medium", "high"),
    4: ("low", "rather low", "rather high", "high"),
}
_FLAG = ["no", "yes"]
_MOST = 4
_ZEROS = 0.1  # share of zeros from which "none" is a word of its own
_ABOVE_ZERO = (0.3, 0.6, 0.95)
_SPREAD = (0.05, 0.35, 0.65, 0.95)


def anchored_words(values: Floats) -> tuple[list[str], list[float]]:
    """Give the words of a number and the value at which each holds fully.

    Up to four distinct values are an anchor each. Else a number that is zero for a tenth of the people, and
    never below, is anchored at zero and at the 30, 60 and 95 % points of what is above it; any other at its
    5, 35, 65 and 95 % points, where Harrell puts four knots. Anchors are rounded to two digits of their
    spread.

    Parameters
    ----------
    values : array of shape (n,)
        NaN where missing.

    Returns
    -------
    words : list of str
    anchors : list of float
        Rising; as precise as they are printed.

    References
    ----------
    Harrell (2015), "Regression Modeling Strategies", 2nd ed., Springer, table 2.3: where to put knots.
    """
    known = values[~np.isnan(values)]
    distinct = np.unique(known)
    if not len(distinct):
        return ["any"], [0.0]
    counted = distinct[0] == 0 and np.mean(known == 0) >= _ZEROS
    if len(distinct) <= _MOST:
        anchors = _as_printed(distinct)
    elif counted:
        anchors = _as_printed(np.append(0.0, _rounded(_quantiles(known[known > 0], _ABOVE_ZERO))))
    else:
        anchors = _as_printed(_rounded(_quantiles(known, _SPREAD)))
    if len(anchors) < 2 <= len(distinct):
        anchors = _as_printed(distinct[[0, -1]])
    if distinct.tolist() == [0, 1]:
        return list(_FLAG), anchors
    return list((_COUNTED if counted else _GRADED)[len(anchors)]), anchors


def without_last(words: list[str], anchors: list[float]) -> tuple[list[str], list[float]]:
    """Leave out the highest of three or four words, which says nothing more than the one before."""
    named = _COUNTED if words[0] == "none" else _GRADED
    return list(named[len(words) - 1]), anchors[:-1]


def said_anchors(words: list[str], anchors: list[float]) -> list[str]:
    """Say where each word holds fully: ``3 or more`` for the highest, ``1 or less`` for the lowest."""
    said = [f"{anchor:g}" for anchor in anchors]
    if len(said) > 1 and words != _FLAG:
        said[-1] += " or more"
        said[0] += "" if words[0] == "none" else " or less"
    return said


def steps(values: Floats, anchors: list[float]) -> Floats:
    """How far (n, m-1) each value has come from every anchor to the next: 0 below it, 1 above the next one.

    The points of a value are those of the first word plus each step times the rise it leads to, which is
    what triangular memberships give; NaN where a value is missing.
    """
    edges = np.asarray(anchors)
    return np.asarray(np.clip((values[:, None] - edges[:-1]) / np.diff(edges), 0.0, 1.0))


def _quantiles(values: Floats, shares: tuple[float, ...]) -> Floats:
    """Quantiles that are values."""
    return np.asarray(np.quantile(values, shares, method="inverted_cdf"))


def _rounded(anchors: Floats) -> Floats:
    spread = float(np.ptp(anchors)) or float(np.abs(anchors).max())
    digits = 1 - int(np.floor(np.log10(spread))) if spread > 0 else 0
    return np.array([round(float(anchor), digits) for anchor in anchors])


def _as_printed(anchors: Floats) -> list[float]:
    return sorted({float(f"{anchor:g}") for anchor in anchors})
