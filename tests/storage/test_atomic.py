from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scs_ml.exceptions import ScsError
from scs_ml.storage import atomic, atomic_file, atomic_folder, recover_folder
from scs_ml.storage.siblings import exchange, is_left_behind, new_sibling


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def test_a_file_appears_whole_with_the_suffix_it_was_written_under(tmp_path):
    target = tmp_path / "new" / "table.csv.gz"
    with atomic_file(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.name.endswith(".csv.gz")
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert names(target.parent) == ["table.csv.gz"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")

    def write_half() -> None:
        with atomic_file(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["report.html"]


def test_a_block_that_writes_nothing_fails_and_leaves_the_old_file(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")
    with pytest.raises(FileNotFoundError), atomic_file(target):
        pass
    assert target.read_text() == "old"


def test_a_folder_replaces_the_old_one_whole(tmp_path):
    target = tmp_path / "run"
    for text, other in (("first", "gone"), ("second", "kept")):
        with atomic_folder(target, "deep") as temporary:
            (temporary / "deep").mkdir()
            (temporary / "deep" / "a.txt").write_text(text)
            (temporary / other).write_text("")
    assert names(target) == ["deep", "kept"]
    assert (target / "deep" / "a.txt").read_text() == "second"
    assert names(tmp_path) == ["run"]


def test_a_failed_folder_leaves_the_old_one_and_nothing_else(tmp_path):
    target = tmp_path / "run"
    target.mkdir()
    (target / "old.txt").write_text("old")

    def write_half() -> None:
        with atomic_folder(target, "old.txt") as temporary:
            (temporary / "new.txt").write_text("half")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    assert names(target) == ["old.txt"]
    assert names(tmp_path) == ["run"]


def test_the_old_folder_comes_back_when_the_move_fails(tmp_path, monkeypatch):
    target = tmp_path / "run"
    target.mkdir()
    (target / "old.txt").write_text("old")
    monkeypatch.setattr(atomic, "exchange", lambda one, other: False)
    rename = Path.rename
    moves = []

    def second_move_fails(self, to):
        moves.append(to)
        if len(moves) == 2:
            raise OSError("disk full")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", second_move_fails)
    with pytest.raises(OSError, match="disk full"), atomic_folder(target, "old.txt") as temporary:
        (temporary / "new.txt").write_text("new")
    assert names(target) == ["old.txt"]
    assert names(tmp_path) == ["run"]


def test_a_file_is_not_replaced_by_a_folder(tmp_path):
    target = tmp_path / "run"
    target.write_text("a file")
    with pytest.raises(ScsError, match="a file stands"), atomic_folder(target, "old.txt"):
        pass
    assert target.read_text() == "a file"
    assert names(tmp_path) == ["run"]


def test_a_folder_of_another_kind_is_not_deleted(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    with atomic_folder(precious, "audit.json"):
        pass  # an empty folder is nobody's
    (precious / "thesis.txt").write_text("years")
    with pytest.raises(ScsError, match="something else"), atomic_folder(precious, "audit.json"):
        pass
    assert (precious / "thesis.txt").read_text() == "years"
    assert names(tmp_path) == ["precious"]


def test_a_folder_is_not_deleted_by_way_of_one_that_is_missing(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    around = tmp_path / "missing" / ".." / "precious"
    with pytest.raises(ScsError, match="something else"), atomic_folder(around, "audit.json"):
        pass
    assert (precious / "thesis.txt").read_text() == "years"
    assert names(tmp_path) == ["precious"]


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    for text in ("first", "second"):
        with atomic_folder(tmp_path / "link", "run.txt") as temporary:
            (temporary / "run.txt").write_text(text)
    assert (tmp_path / "link").is_symlink()
    assert (real / "run.txt").read_text() == "second"
    assert names(tmp_path) == ["link", "real"]


KILLED_HALF_WAY = """
import os, signal, sys
from pathlib import Path
from scs_ml.storage import atomic, atomic_folder

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def rename_once(self, to, *, rename=Path.rename):
    rename(self, to)
    die()

where, target = sys.argv[1:]
if where == "between the moves":
    atomic.exchange = lambda one, other: False
    Path.rename = rename_once
elif where == "before the move":
    atomic._put_in_place = die
else:
    atomic.shutil.rmtree = die
with atomic_folder(target, "run.txt") as temporary:
    (temporary / "run.txt").write_text("new")
"""


def killed(where, target):
    """Replace a folder in a process that ends by SIGKILL there."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED_HALF_WAY, where, str(target)], check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL


@pytest.fixture
def old_run(tmp_path):
    target = tmp_path / "run"
    with atomic_folder(target, "run.txt") as temporary:
        (temporary / "run.txt").write_text("old")
    return target


@pytest.mark.skipif(os.name != "posix", reason="ends a process by SIGKILL")
@pytest.mark.parametrize(
    "where,left",
    [("before the move", "old"), ("between the moves", "old"), ("after the move", "new")],
)
def test_a_kill_leaves_the_old_folder_or_the_new_one_and_the_next_writer_sweeps(old_run, where, left):
    killed(where, old_run)
    assert len(names(old_run.parent)) == 2  # and one hidden, beside it or in its stead
    recover_folder(old_run)
    assert (old_run / "run.txt").read_text() == left
    with atomic_folder(old_run, "run.txt") as temporary:
        (temporary / "run.txt").write_text("newer")
    assert (old_run / "run.txt").read_text() == "newer"
    assert names(old_run.parent) == ["run"]


def test_what_a_living_process_or_another_machine_writes_is_not_swept(tmp_path, monkeypatch):
    target = tmp_path / "table.csv"
    ours = new_sibling(target)
    ours.write_text("half")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("platform.node", lambda: "another")
        elsewhere.setattr("os.getpid", lambda: 999_999_999)
        theirs = new_sibling(target)
    theirs.write_text("half")
    (tmp_path / ".new-draft.table.csv").write_text("somebody's own hidden file")
    with atomic_file(target) as temporary:
        temporary.write_text("whole")
    assert ours.exists()
    assert theirs.exists()
    assert len(names(tmp_path)) == 4


def test_the_leftover_of_one_target_is_none_of_another(tmp_path, monkeypatch):
    monkeypatch.setattr("os.getpid", lambda: 999_999_999)
    left = new_sibling(tmp_path / "run")
    assert is_left_behind(left, tmp_path / "run")
    assert not is_left_behind(left, tmp_path / "other run")
    assert not is_left_behind(left, tmp_path / "run", aside=True)


def test_a_name_as_long_as_the_system_takes_can_be_written(tmp_path):
    target = tmp_path / ("数" * 80 + ".csv")
    with atomic_file(target) as temporary:
        assert temporary.suffix == ".csv"
        temporary.write_text("whole")
    assert target.read_text() == "whole"


def test_paths_change_places_in_one_step_or_the_error_is_told(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if not exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("the file system cannot")
    assert names(tmp_path / "one") == ["other"]
    assert names(tmp_path / "other") == ["one"]
    with pytest.raises(OSError, match="one") as error:
        exchange(tmp_path / "one", tmp_path / "missing")
    assert error.value.errno == errno.ENOENT


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "other.txt").write_text("of somebody else")
    link = tmp_path / "mine" / "report.txt"
    link.symlink_to(tmp_path / "other.txt")
    with atomic_file(link) as temporary:
        temporary.write_text("new")
    assert not link.is_symlink()
    assert link.read_text() == "new"
    assert (tmp_path / "other.txt").read_text() == "of somebody else"


@pytest.mark.parametrize("target", ["/dev/null", "folder"])
def test_a_device_or_a_folder_is_not_replaced_by_a_file(tmp_path, target):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ScsError, match="a folder or a device"), atomic_file(tmp_path / target):
        pass
    assert names(tmp_path) == ["folder"]
    assert Path("/dev/null").is_char_device()
