"""The one place where forecasters and encoders check what they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d, validate_data

from scs_ml.core import LARGEST, Floats, Ints
from scs_ml.exceptions import InputError, ScsError

_BLOCK_ROWS = 65_536  # forecast at once


def input_frame(estimator: Any, X: Any, *, reset: bool) -> pd.DataFrame:
    """Check model inputs as scikit-learn does, and give them as a frame.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` (and ``feature_names_in_``) when `reset`, is compared with them otherwise.
    X : DataFrame or array of shape (n, d)
        Numbers (NaN where missing) and, in a frame, columns of ``category`` dtype.
    reset : bool
        True while fitting.

    Returns
    -------
    DataFrame (n, d)
        Columns are float64 or ``category``; those of an array are named ``x0``, ``x1``, ...

    Raises
    ------
    ScsError
        If a column of a frame holds text, or a frame with categories has no rows; an `InputError` for numbers
        that are infinite, or beyond 1e30.
    ValueError
        As scikit-learn raises it, for anything else that is no table of numbers.
    """
    if isinstance(X, pd.DataFrame) and not _all_plain(X):
        _refuse_text(X)
        validate_data(estimator, X, skip_check_array=True, reset=reset)
        if not len(X):
            raise ScsError("the table of indicators has no rows")
        plain = [i for i in range(X.shape[1]) if not isinstance(X.dtypes.iloc[i], pd.CategoricalDtype)]
        numbers = _numbers(X.iloc[:, plain], estimator) if plain else np.empty((len(X), 0))
        at = {i: numbers[:, j] for j, i in enumerate(plain)}
        columns = {str(name): at[i] if i in at else X.iloc[:, i].array for i, name in enumerate(X.columns)}
        return pd.DataFrame(columns, copy=False)
    array = _sized(validate_data(estimator, X, dtype=np.float64, ensure_all_finite=False, reset=reset), X)
    names = [str(name) for name in X.columns] if isinstance(X, pd.DataFrame) else None
    return pd.DataFrame(array, columns=names or [f"x{i}" for i in range(array.shape[1])], copy=False)


def checked(X: Any, frame: pd.DataFrame) -> Any:
    """Give checked inputs as the kind of table they came in, so that encoders see the names there were."""
    return frame if isinstance(X, pd.DataFrame) else frame.to_numpy()


def checked_inputs(estimator: Any, X: Any) -> Any:
    """Check inputs of a fitted estimator; a frame comes back as a frame, all else as an array."""
    if isinstance(X, pd.DataFrame):
        return input_frame(estimator, X, reset=False)
    return _sized(validate_data(estimator, X, dtype=np.float64, ensure_all_finite=False, reset=False), X)


def in_blocks(estimator: Any, X: Any, forecast: Callable[[Any], Floats], k: int) -> Floats:
    """Forecast rows some at a time, so that a million of them need little more room than their output.

    Parameters
    ----------
    estimator : estimator
        Fitted; its inputs are checked against those of the fit. Its ``_block_rows``, if any, are forecast at
        once.
    X : DataFrame or array of shape (n, d)
    forecast : callable
        Gives (m, k) for checked rows.
    k : int
        Columns of the output.

    Returns
    -------
    array of shape (n, k)
    """
    rows = getattr(estimator, "_block_rows", _BLOCK_ROWS)
    if not isinstance(X, pd.DataFrame | np.ndarray) or len(X) <= rows:
        return forecast(checked_inputs(estimator, X))
    out = np.empty((len(X), k))
    for first in range(0, len(X), rows):
        out[first : first + rows] = forecast(checked_inputs(estimator, X[first : first + rows]))
    return out


def target(estimator: Any, X: Any, y: Any) -> npt.NDArray[Any]:
    """Check the labels (n,) of a classifier as scikit-learn does."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y is None."
        )
    labels: npt.NDArray[Any] = column_or_1d(y, warn=True)
    check_array(labels, ensure_2d=False, dtype=None, input_name="y", estimator=estimator)
    check_consistent_length(X, labels)
    check_classification_targets(labels)
    return labels


def class_codes(labels: npt.NDArray[Any], n_categories: int | None) -> tuple[npt.NDArray[Any], Ints]:
    """Give the classes (K,) and the position of every label among them (n,).

    With `n_categories` the classes are ``0..K-1``, whether or not each was seen; else they are the labels
    seen, in sorted order.
    """
    if n_categories is None:
        classes, codes = np.unique(labels, return_inverse=True)
        return classes, codes.astype(np.int64)
    whole = labels.dtype.kind in "iub" or (
        labels.dtype.kind == "f" and bool((labels == np.floor(labels)).all())
    )
    bad = ~((labels >= 0) & (labels < n_categories)) if whole else np.ones(len(labels), dtype=bool)
    if bad.any():
        raise ScsError(
            f"y must hold category codes 0..{n_categories - 1}",
            where=f"{int(bad.sum())} of {len(labels)} rows; first rows: {np.flatnonzero(bad)[:5].tolist()}; "
            f"values {np.unique(labels[bad])[:5].tolist()}",
            remedy="leave out the rows whose category is not known (-1), and give codes rather than labels",
        )
    return np.arange(n_categories), labels.astype(np.int64)


def _all_plain(X: pd.DataFrame) -> bool:
    """Whether scikit-learn can read the whole frame as numbers."""
    return all(pd.api.types.is_numeric_dtype(kind) for kind in X.dtypes)


def _refuse_text(X: pd.DataFrame) -> None:
    text = [
        str(name)
        for name, kind in X.dtypes.items()
        if pd.api.types.is_string_dtype(kind) and not isinstance(kind, pd.CategoricalDtype)
    ]
    if text:
        raise ScsError(
            "columns of text cannot be forecast from",
            where=f"columns {', '.join(text)}",
            remedy="give them category dtype with all their levels",
        )


def _numbers(X: pd.DataFrame, estimator: Any) -> Floats:
    array: Floats = check_array(
        X, dtype=np.float64, ensure_all_finite=False, estimator=estimator, input_name="X"
    )
    return _sized(array, X)


def _sized(array: Floats, X: Any) -> Floats:
    """Refuse numbers (n, d) whose squares a forecaster could not add up."""
    # Two passes that make no copy: most inputs have nothing to refuse. NaN compares as neither.
    largest = max(np.fmax.reduce(array, axis=None, initial=0), -np.fmin.reduce(array, axis=None, initial=0))
    if largest <= LARGEST:
        return array
    bad = np.abs(array) > LARGEST
    names = list(X.columns) if isinstance(X, pd.DataFrame) else [f"x{i}" for i in range(array.shape[1])]
    columns = [str(names[at]) for at in np.flatnonzero(bad.any(axis=0))]
    rows = np.flatnonzero(bad.any(axis=1))
    raise InputError(
        f"Input X contains infinity, or numbers beyond {LARGEST:g} in size",
        where=f"columns {', '.join(columns[:5])}; {len(rows):,} of {len(array):,} rows; "
        f"first rows: {rows[:5].tolist()}",
        remedy="correct these values, or give NaN where nothing was measured",
    )
