"""`explain`: choose how a forecaster can be explained; what comes back adds up to the forecaster's output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import LAGS, Explanation, Ints, Progress
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.agnostic import explain_agnostic
from scs_ml.explain.ordinal import explain_ordinal, read_boundaries
from scs_ml.explain.tree_classifiers import explain_tree_classifier, read_classifier

# Rows explained in a minute: exactly, and by sampling coalitions for each row.
_EXACT_ROWS, _SAMPLED_ROWS = 50_000, 500


def affordable_rows(forecaster: Any) -> int:
    """How many rows `explain` gets through in a minute: more where its values are exact.

    Parameters
    ----------
    forecaster : Forecaster
        Fitted.

    Returns
    -------
    int
    """
    return _EXACT_ROWS if explained_exactly(forecaster) else _SAMPLED_ROWS


def explained_exactly(forecaster: Any) -> bool:
    """Whether `explain` computes a forecaster's values, and does not sample them.

    Parameters
    ----------
    forecaster : Forecaster
        Fitted.

    Returns
    -------
    bool
    """
    return read_boundaries(forecaster) is not None or read_classifier(forecaster) is not None


def explain(
    forecaster: Any,
    X: pd.DataFrame,
    *,
    background: pd.DataFrame | None = None,
    rows: npt.ArrayLike | None = None,
    through: Sequence[str] = LAGS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Explanation:
    """SHAP values of a forecaster, per indicator and boundary, checked against its own output.

    Ordinal forecasters whose boundaries are linear models or boosted trees are explained in log-odds: an
    indicator is one player, however many columns encode it, and derived columns are passed on to the
    indicators behind them. So is boosting over two categories. Trees and forests that are averaged are
    explained in the probability of exceeding each boundary. All of that is exact; every other classifier over
    category codes is explained by sampling, in the same probability: ``docs/explanations.md``.

    Parameters
    ----------
    forecaster : Forecaster
        Fitted.
    X : DataFrame (n, d)
        Model inputs.
    background : DataFrame (b, d), optional
        Rows that stand for "not known", all of them (a seeded sample where the explanation is
        model-agnostic), and over which lag columns are regressed; trees are then explained interventionally.
        Default: trees follow their own training counts (path-dependent values); `X` serves for the rest.
    rows : array (m,), optional
        Positions in `X` to explain (or a mask); all when None. See `sample_rows`.
    through : sequence of str
        Lag columns to explain through, to the indicators that make them up. Names that `X` lacks are ignored;
        model-agnostic explanations leave the attribution on the lag and say so.
    seed : int
        Seed of the model-agnostic explanation; the others draw nothing.
    progress : Progress, optional
        Called after each boundary or row.

    Returns
    -------
    Explanation

    Raises
    ------
    ExplanationError
        If the rows, the columns or the classifier cannot be explained, or the explanation does not add up.

    References
    ----------
    Lundberg & Lee (2017), A unified approach to interpreting model predictions, NeurIPS 30. Lundberg et al.
    (2020), From local explanations to global understanding with explainable AI for trees, Nature Machine
    Intelligence 2.
    """
    if not hasattr(forecaster, "classes_"):
        raise ExplanationError(
            f"this {type(forecaster).__name__} is not fitted: it has no classes_", remedy="fit it first"
        )
    if hasattr(forecaster, "encoder_") and not hasattr(forecaster, "feature_names_in_"):
        raise ExplanationError(
            "this forecaster was fitted without column names, so its values have no indicators to belong to",
            remedy="fit it on a DataFrame",
        )
    for what, frame in (("X", X), ("background", X if background is None else background)):
        if not isinstance(frame, pd.DataFrame):
            raise ExplanationError(f"{what} must be a DataFrame, got {type(frame).__name__}")
    names = [str(name) for name in getattr(forecaster, "feature_names_in_", X.columns)]
    X = _columns(X, names, "X")
    reference = None if background is None else _columns(background, names, "background")
    positions = _positions(rows, len(X))
    boundaries = read_boundaries(forecaster)
    if boundaries is not None:
        return explain_ordinal(
            forecaster, boundaries, X, reference, positions, through=through, progress=progress
        )
    trees = read_classifier(forecaster)
    if trees is not None:
        return explain_tree_classifier(
            forecaster, trees, X, reference, positions, through=through, progress=progress
        )
    return explain_agnostic(
        forecaster, X, reference, positions, through=through, seed=seed, progress=progress
    )


def _columns(frame: pd.DataFrame, names: list[str], what: str) -> pd.DataFrame:
    """The columns that the forecaster was fitted on, in its order."""
    if missing := [name for name in names if name not in frame.columns]:
        raise ExplanationError(
            f"{what} lacks {len(missing)} of the {len(names)} columns the forecaster was fitted on",
            where=f"columns {', '.join(missing[:5])}",
            remedy="give the same indicators as in training",
        )
    if frame.empty:
        raise ExplanationError(f"{what} has no rows")
    found = frame[names].reset_index(drop=True)
    if twice := found.columns[found.columns.duplicated()].unique().tolist():
        raise ExplanationError(
            f"{what} has several columns of the same name",
            where=f"columns {', '.join(twice[:5])}",
            remedy="keep one of each",
        )
    return found


def _positions(rows: npt.ArrayLike | None, n: int) -> Ints:
    """Positions of the rows to explain, from positions, a mask or None."""
    if rows is None:
        return np.arange(n, dtype=np.int64)
    wanted = np.atleast_1d(np.asarray(rows))
    if wanted.ndim > 1:
        raise ExplanationError(
            f"rows have the shape {wanted.shape}", remedy="give one list of positions, or a mask"
        )
    if not wanted.size or (wanted.dtype == np.bool_ and not wanted.any()):
        raise ExplanationError("there are no rows to explain", remedy="leave `rows` out to explain all")
    try:
        positions: Ints = np.arange(n, dtype=np.int64)[wanted]
    except IndexError as error:
        raise ExplanationError(
            f"rows are no positions in a table of {n} rows: {error}",
            remedy=f"give whole numbers in 0..{n - 1}",
        ) from None
    return positions
