"""The register of people, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scs_ml.exceptions import ScsError
from scs_ml.records.commitments import Refused, mark_of
from scs_ml.records.register import Register
from scs_ml.records.tables import open_register

KEY = bytes(range(32))
AT = "2026-11-24T12:00:00+00:00"


class TestCommitments:
    def test_a_root_is_made_of_everybody_once_in_any_order(self, register):
        root = register.commit(["b", "a", "b"], "run 1")
        assert register.commit(np.array(["a", "b"])) == root
        assert register.root("run 1") == root
        assert register.commit(["a"]) != root
        assert register.count() == 2

    def test_a_receipt_proves_that_a_person_is_in_a_root(self, register):
        root = register.commit(["a"], "run 1")
        receipt = register.receipt("a")
        commitment = hmac.digest(bytes.fromhex(receipt["salt"]), b"a", "sha256").hex()
        assert receipt["commitment"] == commitment
        assert hashlib.sha256(commitment.encode()).hexdigest() == root
        assert len(bytes.fromhex(receipt["salt"])) >= 16
        assert register.receipt("b") is None

    def test_salts_differ_between_people_and_houses(self, register, tmp_path):
        other = Register(f"sqlite:///{tmp_path / 'other.sqlite'}", KEY)
        assert other.commit(["a", "b"]) != register.commit(["a", "b"])
        assert register.receipt("a")["salt"] != register.receipt("b")["salt"]

    def test_a_run_that_is_made_again_is_another_run(self, register):
        register.commit(["a", "b"], "run 1")
        register.erase("a", at=AT)
        root = register.commit(["b", "c"], "run 1")
        assert (register.root("run 1"), register.erased_in("run 1")) == (root, 0)

    def test_nobody_has_a_root_too(self, register):
        assert register.commit([], "run 1") == hashlib.sha256(b"").hexdigest()

    def test_runs_of_a_person(self, register):
        register.commit(["a", "b"], "run 2")
        register.commit(["a"], "run 1")
        register.commit(["a"], "run 1")
        assert register.runs_of("a") == ("run 1", "run 2")
        assert register.runs_of("b") == ("run 2",)
        assert register.runs_of("c") == ()


class TestWithdrawal:
    def test_people_who_withdrew_are_told_apart(self, register):
        register.commit(["a", "b", "c"], "run 1")
        assert register.withdrawn(["a", "b"]).tolist() == [False, False]
        assert register.withdraw(["a", "z"], at=AT) == 2
        assert register.withdraw(["a"], at="2027-01-01T00:00:00+00:00") == 0
        assert register.withdrawn(["a", "b", "z", "a"]).tolist() == [True, False, True, True]
        assert (register.withdrawn_at("a"), register.withdrawn_at("b")) == (AT, None)
        assert (register.withdrawn_in("run 1"), register.erased_in("run 1")) == (1, 0)

    def test_the_register_cannot_list_who_withdrew(self, register):
        register.withdraw(["somebody"], at=AT)
        with register.reading() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM refused").all()
        assert rows == [(mark_of("somebody", KEY), AT)]
        assert mark_of("somebody", bytes(32)) != mark_of("somebody", KEY)
        assert not hasattr(register.refused(), "__iter__")

    def test_nobody_is_refused_without_marks(self):
        assert "a" not in Refused(frozenset(), KEY)
        assert len(Refused(frozenset({"m"}), KEY)) == 1


class TestErasure:
    def test_the_salt_goes_the_root_stays_and_the_run_counts_its_loss(self, register):
        root = register.commit(["a", "b", "c"], "run 1")
        register.commit(["b"], "run 2")
        assert register.erase("a", at=AT) == 1
        assert register.root("run 1") == root
        assert (register.erased_in("run 1"), register.erased_in("run 2")) == (1, 0)
        assert register.receipt("a") is None
        assert register.runs_of("a") == ()
        assert register.withdrawn(["a"]).tolist() == [True]
        assert register.withdrawn_in("run 1") == 0

    def test_twice_is_once(self, register):
        register.commit(["a"], "run 1")
        assert [register.erase("a", at=AT), register.erase("a", at=AT)] == [1, 0]
        assert register.erased_in("run 1") == 1
        assert register.erased_in("no such run") == 0

    def test_whoever_comes_back_is_another_commitment(self, register):
        root = register.commit(["a"], "run 1")
        register.erase("a", at=AT)
        assert register.commit(["a"], "run 2") != root
        assert register.erase("a", at=AT) == 1
        assert register.erased_in("run 1") == 1


class TestArtefacts:
    def test_what_was_written_is_listed_and_forgotten(self, register, tmp_path):
        register.artefact(tmp_path / "b", "run", "run 1", "2026-01-02T00:00:00+00:00")
        register.artefact(tmp_path / "a.csv", "forecast", None, AT, expires=AT)
        register.artefact(tmp_path / "b", "run", "run 2", "2026-01-03T00:00:00+00:00", person_level=False)
        found = register.artefacts()
        assert [(each.path.name, each.run, each.person_level, each.expires) for each in found] == [
            ("b", "run 2", False, None),
            ("a.csv", None, True, AT),
        ]
        register.forget(tmp_path / "b")
        assert [each.kind for each in register.artefacts()] == ["forecast"]


class TestErrands:
    def test_what_was_begun_stays_until_it_is_done(self, register):
        errand = register.begin("erase", {"subject": "a", "more": [1, None]}, at=AT)
        assert register.pending() == (errand,)
        register.finish(errand)
        assert register.pending() == ()


class TestRenaming:
    def test_another_key_keeps_commitments_and_who_is_out(self, register):
        root = register.commit(["a", "b", "c"], "run 1")
        register.withdraw(["b", "gone"], at=AT)
        pairs = {"a": "A", "b": "B", "z": "Z"}
        assert register.rename(pairs, at=AT) == (2, 1, 1)
        assert register.rename(pairs, at=AT) == (0, 1, 1)
        assert register.root("run 1") == root
        assert register.runs_of("A") == ("run 1",)
        assert register.runs_of("a") == ()
        assert register.withdrawn(["A", "B", "C", "b", "gone"]).tolist() == [False, True, False, True, True]
        register.erase("A", at=AT)
        assert register.erased_in("run 1") == 1

    def test_a_person_read_under_both_keys_is_one_row_more_and_nothing_breaks(self, register):
        register.commit(["a", "A"], "run 1")
        assert register.rename({"a": "A"}, at=AT)[0] == 0
        assert register.count() == 2


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("cwer"), st.sampled_from("abcd")), max_size=12))
def test_any_order_of_requests_leaves_a_true_count(tmp_path, requests):
    register = Register(f"sqlite:///{tmp_path / secrets.token_hex(4)}.sqlite", KEY)
    known, inside, lost, out = set(), set(), 0, set()
    for step, who in requests:
        if step in "cr":
            register.commit([who], "run" if step == "r" else None)
            known.add(who)
            inside, lost = ({who}, 0) if step == "r" else (inside, lost)
        elif step == "w":
            register.withdraw([who], at=AT)
            out.add(who)
        else:
            register.erase(who, at=AT)
            lost += who in inside
            inside.discard(who)
            known.discard(who)
            out.add(who)
    assert register.erased_in("run") == lost
    assert register.count() == len(known)
    assert register.withdrawn(list("abcd")).tolist() == [each in out for each in "abcd"]
    assert register.withdrawn_in("run") == len(inside & out)


def test_nothing_of_the_erased_lies_in_the_file_or_beside_it(tmp_path):
    register = Register(f"sqlite:///{tmp_path / 'people.sqlite'}", KEY)
    people = [secrets.token_hex(8) for _ in range(300)]
    register.commit(people, "run 1")
    salt = bytes.fromhex(register.receipt(people[7])["salt"])
    errand = register.begin("erase", {"subject": people[7]}, at=AT)
    register.erase(people[7], at=AT)
    register.finish(errand)
    held = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert people[8].encode() in held
    assert people[7].encode() not in held
    assert salt not in held
    assert [each.name for each in tmp_path.iterdir()] == ["people.sqlite"]


def test_a_hundred_thousand_people_take_seconds(tmp_path):
    register = Register(f"sqlite:///{tmp_path / 'people.sqlite'}", KEY)
    people = [f"{number:016x}" for number in range(100_000)]
    start = time.perf_counter()
    root = register.commit(people, "run 1")
    register.withdraw(people[:10], at=AT)
    assert register.withdrawn(people).sum() == 10
    assert register.commit(people, "run 2") == root
    assert time.perf_counter() - start < 60  # 4 seconds on a quiet machine


class TestOpening:
    def test_key_and_database_are_made_once_and_are_the_owners(self, tmp_path):
        first = open_register(tmp_path)
        first.withdraw(["a"], at=AT)
        assert open_register(tmp_path).withdrawn(["a", "b"]).tolist() == [True, False]
        assert (tmp_path / "people.key").stat().st_mode & 0o777 == 0o600
        assert {each.name for each in tmp_path.iterdir()} == {"people.key", "people.sqlite"}

    def test_a_url_takes_the_files_place(self, tmp_path):
        (tmp_path / "people.url").write_text(f"sqlite:///{tmp_path / 'elsewhere.sqlite'}\n")
        open_register(tmp_path).commit(["a"])
        assert (tmp_path / "elsewhere.sqlite").is_file()
        assert not (tmp_path / "people.sqlite").exists()

    def test_a_damaged_key_lets_nobody_back_in(self, tmp_path):
        open_register(tmp_path)
        (tmp_path / "people.key").write_text("zz")
        with pytest.raises(ScsError, match="the key by which people are kept out is damaged"):
            open_register(tmp_path)

    @pytest.mark.parametrize("url", ["nonsense", "oracle://office:secret@host/x", "mongodb://secret@h/x"])
    def test_another_database_is_refused_without_its_password(self, url):
        with pytest.raises(ScsError) as caught:
            Register(url, KEY)
        assert "secret" not in str(caught.value)

    def test_a_damaged_file_is_named_and_nobody_in_it(self, tmp_path):
        (tmp_path / "people.sqlite").write_bytes(b"no database" * 1000)
        with pytest.raises(ScsError, match=r"cannot be used \(DatabaseError\)"):
            open_register(tmp_path)

    def test_two_processes_at_once_lose_nobody(self, tmp_path):
        code = (
            "import sys; from pathlib import Path; from scs_ml.records.tables import open_register\n"
            "r = open_register(Path(sys.argv[1]))\n"
            "for n in range(15): r.commit([f'{sys.argv[2]}-{n}', 'both'], sys.argv[2])"
        )
        started = [
            subprocess.Popen([sys.executable, "-c", code, tmp_path, who], env=os.environ) for who in "ab"
        ]
        assert [each.wait(60) for each in started] == [0, 0]
        register = open_register(tmp_path)
        assert register.count() == 31
        with register.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM membership").scalar() == 4
