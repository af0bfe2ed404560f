"""Inputs as XGBoost's trees see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Floats
from scs_ml.exceptions import ExplanationError


def preparation(booster: Any, cats: dict[str, Any] | None, missing: float) -> Callable[[Any], Floats]:
    """Make the function that turns inputs into what a booster's trees see.

    Parameters
    ----------
    booster : Booster
    cats : mapping or None
        Levels of the categories of the fit, as the JSON form holds them; empty where codes were given.
    missing : float
        Value that stands for a missing one, besides NaN.

    Returns
    -------
    callable
        X -> ndarray (n, columns), rounded to float32.
    """
    known = _known_levels(cats)
    names = booster.feature_names
    categorical = [at for at, kind in enumerate(booster.feature_types or []) if kind == "c"]

    def prepare(X: Any) -> Floats:
        if isinstance(X, pd.DataFrame):
            if names is not None and list(map(str, X.columns)) != list(names):
                raise ExplanationError(
                    "the columns are not those of the fit, in the same order",
                    where=f"columns {', '.join(map(str, X.columns[:5]))}, ...",
                    remedy=f"give {', '.join(names[:5])}, ...",
                )
            values = np.column_stack([_column(X.iloc[:, at], known.get(at)) for at in range(X.shape[1])])
        else:
            values = np.array(X, dtype=np.float32)
        prepared = np.array(values, dtype=np.float64, order="C")
        if not np.isnan(missing):
            prepared[prepared == np.float32(missing)] = np.nan
        # A code is the whole part of a value; the library turns all negative ones away.
        prepared[:, categorical] = np.floor(prepared[:, categorical])
        return prepared

    return prepare


def _known_levels(cats: dict[str, Any] | None) -> dict[int, list[Any]]:
    """Levels of each column that was given as categories: whole numbers, or strings cut from UTF-8."""
    known: dict[int, list[Any]] = {}
    for at, each in enumerate(cats["enc"] if cats else []):
        if "offsets" not in each:
            known[at] = each["values"]
        elif each["values"]:
            text = np.array(each["values"], dtype=np.int8).tobytes()
            ends = zip(each["offsets"][:-1], each["offsets"][1:], strict=True)
            known[at] = [text[low:high].decode("utf-8", "replace") for low, high in ends]
    return known


def _column(column: pd.Series[Any], levels: list[Any] | None) -> npt.NDArray[np.float32]:
    """Values (n,) of a column in float32; of a category, its places among the levels of the fit."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.to_numpy(dtype=np.float32, na_value=np.nan)
    codes = column.cat.codes.to_numpy()
    place = np.arange(len(column.cat.categories))
    if levels is not None:
        place = pd.Index(levels).get_indexer(column.cat.categories)
    unknown = column.cat.categories[place < 0]
    if len(unknown):
        raise ExplanationError(
            f"{column.name} has levels that the model does not know: {', '.join(map(str, unknown[:5]))}",
            where=f"column {column.name}",
            remedy="remove them from the column's categories, and keep to ASCII: "
            "some versions of xgboost cut other names short",
        )
    return np.where(codes >= 0, place[codes], np.nan).astype(np.float32)
