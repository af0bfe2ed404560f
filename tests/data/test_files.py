from __future__ import annotations

import gzip

import pandas as pd
import pytest

from scs_ml.data import load_frame, write_frame
from scs_ml.exceptions import TableError


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_text_stays_text_in_every_kind_of_csv(tmp_path, separator, zipped, start, line_end):
    lines = [
        separator.join(cells)
        for cells in (("id", "néed", "x"), ("007", "NA", "1.50"), ("", '"two\nlines"', "-"))
    ]
    data = start + (line_end.join(lines) + line_end).encode()
    path = tmp_path / ("t.csv.gz" if zipped else "t.txt")
    path.write_bytes(gzip.compress(data) if zipped else data)
    frame, name = load_frame(path)
    assert name == str(path)
    assert list(frame) == ["id", "néed", "x"]
    assert list(frame.index) == [2, 3], "the header is row 1"
    assert frame.iloc[0].tolist() == ["007", "NA", "1.50"]
    assert pd.isna(frame.iloc[1, 0])
    assert frame.iloc[1, 1].splitlines() == ["two", "lines"]


def test_parquet_and_frames_are_read_without_their_index(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", ""]}, index=pd.Index(["p", "q"], name="secret"))
    path = tmp_path / "t.parquet"
    frame.to_parquet(path)
    stored, _ = load_frame(path)
    assert list(stored) == ["a", "b", "secret"], "a named index is a column of the file"
    held, name = load_frame(frame)
    assert name == "the table in memory"
    assert list(held) == ["a", "b"]
    assert list(held.index) == [1, 2]
    assert held["b"].isna().tolist() == [False, True]
    assert frame["b"].tolist() == ["x", ""], "the caller's frame is left alone"
    frame.rename_axis(None).to_parquet(path)
    assert list(load_frame(path)[0]) == ["a", "b"]


BAD = {
    "empty.csv": (b"", "the file is empty"),
    "blank.csv": (b"\n\n", "the file is empty"),
    "header.csv": (b"a,b\n", "has no rows"),
    "latin.csv": ("a,b\nx,é\n".encode("latin-1"), "not UTF-8"),
    "utf16.csv": ("a,b\nx,y\n".encode("utf-16"), "in UTF-16"),
    "binary.csv": (b"\0\1\2", "not text"),
    "cut.csv.gz": (gzip.compress(b"a,b\n1,2\n" * 100)[:-20], "no complete gzip"),
    "no.csv.gz": (b"a,b\n1,2\n", "no complete gzip"),
    "quote.csv": (b'a,b\n"1,2\n3,4\n', "number of cells"),
    "quote_open.csv": (b'a,b\n"' + b"1,2\n" * 1_000_000, "no CSV table"),
    "ragged.csv": (
        b"a,b\n1,2\n1,2,3\n1\n",
        "2 rows have another number of cells than the header's 2: row 3 has 3",
    ),
    "nameless.csv": (b"a,,c\n1,2,3\n", "no name"),
    "twice.csv": (b"a,b,a\n1,2,3\n", "share a name: a"),
    "t.parquet": (b"PAR1 and then nothing", "no complete Parquet"),
    "t.xlsx": (b"PK", r"\.xlsx is no format"),
    "plain": (b"a\n1\n", "without suffix"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_gets_one_clear_error(tmp_path, name):
    content, message = BAD[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TableError, match=message) as caught:
        load_frame(path)
    assert str(path) in caught.value.where
    assert caught.value.remedy
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_header_is_one_record_wherever_it_starts(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b'\n\na,"b, c"\n01,02\n')
    frame, _ = load_frame(path)
    assert frame.to_dict("list") == {"a": ["01"], "b, c": ["02"]}
    path.write_bytes(b"a,b\r01,02\r")
    assert load_frame(path)[0].to_dict("list") == {"a": ["01"], "b": ["02"]}


def test_a_column_of_lists_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": [[1], [2, 3]]}).to_parquet(path)
    with pytest.raises(TableError, match="column 'a' holds lists"):
        load_frame(path)


def test_a_truncated_parquet_file_and_a_missing_one(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": range(1000)}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(TableError, match="no complete Parquet"):
        load_frame(path)
    with pytest.raises(TableError, match="no such file"):
        load_frame(tmp_path / "none.csv")


def test_the_line_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\nx\ny\n\xff\n")
    with pytest.raises(TableError) as caught:
        load_frame(path)
    assert caught.value.where == f"{path}, line 4"


@pytest.mark.parametrize("columns", [["a", "a"], ["a", " "], ["a", 1]])
def test_frames_need_column_names_too(columns):
    with pytest.raises(TableError):
        load_frame(pd.DataFrame([[1, 2]], columns=columns))


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_what_is_written_is_read_back(tmp_path, name):
    frame = pd.DataFrame({"a": ["x", "y"], "b": ["1", "2.5"]})
    read, _ = load_frame(write_frame(frame, tmp_path / "new" / name))
    pd.testing.assert_frame_equal(read.reset_index(drop=True), frame, check_dtype=False)
    assert [each.name for each in (tmp_path / "new").iterdir()] == [name]


def test_an_unknown_format_is_not_written(tmp_path):
    with pytest.raises(TableError, match="no format"):
        write_frame(pd.DataFrame({"a": [1]}), tmp_path / "t.xlsx")
    assert not list(tmp_path.iterdir())
