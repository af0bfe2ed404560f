"""Choose the rows to explain when all would take too long."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Ints
from scs_ml.exceptions import ExplanationError

# A stratum of up to this many rows is kept whole where the limit allows it: of fewer a mean says little.
SMALL_STRATUM = 50


def sample_rows(n: int, limit: int, *, seed: int, strata: npt.ArrayLike | None = None) -> Ints:
    """Draw at most `limit` of `n` rows, the same ones for the same seed, small strata kept whole.

    Every stratum first gets an equal part of the limit, at most `SMALL_STRATUM` rows and at most all it has;
    what is left of the limit is shared in proportion to the rows not drawn yet. Strata are therefore not in
    proportion to their size: compare strata, or weight them, but take no plain mean over all rows.

    Parameters
    ----------
    n : int
        Rows there are.
    limit : int
        Rows wanted at most.
    seed : int
        Seed of the draw.
    strata : array (n,), optional
        Label of each row's stratum, such as its group.

    Returns
    -------
    ndarray of int (min(n, limit),)
        Positions, ascending.

    Raises
    ------
    ExplanationError
        If `limit` is below one or `strata` has another length than `n`.

    Examples
    --------
    >>> rows = sample_rows(1000, 200, seed=0, strata=["few"] * 20 + ["many"] * 980)
    >>> len(rows), int((rows < 20).sum())
    (200, 20)
    """
    if limit < 1:
        raise ExplanationError(
            f"cannot explain a sample of {limit} rows", remedy="give a limit of one row or more"
        )
    if n <= limit:
        return np.arange(n, dtype=np.int64)
    codes = np.zeros(n, dtype=np.int64)
    if strata is not None:
        codes = pd.factorize(np.asarray(strata, dtype=object), use_na_sentinel=False)[0].astype(np.int64)
    if len(codes) != n:
        raise ExplanationError(f"strata has {len(codes)} labels for {n} rows", remedy="give one label a row")
    counts = np.bincount(codes)
    sizes = _allocate(counts, limit)
    # A random order, then stable by stratum: the first rows of each block are its draw.
    order = np.random.default_rng(seed).permutation(n)
    order = order[np.argsort(codes[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    drawn = [order[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    return np.sort(np.concatenate(drawn)).astype(np.int64)


def _allocate(counts: Ints, limit: int) -> Ints:
    """Rows to draw from each stratum, summing to `limit` (largest remainders decide the last ones)."""
    sizes = np.minimum(counts, min(SMALL_STRATUM, limit // len(counts)))
    left, rest = counts - sizes, limit - int(sizes.sum())
    exact = left * (rest / left.sum())
    extra = np.floor(exact).astype(np.int64)
    largest = np.argsort(extra - exact, kind="stable")[: rest - int(extra.sum())]
    extra[largest] += 1
    return np.asarray(sizes + extra, dtype=np.int64)
