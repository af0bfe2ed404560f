from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from scs_ml.exceptions import ScsError
from scs_ml.forecast import FORECASTERS, category_probabilities, forecast_categories


@pytest.fixture(scope="module")
def model(suining, make_pilot):
    return FORECASTERS["logit"](scheme=suining).fit(*make_pilot(2000))


def test_a_forecast_holds_median_expectation_sets_and_flip_risk(model, suining, make_pilot, make_dataset):
    dataset = make_dataset(*make_pilot(1000, seed=1))
    X, y = make_pilot(1000, seed=2)
    y[:100] = -1  # not known yet
    forecast = forecast_categories(
        model, dataset, make_dataset(X, y), scheme=suining, coverage=0.8, name="logit", draws=50
    )
    p = forecast.probabilities
    cumulated = p.cumsum(axis=1)
    rows = np.arange(len(p))
    assert (cumulated[rows, forecast.categories] >= 0.5 - 1e-9).all()
    above_worst = forecast.categories > 0
    assert (cumulated[rows, forecast.categories - 1][above_worst] < 0.5).all()
    np.testing.assert_allclose(forecast.score, p[:, 1] + 2 * p[:, 2] + 3 * p[:, 3])
    assert (forecast.origin, forecast.name, forecast.coverage) == ("forecaster", "logit", 0.8)
    inside = (forecast.sets[:, 0] <= dataset.y) & (dataset.y <= forecast.sets[:, 1])
    # Sets of few categories come in steps, so coverage may exceed the nominal one.
    assert inside.mean() > 0.8 - 4 * np.sqrt(0.8 * 0.2 * 2 / 900)
    assert ((forecast.flip_risk >= 0) & (forecast.flip_risk <= 1)).all()
    assert forecast.flip_risk.mean() > 0


def test_without_calibration_or_scheme_there_are_no_sets_and_no_flip_risk(model, make_pilot, make_dataset):
    forecast = forecast_categories(model, make_dataset(*make_pilot(50)))
    assert forecast.sets is None
    assert forecast.coverage is None
    assert forecast.flip_risk is None
    assert forecast.name == "OrdinalLogitClassifier"


def test_calibration_needs_a_known_category(model, make_pilot, make_dataset):
    X, y = make_pilot(20)
    with pytest.raises(ScsError, match="no calibration row"):
        forecast_categories(model, make_dataset(X, y), make_dataset(X, np.full(20, -1)))


def test_classes_that_a_third_party_was_not_shown_get_nothing():
    X = np.arange(8.0)[:, None]
    forest = RandomForestClassifier(5, random_state=0).fit(X, [1, 1, 1, 1, 3, 3, 3, 3])
    probabilities = category_probabilities(forest, X, 5)
    assert probabilities.shape == (8, 5)
    np.testing.assert_array_equal(probabilities[:, [1, 3]], forest.predict_proba(X))
    assert (probabilities[:, [0, 2, 4]] == 0).all()
    assert category_probabilities(forest, X).shape == (8, 4)


@pytest.mark.parametrize("labels, k", [(["D", "C"], 4), (["D", "C"], None), ([0, 5], 4), ([-1, 1], 4)])
def test_classes_that_are_no_codes_are_refused(labels, k):
    forest = RandomForestClassifier(2, random_state=0).fit([[0.0], [1.0]], labels)
    with pytest.raises(ScsError, match="not category codes"):
        category_probabilities(forest, [[0.0]], k)
