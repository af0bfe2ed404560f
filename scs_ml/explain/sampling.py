"""Choose the rows to explain when all would take too long."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Ints
from scs_ml.exceptions import ExplanationError


def sample_rows(n: int, limit: int, *, seed: int) -> Ints:
    """Draw at most `limit` of `n` rows, each as likely as any other, the same ones for the same seed.

    Groups keep their shares in the mean, so that means over the sample, of everybody or of a group, are
    estimates of the means over all rows.

    Parameters
    ----------
    n : int
        Rows there are.
    limit : int
        Rows wanted at most.
    seed : int
        Seed of the draw.

    Returns
    -------
    ndarray of int (min(n, limit),)
        Positions, ascending.

    Raises
    ------
    ExplanationError
        If `limit` is below one.

    Examples
    --------
    >>> sample_rows(1000, 5, seed=0).tolist()
    [269, 307, 510, 635, 847]
    """
    if limit < 1:
        raise ExplanationError(
            f"cannot explain a sample of {limit} rows", remedy="give a limit of one row or more"
        )
    if n <= limit:
        return np.arange(n, dtype=np.int64)
    drawn = np.random.default_rng(seed).choice(n, limit, replace=False)
    return np.sort(drawn).astype(np.int64)
