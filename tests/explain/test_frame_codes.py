from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.frame_codes import FrameCodes

FRAME = pd.DataFrame(
    {
        "number": [1.5, np.nan, -2.0],
        "count": [1, 2, 3],
        "flag": [True, False, True],
        "text": pd.Series(["b", None, "a"], dtype="str"),
        "object": pd.Series(["x", "y", np.nan], dtype=object),
        "category": pd.Categorical(["d02", None, "d01"], categories=["d01", "d02", "d03"]),
        "nullable": pd.array([1, None, 3], dtype="Int64"),
        "day": pd.to_datetime(["2014-01-01", None, "2014-04-01"]),
    }
)


def test_a_frame_comes_back_as_it_was():
    codes = FrameCodes.of(FRAME)
    matrix = codes.encode(FRAME)
    assert matrix.dtype == np.float64
    pd.testing.assert_frame_equal(codes.decode(matrix), FRAME)


def test_values_of_all_frames_are_known():
    other = FRAME.assign(text=pd.Series(["z", "a", "b"], dtype="str"))
    codes = FrameCodes.of(FRAME, other)
    pd.testing.assert_frame_equal(codes.decode(codes.encode(other)), other)


def test_whole_and_fractional_numbers_meet_as_fractional_ones():
    codes = FrameCodes.of(pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [0.5]}))
    assert codes.decode(np.array([[0.5]]))["a"].tolist() == [0.5]


def test_one_column_of_two_types_is_refused():
    narrow = FRAME.assign(category=pd.Categorical(["d02", None, "d01"], categories=["d01", "d02"]))
    with pytest.raises(ExplanationError, match="'category' has one type in X and another in the background"):
        FrameCodes.of(FRAME, narrow)
