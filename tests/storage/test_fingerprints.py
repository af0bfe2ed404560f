from __future__ import annotations

import io

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from scs_ml.storage import (
    column_text,
    fingerprint_frame,
    library_versions,
)

PLAIN_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)


def as_csv_text(frame):
    text = frame.to_csv(index=False)
    return pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False, na_values=[""])


def as_parquet(frame):
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return pd.read_parquet(buffer)


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-(2**53), 2**53)),
            st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
            st.one_of(st.none(), PLAIN_TEXT),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_csv_and_parquet_of_a_table_share_its_fingerprint(rows):
    frame = pd.DataFrame(rows, columns=["whole", "real", "text", "flag"])
    frame["whole"] = frame["whole"].astype("float64")
    frame["real"] = frame["real"].astype("float64")
    frame["text"] = frame["text"].astype("str")
    expected = fingerprint_frame(frame)
    assert fingerprint_frame(as_csv_text(frame)) == expected
    assert fingerprint_frame(as_parquet(frame)) == expected
    assert fingerprint_frame(frame.set_index(np.arange(len(frame)) + 7)) == expected


def test_dtypes_do_not_count_and_values_do():
    numbers = pd.DataFrame({"a": [1, 2]})
    assert fingerprint_frame(numbers) == fingerprint_frame(pd.DataFrame({"a": ["1", "2"]}))
    assert fingerprint_frame(numbers) == fingerprint_frame(pd.DataFrame({"a": ["1.0", "2.0"]}))
    assert fingerprint_frame(numbers) == fingerprint_frame(pd.DataFrame({"a": pd.Categorical([1, 2])}))
    others = [
        pd.DataFrame({"a": [2, 1]}),
        pd.DataFrame({"b": [1, 2]}),
        pd.DataFrame({"a": [1, 2, 2]}),
        pd.DataFrame({"a": [1, None]}),
        pd.DataFrame({"a": [12, None]}),
        pd.DataFrame({"a": ["01", "2"]}),
    ]
    prints = {fingerprint_frame(each) for each in [numbers, *others]}
    assert len(prints) == 1 + len(others)


def test_cells_do_not_run_into_each_other():
    one = pd.DataFrame({"a": ['x","y'], "b": ["z"]})
    two = pd.DataFrame({"a": ["x"], "b": ['y","z']})
    assert fingerprint_frame(one) != fingerprint_frame(two)


def test_column_text_is_what_a_csv_would_hold():
    dates = pd.Series(pd.to_datetime(["2014-01-31", None]))
    assert column_text(dates).fillna("-").tolist() == ["2014-01-31", "-"]
    assert column_text(pd.Series([True, False])).tolist() == ["True", "False"]
    assert column_text(pd.Series([0.1], dtype="float32")).tolist() == ["0.1"]
    assert column_text(pd.Series(["", "x"])).isna().tolist() == [True, False]
    # Not every value is a number, so "1.0" may be a version or a section.
    assert column_text(pd.Series(["1.0", "x"])).tolist() == ["1.0", "x"]
    assert column_text(pd.Series([None, None], dtype=object)).isna().all()


def test_versions_name_the_package_and_its_libraries():
    versions = library_versions()
    assert versions["scikit-learn"].startswith("1.")
    assert {"scs_ml", "python", "numpy", "pandas", "shap", "skops"} <= set(versions)


def test_a_whole_number_among_texts_is_the_same_text_whatever_its_type():
    mixed = pd.Series(["a", "7", 7.0, np.float64(8), "8.0", 7.5, None], dtype=object)
    assert column_text(mixed).fillna("-").tolist() == ["a", "7", "7", "8", "8.0", "7.5", "-"]
