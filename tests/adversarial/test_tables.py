"""Crafted tables: odd bytes, odd numbers, odd shapes, files that are none."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zlib

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import load_frame, read_table
from scs_ml.exceptions import ScsError, TableError
from tests.adversarial.attempts import KEY, NAME, scheme, table

LENDER = scheme()


def read(source):
    return read_table(source, LENDER, key=KEY)


def csv_of(frame):
    return frame.to_csv(index=False).encode()


PLAIN = csv_of(table(40))

NUMBERS = {
    "nan": "nan",
    "infinity": "inf",
    "minus infinity": "-Infinity",
    "over the largest number": "1e999",
    "near the largest number": "1e308",
    "below the smallest number": "-1e308",
    "a text": "many",
    "a formula": "=1+1",
    "digits of another script": "٣x",
    "a thousands separator": "1,000.5",
    "hexadecimal": "0x1F",
    "a spelled truth": "True-ish",
    "a Python call": "__import__('os')",
    "a date": "2014-01-01",
    "over the range": "31",
    "below the range": "-1",
    "a person's name": f"{NAME}?!",
}


@pytest.mark.parametrize("what", NUMBERS)
def test_a_number_that_is_none(attempt, what):
    frame = table(40).astype({"debts": "str"})
    frame.loc[7, "debts"] = NUMBERS[what]
    path = attempt.folder / "t.csv"
    frame.to_csv(path, index=False)
    # A cell of a number column is shown in the message so that it can be mended, unless it names a person.
    frame.loc[7, "debts"] = NUMBERS[what].replace(NAME, "somebody")
    frame.to_csv(path, index=False)
    attempt.refused(lambda: read(path), error=TableError, says="debts")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -1e308])
def test_a_float_that_is_no_number_in_a_frame(attempt, value):
    frame = table(40).astype({"debts": "float64"})
    frame.loc[3, "debts"] = value
    attempt.refused(lambda: read(frame), error=TableError, says="debts")


@pytest.mark.parametrize("value", [1e308, -1e308])
def test_a_score_that_arithmetic_would_overflow(attempt, value):
    card = scheme(scale={"minimum": None, "maximum": None})
    frame = table(40).astype({"score": "float64"})
    frame.loc[3, "score"] = value
    attempt.refused(lambda: read_table(frame, card, key=KEY), error=TableError, says="score")


@pytest.mark.parametrize("value", [1e29, -1e29, 5e-324, 1e16])
def test_scores_of_every_size_where_the_scale_has_no_ends(attempt, value):
    card = scheme(scale={"minimum": None, "maximum": None})
    frame = table(40).astype({"score": "float64"})
    frame.loc[3, "score"] = value
    dataset = attempt.handled(lambda: read_table(frame, card, key=KEY))
    assert dataset.score is not None
    assert np.isfinite(dataset.score).all()
    assert value in dataset.score


def cut(data, share):
    return data[: int(len(data) * share)]


TEXTS = {
    "empty": b"",
    "only spaces": b"  \n \n",
    "a header alone": PLAIN.split(b"\n", 1)[0] + b"\n",
    "no header": PLAIN.split(b"\n", 1)[1],
    "a zero byte": PLAIN.replace(b"yes", b"y\0s", 1),
    "latin-1": PLAIN.replace(b"north", "nörd".encode("latin-1"), 1),
    "half UTF-8, half latin-1": PLAIN + "Zoë,yes,30,1,1,basic,yes,f,nord\xe9,50\n".encode("latin-1"),
    "UTF-16 with a mark": PLAIN.decode().encode("utf-16"),
    "UTF-16 without a mark": PLAIN.decode().encode("utf-16-le"),
    "UTF-32": PLAIN.decode().encode("utf-32"),
    "an overlong sequence": PLAIN.replace(b"north", b"\xc0\xaf", 1),
    "a lone surrogate": PLAIN.replace(b"north", b"\xed\xa0\x80", 1),
    "an open quote": PLAIN + b'"open,yes,30\n',
    "a row too short": PLAIN + b"x,yes\n",
    "a row too long": PLAIN + b"x,yes,30,1,1,basic,yes,f,north,50,60,70\n",
    "a column twice": PLAIN.replace(b"region", b"sex", 1),
    "a column without name": PLAIN.replace(b"region", b"", 1),
    "a column of spaces": PLAIN.replace(b"region", b"  ", 1),
    "rows without line ends": PLAIN.replace(b"\n", b" "),
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "a pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtins.",
    "a script": b"#!/bin/sh\ntouch pwned\n",
    "HTML": b"<html><table><tr><td>1</td></tr></table></html>",
    "JSON": b'[{"who": "a"}]',
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_text_that_is_no_table(attempt, what):
    path = attempt.folder / "t.csv"
    path.write_bytes(TEXTS[what])
    attempt.refused(lambda: read(path), error=ScsError)
    assert not (attempt.folder / "pwned").exists()


def test_a_byte_order_mark_and_windows_line_ends(attempt):
    path = attempt.folder / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf" + PLAIN.replace(b"\n", b"\r\n"))
    dataset = attempt.handled(lambda: read(path))
    assert len(dataset) == 40


NAMES = {
    "right to left": "עדה",
    "mixed directions": "a\u202eb\u202c",
    "Arabic": "فاطمة",
    "Chinese": "信用",
    "an emoji of seven code points": "👩‍👩‍👧‍👦",
    "combining marks": "Z̵͜a̴",
    "a line separator": "a\u2028b",
    "a quote and a comma": 'a"b,c',
    "markup": "<b>a</b>",
    "10,000 letters": "x" * 10_000,
}


@pytest.mark.parametrize("what", NAMES)
def test_names_of_people_and_groups_in_every_script(attempt, what):
    frame = table(40)
    frame["who"] = [f"{NAMES[what]} {at}" for at in range(40)]
    frame["region"] = np.where(np.arange(40) % 2, NAMES[what], "north")
    path = attempt.folder / "t.csv"
    frame.to_csv(path, index=False)
    dataset = attempt.handled(lambda: read(path))
    assert sorted(set(dataset.sensitive["region"])) == sorted({NAMES[what], "north"})
    assert all(len(each) == 16 and set(each) <= set("0123456789abcdef") for each in dataset.subject)


def parquet_of(frame):
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


PARQUET = parquet_of(table(40))
GZIP = gzip.compress(PLAIN, mtime=0)


@pytest.mark.parametrize("kind,data", [("t.parquet", PARQUET), ("t.csv.gz", GZIP)], ids=["parquet", "gzip"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999])
def test_a_file_cut_off(attempt, kind, data, share):
    path = attempt.folder / kind
    path.write_bytes(cut(data, share))
    attempt.refused(lambda: read(path), error=TableError)


@pytest.mark.parametrize("kind,data", [("t.parquet", PARQUET), ("t.csv.gz", GZIP)], ids=["parquet", "gzip"])
def test_bytes_that_flipped(attempt, kind, data):
    """Every byte of the gzip file, and every seventh of the Parquet file: never another exception."""
    path = attempt.folder / kind
    wrong = []

    def each_byte():
        for at in range(0, len(data), 1 if kind.endswith("gz") else 7):
            path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
            try:
                frame, _ = load_frame(path)
            except TableError:
                continue
            if kind.endswith("gz") and csv_of(frame) != PLAIN:
                wrong.append(at)

    attempt.handled(each_byte)
    assert not wrong  # what gzip still reads is what was written: its checksum covers the rest


def _bomb_gzip(path):
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"who,agreed\n")
        line = b"aaaaaaaa,yes\n" * 80_000
        for _ in range(160):
            file.write(line)


def _bomb_gzip_of_zeros(path):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300))
    path.write_bytes(data + packer.flush())


def _bomb_parquet(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(3_000_000, np.int32)), ["x" * 3_000])
    pq.write_table(pa.table({"who": text}), path, compression="zstd")


def _claims_many_rows(path):
    at = PARQUET.rfind(b"PAR1")
    (length,) = struct.unpack("<I", PARQUET[at - 4 : at])
    path.write_bytes(PARQUET[: at - 4] + struct.pack("<I", length * 1000) + PARQUET[at:])


def _lists(path):
    pd.DataFrame({"who": [["a"], ["b"]], "debts": [1, 2]}).to_parquet(path)


def _fifo(path):
    os.mkfifo(path)


def _folder(path):
    path.mkdir()


def _dangling(path):
    path.symlink_to("nowhere")


def _circle(path):
    path.symlink_to(path.name)


FILES = {
    "a gzip bomb of rows": ("t.csv.gz", _bomb_gzip),
    "a gzip bomb of zeros": ("t.csv.gz", _bomb_gzip_of_zeros),
    "a Parquet bomb of one text": ("t.parquet", _bomb_parquet),
    "a Parquet footer that lies": ("t.parquet", _claims_many_rows),
    "Parquet with lists": ("t.parquet", _lists),
    "a pipe": ("t.csv", _fifo),
    "a pipe called Parquet": ("t.parquet", _fifo),
    "a folder": ("t.csv", _folder),
    "a folder called Parquet": ("t.parquet", _folder),
    "a link to nothing": ("t.csv", _dangling),
    "a link to itself": ("t.csv", _circle),
    "CSV called Parquet": ("t.parquet", lambda path: path.write_bytes(PLAIN)),
    "Parquet called CSV": ("t.csv", lambda path: path.write_bytes(PARQUET)),
    "CSV called gzip": ("t.csv.gz", lambda path: path.write_bytes(PLAIN)),
    "an unknown suffix": ("t.exe", lambda path: path.write_bytes(PLAIN)),
    "a workbook": ("t.xlsx", lambda path: path.write_bytes(b"PK\x03\x04")),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_table(attempt, what):
    name, make = FILES[what]
    make(attempt.folder / name)
    attempt.refused(lambda: read(attempt.folder / name), error=TableError)


def test_ten_thousand_columns(attempt):
    wide = table(40).join(pd.DataFrame(0, index=range(40), columns=[f"extra{n}" for n in range(10_000)]))
    path = attempt.folder / "t.csv"
    wide.to_csv(path, index=False)
    dataset = attempt.handled(lambda: read(path))
    assert list(dataset.X.columns) == ["debts", "payments", "product", "direct_debit"]


FRAMES = {
    "no rows": table(40).iloc[:0],
    "no columns": pd.DataFrame(index=range(3)),
    "nothing": pd.DataFrame(),
    "columns that are numbers": pd.DataFrame(np.ones((3, 3))),
    "columns in levels": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
    "lists in cells": table(40).assign(debts=[[1]] * 40),
    "dicts in cells": table(40).assign(region=[{"a": 1}] * 40),
    "functions in cells": table(40).assign(debts=[len] * 40),
    "complex numbers": table(40).assign(debts=1 + 2j),
    "dates as numbers": table(40).assign(debts=pd.Timestamp("2014-01-01")),
    "bytes as names": table(40).assign(debts=[b"\xff"] * 40),
    "a missing subject": table(40).assign(who=[None, *table(39)["who"]]),
    "a subject twice": table(40).assign(who=f"{NAME} 1"),
    "a column gone": table(40).drop(columns="debts"),
    "everything missing": table(40).assign(debts=None),
    "no level of the scheme": table(40).assign(product="gold"),
    "a flag of two": table(40).assign(direct_debit=2),
    "a score over the scale": table(40).assign(score=101),
    "nobody agreed": table(40).assign(agreed="no"),
    "an agreement of another word": table(40).assign(agreed="sure"),
    "no agreement column": table(40).drop(columns="agreed"),
    "a child": table(40).assign(age=[17, *[40] * 39]),
    "an age that is none": table(40).assign(age=["unknown", *[40] * 39]),
    "an age below zero": table(40).assign(age=-40),
    "an age of nan": table(40).assign(age=np.nan),
    "an age of infinity": table(40).assign(age=np.inf),
    "a year for an age": table(40).assign(age=1980),
}


@pytest.mark.parametrize("what", FRAMES)
def test_a_frame_that_breaks_the_rules(attempt, what):
    attempt.refused(lambda: read(FRAMES[what]))
