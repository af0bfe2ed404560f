"""One scheme on any basis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.core import Dataset
from scs_ml.schemes import Scheme, load_scheme


@pytest.fixture
def on_basis():
    def on_basis(kind, **fields):
        """Suining, but on another basis."""
        document = load_scheme("suining").model_dump()
        needed = {
            "agreed": {"agreement_column": "agreed", "birth_column": "age"},
            "audit": {"lawful_basis": "Regulation (EU) 2016/679, Article 6(1)(e)"},
        }
        document["basis"] |= {"kind": kind, **needed.get(kind, {}), **fields}
        return Scheme.model_validate(document)

    return on_basis


@pytest.fixture
def two_people():
    """A table of one period, with what informants say among the inputs."""
    none = pd.DataFrame(index=range(2))
    return Dataset(
        X=pd.DataFrame({"informant_reports": [1.0, 0.0]}),
        subject=np.array(["a", "b"]),
        period=np.zeros(2, dtype=np.int64),
        periods=("1",),
        category=np.zeros(2, dtype=np.int64),
        y=np.zeros(2, dtype=np.int64),
        sensitive=none,
        situations=none,
        withheld=none,
        fingerprint="",
    )
