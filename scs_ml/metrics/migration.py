"""How people move between categories from one period to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.metrics._arrays import category_codes, same_length


@dataclass(frozen=True)
class Migration:
    """Moves from the categories of one period (rows) to those of another (columns). Add to merge.

    Attributes
    ----------
    counts : array of int, shape (K, K)
        `counts[i, j]` people went from category i to category j.
    """

    counts: Ints

    def __add__(self, other: Migration) -> Migration:
        if self.counts.shape != other.counts.shape:
            raise ScsError(
                f"Migrations over {len(self.counts)} and {len(other.counts)} categories do not merge."
            )
        return Migration(self.counts + other.counts)

    @property
    def shares(self) -> Floats:
        """Row shares, shape (K, K): where those of category i went. NaN in the rows of empty categories."""
        total = self.counts.sum(axis=1, keepdims=True).astype(np.float64)
        total[total == 0] = np.nan
        return np.asarray(self.counts / total)


def migration_matrix(before: npt.ArrayLike, after: npt.ArrayLike, n_categories: int) -> Migration:
    """Count moves between two periods of the same people.

    Parameters
    ----------
    before, after : arrays of int, shape (n,)
        Category of each person in the earlier and in the later period.
    n_categories : int
        K.

    Returns
    -------
    Migration

    Raises
    ------
    ScsError
        If lengths differ or a value is not a category code.
    """
    start = category_codes(before, n_categories, "before")
    end = category_codes(after, n_categories, "after")
    same_length(before=start, after=end)
    flat = np.bincount(start * n_categories + end, minlength=n_categories**2)
    return Migration(flat.reshape(n_categories, n_categories).astype(np.int64))
