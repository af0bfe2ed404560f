"""Paths that climb, link, or belong to somebody else: what is there stays as it is."""

from __future__ import annotations

import pytest

from scs_ml.data import load_frame, write_frame
from scs_ml.report import rewrite_report, write_report
from scs_ml.safeguards import load_key, new_key
from scs_ml.storage import atomic_file, save_bundle
from tests.adversarial.attempts import scheme_file, table


@pytest.fixture
def office(attempt):
    """The attempt's folder with a scheme, a table and a key, and somebody's thesis."""
    scheme_file(attempt.folder)
    table(120).to_csv(attempt.folder / "t.csv", index=False)
    new_key(attempt.folder / "scs_ml.key")
    (attempt.folder / "thesis").mkdir()
    (attempt.folder / "thesis" / "years.txt").write_text("of work")
    (attempt.folder / "file").write_text("of work")
    (attempt.folder / "link").symlink_to("thesis")
    return attempt.folder


TARGETS = [
    "thesis",
    "file",
    "link",
    "file/below",
    "new/../thesis",
    ".",
    "..",
    "scs_ml.key",
    "/dev/null",
    "/proc/x",
]


@pytest.mark.parametrize("target", TARGETS)
def test_a_run_is_not_written_over_something_else(attempt, office, target):
    attempt.cli("audit", "lender.yaml", "t.csv", "-o", target, code=2)
    assert (office / "thesis" / "years.txt").read_text() == "of work"


@pytest.mark.parametrize("target", ["thesis", "file", "link", "file/below", "new/../thesis"])
def test_a_bundle_is_not_written_over_something_else(attempt, office, lender, target):
    before = sorted(office.rglob("*"))
    attempt.refused(lambda: save_bundle(lender.trained.forecaster, lender.scheme, target))
    assert sorted(office.rglob("*")) == before


@pytest.mark.parametrize("target", ["thesis", "file", "link"])
def test_a_leaderboard_is_not_written_over_something_else(attempt, office, target):
    arguments = ("leaderboard", "lender.yaml", "t.csv", "--family", "logit", "--folds", 2, "-o", target)
    attempt.cli(*arguments, code=2)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../../escaped.csv",
        "t.exe",
        "t",
        "t.csv.",
        "thesis",
        "x" * 300 + ".csv",
    ],
)
def test_a_table_is_written_only_where_and_as_what_it_can_be(attempt, office, name):
    done = attempt.cli("init", "t.csv", "-o", name or "", code=(0, 2))
    assert done.code == 2 or name in ("t.exe", "t", "t.csv.", "../../escaped.csv")


@pytest.mark.parametrize("suffix", [".csv.exe", ".pkl", ".xlsx", "", ".CSV.gz.sh"])
def test_a_frame_is_written_as_no_other_format(attempt, suffix):
    attempt.refused(lambda: write_frame(table(5), attempt.folder / f"t{suffix}"))


def test_a_key_is_never_written_over(attempt):
    path = new_key(attempt.folder / "scs_ml.key")
    attempt.refused(lambda: new_key(path))


def test_a_key_is_not_written_through_a_link(attempt):
    (attempt.folder / "scs_ml.key").symlink_to("somewhere")
    attempt.refused(lambda: new_key(attempt.folder / "scs_ml.key"))
    assert not (attempt.folder / "somewhere").exists()


KEYS = {
    "empty": b"",
    "too short": b"00" * 31,
    "too long": b"00" * 33,
    "no hexadecimal": b"zz" * 32,
    "no ASCII": b"\xff" * 64,
    "wide digits": "\uff10".encode() * 64,
    "a zero byte": b"0" * 63 + b"\0",
}


@pytest.mark.parametrize("what", KEYS)
def test_a_key_that_is_none(attempt, what):
    path = attempt.folder / "k"
    path.write_bytes(KEYS[what])
    found = attempt.refused(lambda: load_key(path))
    assert KEYS[what][:8].decode("latin-1") not in str(found) or not KEYS[what]


@pytest.mark.parametrize("name", ["audit.json", "report.html", "card.md"])
def test_a_link_in_a_run_folder_is_replaced_and_not_followed(attempt, lender, name):
    run = write_report(lender.report, attempt.folder / "run")
    outside = attempt.folder / "outside.txt"
    outside.write_text("of work")
    if name == "audit.json":
        outside.write_bytes((run / name).read_bytes())
    before = outside.read_bytes()
    (run / name).unlink()
    (run / name).symlink_to(outside)
    attempt.neutralised(lambda: rewrite_report(run))
    assert outside.read_bytes() == before


NAMES = [
    "-rf",
    "--help",
    "a b",
    "$(touch pwned)",
    "`touch pwned`",
    ";touch pwned",
    "a\nb",
    "信用",
    "\u202etxt",
    "~",
    "%n",
    "*",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_a_shell_would_run(attempt, name):
    path = attempt.folder / f"{name}.csv"

    def there_and_back():
        with atomic_file(path) as temporary:
            table(5).to_csv(temporary, index=False)
        return load_frame(path)[0]

    assert len(attempt.handled(there_and_back)) == 5
    assert [each.name for each in attempt.folder.iterdir()] == [path.name]
