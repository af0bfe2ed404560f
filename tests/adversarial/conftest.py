"""An attempt's own folder, and small things made once: a table, a dataset, a bundle, a run."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from scs_ml.data import read_table
from scs_ml.report import write_report
from scs_ml.storage import save_bundle
from scs_ml.workflow import audit, bundle_metadata, case_of_existing_score, train
from tests.adversarial.attempts import KEY, Attempt, scheme, table


@pytest.fixture
def attempt(tmp_path, monkeypatch, record_property):
    """The attempt that a test makes: exactly what it came to is noted, and none is forgotten."""
    monkeypatch.chdir(tmp_path)
    made = Attempt(tmp_path, record_property)
    yield made
    assert made.outcome is not None, "nothing was attempted"


@pytest.fixture(scope="session")
def lender(tmp_path_factory):
    """The lender's scheme, dataset, trained forecaster, saved bundle and audited run."""
    folder = tmp_path_factory.mktemp("lender")
    card = scheme()
    data = read_table(table(), card, key=KEY)
    trained = train(data, card, families=("logit",))
    bundle = save_bundle(trained.forecaster, card, folder / "bundle", metadata=bundle_metadata(trained))
    report = audit(case_of_existing_score(data, card))
    run = write_report(report, folder / "run")
    return SimpleNamespace(scheme=card, dataset=data, trained=trained, bundle=bundle, report=report, run=run)


@pytest.fixture
def bundle(lender, attempt):
    """A copy of the bundle in the attempt's folder, to be tampered with."""
    return shutil.copytree(lender.bundle, attempt.folder / "bundle")
