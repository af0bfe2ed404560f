"""Files made to hurt: bombs, pipes, devices, holes, odd names."""

from __future__ import annotations

import gzip
import os
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scs_ml.data import load_frame
from scs_ml.exceptions import TableError
from scs_ml.storage import bounds
from scs_ml.storage.bounds import FREE_BYTES, MOST_BYTES, MOST_RATIO, too_large, unpacked_limit


def refusal(path):
    begun = time.process_time()
    with pytest.raises(TableError) as caught:
        load_frame(path)
    assert time.process_time() - begun < 5
    assert str(path) in caught.value.where
    assert caught.value.remedy
    return caught.value.what


def test_small_files_may_unpack_freely_and_large_ones_to_a_multiple_of_their_size():
    assert unpacked_limit(1) == FREE_BYTES
    assert unpacked_limit(1_000_000) == MOST_RATIO * 1_000_000
    assert unpacked_limit(10**12) == MOST_BYTES
    assert too_large(FREE_BYTES, 1) == ""
    assert "from 1 bytes" in too_large(FREE_BYTES + 1, 1)


def test_a_gzip_bomb_stops_early(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n") + 80 * gzip.compress(b"1,2\n" * (1 << 18)))
    assert "unpacks from" in refusal(path)
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 100_000))
    assert len(load_frame(path)[0]) == 100_000, "under 64 MiB any ratio is read"


def test_a_text_file_longer_than_the_bound_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 1000)
    monkeypatch.setattr("scs_ml.data.csv_files.MOST_BYTES", 1000)
    assert "longer than 1,000 bytes" in refusal(path)


@pytest.mark.parametrize("value", [0.0, "x" * 1000])
def test_a_parquet_file_of_one_value_a_billion_times_is_refused(tmp_path, value):
    path = tmp_path / "t.parquet"
    n = 20_000_000 if value == 0.0 else 200_000
    codes = pa.array(np.zeros(n, dtype=np.int32))
    table = pa.table({"a": pa.DictionaryArray.from_arrays(codes, pa.array([value]))})
    pq.write_table(table, path, compression="zstd")
    assert path.stat().st_size < FREE_BYTES / MOST_RATIO
    assert "unpacks from" in refusal(path)


def test_repeated_texts_below_the_bound_are_read(tmp_path):
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame({"a": ["x" * 100, None, "y"] * 1000, "n": range(3000)})
    frame.to_parquet(path)
    read, _ = load_frame(path)
    pd.testing.assert_frame_equal(read.reset_index(drop=True), frame, check_dtype=False)


def test_lists_are_refused_before_they_are_read(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": pa.array([[1], [2]]), "b": pa.array([{"c": 1}, {"c": 2}])}), path)
    assert refusal(path) == "column 'a' holds lists or records"


def test_a_parquet_text_that_is_not_utf8_is_no_table(tmp_path):
    path = tmp_path / "t.parquet"
    bad = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, 2], "<i4")), pa.py_buffer(b"\xff\xfe"))
    pq.write_table(pa.table({"a": bad}), path)
    assert "no complete Parquet" in refusal(path)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_pipes_devices_and_folders_are_no_tables(tmp_path, name):
    pipe = tmp_path / name
    os.mkfifo(pipe)
    assert refusal(pipe) == "this is a pipe or a device, not a file"
    pipe.unlink()
    pipe.symlink_to("/dev/zero")
    assert refusal(pipe) == "this is a pipe or a device, not a file"
    pipe.unlink()
    pipe.mkdir()
    assert refusal(pipe) == "this is a folder, not a file"


def test_a_file_of_holes_is_refused_at_its_first_zero(tmp_path):
    path = tmp_path / "t.csv"
    path.touch()
    os.truncate(path, 4 * MOST_BYTES)
    assert refusal(path) == "the file is not text"


def test_who_may_not_read_is_told(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    monkeypatch.setattr(bounds.os, "access", lambda *_: False)
    assert refusal(path) == "the file may not be read"


@pytest.mark.parametrize(
    "name", ["new\nline.csv", "ملف.csv", "\u202egnp.csv", "a;'b.csv", "n" * 251 + ".csv"]
)
def test_odd_names_are_names(tmp_path, name):
    path = tmp_path / name
    path.write_text("a\n1\n")
    assert load_frame(path)[0]["a"].tolist() == ["1"]


def test_names_that_cannot_be(tmp_path):
    assert "File name too long" in refusal(tmp_path / ("n" * 300 + ".csv"))
    assert refusal(tmp_path / "a\0b.csv") == "there is no such file"
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    assert "symbolic links" in refusal(loop)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_other_encodings_are_named_or_refused(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes("née,b\nx,y\n".encode(encoding))
    assert refusal(path).startswith("the file is ")


def test_a_header_with_an_open_quote(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b'"a,b\n' + b"1,2\n" * 100_000)
    assert refusal(path) == "the header cannot be read"


def test_ten_thousand_columns_are_read_within_seconds(tmp_path):
    names = [f"column_{i}" for i in range(10_000)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([",".join(names), *[",".join(["1"] * len(names))] * 20]))
    begun = time.process_time()
    frame, _ = load_frame(path)
    assert time.process_time() - begun < 5
    assert frame.shape == (20, 10_000)
