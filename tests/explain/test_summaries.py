from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.core import Explanation
from scs_ml.exceptions import ExplanationError
from scs_ml.explain import group_means, indirect_share, mean_shap
from scs_ml.schemes import load_scheme

NAMES = ("unpaid_debts", "disorder_reports", "informant_reports", "current_score")


@pytest.fixture
def explanation():
    """Three rows, four inputs (two of them indirect indicators), two boundaries."""
    values = np.zeros((3, 4, 2))
    values[0] = [[1, -1], [2, 0], [0, -4], [2, 0]]
    values[1] = [[-3, 1], [0, 0], [0, 0], [0, 0]]
    raw = values.sum(axis=1)
    return Explanation(
        values, np.zeros(2), raw, np.zeros((3, 2)), np.arange(3), NAMES, "log-odds", "by hand", 0.0
    )


def test_mean_absolute_values_per_indicator_and_boundary(explanation):
    expected = pd.DataFrame(
        [[4 / 3, 2 / 3], [2 / 3, 0], [0, 4 / 3], [2 / 3, 0]],
        index=pd.Index(NAMES, name="indicator"),
        columns=pd.RangeIndex(2, name="boundary"),
    )
    pd.testing.assert_frame_equal(mean_shap(explanation), expected)


def test_signed_means_per_group_with_their_counts(explanation):
    found = group_means(explanation, ["b", "b", "a"]).set_index(["group", "boundary", "indicator"])
    assert found.loc[("b", 0, "unpaid_debts")].tolist() == [-1.0, 2]
    assert found.loc[("b", 1, "informant_reports")].tolist() == [-2.0, 2]
    assert found.loc[("a", 0, "unpaid_debts")].tolist() == [0.0, 1]
    assert len(found) == 2 * 2 * 4


def test_labels_must_be_those_of_the_explained_rows(explanation):
    with pytest.raises(ExplanationError, match="2 group labels were given for 3 explained rows"):
        group_means(explanation, ["a", "b"])


def test_the_share_of_indirect_indicators(explanation):
    """Row 0: 2 + 4 of 1 + 1 + 2 + 4 + 2 = 10; row 1: none; row 2: nothing moved it."""
    np.testing.assert_allclose(indirect_share(explanation, load_scheme("suining")), [0.6, 0, 0])
