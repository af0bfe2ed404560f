"""Group tables with differential privacy: counts, to which noise of a known size was added."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scs_ml.core import Ints, Table
from scs_ml.exceptions import ScsError

MECHANISM = "discrete Laplace (opendp)"


def noised(counts: npt.ArrayLike, epsilon: float) -> Ints:
    """Add discrete Laplace noise to counts of which one person changes one, by 1.

    Parameters
    ----------
    counts : array of int
        Cells into which each person falls once at the most.
    epsilon : float
        Privacy loss; adding or removing a person changes the probability of no result by more than a factor
        of ``exp(epsilon)``.

    Returns
    -------
    ndarray of int
        Of the same shape; a count may be below zero. The noise is drawn from the system's secure source, so
        no seed repeats it.

    Raises
    ------
    ScsError
        If epsilon is no number above zero, or opendp is not installed.

    References
    ----------
    Ghosh, Roughgarden & Sundararajan (2012), "Universally utility-maximizing privacy mechanisms", SIAM J.
    Comput. 41. Dwork, McSherry, Nissim & Smith (2006), "Calibrating noise to sensitivity in private data
    analysis", TCC 2006.
    """
    if not (math.isfinite(epsilon) and epsilon > 0):
        raise ScsError(f"epsilon is above zero, not {epsilon}", remedy="give 1, or less for more privacy")
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise ScsError(
            "tables with differential privacy need opendp, which is not installed",
            remedy="install the extra: pip install scs_ml[privacy]",
        ) from error
    dp.enable_features("contrib")
    exact = np.asarray(counts, dtype=np.int64)
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    measure = dp.m.make_laplace(*space, scale=1.0 / epsilon)
    return np.asarray(measure(exact.ravel().tolist()), dtype=np.int64).reshape(exact.shape)


def expected_error(epsilon: float) -> float:
    """Give the mean absolute noise on one count.

    Parameters
    ----------
    epsilon : float

    Returns
    -------
    float
        ``2 a / (1 - a^2)`` people with ``a = exp(-epsilon)``: that of the two-sided geometric distribution.

    Examples
    --------
    >>> round(expected_error(1.0), 3)
    0.851
    """
    a = math.exp(-epsilon)
    return 2 * a / (1 - a * a)


def private_table(
    name: str, groups: Sequence[str], categories: Sequence[str], counts: npt.ArrayLike, epsilon: float
) -> Table:
    """Publish how many of each group are in each category.

    Parameters
    ----------
    name : str
        Of the attribute.
    groups, categories : sequence of str
        Labels that are known without the data.
    counts : array of int (groups, categories)
        Each person in one cell at the most.
    epsilon : float
        Spent on this table as a whole.

    Returns
    -------
    Table
        Noised counts, none below zero, their sums, and shares of those sums.
    """
    shown = np.maximum(noised(counts, epsilon), 0)
    sums = shown.sum(axis=1)
    rows = []
    for group, row, total in zip(groups, shown, sums, strict=True):
        shares = [float(each / total) if total else None for each in row]
        rows.append((group, int(total), *map(int, row), *shares))
    columns = ("group", "people", *categories, *(f"share {each}" for each in categories))
    return Table(f"private_{name}", f"Categories by {name}, with noise", columns, tuple(rows))
