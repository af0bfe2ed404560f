"""Whether an input is the same thing as a forbidden column, under another name or in another code.

Asked of each pair of one input and one forbidden column, in the table at hand, on one row a person. Three
measures, any of which is enough: an exact recoding; for groups the balanced accuracy of the best rule that
reads the input alone, learnt on one half of the people and tested on the other; for numbers Spearman's
correlation. The last two by the lower limit of their interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import UNKNOWN_GROUP, Bools, Floats, Ints

SAME = 0.95  # lower limit of balanced accuracy or |Spearman| from which two columns are the same thing
FEWEST = 20  # rows on which anything can be said
_CHANCE = 1e-4  # an exact recoding must be rarer than this by chance
_Z = 1.959963984540054  # two-sided 95 %
_MOST_BINS = 128
_ROWS_A_BIN = 20  # of a number with too many values to be taken one by one
_FEW_VALUES = 12  # a number with no more is also a list of groups
_SEED = 20_000  # halves and sample are the same in every run: the answer is part of a record


@dataclass(frozen=True)
class Sameness:
    """What one input tells of one forbidden column: the measure that says most, and over how many people."""

    measure: str
    value: float
    low: float
    n: int
    found: bool

    def __str__(self) -> str:
        """Give the figure in words."""
        if self.measure == "recoding":
            return f"one to one with it in {self.n:,} people"
        return f"{self.measure} {self.value:.3f}, lower limit {self.low:.3f}, {self.n:,} people"


@dataclass(frozen=True)
class Coded:
    """A column prepared once: codes of values or bins (0: missing), of values alone, ranks of numbers."""

    codes: Ints
    exact: Ints
    known: Bools
    ranks: Floats | None


def halves(n: int) -> Bools:
    """Part n rows at random, the same way every time.

    Parameters
    ----------
    n : int

    Returns
    -------
    ndarray of bool (n,)
    """
    mask = np.zeros(n, dtype=np.bool_)
    mask[np.random.default_rng(_SEED).permutation(n)[: n // 2]] = True
    return mask


def one_row_each(subject: npt.NDArray[Any], period: Ints, most: int) -> Ints:
    """Give the last row of every person, of at most so many people drawn at random.

    Parameters
    ----------
    subject, period : ndarray (n,)
    most : int

    Returns
    -------
    ndarray of int
        Positions, rising.
    """
    order = np.lexsort((period, pd.factorize(subject)[0]))
    people = pd.factorize(subject)[0][order]
    last = order[np.append(people[1:] != people[:-1], True)] if len(order) else order
    if len(last) > most:
        last = np.random.default_rng(_SEED).choice(last, most, replace=False)
    return np.sort(last).astype(np.int64)


def coded(values: pd.Series[Any]) -> Coded:
    """Prepare an input or a forbidden column.

    Parameters
    ----------
    values : Series (n,)
        Numbers, flags, categories or labels; `UNKNOWN_GROUP` counts as missing.

    Returns
    -------
    Coded
    """
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if not numeric:
        text = values.astype(object).where(values.notna(), None)
        codes = pd.factorize(text.where(text != UNKNOWN_GROUP, None))[0].astype(np.int64)
        return Coded(codes + 1, codes, codes >= 0, None)
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(numbers)
    exact = pd.factorize(np.where(known, numbers, np.nan), sort=True)[0].astype(np.int64)
    ranks = np.full(len(numbers), np.nan)
    ranks[known] = _rank(numbers[known])
    distinct = int(exact.max(initial=-1)) + 1
    bins = max(10, min(_MOST_BINS, len(numbers) // _ROWS_A_BIN))
    if distinct <= max(bins, len(numbers) // 10):
        return Coded(exact + 1, exact, known, ranks)
    codes = np.zeros(len(numbers), dtype=np.int64)
    codes[known] = 1 + np.minimum((ranks[known] - 1) * bins // max(int(known.sum()), 1), bins - 1)
    return Coded(codes, exact, known, ranks)


def same_thing(input_: Coded, forbidden: Coded, half: Bools) -> Sameness | None:
    """Measure whether an input is a forbidden column in disguise.

    Parameters
    ----------
    input_, forbidden : Coded (n,)
    half : ndarray of bool (n,)
        Rows that the first rule is learnt on, and the second is tested on.

    Returns
    -------
    Sameness or None
        None where fewer than `FEWEST` people have a known value of the forbidden column, or there is but one.
    """
    known = forbidden.known
    n = int(known.sum())
    if n < FEWEST:
        return None
    target = forbidden.exact[known]
    if target.min() == target.max():
        return None
    if _recoded(input_.exact[known], target):
        return Sameness("recoding", 1.0, 1.0, n, found=True)
    best = _told_apart(input_.codes[known], _groups(forbidden, known), half[known])
    if input_.ranks is not None and forbidden.ranks is not None:
        ranked = _ranked(input_.ranks, forbidden.ranks)
        if ranked is not None and (best is None or ranked.low > best.low):
            return ranked
    return best


def _recoded(a: Ints, b: Ints) -> bool:
    """Whether two codings part the rows in the same way, and not by chance."""
    sizes_a, sizes_b = np.bincount(a + 1), np.bincount(b + 1)
    sizes = sizes_a[sizes_a > 0]
    if len(sizes) < 2 or not np.array_equal(np.sort(sizes), np.sort(sizes_b[sizes_b > 0])):
        return False
    # Of all orders of the rows, the share in which the two would agree.
    size, alike = np.unique(sizes, return_counts=True)
    ways = sum(m * math.lgamma(s + 1) + math.lgamma(m + 1) for s, m in zip(size, alike, strict=True))
    if ways - math.lgamma(len(a) + 1) > math.log(_CHANCE):
        return False
    return len(np.unique((a + 1) * (int(b.max()) + 2) + b + 1)) == len(sizes)


def _groups(forbidden: Coded, known: Bools) -> Ints:
    """Groups of the known rows: values where there are few, else quarters by rank."""
    exact = forbidden.exact[known]
    if forbidden.ranks is None or int(exact.max()) < _FEW_VALUES:
        return exact
    ranks = forbidden.ranks[known]
    return np.minimum((ranks - 1) * 4 // len(ranks), 3).astype(np.int64)


def _told_apart(codes: Ints, groups: Ints, half: Bools) -> Sameness | None:
    """Balanced accuracy, out of fold, of the best rule for each group against the rest; the best group's."""
    n_bins, n_groups = int(codes.max()) + 1, int(groups.max()) + 1
    table = np.zeros((2, n_bins, n_groups))
    np.add.at(table, (half.astype(np.int64), codes, groups), 1.0)
    inside, outside = table, table.sum(axis=2, keepdims=True) - table
    sizes = inside.sum(axis=(0, 1))
    right_in, right_out = np.zeros(n_groups), np.zeros(n_groups)
    for learnt, tested in ((0, 1), (1, 0)):
        share_in = inside[learnt] / np.maximum(inside[learnt].sum(axis=0), 1)
        share_out = outside[learnt] / np.maximum(outside[learnt].sum(axis=0), 1)
        says_in = share_in > share_out
        right_in += (inside[tested] * says_in).sum(axis=0)
        right_out += (outside[tested] * ~says_in).sum(axis=0)
    rest = sizes.sum() - sizes
    usable = (sizes >= FEWEST / 2) & (rest >= FEWEST / 2)
    if not usable.any():
        return None
    low = np.where(usable, (_wilson(right_in, sizes) + _wilson(right_out, rest)) / 2, -1.0)
    at = int(np.argmax(low))
    value = (right_in[at] / sizes[at] + right_out[at] / rest[at]) / 2
    return Sameness(
        "balanced accuracy", float(value), float(low[at]), len(codes), found=bool(low[at] >= SAME)
    )


def _wilson(hits: Floats, n: Floats) -> Floats:
    """Lower limits of Wilson's interval."""
    n = np.maximum(n, 1.0)
    p, z2 = hits / n, _Z**2
    half_width = _Z * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return np.asarray((p + z2 / (2 * n) - half_width) / (1 + z2 / n), dtype=np.float64)


def _rank(values: Floats) -> Floats:
    return np.asarray(pd.Series(values).rank(), dtype=np.float64)


def _ranked(a: Floats, b: Floats) -> Sameness | None:
    both = ~(np.isnan(a) | np.isnan(b))
    n = int(both.sum())
    if n < FEWEST:
        return None
    x, y = (_rank(each[both]) for each in (a, b)) if n < len(a) else (a, b)
    if x.min() == x.max() or y.min() == y.max():
        return None
    rho = float(min(abs(np.corrcoef(x, y)[0, 1]), 1 - 1e-12))
    # Fieller, Hartley and Pearson's (1957) variance of the transformed rank correlation.
    low = float(np.tanh(np.arctanh(rho) - _Z * np.sqrt(1.06 / (n - 3))))
    return Sameness("Spearman correlation", rho, low, n, found=low >= SAME)
