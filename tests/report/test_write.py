from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scs_ml.exceptions import ScsError
from scs_ml.report import audit_record, rewrite_report, validate_audit, write, write_report

FILES = {"audit.json", "report.html", "card.md"}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def run(report, tmp_path_factory):
    return write_report(report, tmp_path_factory.mktemp("runs") / "first")


@pytest.fixture
def copy(run, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    for name, content in contents(run).items():
        (folder / name).write_bytes(content)
    return folder


def test_it_writes_the_three_files_and_no_other(run, record):
    assert {path.name for path in run.iterdir()} == FILES
    assert [path.name for path in run.parent.iterdir()] == ["first"]
    written = json.loads((run / "audit.json").read_text(encoding="utf-8"))
    assert written == record
    validate_audit(written)


def test_the_same_report_gives_the_same_bytes(run, report, tmp_path):
    assert contents(write_report(report, tmp_path / "again")) == contents(run)


def test_an_older_run_is_replaced_as_a_whole(report, copy, run):
    (copy / "verification_plan.csv").write_text("old", encoding="utf-8")
    write_report(report, str(copy))
    assert contents(copy) == contents(run)


def test_a_page_that_cannot_be_drawn_leaves_no_folder(report, tmp_path, monkeypatch):
    def broken(record):
        raise RuntimeError("no ink")

    monkeypatch.setattr(write, "report_html", broken)
    with pytest.raises(RuntimeError):
        write_report(report, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_drawn_keeps_the_older_run(report, copy, monkeypatch):
    before = contents(copy)

    def broken(record):
        raise RuntimeError("no ink")

    monkeypatch.setattr(write, "card_markdown", broken)
    with pytest.raises(RuntimeError):
        write_report(report, copy)
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_a_report_that_breaks_the_contract_is_not_written(report, tmp_path):
    wrong = replace(report, findings=(replace(report.findings[0], mechanisms=(("bad_luck", 1.0),)),))
    with pytest.raises(ScsError, match="bad_luck"):
        write_report(wrong, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_page_and_card_are_drawn_again_from_the_record_alone(copy, run):
    (copy / "report.html").unlink()
    (copy / "card.md").write_text("lost", encoding="utf-8")
    (copy / "verification_plan.csv").write_text("mine", encoding="utf-8")

    assert rewrite_report(copy) == copy
    kept = contents(copy)
    assert kept.pop("verification_plan.csv") == b"mine"
    assert kept == contents(run)


def test_a_folder_without_an_audit_is_named(tmp_path):
    with pytest.raises(ScsError, match="not a run folder") as caught:
        rewrite_report(tmp_path)
    assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b'{"seed": NaN}', b'{"seed": Infinity}', b"[]", b"null", b"{}", b"[" * 99_999],
)
def test_a_broken_audit_is_one_error_and_touches_nothing(copy, content):
    (copy / "audit.json").write_bytes(content)
    before = contents(copy)

    with pytest.raises(ScsError) as caught:
        rewrite_report(str(copy))

    assert "audit.json" in caught.value.where
    assert contents(copy) == before


def test_an_edited_verdict_is_refused(copy):
    text = (copy / "audit.json").read_text(encoding="utf-8")
    (copy / "audit.json").write_text(text.replace('"cannot tell"', '"fair"'), encoding="utf-8")

    with pytest.raises(ScsError, match="fair") as caught:
        rewrite_report(copy)
    assert "$.findings[2].verdict" in caught.value.where


def test_a_record_read_back_is_the_record(run, report):
    assert json.loads((run / "audit.json").read_text(encoding="utf-8")) == audit_record(report)


def test_a_folder_that_is_no_run_is_left_alone(report, tmp_path):
    (tmp_path / "thesis.txt").write_text("years", encoding="utf-8")
    with pytest.raises(ScsError, match="something else"):
        write_report(report, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
