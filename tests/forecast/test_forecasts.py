from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from scs_ml.exceptions import ScsError
from scs_ml.forecast import (
    FORECASTERS,
    adaptive_level,
    category_probabilities,
    forecast_categories,
    strata,
)


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


def test_sets_are_conditioned_on_the_record_and_adapted_where_calibration_spans_periods(
    model, suining, make_pilot, make_dataset
):
    X, y = make_pilot(2500, seed=3)
    panel = replace(
        make_dataset(X, y),
        period=np.repeat(np.arange(5), 500),
        periods=tuple("12345"),
        record=np.ones(2500, int),
    )
    known, new = panel.take(panel.period < 4), panel.take(panel.period == 4)
    forecast = forecast_categories(model, new, known, scheme=suining, draws=2)
    np.testing.assert_array_equal(forecast.strata, strata(new, suining, known))
    rule = forecast.set_rule
    assert set(rule.by_stratum) | set(rule.too_few) == set(strata(known, suining))
    p = category_probabilities(model, known.X, 4)
    assert rule.level == adaptive_level(p, known.y, known.period, strata(known, suining)) != 0.9
    np.testing.assert_array_equal(forecast.sets, rule.sets(forecast.probabilities, forecast.strata))
    # Other people of the very same periods leave nothing to adapt to.
    assert forecast_categories(model, known, known, scheme=suining, draws=2).set_rule.level == 0.9
    randomised = forecast_categories(model, new, known, scheme=suining, draws=2, randomised=True, seed=5)
    assert randomised.set_rule.randomised
    size = [(f.sets[:, 1] - f.sets[:, 0] + 1).mean() for f in (forecast, randomised)]
    assert size[1] < size[0]


def test_a_forecast_abstains_over_the_scheme_s_thresholds(model, suining, make_pilot, make_dataset):
    X, y = make_pilot(300, seed=4)
    dataset = make_dataset(X, y)
    share = np.where(np.arange(300) < 10, 0.9, np.nan)
    forecast = forecast_categories(
        model, dataset, make_dataset(*make_pilot(300, seed=5)), scheme=suining, indirect_share=share, draws=20
    )
    size = forecast.sets[:, 1] - forecast.sets[:, 0] + 1
    np.testing.assert_array_equal(
        forecast.abstains, (forecast.flip_risk > 0.25) | (np.arange(300) < 10) | (size > 3)
    )
    without = suining.model_copy(update={"person_decides": None})
    assert forecast_categories(model, dataset, scheme=without, draws=2).abstains is None


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
