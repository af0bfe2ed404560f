"""One small pilot, simulated once, and what is read and learned from it."""

from __future__ import annotations

import pytest

from scs_ml.data import read_ledger, read_table
from scs_ml.schemes import load_scheme
from scs_ml.workflow import case_of_forecaster, train
from scs_ml.workflow.demo import DECOYS, MECHANISMS
from scs_ml.worlds import WorldSettings, save_world, simulate


@pytest.fixture(scope="session")
def suining():
    return load_scheme("suining")


@pytest.fixture(scope="session")
def pilot():
    return simulate(WorldSettings(n_people=1_500, n_periods=6, seed=3, mechanisms=MECHANISMS, decoys=DECOYS))


@pytest.fixture(scope="session")
def office(pilot, tmp_path_factory):
    """The folder that an office would hold: table and ledger."""
    return save_world(pilot, tmp_path_factory.mktemp("worlds") / "pilot") / "office"


@pytest.fixture(scope="session")
def dataset(office, suining):
    return read_table(office / "table.parquet", suining)


@pytest.fixture(scope="session")
def ledger(office, suining, dataset):
    return read_ledger(office / "ledger.parquet", suining, dataset)


@pytest.fixture(scope="session")
def trained(dataset, suining):
    return train(dataset, suining, families=("logit", "boosting"), seed=3)


@pytest.fixture(scope="session")
def case(trained, suining, ledger):
    splits = trained.splits
    return case_of_forecaster(
        trained.forecaster,
        splits.test,
        suining,
        calibration=splits.calibration,
        ledger=ledger,
        name=trained.name,
        max_explained=400,
        seed=3,
    )
