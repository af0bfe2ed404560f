from __future__ import annotations

import gzip

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.data import load_frame, write_frame
from scs_ml.storage.spreadsheets import neutral, restored, write_csv

FORMULAS = [
    "=1+1",
    "+A1",
    "-A1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
    "\uff1d1",
    "-",
    "=",
    "+5%",
    "-1-1",
]
PLAIN = ["-5", "+5", "-0.5e3", "a=b", "A-D", "'tis", "", " x", "5", "\uff21"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text):
    assert neutral(text) == "'" + text
    assert restored("'" + text) == text


@pytest.mark.parametrize("text", PLAIN)
def test_anything_else_stays(text):
    assert neutral(text) == restored(text) == text


@given(st.text(alphabet="'=+-@\t\r\n5.eA\uff1d ", max_size=8))
def test_every_text_comes_back_and_no_cell_starts_a_formula(text):
    written = neutral(text)
    assert restored(written) == text
    assert written[:1] not in set("=@\t\r\n\uff1d")
    if written[:1] in {"+", "-"}:
        float(written)


def test_cells_names_and_categories_are_neutral_and_numbers_stay_numbers(tmp_path):
    frame = pd.DataFrame(
        {
            "=name": ["=1+1", None, "plain"],
            "number": [-1.5, 2.0, None],
            "kind": pd.Categorical(["@a", "b", "@a"]),
            "mixed": pd.Series(["+x", -3, None], dtype=object),
        }
    )
    write_csv(frame, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().decode() == (
        "'=name,number,kind,mixed\n'=1+1,-1.5,'@a,'+x\n,2.0,b,-3\nplain,,'@a,\n"
    )


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_what_is_written_is_read_back_as_it_was(tmp_path, name):
    frame = pd.DataFrame({"=x": [*FORMULAS, None], "y": [*PLAIN, *PLAIN][: len(FORMULAS) + 1]}, dtype="str")
    read, _ = load_frame(write_frame(frame, tmp_path / name))
    expected = frame.mask(frame == "")
    pd.testing.assert_frame_equal(read.reset_index(drop=True), expected, check_dtype=False)


def test_an_apostrophe_before_a_number_is_kept():
    assert restored("'-5") == "'-5"
    assert restored(neutral("'-5")) == "'-5"


def test_a_gzipped_table_has_the_same_bytes_each_time(tmp_path):
    frame = pd.DataFrame({"a": [1, 2]})
    write_csv(frame, tmp_path / "1.csv.gz")
    write_csv(frame, tmp_path / "2.csv.gz")
    assert (tmp_path / "1.csv.gz").read_bytes() == (tmp_path / "2.csv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "1.csv.gz").read_bytes()) == b"a\n1\n2\n"
