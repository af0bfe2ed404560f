from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.core import Dataset, Explanation, Forecast
from scs_ml.exceptions import ExplanationError, SafeguardError
from scs_ml.explain import person_view, reason_sentences
from scs_ml.schemes import load_scheme

SCHEME = load_scheme("suining")  # D, C, B, A


@pytest.fixture
def case():
    """Three people, of whom the first and the last were explained, at three boundaries."""
    X = pd.DataFrame(
        {
            "unpaid_debts": [2.0, 0.0, 1.5],
            "district": pd.Categorical(["d01", "d02", None]),
            "informant_reports": [0.0, 3.0, np.nan],
            "current_score": [900.0, 1000.0, 1234567.0],
        }
    )
    dataset = Dataset(
        X=X,
        subject=np.array(["aa", "bb", "cc"]),
        period=np.array([1, 1, 1]),
        periods=("2014Q1", "2014Q2"),
        category=np.array([2, 3, 2]),
        y=np.array([2, 3, -1]),
        sensitive=pd.DataFrame(index=range(3)),
        situations=pd.DataFrame(index=range(3)),
        withheld=pd.DataFrame(index=range(3)),
        fingerprint="",
    )
    values = np.zeros((2, 4, 3))
    values[0, :, 2] = [-2.0, 0.5, 0.0, 1.0]
    values[1, :, 1] = [0.25, -0.25, -0.5, 0.0]
    base = np.array([4.0, 1.0, 0.25])
    raw = base + values.sum(axis=1)  # (4, 1, -0.25) and (4, 0.5, 0.25)
    explanation = Explanation(
        values=values,
        base_values=base,
        raw=raw,
        residual=np.array([[0.0, 0.0, 0.0], [0.0, -0.4, 0.0]]),
        rows=np.array([0, 2]),
        feature_names=tuple(X.columns),
        target="log-odds of exceeding the boundary",
        engine="by hand",
        additivity_error=0.0,
    )
    forecast = Forecast(np.array([2, 3, 1]), np.zeros(3), "forecaster", "by hand")
    return explanation, dataset, forecast


def test_what_moved_it_most_comes_first_with_its_value_and_source(case):
    view = person_view(*case, SCHEME, 0)
    assert view.contributions == (
        ("unpaid_debts", "2", "business: banks", -2.0),
        ("current_score", "900", "the scheme's own score", 1.0),
        ("district", "d01", "administrative: household register", 0.5),
        ("informant_reports", "0", "personal: neighbours' reports", 0.0),
    )
    assert (view.subject, view.period, view.category) == ("aa", "2014Q2", 2)
    assert (view.base_value, view.forecast) == (0.25, -0.25)
    assert view.target == case[0].target


def test_the_boundary_is_the_nearest_to_the_forecast_after_rearrangement(case):
    assert person_view(*case, SCHEME, 0).boundary == 2
    view = person_view(*case, SCHEME, 2)  # 0.5 - 0.4 is nearer to zero than 0.25
    assert view.boundary == 1
    assert [each[:2] for each in view.contributions] == [
        ("informant_reports", "missing"),
        ("unpaid_debts", "1.5"),  # as large as the next: the model's order decides
        ("district", "missing"),
        ("current_score", "1.23457e+06"),
    ]


def test_the_boundary_may_be_chosen(case):
    view = person_view(*case, SCHEME, 2, boundary=2)
    assert (view.boundary, view.forecast) == (2, 0.25)


def test_near_means_one_half_for_probabilities(case):
    explanation, dataset, forecast = case
    explanation = replace(
        explanation, target="probability of exceeding the boundary", raw=np.array([[0.9, 0.4, 0.1]] * 2)
    )
    assert person_view(explanation, dataset, forecast, SCHEME, 0).boundary == 1


def test_a_basis_without_person_views_refuses(case):
    closed = SCHEME.model_copy(update={"basis": SCHEME.basis.model_copy(update={"kind": "benchmark"})})
    with pytest.raises(SafeguardError, match="benchmark"):
        person_view(*case, closed, 0)


def test_a_row_that_was_not_explained_and_a_boundary_that_is_none(case):
    with pytest.raises(ExplanationError, match="row 1 was not explained"):
        person_view(*case, SCHEME, 1)
    with pytest.raises(ExplanationError, match="no boundary 3"):
        person_view(*case, SCHEME, 0, boundary=3)


def test_reasons_in_plain_language(case):
    view = person_view(*case, SCHEME, 0)
    assert reason_sentences(view, SCHEME) == (
        "For 2014Q2 the forecast is B. What moved it towards A or better:",
        "Unpaid debts is 2 (business: banks): against it, odds × 0.14 (log-odds -2.00).",
        "Current score is 900 (the scheme's own score): for it, odds × 2.72 (log-odds +1.00).",
        "District is d01 (administrative: household register): for it, odds × 1.65 (log-odds +0.50).",
    )


def test_the_rest_is_said_in_sum(case):
    view = person_view(*case, SCHEME, 0)
    assert reason_sentences(view, SCHEME, limit=1)[2:] == (
        "2 other indicators together: for it, odds × 4.48 (log-odds +1.50).",
    )
    assert reason_sentences(view, SCHEME, limit=2)[3].startswith("1 other indicator together: for it")


def test_probabilities_are_said_in_percentage_points(case):
    view = replace(person_view(*case, SCHEME, 0), target="probability of exceeding the boundary")
    assert reason_sentences(view, SCHEME)[2].endswith("for it, 100.0 percentage points.")


def test_a_forecast_that_nothing_moved(case):
    view = person_view(*case, SCHEME, 0, boundary=0)
    assert reason_sentences(view, SCHEME)[1:] == ("No indicator moved it: it is the forecast for everyone.",)
