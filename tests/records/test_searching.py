"""A search finds a person wherever and however they are written, and says what it could not look into."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import sqlite3
import unicodedata
import zipfile
from contextlib import closing
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from scs_ml.records import search
from scs_ml.safeguards import pseudonymise

NAME = "IDENT-00042-Ömer"
PSEUDONYM = str(pseudonymise([NAME], bytes(32))[0])


def as_zip(text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/file.txt", text)
    return buffer.getvalue()


def as_parquet(text, **options):
    buffer = io.BytesIO()
    frame = pd.DataFrame({"who": ["someone", text, None], "n": [1, 2, 3]})
    frame.to_parquet(buffer, **options)
    return buffer.getvalue()


def as_array(text):
    buffer = io.BytesIO()
    np.save(buffer, np.array(["someone", text]))
    return buffer.getvalue()


def as_lists(text):
    buffer = io.BytesIO()
    pd.DataFrame({"who": [["a", text], []]}).to_parquet(buffer, compression="zstd")
    return buffer.getvalue()


WRITTEN = {
    "text": lambda t: f"before {t} after".encode(),
    "utf-16": lambda t: f"before {t} after".encode("utf-16"),
    "utf-16 big": lambda t: f"x{t}".encode("utf-16-be"),
    "latin": lambda t: f"before {t}".encode("cp1252"),
    "chinese encoding": lambda t: f"before {t}".encode("gb18030"),
    "decomposed": lambda t: unicodedata.normalize("NFD", t).encode(),
    "capitals": lambda t: t.upper().encode(),
    "json": lambda t: json.dumps({"who": t}).encode(),
    "html": lambda t: t.encode("ascii", "xmlcharrefreplace"),
    "url": lambda t: f"https://host/?who={quote(t)}".encode(),
    "base64 at 0": lambda t: base64.b64encode(t.encode() + b" and more"),
    "base64 at 1": lambda t: base64.b64encode(b"x" + t.encode() + b" and more"),
    "base64 at 2": lambda t: base64.b64encode(b"xy" + t.encode() + b" and more"),
    "gzip": lambda t: gzip.compress(f"before {t}".encode()),
    "bzip2": lambda t: bz2.compress(f"before {t}".encode()),
    "xz": lambda t: lzma.compress(f"before {t}".encode()),
    "zip": as_zip,
    "gzip of zip": lambda t: gzip.compress(as_zip(t)),
    "parquet": as_parquet,
    "parquet, zstd, plain": lambda t: as_parquet(t, compression="zstd", use_dictionary=False),
    "parquet of lists": as_lists,
    "array": as_array,
    "zip of array": lambda t: as_zip(as_array(t)),
}


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("who", [NAME, PSEUDONYM], ids=["identifier", "pseudonym"])
def test_a_person_is_found_however_written(tmp_path, how, who):
    (tmp_path / "deep" / "folder").mkdir(parents=True)
    (tmp_path / "deep" / "folder" / "file.bin").write_bytes(WRITTEN[how](who))
    (tmp_path / "other.txt").write_bytes(WRITTEN[how]("IDENT-00043-Öner"))
    found = search([who], [tmp_path])
    assert {place.path.name for place in found.places} == {"file.bin"}
    assert found.files == 2
    assert found.unread == ()
    assert all(who not in str(place) for place in found.places)


def test_a_pseudonym_is_found_as_bytes(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\0" + bytes.fromhex(PSEUDONYM) + b"\0")
    assert [p.form for p in search([PSEUDONYM], [tmp_path]).places] == ["hexadecimal digits as bytes"]


def test_names_of_files_and_folders_are_searched(tmp_path):
    (tmp_path / f"sheet-{PSEUDONYM}").mkdir()
    (tmp_path / NAME).touch()
    for name in (PSEUDONYM, NAME):
        (place,) = search([name], [tmp_path]).places
        assert (place.path, place.inside) == (tmp_path, "a name in it")
        assert PSEUDONYM not in str(place)
        assert NAME not in str(place)


def database(path, journal):
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("CREATE TABLE t (who TEXT, note TEXT)")
    connection.execute("INSERT INTO t VALUES ('someone', 'x')")
    connection.commit()
    return connection


@pytest.mark.parametrize("spread", [False, True])
def test_a_row_of_a_database_is_found_also_over_two_pages(tmp_path, spread):
    for at in range(64):
        with closing(database(tmp_path / f"{at}.sqlite", "DELETE")) as connection:
            note = f"{PSEUDONYM:>{870 + at}}".ljust(5000) if spread else PSEUDONYM
            connection.execute("INSERT INTO t VALUES ('a', ?)", [note])
            connection.commit()
    found = search([PSEUDONYM], [tmp_path])
    assert len({p.path for p in found.places if p.inside == "table t"}) == 64
    whole = {p.path for p in found.places if not p.inside}
    assert (len(whole) < 64) is spread  # what is cut by a page's end cannot be found in the bytes


def test_what_a_database_deleted_or_has_not_merged_yet_is_found(tmp_path):
    with closing(database(tmp_path / "log.sqlite", "WAL")) as connection:
        connection.execute("INSERT INTO t VALUES (?, 'y')", [PSEUDONYM])
        connection.commit()
        assert {p.path.name for p in search([PSEUDONYM], [tmp_path]).places} == {"log.sqlite-wal"}
    with closing(database(tmp_path / "kept.sqlite", "DELETE")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("INSERT INTO t VALUES (?, 'y')", [PSEUDONYM])
        connection.commit()
        connection.execute("DELETE FROM t WHERE who = ?", [PSEUDONYM])
        connection.commit()
        found = search([PSEUDONYM], [tmp_path / "kept.sqlite"])
        assert [p.inside for p in found.places] == [""]  # no row any more, and still there
        connection.execute("VACUUM")
        assert search([PSEUDONYM], [tmp_path / "kept.sqlite"]).places == ()


def test_what_cannot_be_looked_into_is_named(tmp_path):
    good = gzip.compress(b"x" * 1000)
    (tmp_path / "cut.csv.gz").write_bytes(good[:-9])
    (tmp_path / "cut.parquet").write_bytes(as_parquet("a")[:-20])
    nested = b"x"
    for _ in range(9):
        nested = gzip.compress(nested)
    (tmp_path / "nested.gz").write_bytes(nested)
    found = search(["IDENT-1"], [tmp_path])
    assert sorted(line.split("/")[-1].split(".")[0] for line in found.unread) == ["cut", "cut", "nested"]
    assert found.files == 3


def test_a_bomb_is_not_unpacked_beyond_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr("scs_ml.records.searching.MOST_UNPACKED", 1000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"0" * 10**6))
    assert "bomb.gz" in search(["IDENT-1"], [tmp_path]).unread[0]


def test_links_to_folders_are_not_followed_and_nothing_is_counted_twice(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text(NAME)
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    found = search([NAME], [tmp_path, tmp_path / "a"])
    assert found.files == 1
    assert len(found.places) == 1
