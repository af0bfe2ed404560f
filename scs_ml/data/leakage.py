"""Leakage: an indicator that is the answer in disguise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats

_SHARE = 0.99  # nearly all rows
_ROWS = 10  # rows beside the commonest answer, at least: fewer agree by chance
_REPEATS = 5  # rows for each distinct value, on average: values that hardly repeat determine anything


def gives_away(values: pd.Series[Any], answer: pd.Series[Any]) -> str | None:
    """Tell how a column gives an answer away; None where it does not.

    A column determines an answer when the answer follows from its value in nearly all rows. Rows with the
    commonest answer do not count: two rare events agree that they are rare.

    Parameters
    ----------
    values, answer : Series (n,)
        Numbers or text; rows in which either is missing are passed over.

    Returns
    -------
    str or None
        ``"equals"``, ``"is a linear function of"`` or ``"determines"``.
    """
    known = (values.notna() & answer.notna()).to_numpy()
    x, t = values[known], answer[known]
    sizes = t.value_counts()
    if len(sizes) < 2 or x.nunique() < 2 or (beside := len(t) - sizes.iloc[0]) < _ROWS:
        return None
    if pd.api.types.is_numeric_dtype(x.dtype) and pd.api.types.is_numeric_dtype(t.dtype):
        numeric = _same_number(x.to_numpy(dtype=np.float64), t.to_numpy(dtype=np.float64), sizes.index[0])
        if numeric:
            return numeric
    if _REPEATS * max(x.nunique(), len(sizes)) > len(x):
        return None
    pairs = pd.DataFrame({"x": pd.factorize(x)[0], "t": pd.factorize(t)[0]}).value_counts()
    follows = pairs.groupby(level="x").max().sum()
    return "determines" if follows - sizes.iloc[0] >= _SHARE * beside else None


def _same_number(x: Floats, t: Floats, commonest: float) -> str | None:
    if np.mean(np.isclose(x, t, rtol=1e-9)[t != commonest]) >= _SHARE:
        return "equals"
    linear = len(np.unique(t)) > 2 and abs(np.corrcoef(x, t)[0, 1]) > 1 - 1e-12
    return "is a linear function of" if linear else None
