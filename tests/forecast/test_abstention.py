from __future__ import annotations

import numpy as np
import pytest

from scs_ml.core import Forecast
from scs_ml.forecast import abstention_reasons
from scs_ml.schemes import PersonDecides


@pytest.fixture
def forecast():
    return Forecast(
        categories=np.zeros(5, int),
        score=np.zeros(5),
        origin="forecaster",
        name="made up",
        sets=np.array([[0, 3], [0, 2], [1, 1], [2, 1], [0, 3]]),
        flip_risk=np.array([0.31, 0.25, 0.255, 0.0, 0.1]),
        indirect_share=np.array([0.5001, np.nan, 0.5, 0.2, 0.1]),
    )


def with_limits(scheme, **limits):
    return scheme.model_copy(update={"person_decides": PersonDecides(**limits)})


def test_reasons_by_hand(forecast, suining):
    scheme = with_limits(suining, flip_risk=0.25, indirect_share=0.5, set_size=3)
    assert abstention_reasons(forecast, scheme).tolist() == [
        "flip risk 0.31 over 0.25; indirect share 0.5001 over 0.5; set of categories 4 over 3",
        "",  # at a threshold is not over it; what was not explained is no reason
        "flip risk 0.255 over 0.25",
        "",  # an empty set says nothing
        "set of categories 4 over 3",
    ]


def test_a_threshold_left_out_is_not_looked_at(forecast, suining):
    reasons = abstention_reasons(forecast, with_limits(suining, set_size=2))
    assert (reasons != "").tolist() == [True, True, False, False, True]
    assert (abstention_reasons(forecast, with_limits(suining)) == "").all()
    assert abstention_reasons(forecast, suining.model_copy(update={"person_decides": None})) is None


def test_what_was_not_computed_is_no_reason(suining):
    bare = Forecast(np.zeros(2, int), np.zeros(2), "existing score", "bare")
    assert abstention_reasons(bare, suining).tolist() == ["", ""]
