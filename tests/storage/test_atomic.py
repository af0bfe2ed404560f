from __future__ import annotations

from pathlib import Path

import pytest

from scs_ml.exceptions import ScsError
from scs_ml.storage import atomic_file, atomic_folder


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
