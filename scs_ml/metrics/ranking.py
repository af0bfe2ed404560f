"""How well a score puts people of a better category above those of a worse one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError
from scs_ml.metrics._arrays import category_codes, offending, same_length


def placements(y: npt.ArrayLike, score: npt.ArrayLike, n_categories: int) -> Floats:
    """Share of each category's people whose score lies below a row's own, equal ones counted half.

    The mean of column j over the rows of category k is P(score of k > score of j) + P(equal) / 2; the values
    themselves are DeLong's structural components.

    Parameters
    ----------
    y : array of int, shape (n,)
        Category that came true.
    score : array of shape (n,)
        Higher for a better category.
    n_categories : int
        K.

    Returns
    -------
    array of shape (n, K)
        NaN in the columns of categories without people.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, 837-845.

    Examples
    --------
    >>> placements([0, 0, 1], [0.1, 0.4, 0.4], 2)
    array([[0.25, 0.  ],
           [0.75, 0.5 ],
           [0.75, 0.5 ]])
    """
    codes = category_codes(y, n_categories)
    values = np.asarray(score, dtype=np.float64)
    same_length(y=codes, score=values)
    if np.isnan(values).any():
        raise ScsError("Some scores are missing.", where=offending(np.isnan(values)))
    placed = np.full((len(codes), n_categories), np.nan)
    for j in np.unique(codes):
        ordered = np.sort(values[codes == j])
        below = np.searchsorted(ordered, values, side="left")
        up_to = np.searchsorted(ordered, values, side="right")
        placed[:, j] = (below + up_to) / (2 * len(ordered))
    return placed


def ordinal_auc(y: npt.ArrayLike, score: npt.ArrayLike, n_categories: int) -> float:
    """Mean over all pairs of categories j < k of P(score of k > score of j), equal scores counted half.

    1 where the score orders all categories rightly, 1/2 where it is blind; every pair counts the same,
    however many people it has. With two categories it is the area under the ROC curve. The volume under the
    ROC surface, which asks for all K categories in order at once, is not computed: it shrinks with K.

    Parameters
    ----------
    y : array of int, shape (n,)
        Category that came true.
    score : array of shape (n,)
        Higher for a better category, for instance the expected category.
    n_categories : int
        K.

    Returns
    -------
    float
        Over the pairs of categories that occur; NaN where fewer than two do.

    References
    ----------
    Hand & Till (2001), "A simple generalisation of the area under the ROC curve for multiple class
    classification problems", Mach. Learn. 45, 171-186. Waegeman, De Baets & Boullart (2008), "ROC analysis in
    ordinal regression learning", Pattern Recognit. Lett. 29, 1-9.

    Examples
    --------
    >>> ordinal_auc([0, 1, 2, 2], [0.1, 0.5, 0.5, 0.9], 3)  # pairs 0-1: 1, 0-2: 1, 1-2: 3/4
    0.9166666666666666
    """
    codes = category_codes(y, n_categories)
    placed = placements(codes, score, n_categories)
    present = np.unique(codes)
    pairs = [placed[codes == k, j].mean() for j, k in combinations(present, 2)]
    return float(np.mean(pairs)) if pairs else float("nan")
