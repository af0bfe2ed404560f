"""Whether indicators foretell what is left of a score: then the rules are not those it was made by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.checks._predictability import levels
from scs_ml.core import Bools, Floats
from scs_ml.inference.least_squares import least_squares

FORETOLD, CHANCE = 0.01, 0.01  # share of the rest that the table may foretell, and the chance it is none


def foretold_of_everybody(value: Floats, beside: Floats, more: Floats, without: Sequence[Bools]) -> bool:
    """Say whether columns foretell what others leave, whichever group is left out.

    A wrong rule leaves what the table foretells of everybody; a wrong done to one group leaves nothing of
    the kind among all others.

    Parameters
    ----------
    value : ndarray (r,)
    beside, more : ndarray (r, k), (r, m)
        Columns that may explain the value, and those that should not foretell the rest.
    without : sequence of ndarray of bool (r,)
        Everybody but the members of a group, for every group.

    Returns
    -------
    bool
        By an F test at 1 % that must show more than 1 % of the rest.
    """
    if not _share_foretold(value, beside, more, CHANCE):
        return False
    # Fewer people show less: what is foretold of everybody need be no more than likely among them.
    return all(_share_foretold(value[s], beside[s], more[s], 10 * CHANCE) for s in without)


def steps(frame: pd.DataFrame) -> Floats:
    """One 0/1 column per level (numbers: per tenth) but the first, and the numbers themselves."""
    return np.column_stack([_steps(frame[name]) for name in frame])


def _steps(values: pd.Series) -> Floats:
    codes = levels(values)
    columns = [np.asarray(codes[:, None] == np.unique(codes)[1:], dtype=np.float64)]
    if pd.api.types.is_numeric_dtype(values):
        columns.append(np.asarray(values.astype(np.float64).fillna(0.0), dtype=np.float64)[:, None])
    return np.column_stack(columns)


def _share_foretold(value: Floats, beside: Floats, more: Floats, chance: float) -> bool:
    small, large = least_squares(value, beside), least_squares(value, np.column_stack([beside, more]))
    freedom, added = len(value) - large.rank, large.rank - small.rank
    rest, gained = float(np.sum(large.left**2)), float(np.sum(small.left**2) - np.sum(large.left**2))
    if freedom < 1 or added < 1 or not rest > 0:
        return False
    share = 1 - (rest / freedom) / (float(np.sum(small.left**2)) / (freedom + added))
    return share > FORETOLD and float(stats.f.sf(gained / added / (rest / freedom), added, freedom)) < chance
