from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.forecast import BoostingClassifier, IndicatorEncoder

FRAME = pd.DataFrame(
    {
        "debts": [1.0, np.nan, 3.0],
        "home": pd.Categorical(["own", "rent", None], categories=["free", "own", "rent"]),
        "constant": [7.0, 7.0, 7.0],
    }
)


def test_numbers_pass_and_categories_become_one_column_a_level():
    encoder = IndicatorEncoder().fit(FRAME)
    assert encoder.column_indicator_ == ("debts", "home", "home", "home", "constant")
    names = ["debts", "home=free", "home=own", "home=rent", "constant"]
    assert encoder.get_feature_names_out().tolist() == names
    np.testing.assert_array_equal(
        encoder.transform(FRAME), [[1, 0, 1, 0, 7], [np.nan, 0, 0, 1, 7], [3, 0, 0, 0, 7]]
    )
    assert encoder.derived(FRAME) == {}


def test_scaled_and_imputed_by_hand():
    # debts: mean 2, population SD 1, median 2; a constant is only centred.
    encoder = IndicatorEncoder(scale=True, impute=True).fit(FRAME)
    assert encoder.column_indicator_ == ("debts", "debts", "home", "home", "home", "constant")
    assert encoder.get_feature_names_out()[1] == "debts is missing"
    np.testing.assert_array_equal(
        encoder.transform(FRAME), [[-1, 0, 0, 1, 0, 0], [0, 1, 0, 0, 1, 0], [1, 0, 0, 0, 0, 0]]
    )


def test_a_number_missing_only_later_gets_the_median_and_no_column():
    encoder = IndicatorEncoder(impute=True).fit(FRAME[["constant"]])
    np.testing.assert_array_equal(encoder.transform(pd.DataFrame({"constant": [np.nan]})), [[7]])


def test_a_number_that_is_always_missing_is_zero():
    empty = pd.DataFrame({"x": [np.nan, np.nan]})
    encoded = IndicatorEncoder(scale=True, impute=True).fit_transform(empty)
    np.testing.assert_array_equal(encoded, [[0, 1], [0, 1]])


def test_levels_are_matched_by_name_and_not_by_position():
    encoder = IndicatorEncoder().fit(FRAME)
    other = FRAME.assign(home=pd.Categorical(["rent", "own", "own"], categories=["rent", "own"]))
    np.testing.assert_array_equal(encoder.transform(other)[:, 1:4], [[0, 0, 1], [0, 1, 0], [0, 1, 0]])


def test_an_unknown_level_is_named():
    encoder = IndicatorEncoder().fit(FRAME)
    other = FRAME.assign(home=pd.Categorical(["own", "boat", None], categories=["own", "boat"]))
    with pytest.raises(ScsError, match="boat") as caught:
        encoder.transform(other)
    assert "1 of 3 rows; first rows: [1]" in caught.value.where


def test_text_and_lost_categories_and_empty_tables_are_refused():
    with pytest.raises(ScsError, match="text cannot be forecast from"):
        IndicatorEncoder().fit(FRAME.assign(home=["a", "b", "c"]))
    encoder = IndicatorEncoder().fit(FRAME)
    with pytest.raises(ScsError, match="was a category"):
        encoder.transform(FRAME.assign(home=[1.0, 2.0, 3.0]))
    with pytest.raises(ScsError, match="no rows"):
        IndicatorEncoder().fit(FRAME.iloc[:0])


def test_infinite_numbers_are_refused_beside_categories():
    with pytest.raises(ValueError, match="infinity"):
        IndicatorEncoder().fit(FRAME.assign(debts=[1.0, np.inf, 2.0]))


def test_flags_and_whole_numbers_beside_categories_become_floats():
    frame = pd.DataFrame(
        {"flag": [True, False], "whole": pd.array([1, None], dtype="Int64"), "c": pd.Categorical(["a", "b"])}
    )
    np.testing.assert_array_equal(IndicatorEncoder().fit_transform(frame), [[1, 1, 1, 0], [0, np.nan, 0, 1]])


def test_a_table_of_categories_alone():
    assert IndicatorEncoder().fit_transform(FRAME[["home"]]).tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_a_number_that_nobody_had_is_zero_for_everyone():
    X = pd.DataFrame({"never": [np.nan] * 3, "known": [1.0, 2.0, 3.0]})
    for settings in ({}, {"scale": True, "impute": True}):
        encoder = IndicatorEncoder(**settings).fit(X)
        encoded = encoder.transform(X.assign(never=[5.0, np.nan, 7.0]))
        assert (encoded[:, 0] == 0).all()
    y = [0, 1, 1]
    model = BoostingClassifier().fit(X.assign(level=pd.Categorical([None] * 3, categories=["a"])), y)
    assert model.predict_proba(X.assign(level=pd.Categorical([None] * 3, categories=["a"]))).shape == (3, 2)
