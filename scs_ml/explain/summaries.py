"""Explanations in few numbers: per indicator, per group, per kind of indicator."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Explanation, Floats
from scs_ml.exceptions import ExplanationError
from scs_ml.schemes.model import Scheme


def mean_shap(explanation: Explanation) -> pd.DataFrame:
    """Mean |SHAP value| of each indicator at each boundary.

    Parameters
    ----------
    explanation : Explanation

    Returns
    -------
    DataFrame (d, outputs)
        Index: indicators in the model's order; columns: boundaries; unit: that of the explanation's target.
    """
    means = np.abs(explanation.values).mean(axis=0)
    index = pd.Index(explanation.feature_names, name="indicator")
    return pd.DataFrame(means, index=index, columns=pd.RangeIndex(means.shape[1], name="boundary"))


def group_means(explanation: Explanation, groups: npt.ArrayLike) -> pd.DataFrame:
    """Mean SHAP value, signed, of each indicator in each group at each boundary.

    Parameters
    ----------
    explanation : Explanation
    groups : array (m,)
        Group label of each explained row (not of each row of the dataset).

    Returns
    -------
    DataFrame
        Columns ``group``, ``boundary``, ``indicator``, ``mean`` (unit of the target) and ``n`` (rows).

    Raises
    ------
    ExplanationError
        If there is not one label for each explained row.
    """
    labels = np.asarray(groups, dtype=object)
    m, d, outputs = explanation.values.shape
    if len(labels) != m:
        raise ExplanationError(
            f"{len(labels)} group labels were given for {m} explained rows",
            remedy="take the labels at explanation.rows",
        )
    codes, names = pd.factorize(labels, sort=True, use_na_sentinel=False)
    counts = np.bincount(codes)
    sums = np.zeros((len(names), outputs, d))
    np.add.at(sums, codes, explanation.values.transpose(0, 2, 1))
    index = pd.MultiIndex.from_product(
        [names, range(outputs), explanation.feature_names], names=["group", "boundary", "indicator"]
    )
    means = (sums / counts[:, None, None]).ravel()
    return pd.DataFrame({"mean": means, "n": np.repeat(counts, outputs * d)}, index=index).reset_index()


def indirect_share(explanation: Explanation, scheme: Scheme) -> Floats:
    """Share of each row's absolute SHAP values, over all boundaries, that rests on indirect indicators.

    Parameters
    ----------
    explanation : Explanation
    scheme : Scheme
        Says which indicators are indirect; inputs it does not know (a lag) count as not indirect.

    Returns
    -------
    ndarray (m,)
        Within [0, 1]; 0 where nothing moved the forecast.
    """
    vague = {each.name for each in scheme.indicators if each.kind == "indirect"}
    indirect = np.array([name in vague for name in explanation.feature_names])
    weights = np.abs(explanation.values).sum(axis=2)
    total = weights.sum(axis=1)
    part = weights[:, indirect].sum(axis=1)
    return np.asarray(np.divide(part, total, out=np.zeros_like(total), where=total > 0))
