from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.forecast import strata

COUNTS = ("exemplary_county", "exemplary_city", "traffic_violations", "unpaid_debts", "charity_days")
REPORTS = ("disorder_reports", "informant_reports")


@pytest.fixture
def panel(make_dataset):
    """Six people of the last of four periods: on record for 1 to 4 periods, with different sources."""
    X = pd.DataFrame(0.0, index=range(6), columns=[*COUNTS, *REPORTS])
    X["district"] = pd.Categorical(["d01"] * 6)
    X.loc[1, "traffic_violations"] = 2.0
    X.loc[2, "informant_reports"] = 1.0
    X.loc[3, ["charity_days", "disorder_reports"]] = 1.0
    X.loc[4, "informant_reports"] = np.nan
    dataset = make_dataset(X, np.zeros(6))
    periods = ("1", "2", "3", "4")
    return replace(dataset, period=np.full(6, 3), periods=periods, record=np.array([4, 4, 4, 4, 2, 1]))


def test_strata_say_how_long_a_record_is_and_what_it_rests_on(panel, suining):
    assert strata(panel, suining).tolist() == [
        "long record, nothing recorded",
        "long record, direct only",
        "long record, with indirect",
        "long record, with indirect",
        "short record, nothing recorded",
        "short record, nothing recorded",
    ]


def test_what_is_short_is_said_by_the_calibration_rows(panel, suining):
    # Among them a third is on record for one period of four, so that two periods are long.
    calibration = replace(panel, record=np.array([4, 4, 3, 3, 1, 1]))
    assert strata(panel, suining, calibration)[4:].tolist() == [
        "long record, nothing recorded",
        "short record, nothing recorded",
    ]
    # All alike: nobody's record is short.
    alike = replace(panel, record=np.full(6, 1))
    assert not any("short" in label for label in strata(alike, suining))
    assert {label.split(",")[0] for label in strata(replace(panel, record=None), suining)} == {
        "record of unknown length"
    }


def test_a_record_does_not_grow_with_the_table_alone(panel, suining):
    whole = replace(panel, period=np.array([0, 1, 2, 3, 3, 3]), record=np.array([1, 2, 3, 4, 4, 1]))
    assert [label.startswith("short") for label in strata(whole, suining)] == [False] * 5 + [True]


def test_an_indicator_of_the_record_goes_before_the_table(panel, suining):
    history = suining.indicator("charity_days").model_copy(update={"nature": "history"})
    scheme = suining.model_copy(
        update={"indicators": tuple(history if i.name == "charity_days" else i for i in suining.indicators)}
    )
    withheld = pd.DataFrame({"charity_days": [9.0, 9.0, 9.0, 1.0, 1.0, np.nan]})
    found = strata(replace(panel, X=panel.X.drop(columns="charity_days"), withheld=withheld), scheme)
    assert [label.split(",")[0] for label in found] == ["long record"] * 3 + ["short record"] * 2 + [
        "record of unknown length"
    ]


def test_no_group_is_read(panel, suining):
    other = replace(
        panel, sensitive=panel.sensitive.iloc[::-1].reset_index(drop=True), subject=panel.subject[::-1]
    )
    np.testing.assert_array_equal(strata(panel, suining), strata(other, suining))
