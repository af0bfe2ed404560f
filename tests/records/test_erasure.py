"""A person is taken out of every kind of file and database, and nothing of anybody else."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from contextlib import closing

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine

from scs_ml.exceptions import ScsError, TableError
from scs_ml.records import search
from scs_ml.records.databases import erase_in, rename_in, rows_in
from scs_ml.records.erasure import erase_from, items_about
from scs_ml.records.renaming import rename_from
from scs_ml.records.rows import Person, by_event, by_identity, by_pseudonym, rows_of, take_out
from scs_ml.safeguards import pseudonymise

KEY = bytes(range(32))


def pseudonym(name, kind="subject"):
    return str(pseudonymise([name], KEY, kind)[0])


ANN = Person(pseudonym("ann"), pseudonym("ann", "informant"))
BOB = pseudonym("bob")


def no_pages(folder):
    raise AssertionError(f"nothing to draw in {folder}")


class TestText:
    def write(self, path, text):
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
        return path

    def read(self, path):
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()

    @pytest.mark.parametrize("name", ["f.csv", "f.csv.gz", "f.tsv"])
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_other_rows_stay_byte_for_byte(self, tmp_path, name, separator, end):
        rows = [
            f'{BOB}{separator}"a ""quote"", a{separator}b{end}and a line"{separator}1.50',
            f"{ANN.subject}{separator}x{separator}2",
            f'"{BOB}"{separator}  y {separator}003',
        ]
        head = separator.join(["\ufeffsubject", "note", "n"])
        path = self.write(tmp_path / name, end.join([head, *rows]) + end)
        assert take_out(path, by_pseudonym(ANN)) == 1
        assert self.read(path) == end.join([head, rows[0], rows[2]]) + end
        before = path.read_bytes()
        assert take_out(path, by_pseudonym(ANN)) == 0
        assert path.read_bytes() == before

    def test_an_informant_leaves_other_peoples_rows_and_the_rows_stay(self, tmp_path):
        head, last = "event,subject,informant,note", f"3,{BOB},y,d"
        first, second = f'1,{BOB},{ANN.informant},"a, b"', f"2,{ANN.subject},x,c"
        text = f"{head}\n{first}\n{second}\n{last}\n"
        path = self.write(tmp_path / "ledger.csv", text)
        assert take_out(path, by_pseudonym(ANN)) == 2
        assert self.read(path) == "\n".join([head, f'1,{BOB},,"a, b"', last, ""])

    def test_people_named_in_clear_are_told_by_the_key(self, tmp_path):
        text = "id,score\nann,1\nbob,2\nann ,3\nANN,4\n"
        path = self.write(tmp_path / "table.csv", text)
        judge = by_identity(ANN, KEY, ("id",))
        assert rows_of(path, judge)["score"].tolist() == ["1"]
        assert take_out(path, judge) == 1
        assert self.read(path) == text.replace("ann,1\n", "")
        assert take_out(path, by_identity(ANN, bytes(32), ("id",))) == 0

    def test_numbers_are_the_same_person_in_any_format(self, tmp_path):
        seven = Person(pseudonym("7"))
        pd.DataFrame({"id": [7.0, None, 8.0]}).to_csv(tmp_path / "t.csv", index=False)
        pd.DataFrame({"id": [7.0, None, 8.0]}).to_parquet(tmp_path / "t.parquet")
        for name in ("t.csv", "t.parquet"):
            assert take_out(tmp_path / name, by_identity(seven, KEY, ("id",))) == 1

    def test_a_number_that_looks_like_a_pseudonym_is_none(self, tmp_path):
        person = Person("1234567890123456")
        pd.DataFrame({"n": [1234567890123456, 1]}).to_parquet(tmp_path / "t.parquet")
        assert take_out(tmp_path / "t.parquet", by_pseudonym(person)) == 0

    def test_answers_go_with_the_events_they_answer(self, tmp_path):
        path = self.write(tmp_path / "answers.csv", "event,happened\n1,true\n2,false\n")
        assert take_out(path, by_event(["2", "9"])) == 1
        assert self.read(path) == "event,happened\n1,true\n"

    @pytest.mark.parametrize(
        "name, data",
        [
            ("t.csv", b"a\n\xff\xfe"),
            ("t.csv.gz", b"no gzip"),
            ("t.parquet", b"PAR1 cut"),
            ("t.csv", b'a\n"x'),
        ],
    )
    def test_what_cannot_be_read_is_refused_and_stays(self, tmp_path, name, data):
        path = tmp_path / name
        path.write_bytes(data)
        if data == b'a\n"x':  # an open quote is a cell up to the end, and nobody's
            assert take_out(path, by_pseudonym(ANN)) == 0
        else:
            with pytest.raises(TableError):
                take_out(path, by_pseudonym(ANN))
        assert path.read_bytes() == data

    def test_a_table_without_the_column_is_refused(self, tmp_path):
        path = self.write(tmp_path / "table.csv", "name\nann\n")
        with pytest.raises(TableError, match="missing: id"):
            take_out(path, by_identity(ANN, KEY, ("id",)))

    def test_permissions_stay(self, tmp_path):
        path = self.write(tmp_path / "t.csv", f"s\n{ANN.subject}\n{BOB}\n")
        path.chmod(0o600)
        take_out(path, by_pseudonym(ANN))
        assert path.stat().st_mode & 0o777 == 0o600

    def test_a_full_disk_leaves_the_old_file_and_nothing_beside(self, tmp_path, monkeypatch):
        path = self.write(tmp_path / "t.csv", f"s\n{ANN.subject}\n{BOB}\n")
        before = path.read_bytes()

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            take_out(path, by_pseudonym(ANN))
        assert path.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]


class TestParquet:
    def test_rows_and_dictionaries_forget_and_types_stay(self, tmp_path):
        path = tmp_path / "t.parquet"
        table = pa.table(
            {
                "subject": pa.array([BOB, ANN.subject, BOB]).dictionary_encode(),
                "informant": [ANN.informant, "x", None],
                "n": pa.array([1, 2, 3], pa.int16()),
            }
        )
        pq.write_table(table, path, compression="zstd")
        assert take_out(path, by_pseudonym(ANN)) == 2
        after = pq.read_table(path)
        assert after.schema.equals(table.schema)
        assert after.to_pylist() == [
            {"subject": BOB, "informant": None, "n": 1},
            {"subject": BOB, "informant": None, "n": 3},
        ]
        assert search(ANN.names, [tmp_path]).places == ()
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"

    def test_what_pandas_wrote_pandas_reads_again(self, tmp_path):
        frame = pd.DataFrame({"subject": [ANN.subject, BOB], "c": pd.Categorical(["x", "y"])})
        frame.to_parquet(tmp_path / "t.parquet")
        take_out(tmp_path / "t.parquet", by_pseudonym(ANN))
        after = pd.read_parquet(tmp_path / "t.parquet")
        pd.testing.assert_frame_equal(after.astype(str), frame.iloc[1:].astype(str).reset_index(drop=True))

    def test_the_only_row_may_go(self, tmp_path):
        pd.DataFrame({"subject": [ANN.subject]}).to_parquet(tmp_path / "t.parquet")
        take_out(tmp_path / "t.parquet", by_pseudonym(ANN))
        assert len(pd.read_parquet(tmp_path / "t.parquet")) == 0
        assert search(ANN.names, [tmp_path]).places == ()


class TestFolders:
    def test_a_run_loses_the_person_and_is_drawn_again(self, tmp_path):
        run = tmp_path / "run"
        run.mkdir()
        record = {
            "persons": [{"subject": ANN.subject}, {"subject": BOB}],
            "tables": [{"rows": [[ANN.subject, 1]]}],
        }
        (run / "audit.json").write_text(json.dumps(record))
        (run / "report.html").write_text(f"<p>{ANN.subject}</p>")
        (run / "card.md").write_text("nobody")
        (run / "old.bin").write_bytes(ANN.subject.encode())
        pd.DataFrame({"subject": [ANN.subject, BOB]}).to_csv(run / "wronged_people.csv", index=False)
        drawn = []

        def redraw(folder):
            drawn.append(folder)
            assert ANN.subject not in (folder / "audit.json").read_text()
            (folder / "report.html").write_text("<p>drawn again</p>")

        done = erase_from(run, ANN, redraw, ours=True)
        assert drawn == [run]
        assert json.loads((run / "audit.json").read_text()) == {
            "persons": [{"subject": BOB}],
            "tables": [{"rows": []}],
        }
        assert (run / "report.html").read_text() == "<p>drawn again</p>"
        assert [each.name for each in done.deleted] == ["old.bin"]
        assert sorted(each.name for each in done.rewritten) == ["audit.json", "wronged_people.csv"]
        assert done.rows == 3
        assert search(ANN.names, [run]).places == ()
        assert erase_from(run, ANN, no_pages, ours=True).rows == 0

    def test_what_is_not_ours_is_never_deleted(self, tmp_path):
        (tmp_path / "letter.html").write_text(ANN.subject)
        (tmp_path / "broken.json").write_text(f"{{{ANN.subject}")
        done = erase_from(tmp_path, ANN, no_pages, ours=False)
        assert (done.rows, done.deleted) == (0, ())
        assert len(search(ANN.names, [tmp_path]).places) == 2

    def test_folders_and_files_named_after_a_person_go(self, tmp_path):
        run = tmp_path / "sheets"
        (run / f"sheet-{ANN.subject}").mkdir(parents=True)
        (run / f"sheet-{ANN.subject}" / "sheet.html").write_text("no name inside")
        (run / f"{ANN.subject}.html").write_text("no name inside")
        (run / f"{BOB}.html").write_text("bob's")
        erase_from(run, ANN, no_pages, ours=True)
        assert [each.name for each in run.iterdir()] == [f"{BOB}.html"]
        alone = tmp_path / f"sheet-{ANN.subject}"
        alone.mkdir()
        erase_from(alone, ANN, no_pages, ours=True)
        assert not alone.exists()

    def test_items_about_a_person(self, tmp_path):
        path = tmp_path / "a.json"
        path.write_text(json.dumps({"persons": [{"subject": ANN.subject, "x": 1}, {"subject": BOB}]}))
        assert items_about(path, ANN) == [{"subject": ANN.subject, "x": 1}]
        path.write_text(json.dumps({"subject": ANN.subject}))
        assert items_about(path, ANN) == [{"subject": ANN.subject}]
        path.write_text("[")
        assert items_about(path, ANN) == []


REVIEWS = (
    "CREATE TABLE cases (id INTEGER PRIMARY KEY, subject VARCHAR(16) NOT NULL, informant VARCHAR(16))",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases (id), said TEXT)",
    "CREATE TABLE replies (id INTEGER PRIMARY KEY, note_id INTEGER REFERENCES notes (id))",
    "CREATE TABLE numbers (n INTEGER)",
    f"INSERT INTO cases VALUES (1, '{ANN.subject}', 'x')",  # noqa: S608 - a pseudonym is hexadecimal
    f"INSERT INTO cases VALUES (2, '{BOB}', '{ANN.informant}'), (3, '{BOB}', NULL)",  # noqa: S608
    f"INSERT INTO notes VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'as {ANN.subject.upper()}')",  # noqa: S608
    "INSERT INTO replies VALUES (1, 1), (2, 2), (3, 3), (4, NULL)",
    "INSERT INTO numbers VALUES (1), (2)",
)


class TestDatabases:
    @pytest.fixture
    def reviews(self, database_url):
        engine = create_engine(database_url)
        with engine.begin() as connection:
            for statement in REVIEWS:
                connection.exec_driver_sql(statement)

        def ask(statement):
            with engine.connect() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(statement)]

        yield database_url, ask
        engine.dispose()

    def test_rows_go_with_all_that_belongs_to_them(self, reviews):
        url, ask = reviews
        assert {name: len(rows) for name, rows in rows_in(url, ANN).items()} == {
            "cases": 2,
            "notes": 2,
            "replies": 2,
        }
        assert erase_in(url, ANN) == 6
        assert ask("SELECT * FROM cases ORDER BY id") == [(2, BOB, None), (3, BOB, None)]
        assert ask("SELECT id FROM notes") == [(2,)]
        assert ask("SELECT id FROM replies ORDER BY id") == [(2,), (4,)]
        assert ask("SELECT count(*) FROM numbers") == [(2,)]
        assert rows_in(url, ANN) == {}
        assert erase_in(url, ANN) == 0

    def test_pseudonyms_change_in_their_cells(self, reviews):
        url, ask = reviews
        assert rename_in(url, {ANN.subject: "f" * 16, ANN.informant: "e" * 16, "unknown": "x"}) == 2
        assert ask("SELECT subject, informant FROM cases WHERE id < 3 ORDER BY id") == [
            ("f" * 16, "x"),
            (BOB, "e" * 16),
        ]

    def test_a_database_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(ScsError, match="the database refuses"):
            erase_in(f"sqlite:///{tmp_path}/no/such.sqlite", ANN)

    def test_after_the_vacuum_no_byte_is_left_also_of_a_write_ahead_log(self, tmp_path):
        path = tmp_path / "reviews.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = OFF")
            connection.executescript("; ".join(REVIEWS))
            connection.execute("DELETE FROM cases WHERE id = 3")
        assert search(ANN.names, [tmp_path]).places
        erase_from(path, ANN, no_pages, ours=True)
        assert search(ANN.names, [tmp_path]).places == ()
        assert search([BOB], [tmp_path]).places


class TestRenaming:
    def test_names_change_in_every_kind_of_file_and_nowhere_else(self, tmp_path):
        new = {ANN.subject: "f" * 16}
        longer = f"{ANN.subject}0"
        pd.DataFrame({"subject": [ANN.subject, BOB]}).to_csv(tmp_path / "a.csv", index=False)
        (tmp_path / "b.csv.gz").write_bytes(gzip.compress(f"s\n{ANN.subject}\n".encode()))
        (tmp_path / "c.json").write_text(json.dumps({"s": ANN.subject, "hash": longer}))
        table = pa.table({"s": pa.array([ANN.subject, BOB, None]).dictionary_encode(), "n": [1, 2, 3]})
        pq.write_table(table, tmp_path / "d.parquet")
        (tmp_path / "e.bin").write_bytes(ANN.subject.encode())
        (tmp_path / f"{ANN.subject}.html").write_text("a sheet")
        with closing(sqlite3.connect(tmp_path / "f.sqlite")) as connection:
            connection.execute("CREATE TABLE t (s TEXT)")
            connection.execute("INSERT INTO t VALUES (?)", [ANN.subject])
            connection.commit()
        assert rename_from(tmp_path, new) == 6
        assert (tmp_path / f"{'f' * 16}.html").read_text() == "a sheet"
        left = search([ANN.subject], [tmp_path])
        assert {(p.path.name, p.form) for p in left.places} == {("e.bin", "utf-8"), ("c.json", "utf-8")}
        assert json.loads((tmp_path / "c.json").read_text()) == {"s": "f" * 16, "hash": longer}
        assert pq.read_table(tmp_path / "d.parquet").column("s").to_pylist() == ["f" * 16, BOB, None]
        assert pq.read_table(tmp_path / "d.parquet").schema.equals(table.schema)
        assert rename_from(tmp_path, new) == 0
