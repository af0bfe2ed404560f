"""Numbers whose squares overflow are refused by every forecaster, when it learns and when it forecasts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import InputError, ScsError
from scs_ml.forecast import BASELINES, FORECASTERS

RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=90), "current_score": RNG.normal(size=90)})
Y = (X["current_score"].to_numpy() > 0).astype(int)
KINDS = {**FORECASTERS, **BASELINES}


def spoilt(value):
    bad = X.copy()
    bad.loc[3, "a"] = value
    return bad


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e31, -1e308])
def test_no_forecaster_learns_from_them(name, value):
    with pytest.raises(ScsError) as caught:
        KINDS[name]().fit(spoilt(value), Y)
    assert isinstance(caught.value, ValueError), "as scikit-learn's contract has it"
    assert caught.value.where == "columns a; 1 of 90 rows; first rows: [3]"


@pytest.mark.parametrize("name", ["logit", "boosting", "markov"])
@pytest.mark.parametrize("as_array", [False, True])
def test_none_forecasts_from_them(name, as_array):
    table = X.to_numpy() if as_array else X
    fitted = KINDS[name]().fit(table, Y)
    bad = spoilt(np.inf)
    with pytest.raises(InputError, match="infinity"):
        fitted.predict_proba(bad.to_numpy() if as_array else bad)


def test_categories_beside_them_change_nothing():
    table = spoilt(1e31).assign(kind=pd.Categorical(["x", "y", "z"] * 30))
    with pytest.raises(InputError, match="columns a; 1 of 90 rows"):
        KINDS["logit"]().fit(table, Y)


def test_the_largest_number_and_a_missing_one_are_taken():
    table = X.copy()
    table.loc[3, "a"], table.loc[4, "a"] = 1e30, np.nan
    assert np.isfinite(KINDS["logit"]().fit(table, Y).predict_proba(table)).all()
