from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.core import Dataset
from scs_ml.schemes import card_score, load_scheme

RATES = {
    "exemplary_county": 0.2,
    "exemplary_city": 0.1,
    "traffic_violations": 3.0,
    "unpaid_debts": 2.0,
    "disorder_reports": 0.5,
    "informant_reports": 0.6,
    "charity_days": 2.0,
}


@pytest.fixture(scope="session")
def suining():
    return load_scheme("suining")


@pytest.fixture(scope="session")
def make_pilot(suining):
    """Counts, district and current score of n people, and the category of a noisy next score."""

    def make(n: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
        generator = np.random.default_rng(seed)
        X = pd.DataFrame({name: generator.poisson(rate, n).astype(float) for name, rate in RATES.items()})
        levels = list(suining.indicator("district").levels)
        X["district"] = pd.Categorical(generator.choice(levels, n), categories=levels)
        score = card_score(suining, X)
        X["current_score"] = score
        return X, suining.scale.categorise(score + generator.normal(0, 60, n))

    return make


@pytest.fixture(scope="session")
def pilot(make_pilot):
    return make_pilot(1500)


@pytest.fixture(scope="session")
def make_dataset():
    """A dataset of one row per subject, or of the subjects and families given."""

    def make(X: pd.DataFrame, y, *, subject=None, family=None) -> Dataset:
        n = len(X)
        subject = np.array([f"s{i}" for i in range(n)]) if subject is None else np.asarray(subject)
        return Dataset(
            X=X,
            subject=subject,
            period=np.zeros(n, np.int64),
            periods=("2014Q1",),
            category=np.asarray(y, np.int64),
            y=np.asarray(y, np.int64),
            sensitive=pd.DataFrame({"minority": np.where(np.arange(n) % 4 == 0, "yes", "no")}),
            situations=pd.DataFrame(index=range(n)),
            withheld=pd.DataFrame(index=range(n)),
            fingerprint="",
            horizon=1,
            family=None if family is None else np.asarray(family),
        )

    return make
