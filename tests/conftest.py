"""Fixtures for every room, and what makes a run repeatable."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path

# Before numpy and matplotlib are first imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["MPLBACKEND"] = "Agg"
os.environ["TZ"] = "UTC"
# Commands on real people begin records where there are none: never in the folder that tests are called from.
os.environ["SCS_ML_RECORDS"] = str(Path(tempfile.mkdtemp(prefix="scs_ml_records_")) / "records")

import numpy as np
import pytest
from hypothesis import settings

from tests.support import DATA, require

# The same examples on every run, and no deadline: a loaded machine is not a failure.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_sessionfinish():
    shutil.rmtree(Path(os.environ["SCS_ML_RECORDS"]).parent, ignore_errors=True)


@pytest.fixture(autouse=True)
def fixed_global_seeds() -> None:
    """Libraries that fall back on a global generator find it in the same state in every test."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the legacy global generator is the very thing to pin


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real tables, read in place."""
    return require(DATA, "set SCS_ML_DATA to the folder of real tables")


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium for playwright's `executable_path`."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return require(next(filter(shutil.which, names), names[0]), "install Chromium to test pages in a browser")
