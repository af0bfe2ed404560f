"""The command line, called as `main` is: in a folder, with its output and exit code."""

from __future__ import annotations

import io
import json
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from scs_ml.cli import main


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def record(self):
        """The one JSON object on standard output."""
        assert self.out.startswith("{")
        return json.loads(self.out)


def call(*arguments, cwd=None):
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd or "."), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stop:
        main([str(each) for each in arguments])
    assert "Traceback" not in out.getvalue() + err.getvalue()
    return Done(stop.value.code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def run():
    return call


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A folder in which the demonstration was run on few people."""
    folder = tmp_path_factory.mktemp("home")
    done = call("demo", "--people", 1500, "--quarters", 6, "--json", cwd=folder)
    assert done.code == 0
    (folder / "demo.json").write_text(done.out, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def office():
    """Where the demonstration puts what an office would hold, from its home."""
    return Path("data/worlds/suining-0/office")


@pytest.fixture(scope="session")
def compas_csv(data_folder):
    return data_folder / "compas" / "compas_two_years.csv"
