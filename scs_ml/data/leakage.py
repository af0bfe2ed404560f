"""Leakage: an indicator that is the answer in disguise, or was written down after the fact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats

_SHARE = 0.99  # nearly all rows
_ROWS = 10  # rows beside the commonest pair of values, at least: fewer agree by chance


def same_information(values: pd.Series[Any], target: pd.Series[Any]) -> str | None:
    """Tell how a column gives a target away; None where it does not.

    Two columns are one-to-one when the commonest target of a value and the commonest value of a target name
    each other in nearly all rows. Rows of the commonest pair do not count: two rare events agree that they
    are rare.

    Parameters
    ----------
    values, target : Series (n,)
        Numbers or text; rows in which either is missing are passed over.

    Returns
    -------
    str or None
        ``"equals"``, ``"is a linear function of"`` or ``"is one-to-one with"``.
    """
    known = (values.notna() & target.notna()).to_numpy()
    x, t = values[known], target[known]
    if x.nunique() < 2 or t.nunique() < 2:
        return None
    if pd.api.types.is_numeric_dtype(x.dtype) and pd.api.types.is_numeric_dtype(t.dtype):
        numeric = _same_number(x.to_numpy(dtype=np.float64), t.to_numpy(dtype=np.float64))
        if numeric:
            return numeric
    if max(x.nunique(), t.nunique()) > len(x) / 2:
        return None  # values that hardly repeat are trivially one-to-one
    x_codes, t_codes = pd.factorize(x)[0], pd.factorize(t)[0]
    pairs = pd.DataFrame({"x": x_codes, "t": t_codes}).value_counts().rename("n").reset_index()
    best = (pairs["n"] == pairs.groupby("x")["n"].transform("max")) & (
        pairs["n"] == pairs.groupby("t")["n"].transform("max")
    )
    matched, commonest = pairs.loc[best, "n"].sum(), pairs["n"].max()
    beside = len(x) - commonest
    if pairs.loc[best, "x"].nunique() < 2 or beside < _ROWS or matched - commonest < _SHARE * beside:
        return None
    return "is one-to-one with"


def _same_number(x: Floats, t: Floats) -> str | None:
    values, counts = np.unique(t, return_counts=True)
    beside = t != values[counts.argmax()]
    if beside.sum() >= _ROWS and np.mean(np.isclose(x, t, rtol=1e-9)[beside]) >= _SHARE:
        return "equals"
    if len(x) >= _ROWS and len(values) > 2 and abs(np.corrcoef(x, t)[0, 1]) > 1 - 1e-12:
        return "is a linear function of"
    return None
