"""Every refusal is one message with what, where and what to do; nothing is left half-written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import yaml

from scs_ml.cli.output import show_table
from scs_ml.core import Table
from scs_ml.schemes import dump_scheme, load_scheme

BUNDLE = "models/suining/demo-0"


def refused(done, code, *parts):
    assert done.code == code, done.err
    assert done.out == ""
    assert "what to do:" in done.err
    for part in parts:
        assert part in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("init", "nowhere.csv"),
        ("check", "compas", "nowhere.csv"),
        ("train", "compas", "nowhere.csv"),
        ("audit", "compas", "nowhere.csv", "-o", "run"),
        ("society", "compas", "nowhere.csv"),
        ("forecast", "nowhere", "nowhere.csv", "-o", "f.csv"),
        ("explain", "nowhere", "nowhere.csv"),
        ("report", "nowhere"),
        ("check", "nowhere.yaml", "nowhere.csv"),
        ("check", "compas", "nowhere.csv", "--key", "nowhere.key"),
    ],
    ids=" ".join,
)
def test_missing_file(run, tmp_path, arguments):
    refused(run(*arguments, cwd=tmp_path), 2, "nowhere")
    told = run(*arguments, "--json", cwd=tmp_path)
    assert told.code == 2
    assert told.record["ok"] is False
    assert told.record["remedy"]
    assert not list(tmp_path.iterdir())


def test_unknown_names(run, home, office, tmp_path):
    table = home / office / "table.parquet"
    refused(run("check", "nosuch", table), 2, "'nosuch'", "suining")
    refused(run("train", "suining", table, "--family", "oracle", cwd=tmp_path), 2, "oracle", "boosting")
    refused(run("society", "suining", table, "--by", "wealth"), 2, "wealth")
    refused(run("explain", home / BUNDLE, table, "--by", "wealth"), 2, "wealth", "minority")
    refused(run("explain", home / BUNDLE, table, "--person", "ff"), 2, "pseudonym")
    refused(run("check", "suining", table, "--rows", "rich"), 2, "rich")
    assert not list(tmp_path.iterdir())


def test_table_that_lacks_columns(run, tmp_path):
    (tmp_path / "t.csv").write_text("priors_count\n1\n", encoding="utf-8")
    refused(run("check", "compas", "t.csv", cwd=tmp_path), 2, "'score_text' is missing", "t.csv")


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"\x00\x01\x02", b"\xff\xfe,a\n1,2\n", b'a,b\n"1,2\n'])
def test_file_that_is_no_table(run, tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    for command in (("init", "t.csv"), ("check", "compas", "t.csv")):
        assert run(*command, cwd=tmp_path).code == 2
    (tmp_path / "t.parquet").write_bytes(content)
    assert run("check", "compas", "t.parquet", cwd=tmp_path).code == 2


def test_model_and_score_exclude_one_another(run, compas_csv, home, tmp_path):
    done = run("audit", "compas", compas_csv, "--model", home / BUNDLE, "--score", "x", "-o", tmp_path / "r")
    refused(done, 2, "two different things")


def test_bundle_of_another_scheme(run, compas_csv, home, tmp_path):
    done = run("audit", "compas", compas_csv, "--model", home / BUNDLE, "-o", tmp_path / "r")
    refused(done, 2, "another scheme", "suining", "compas")


def test_altered_bundle(run, home, office, tmp_path):
    shutil.copytree(home / BUNDLE, tmp_path / "altered")
    with (tmp_path / "altered" / "model.skops").open("ab") as file:
        file.write(b"x")
    refused(run("explain", tmp_path / "altered", home / office / "table.parquet"), 2, "model.skops")


def test_path_that_cannot_be_written(run, compas_csv, home, office, tmp_path):
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    table = home / office / "table.parquet"
    out = tmp_path / "letter.txt" / "run"
    # Said before any work is done.
    started = run("audit", "compas", compas_csv, "-o", out)
    refused(started, 2, "no folder can be written there", "letter.txt")
    assert "read" not in started.err
    refused(run("forecast", home / BUNDLE, table, "-o", f"{out}.csv"), 2, "letter.txt")
    refused(run("train", "suining", table, "--family", "expert", "-o", out), 2, "letter.txt")
    refused(run("demo", "--people", 500, "--quarters", 5, "--root", out), 2, "letter.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_folder_of_other_things_is_left_alone(run, compas_csv, tmp_path):
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    refused(run("audit", "compas", compas_csv, "-o", tmp_path), 2, "something else")
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "mine"


def test_wrong_usage(run):
    done = run("audit", "compas")
    assert done.code == 2
    assert "Usage:" in done.err
    told = run("audit", "compas", "--json")
    assert told.code == 2
    assert "Missing argument" in told.record["what"]
    assert run("nosuch").code == 2


@pytest.mark.parametrize(
    "command",
    [("forecast", "-o", "f.csv"), ("explain", "--person", "0123456789abcdef")],
    ids=["export", "person"],
)
def test_persons_do_not_leave_a_benchmark(run, compas_csv, tmp_path, command):
    if not (tmp_path / "models").exists():
        trained = run("train", "compas", compas_csv, "--family", "expert", cwd=tmp_path)
        assert trained.code == 0
    name, *options = command
    done = run(name, "models/compas/latest", compas_csv, *options, cwd=tmp_path)
    assert done.code == 3
    assert done.err.lstrip().startswith("refused:")
    told = run(name, "models/compas/latest", compas_csv, *options, "--json", cwd=tmp_path)
    assert (told.code, told.record["rule"]) == (3, "basis")
    assert not (tmp_path / "f.csv").exists()


def agreed_table(tmp_path, age):
    scheme = load_scheme("sesame")
    n = 40
    table = pd.DataFrame({i.name: [k / n for k in range(n)] for i in scheme.indicators})
    table = table.assign(
        person=[f"p{k}" for k in range(n)],
        month="2024-01",
        agreed=True,
        age=age,
        sex=["male", "female"] * (n // 2),
        registration="local",
        score=[350 + 15 * k for k in range(n)],
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    return scheme


def test_minors_are_refused_under_agreed(run, tmp_path):
    agreed_table(tmp_path, age=17)
    run("key", "new", cwd=tmp_path)
    for command in (("check",), ("train",), ("society",), ("audit", "-o", "r")):
        name, *options = command
        done = run(name, "sesame", "t.csv", *options, cwd=tmp_path)
        assert done.code == 3, done.err
        assert "refused:" in done.err
    assert {p.name for p in tmp_path.iterdir()} == {"scs_ml.key", "t.csv"}


def test_an_outside_audit_trains_no_model_and_still_audits_the_score(run, tmp_path):
    scheme = agreed_table(tmp_path, age=30)
    basis = {
        "kind": "audit",
        "lawful_basis": "a court's order",
        "purpose": "t",
        "context": "t",
        "contact": "t",
    }
    draft = yaml.safe_load(dump_scheme(scheme)) | {"basis": basis}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(draft), encoding="utf-8")
    run("key", "new", cwd=tmp_path)
    told = run("train", "s.yaml", "t.csv", "--json", cwd=tmp_path)
    assert (told.code, told.record["rule"]) == (3, "basis")
    assert "does not open training" in told.record["what"]
    assert not (tmp_path / "models").exists()
    done = run("audit", "s.yaml", "t.csv", "-o", "r", "--json", cwd=tmp_path)
    assert done.code == 0, done.out
    assert set(done.record["fidelity"]) == {"same category", "RPS skill over its shares"}


def test_forbidden_indicator_is_kept_from_the_model_of_those_who_agreed(run, tmp_path):
    agreed_table(tmp_path, age=30)
    run("key", "new", cwd=tmp_path)
    done = run("audit", "sesame", "t.csv", "-o", "r", "--json", cwd=tmp_path)
    assert done.code == 0, done.out
    assert any(gate == "relatives: refused" for gate in done.record["safeguards"])
    assert "The score without interpersonal_relationships" in (tmp_path / "r" / "report.html").read_text(
        encoding="utf-8"
    )


def test_nothing_left_to_learn_from(run, tmp_path):
    scheme = agreed_table(tmp_path, age=30)
    draft = yaml.safe_load(dump_scheme(scheme)) | {"horizon": 0}
    for each in draft["indicators"]:
        each["concerns"] = "friends"
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(draft, sort_keys=False), encoding="utf-8")
    run("key", "new", cwd=tmp_path)
    refused(run("train", "s.yaml", "t.csv", cwd=tmp_path), 2, "nothing to learn from")
    assert run("audit", "s.yaml", "t.csv", "-o", "r", cwd=tmp_path).code == 0


def test_stopped_by_hand(tmp_path):
    """Ctrl-C in the middle of the work: a word, exit code 130, and nothing half-written."""
    # A shell that runs the tests in the background has had the signal ignored, and that would be inherited.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from scs_ml.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "demo", "--people", "20000"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    world = tmp_path / "data" / "worlds" / "suining-0"
    deadline = time.monotonic() + 120
    while not world.is_dir() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped" in err
    assert "Traceback" not in out + err
    assert not [p for p in tmp_path.rglob("*") if p.name.startswith(".")]
    assert not (tmp_path / "data" / "runs").exists()


def test_a_label_with_square_brackets_is_shown_as_it_is(capsys):
    show_table(Table("t", "Title [/x]", ("group [/b]", "rows"), (("area [red] :smile:", 3),)))
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("Title [/x]", "group [/b]", "area [red] :smile:"))
