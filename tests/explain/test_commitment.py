from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.explain import commitment

ROWS = pd.DataFrame({"debts": [0.0, 2.0, np.nan], "district": pd.Series(["d01", None, "d02"], dtype="str")})


@pytest.mark.parametrize(
    "same",
    [
        ROWS.set_index(pd.Index([7, 8, 9])),
        ROWS.astype({"debts": "float32"}),
        ROWS.assign(debts=ROWS["debts"].astype("Int64")),
        ROWS.assign(district=ROWS["district"].astype("category")),
        ROWS.assign(district=ROWS["district"].astype(object)),
        ROWS.assign(debts=[-0.0, 2.0, -np.nan]),
    ],
)
def test_the_same_rows_have_one_commitment_whatever_their_types(same):
    assert commitment(same) == commitment(ROWS)
    assert len(commitment(ROWS)) == 64


@pytest.mark.parametrize(
    "other",
    [
        ROWS.iloc[::-1],
        ROWS.iloc[:2],
        ROWS.iloc[:0],
        ROWS[["district", "debts"]],
        ROWS.rename(columns={"debts": "debt"}),
        ROWS.assign(debts=[0.0, 2.0, 0.0]),
        ROWS.assign(district=["d01", "None", "d02"]),
        ROWS.assign(district=["d0", "1", "d02"]),
    ],
)
def test_other_rows_have_another(other):
    assert commitment(other) != commitment(ROWS)
