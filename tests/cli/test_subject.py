"""What a person may ask for, from the command line, over everything that was written about them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from scs_ml.records import open_records, search
from scs_ml.safeguards import load_key, pseudonymise
from tests.cli.agreed import identifier, write
from tests.cli.conftest import call

SOURCE = ("--scheme", "source/club.yaml", "--table", "source/table.csv", "--ledger", "source/events.csv")
KEY = ("--key", "scs_ml.key")
ANN = 7
IN_CLEAR = identifier(ANN)


class Watcher(threading.Thread):
    """Searches folders for everybody in clear, over and over, while commands run in them."""

    def __init__(self, *folders):
        super().__init__(daemon=True)
        self.folders, self.found, self.rounds, self.over = folders, set(), 0, threading.Event()

    def run(self):
        while not self.over.wait(0.05):
            self.found |= set(search(["IDENT-000"], self.folders).places)
            self.rounds += 1


def command(home, *arguments):
    return call(*arguments, "--records", "desk/records", cwd=home)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A house in which everything was done once, with what was said, and what lay around meanwhile."""
    home = tmp_path_factory.mktemp("house")
    (home / "source").mkdir()
    (home / "tmp").mkdir()
    write(home / "source")
    call("key", "new", cwd=home)
    key = load_key(home / "scs_ml.key")
    ann = str(pseudonymise([IN_CLEAR], key)[0])
    watcher = Watcher(home / "desk", home / "tmp")
    watcher.start()
    before, tempfile.tempdir = tempfile.tempdir, str(home / "tmp")
    scheme, table, model = "source/club.yaml", "source/table.csv", "desk/model"
    ledger = ("--ledger", "source/events.csv")
    try:
        said = [
            command(home, *words, *KEY)
            for words in (
                ("train", scheme, table, "--family", "logit", "-o", model),
                ("forecast", model, table, "-o", "desk/forecast.csv"),
                ("forecast", model, table, "-o", "desk/forecast.parquet"),
                ("audit", scheme, table, "--model", model, *ledger, "-o", "desk/run"),
                ("explain", model, table, "--person", ann),
                ("explain", model, table, "--person", IN_CLEAR),
                ("verify", scheme, table, *ledger, "--model", model, "-o", "desk/plan.csv"),
            )
        ]
    finally:
        tempfile.tempdir = before
        watcher.over.set()
        watcher.join()
    pd.DataFrame({"subject": [ann], "note": ["an older list"]}).to_csv(
        home / "desk" / "left.csv", index=False
    )
    with closing(sqlite3.connect(home / "desk" / "reviews.sqlite")) as reviews:
        reviews.execute("CREATE TABLE cases (id INTEGER PRIMARY KEY, subject TEXT, reviewer_note TEXT)")
        reviews.execute("INSERT INTO cases VALUES (1, ?, 'x'), (2, 'another', 'y')", [ann])
        reviews.commit()
    return home, ann, said, watcher


@pytest.fixture
def house(walked, tmp_path):
    """A copy of it, to change."""
    home = tmp_path / "house"
    shutil.copytree(walked[0], home)
    with closing(sqlite3.connect(home / "desk" / "records" / "people.sqlite")) as people:
        people.execute("UPDATE artefact SET path = replace(path, ?, ?)", [str(walked[0]), str(home)])
        people.commit()
    return home


@pytest.fixture
def ann(walked):
    return walked[1]


def places(names, *where):
    return {str(each) for each in search(names, where).places}


def log_of(home):
    return list(open_records(home / "desk" / "records").log.entries())


def test_no_name_in_clear_is_written_anywhere_at_any_moment(walked):
    home, ann, said, watcher = walked
    assert [done.code for done in said[:5]] == [0] * 5, [done.err for done in said]
    assert said[5].code == 2
    for done in said:
        assert "IDENT-000" not in done.out + done.err, done
    assert watcher.rounds > 5
    assert watcher.found == set()
    everywhere = search(["IDENT-000", "HOUSE-"], [home / "desk", home / "tmp"])
    assert everywhere.places == ()
    assert everywhere.unread == ()
    assert everywhere.files > 10
    # The search would have found them.
    assert places(["IDENT-000"], home / "source")
    assert places([ann], home / "desk" / "forecast.csv")
    assert places([ann], home / "desk" / "forecast.parquet")


def test_a_model_and_the_log_hold_no_pseudonym(walked):
    home, _, _, _ = walked
    everybody = pd.read_csv(home / "desk" / "forecast.csv")["subject"].tolist()
    records = home / "desk" / "records"
    for name in everybody[:20]:
        assert places([name], home / "desk" / "model", records / "log.jsonl") == set()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: pd.concat([t, t.tail(3)]),
        lambda t: t.assign(late=t["member"]),
        lambda t: t.assign(year=t["member"]),
        lambda t: t.assign(member=t["member"].mask(t.index == 3)),
        lambda t: t.assign(age=17),
        lambda t: t.assign(agreed="no"),
        lambda t: t.rename(columns={"member": IN_CLEAR}),
    ],
    ids=["twice", "as number", "as year", "missing", "minors", "nobody agreed", "as column"],
)
def test_no_message_names_anybody(house, spoil):
    table = pd.read_csv(house / "source" / "table.csv")
    spoil(table).to_csv(house / "source" / "spoilt.csv", index=False)
    done = command(house, "check", "source/club.yaml", "source/spoilt.csv", *KEY)
    assert done.code in {2, 3}
    said = done.out + done.err
    assert "IDENT-000" not in (said.replace(IN_CLEAR, "") if IN_CLEAR in spoil(table) else said)


def test_who_withdraws_is_left_out_of_the_next_run_and_counted(house, ann):
    done = command(house, "subject", "withdraw", IN_CLEAR, *KEY, "--json")
    assert done.record == {"ok": True, "withdrawn": True, "before": False}
    assert command(house, "subject", "withdraw", "--pseudonym", ann, "--json").record["before"]
    for words in (
        ("forecast", "desk/model", "source/table.csv", "-o", "desk/next.csv"),
        ("audit", "source/club.yaml", "source/table.csv", "--model", "desk/model", "-o", "desk/next"),
    ):
        assert command(house, *words, *KEY).code == 0
    assert places([ann], house / "desk" / "next.csv", house / "desk" / "next") == set()
    assert (
        len(pd.read_csv(house / "desk" / "next.csv")) == len(pd.read_csv(house / "desk" / "forecast.csv")) - 1
    )
    gates = json.loads((house / "desk" / "next" / "audit.json").read_text())["safeguards"]
    [gate] = [each for each in gates if each["rule"] == "withdrawn"]
    assert (gate["outcome"], gate["rows"]) == ("left out", 0)
    assert "fewer than 5" in gate["detail"]
    explained = command(house, "explain", "desk/model", "source/table.csv", "--person", ann, *KEY)
    assert explained.code == 2
    assert [each.action for each in log_of(house)].count("withdraw") == 1


def test_an_export_is_everything_about_one_person_and_nothing_of_others(house, ann):
    done = command(
        house, "subject", "export", IN_CLEAR, *KEY, *SOURCE, "--folder", "desk/run",
        "--database", f"sqlite:///{house}/desk/reviews.sqlite", "-o", "desk/export", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    folder = house / "desk" / "export"
    content = json.loads((folder / "person.json").read_text())
    rows = {each["from"]: each["rows"] for each in content["tables"]}
    assert rows["table.csv"] == 6
    assert rows["events.csv"] == 1
    assert (rows["forecast.csv"], rows["forecast.parquet"]) == (1, 1)
    assert content["pseudonym"] == ann
    assert content["databases"][f"{house}/desk/reviews.sqlite"] == {
        "cases": [{"id": 1, "subject": ann, "reviewer_note": "x"}]
    }
    assert {each["action"] for each in content["log"]} >= {"train", "forecast", "audit"}
    assert content["proof of the commitment"]["salt"]
    others = [each for each in pd.read_csv(house / "desk" / "forecast.csv")["subject"] if each != ann]
    assert places(others[:50], folder) == set()
    assert places([identifier(n) for n in range(260) if n != ANN], folder) == set()
    assert places([IN_CLEAR], folder)
    assert log_of(house)[-1].action == "export"


def erase(house, *more):
    return command(house, "subject", "erase", IN_CLEAR, *KEY, *SOURCE, *more)


def test_an_erasure_leaves_nothing_in_any_byte(house, ann):
    informant = str(pseudonymise([IN_CLEAR], load_key(house / "scs_ml.key"), "informant")[0])
    command(house, "subject", "export", IN_CLEAR, *KEY, *SOURCE, "-o", "desk/export")
    kept = pd.read_csv(house / "source" / "table.csv")
    database = ("--database", f"sqlite:///{house}/desk/reviews.sqlite")
    done = erase(house, *database, "--folder", "desk", "--json")
    assert done.code == 0, done.out
    assert done.record["found"] == 0
    assert done.record["bundles"] == 1
    assert done.record["searched"]["files"] > 15
    found = search([ann, informant, IN_CLEAR], [house])
    assert (found.places, found.unread) == ((), ())
    # Everybody else is where they were.
    after = pd.read_csv(house / "source" / "table.csv")
    assert after.equals(kept[kept["member"] != IN_CLEAR].reset_index(drop=True))
    assert len(pd.read_csv(house / "desk" / "forecast.csv")) == 259
    events = pd.read_csv(house / "source" / "events.csv")
    assert len(events) == 119
    assert events["informant"].isna().sum() == 3
    assert not (house / "desk" / "export" / "person.json").exists()
    entry = [each for each in log_of(house) if each.action == "erase"][-1]
    assert entry.body["people"] == {"count": 1}
    # They stay out, although nothing about them is kept.
    pd.concat([after, kept[kept["member"] == IN_CLEAR]]).to_csv(house / "source" / "table.csv", index=False)
    again = command(house, "forecast", "desk/model", "source/table.csv", "-o", "desk/again.csv", *KEY)
    assert again.code == 0, again.err
    assert len(pd.read_csv(house / "desk" / "again.csv")) == 259


def test_the_log_stays_whole_and_runs_count_their_loss(house):
    records = open_records(house / "desk" / "records")
    root = {
        each.body["run"]: each.body["people"]["commitment"]
        for each in records.log.entries()
        if "run" in each.body
    }
    assert erase(house).code == 0
    register = open_records(house / "desk" / "records").register
    assert {run: register.root(run) for run in root} == root
    assert register.erased_in("desk/forecast.csv") == 1
    assert command(house, "log", "check").code == 0
    status = command(house, "subject", "status", "--json").record
    assert status["trained_before"] == {"model": 1}
    assert (status["unfinished"], status["out"]) == (0, 2)


def test_what_stands_elsewhere_is_named_and_the_code_says_so(house):
    (house / "desk" / "letter.txt").write_text(f"Dear {IN_CLEAR}, ...")
    done = erase(house, "--folder", "desk")
    assert done.code == 2
    assert "letter.txt" in done.err
    assert IN_CLEAR not in done.err + done.out
    assert (house / "desk" / "letter.txt").exists()


def test_an_id_can_come_from_standard_input(house, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(f"{IN_CLEAR}\n"))
    assert command(house, "subject", "erase", "-", *KEY, *SOURCE).code == 0
    assert places([IN_CLEAR], house / "source" / "table.csv") == set()


@pytest.mark.parametrize(
    "words",
    [
        ("subject", "withdraw"),
        ("subject", "withdraw", "x", "--pseudonym", "y", *KEY),
        ("subject", "withdraw", " ", *KEY),
        ("subject", "erase", "x", *KEY, "--table", "source/table.csv"),
        ("subject", "erase", "x", *KEY, *SOURCE, "--answers", "no.csv"),
        ("subject", "erase", "x", *KEY, "--scheme", "german_credit", "--table", "source/table.csv"),
        ("subject", "erase", "x", *KEY, "--database", "oracle://x"),
        ("subject", "erase", "x", "--key", "no.key"),
    ],
)
def test_what_cannot_be_done_is_bad_input_and_begins_nothing(house, words):
    before = (house / "source" / "table.csv").read_bytes()
    assert command(house, *words).code == 2
    assert open_records(house / "desk" / "records").register.pending() == ()
    assert (house / "source" / "table.csv").read_bytes() == before


KILL = """
import os, sys
import scs_ml.storage.atomic as atomic
left = int(sys.argv[1])
real = os.fsync
def counting(descriptor):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
    real(descriptor)
os.fsync = counting
from scs_ml.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("moment", [0, 5])
def test_an_erasure_that_was_killed_is_finished_by_the_next_command(house, ann, moment):
    words = ["subject", "erase", IN_CLEAR, *KEY, *SOURCE, "--records", "desk/records"]
    code = [sys.executable, "-c", KILL, str(moment)]
    killed = subprocess.run([*code, *words], cwd=house, capture_output=True, check=False)
    assert killed.returncode == -9
    register = open_records(house / "desk" / "records").register
    assert len(register.pending()) == 1
    assert register.withdrawn([ann]).tolist() == [True]
    done = command(house, "subject", "status", "--json")
    assert "finished what an earlier command had begun" in done.err
    assert done.record["unfinished"] == 0
    found = search([ann, IN_CLEAR], [house / "desk" / "records", house / "desk" / "run", house / "source"])
    assert found.places == ()
    assert places([ann], house / "desk" / "forecast.csv", house / "desk" / "forecast.parquet") == set()
    assert [each.action for each in log_of(house)].count("erase") == 1


def shift(house, days):
    """Let the register think that everything was written some days earlier."""
    with closing(sqlite3.connect(house / "desk" / "records" / "people.sqlite")) as people:
        then = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        people.execute("UPDATE artefact SET expires = ?, person_level = 1 WHERE kind != 'bundle'", [then])
        people.commit()


def test_what_is_past_its_retention_is_not_read_and_then_deleted(house, ann):
    assert command(house, "report", "desk/run").code == 0
    kept = {each.kind: each for each in open_records(house / "desk" / "records").register.artefacts()}
    written = datetime.fromisoformat(kept["forecast"].at)
    assert datetime.fromisoformat(kept["forecast"].expires) - written == timedelta(days=30)
    assert kept["bundle"].expires is None
    shift(house, 1)
    refused = command(house, "report", "desk/run")
    assert refused.code == 3
    assert "retention" in refused.err
    assert command(house, "reproduce", "desk/run").code == 3
    done = command(house, "subject", "expire", "--json")
    assert len(done.record["deleted"]) == len(set(done.record["deleted"])) >= 3
    assert not (house / "desk" / "run").exists()
    assert not (house / "desk" / "forecast.csv").exists()
    assert (house / "desk" / "model").exists()
    assert command(house, "subject", "expire", "--json").record["deleted"] == []
    assert [each.action for each in log_of(house)].count("expire") == 1


def test_another_key_renames_everybody_everywhere(house, ann):
    call("key", "new", "-o", "next.key", cwd=house)
    command(house, "subject", "withdraw", identifier(9), *KEY)
    before = pd.read_csv(house / "desk" / "forecast.csv")
    done = command(
        house, "key", "rotate", "source/table.csv", "--scheme", "source/club.yaml", "--old", "scs_ml.key",
        "--new", "next.key", "--ledger", "source/events.csv", "--json",
    )  # fmt: skip
    assert done.code == 0, done.out
    assert done.record == {"ok": True, "renamed": 260, "kept": 0, "unreachable": 0}
    new = load_key(house / "next.key")
    after = pd.read_csv(house / "desk" / "forecast.csv")
    everybody = [identifier(n) for n in range(260)]
    old = dict(
        zip(
            pseudonymise(everybody, load_key(house / "scs_ml.key")), pseudonymise(everybody, new), strict=True
        )
    )
    assert after["subject"].tolist() == before["subject"].map(old).tolist()
    assert after.drop(columns="subject").equals(before.drop(columns="subject"))
    where = [house / "desk" / name for name in ("run", "forecast.csv", "forecast.parquet", "records")]
    assert places(list(old)[:30], *where) == set()
    assert command(house, "report", "desk/run").code == 0
    # Who withdrew stays out under the new key, and a run still knows its people.
    again = command(house, "forecast", "desk/model", "source/table.csv", "-o", "n.csv", "--key", "next.key")
    assert again.code == 0, again.err
    assert len(pd.read_csv(house / "n.csv")) == 259
    register = open_records(house / "desk" / "records").register
    assert "desk/forecast.csv" in register.runs_of(old[ann])
    assert register.runs_of(ann) == ()


def test_a_rotation_that_was_killed_is_finished_by_the_next_command(house, ann):
    call("key", "new", "-o", "next.key", cwd=house)
    words = ["key", "rotate", "source/table.csv", "--scheme", "source/club.yaml", "--old", "scs_ml.key"]
    words += ["--new", "next.key", "--records", "desk/records"]
    killed = subprocess.run(
        [sys.executable, "-c", KILL, "3", *words], cwd=house, capture_output=True, check=False
    )
    assert killed.returncode == -9
    assert len(open_records(house / "desk" / "records").register.pending()) == 1
    assert command(house, "subject", "status", "--json").record["unfinished"] == 0
    old = pseudonymise([identifier(n) for n in range(30)], load_key(house / "scs_ml.key"))
    where = [house / "desk" / name for name in ("run", "forecast.csv", "forecast.parquet", "records")]
    assert places([str(each) for each in old], *where) == set()
    assert [each.action for each in log_of(house)].count("rotate") == 1
