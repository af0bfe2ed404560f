"""Probabilities over all categories, from forecasters of any make."""

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.forecast import FORECASTERS
from scs_ml.forecast.probabilities import category_probabilities


class Overflowing:
    """A model of others whose probabilities break down in one row."""

    classes_ = np.arange(3)

    def predict_proba(self, X):
        probabilities = np.full((len(X), 3), 1 / 3)
        probabilities[7] = np.nan
        return probabilities


def test_what_is_no_number_becomes_no_category():
    X = pd.DataFrame({"a": np.zeros(60)})
    with pytest.raises(ScsError, match="no finite numbers") as caught:
        category_probabilities(Overflowing(), X, 4)
    assert caught.value.where == "1 of 60 rows; first rows: [7]"


def test_a_class_nobody_learned_has_a_column_all_the_same():
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"a": rng.normal(size=60)}), rng.integers(0, 3, 60)
    model = FORECASTERS["qda"]().fit(X, y)
    assert category_probabilities(model, X, 4).shape == (60, 4)
    X.loc[7, "a"] = 1e200  # its square is infinite
    with pytest.raises(ScsError, match="beyond 1e\\+30"):
        category_probabilities(model, X, 4)
