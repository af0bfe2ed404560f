"""A classifier's probabilities of each class, as probabilities of exceeding each boundary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.reading import TreeModel


def exceedance_model(model: TreeModel, categories: Ints) -> TreeModel:
    r"""Cumulate the leaves of trees that are averaged into class probabilities.

    .. math:: P(y > k) = \sum_{j > k} P(y = j)

    is linear in the probabilities, so that trees with cumulated leaves are exact for it.

    Parameters
    ----------
    model : TreeModel
        Whose target is ``"probability of each class"``.
    categories : ndarray of int (outputs,)
        Category code of each class, ascending, none negative.

    Returns
    -------
    TreeModel
        One output for each boundary below the last category; boundaries with no class between them are alike.

    Raises
    ------
    ExplanationError
        If the model's output is anything else.
    """
    if model.target != "probability of each class":
        raise ExplanationError(
            f"the trees add up to the {model.target}, from which no sum gives the probability of exceeding a "
            "boundary",
            remedy="explain the model's own output with TreeShap",
        )
    exceeds = (categories[:, None] > np.arange(categories[-1])).astype(np.float64)

    def raw(X: Any) -> Floats:
        return np.asarray(model.raw(X) @ exceeds, dtype=np.float64)

    trees = model.ensemble
    boundaries = np.arange(exceeds.shape[1])
    # Every averaged tree has a value for every class, in their order.
    cumulated = replace(
        trees,
        value=trees.value @ exceeds,
        output=np.tile(boundaries, (trees.n_trees, 1)),
        base=trees.base @ exceeds,
    )
    return replace(model, ensemble=cumulated, raw=raw, target="probability of exceeding the boundary")
