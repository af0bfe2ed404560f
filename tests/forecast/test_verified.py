from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.core import Answers, Ledger
from scs_ml.exceptions import ScsError
from scs_ml.forecast import verified_values


@pytest.fixture
def panel(make_dataset):
    """Three people in the last of ten periods; the scheme's events count for eight."""
    X = pd.DataFrame(
        {"disorder_reports": [2.0, 1.0, 3.0], "informant_reports": [0.0, 1.0, 1.0], "debts": 1.0}
    )
    dataset = make_dataset(X, [0, 1, 2])
    return replace(dataset, period=np.full(3, 9), periods=tuple(map(str, range(10))))


def ledger(*rows):
    columns = ["event", "subject", "period", "indicator"]
    return Ledger(pd.DataFrame(rows, columns=columns), "")


def answers(**happened):
    return Answers(pd.DataFrame({"event": list(happened), "happened": list(happened.values())}), "")


EVENTS = (
    ("a", "s0", 9, "disorder_reports"),
    ("b", "s0", 2, "disorder_reports"),
    ("old", "s0", 1, "disorder_reports"),  # lapsed
    ("c", "s1", 9, "disorder_reports"),
    ("d", "s1", 5, "informant_reports"),
    ("e", "s2", 9, "disorder_reports"),  # two more are in the table than in the ledger
    ("f", "s2", 9, "informant_reports"),
)


def test_true_values_by_hand(panel, suining):
    looked_up = answers(a=True, b=False, c=False, d=True, e=True)
    sample = verified_values(panel, ledger(*EVENTS), looked_up, suining)
    assert sample.rows.tolist() == [0, 1]
    assert sample.y.tolist() == [0, 1]
    assert sample.true["disorder_reports"].tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(sample.true["informant_reports"], [np.nan, 1.0])
    pd.testing.assert_frame_equal(sample.X, panel.X.iloc[:2])


def test_an_event_that_nobody_looked_up_leaves_the_row_unverified(panel, suining):
    sample = verified_values(panel, ledger(*EVENTS), answers(a=True, c=True), suining)
    assert sample.rows.tolist() == [1]
    assert sample.true.columns.tolist() == ["disorder_reports"]
    with pytest.raises(ScsError, match="all of whose events") as error:
        verified_values(panel, ledger(*EVENTS), answers(a=True), suining)
    assert "7 events, 1 of them" in error.value.where


def test_a_flag_is_true_if_any_of_its_events_happened(panel, suining):
    flag = suining.indicator("informant_reports").model_copy(update={"dtype": "flag", "range": None})
    scheme = suining.model_copy(
        update={"indicators": tuple(flag if i.name == flag.name else i for i in suining.indicators)}
    )
    events = ledger(*EVENTS, ("g", "s1", 6, "informant_reports"))
    sample = verified_values(panel, events, answers(d=False, g=True, f=False), scheme)
    assert sample.rows.tolist() == [1, 2]
    assert sample.true["informant_reports"].tolist() == [1.0, 0.0]
