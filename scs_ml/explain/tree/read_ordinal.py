"""Read an ordinal forecaster: one tree ensemble a boundary, on the columns that its encoder makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.ensemble import TreeEnsemble, side_by_side
from scs_ml.explain.tree.reading import TreeModel, read_model
from scs_ml.explain.tree.sklearn_inputs import feature_names, maker


def read(forecaster: Any) -> TreeModel:
    """Read a forecaster with ``encoder_``, ``estimators_`` and ``boundary_log_odds``.

    Encoded columns belong to the input that the encoder's ``column_indicator_`` names. A derived column,
    which names none, is a feature of its own: it stands after the inputs and is named like the column.

    Parameters
    ----------
    forecaster : fitted

    Returns
    -------
    TreeModel
        One output a boundary: the margin of its estimator. ``boundary_log_odds`` is the same but for the
        digits that a margin loses on its way through a probability, where an estimator gives nothing else.

    Raises
    ------
    ExplanationError
        If it is not fitted, or a boundary is neither a tree model of its log-odds nor constant.
    """
    if not hasattr(forecaster, "estimators_"):
        raise ExplanationError(f"{type(forecaster).__name__} is not fitted", remedy="call its fit first")
    encoder = forecaster.encoder_
    names, feature = _features(encoder, feature_names(encoder))
    boundaries = _boundaries(forecaster.estimators_)
    trees = [each for each in boundaries if isinstance(each, TreeModel)]
    ensemble = side_by_side(
        [
            each.ensemble if isinstance(each, TreeModel) else _constant(each, len(feature))
            for each in boundaries
        ]
    )

    def prepare(X: Any) -> Floats:
        encoded = np.ascontiguousarray(encoder.transform(X), dtype=np.float64)
        return trees[0].prepare(encoded) if trees else encoded

    def raw(X: Any) -> Floats:
        encoded = encoder.transform(X)
        margins = {id(each): each.raw(encoded)[:, 0] for each in {id(tree): tree for tree in trees}.values()}
        return np.column_stack(
            [
                margins[id(each)] if isinstance(each, TreeModel) else np.full(len(encoded), each)
                for each in boundaries
            ]
        )

    return TreeModel(
        replace(ensemble, feature=feature, n_features=len(names)),
        prepare,
        raw,
        names,
        "log-odds of exceeding the boundary",
        tolerance=max((each.tolerance for each in trees), default=1e-8),
        maker=trees[0].maker if trees else maker(),
    )


def _features(encoder: Any, inputs: tuple[str, ...]) -> tuple[tuple[str, ...], Ints]:
    """Names of the features, and the feature (columns,) of each encoded column."""
    names = list(inputs)
    feature = []
    for column, owner in zip(encoder.get_feature_names_out(), encoder.column_indicator_, strict=True):
        if owner:
            feature.append(inputs.index(owner))
        else:
            feature.append(len(names))
            names.append(str(column))
    return tuple(names), np.array(feature, dtype=np.int64)


def _boundaries(estimators: Sequence[Any]) -> list[TreeModel | float]:
    """Read each boundary's estimator once, however many share it; a constant one is its log-odds."""
    read_once: dict[int, TreeModel | float] = {}
    for k, estimator in enumerate(estimators):
        if id(estimator) in read_once:
            continue
        if hasattr(estimator, "exceeds_"):
            read_once[id(estimator)] = float(np.ravel(estimator.decision_function(np.zeros((1, 1))))[0])
            continue
        reading = read_model(estimator)
        if reading.target != "log-odds":
            raise ExplanationError(
                f"boundary {k} is a {type(estimator).__name__}, whose trees add up to the {reading.target}, "
                "not to log-odds",
                remedy="use gradient boosting; scs_ml.explain.explain explains any forecaster, by sampling "
                "where it has to",
            )
        read_once[id(estimator)] = reading
    kinds = sorted({type(each).__name__ for each in estimators if not hasattr(each, "exceeds_")})
    if len(kinds) > 1:
        raise ExplanationError(
            f"boundaries are of different kinds: {', '.join(kinds)}",
            remedy="use one kind of estimator for every boundary",
        )
    return [read_once[id(estimator)] for estimator in estimators]


def _constant(log_odds: float, columns: int) -> TreeEnsemble:
    """Give the ensemble without trees, of a boundary that everyone is on one side of."""
    nothing = np.empty(0, dtype=np.int64)
    return TreeEnsemble(
        first_node=np.zeros(1, dtype=np.int64),
        column=nothing,
        left=nothing,
        right=nothing,
        threshold=np.empty(0),
        missing_left=np.empty(0, dtype=np.bool_),
        unlisted_left=np.empty(0, dtype=np.bool_),
        left_codes={},
        codes={},
        cover=np.empty(0),
        value=np.empty((0, 1)),
        output=np.empty((0, 1), dtype=np.int64),
        base=np.array([log_odds]),
        feature=np.arange(columns),
        n_features=columns,
    )
