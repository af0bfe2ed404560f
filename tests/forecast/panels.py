"""Small panels of people whose truth is known: sensitive groups, records, and what drifts between periods."""

import numpy as np
import pandas as pd

from scs_ml.core import Dataset

PERIODS = ("2014Q1", "2014Q2", "2014Q3", "2014Q4", "2015Q1")


def panel(period, n, rng, *, shift=0.0, first=0, record=None, sensitive=None, noise=None):
    """People of one period: their debts foretell the category, as well as the noise allows."""
    debts = rng.normal(shift, 1.0, n)
    spread = np.ones(n) if noise is None else np.asarray(noise)
    y = np.searchsorted([-1.2, 0.0, 1.2], -debts + spread * rng.normal(size=n))
    X = pd.DataFrame({"unpaid_debts": debts, "current_category": rng.integers(0, 4, n).astype(float)})
    blank = pd.DataFrame(index=range(n))
    return Dataset(
        X=X,
        subject=np.array([f"s{first + i}" for i in range(n)]),
        period=np.full(n, period),
        periods=PERIODS,
        category=X["current_category"].to_numpy(np.int64),
        y=y.astype(np.int64),
        sensitive=blank if sensitive is None else pd.DataFrame(sensitive),
        situations=blank,
        withheld=blank,
        fingerprint="",
        horizon=1,
        record=None if record is None else np.asarray(record, dtype=np.int64),
    )
