from __future__ import annotations

import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from scs_ml.core import Forecaster
from scs_ml.forecast import BASELINES, FORECASTERS, GROUPS, USUAL, BoostingClassifier, HybridEncoder
from scs_ml.storage.trusted import TRUSTED

REGISTRY = {**FORECASTERS, **BASELINES}


@pytest.fixture(scope="module", params=REGISTRY)
def fitted(request, suining, pilot):
    return REGISTRY[request.param](scheme=suining).fit(*pilot)


def test_the_registries_hold_what_the_leaderboard_names():
    assert set(USUAL) <= set(FORECASTERS)
    assert len(FORECASTERS) == sum(map(len, GROUPS.values()))
    assert list(BASELINES) == ["persistence", "climatology", "markov"]


def test_every_forecaster_takes_a_panel_with_a_scheme(fitted, pilot):
    X, _ = pilot
    assert isinstance(fitted, Forecaster)
    assert fitted.classes_.tolist() == [0, 1, 2, 3]
    assert fitted.feature_names_in_.tolist() == list(X.columns)
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (len(X), 4)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)


def test_the_same_rows_give_the_same_forecast(fitted, pilot):
    X, y = pilot
    again = clone(fitted).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


def test_fitted_forecasters_survive_skops_bit_for_bit(fitted, pilot):
    data = skops.io.dumps(fitted)
    unknown = skops.io.get_untrusted_types(data=data)
    assert all(name in TRUSTED or name.startswith("scs_ml.schemes.") for name in unknown)
    again = skops.io.loads(data, trusted=unknown)
    np.testing.assert_array_equal(again.predict_proba(pilot[0]), fitted.predict_proba(pilot[0]))


def test_a_class_that_was_not_seen_gets_nothing(suining, pilot):
    X, y = pilot
    kept = (y == 1) | (y == 3)
    for cls in FORECASTERS.values():
        probabilities = cls(scheme=suining).fit(X[kept], y[kept]).predict_proba(X)
        assert (probabilities[:, [0, 2]] == 0).all()


@pytest.mark.parametrize("name", ["expert", "hybrid"])
def test_derived_contributions_sum_to_the_column(name, suining, make_pilot):
    X, y = make_pilot(800)
    X.loc[::7, "charity_days"] = np.nan
    X.loc[::9, "district"] = None
    encoder = FORECASTERS[name](scheme=suining).fit(X, y).encoder_
    encoded = encoder.transform(X)
    derived = encoder.derived(X)
    assert sorted(derived) == [i for i, of in enumerate(encoder.column_indicator_) if of == ""]
    for column, parts in derived.items():
        assert parts.shape == X.shape
        np.testing.assert_allclose(
            parts.sum(axis=1), encoded[:, column] - encoded[:, column].mean(), atol=1e-10
        )


def test_hybrid_columns_are_indicators_points_and_margins(suining, pilot):
    X, y = pilot
    encoder = HybridEncoder(suining).fit(X, y)
    names = encoder.get_feature_names_out().tolist()
    assert names[-4:] == ["card points", *[f"log-odds of boundary {k}" for k in range(3)]]
    assert len(names) == len(encoder.column_indicator_) == encoder.transform(X).shape[1]
    np.testing.assert_array_equal(encoder.transform(X)[:, -3:], encoder.logit_.boundary_log_odds(X))
    # A margin's contribution of one indicator is slope times distance from its mean.
    at = list(X.columns).index("unpaid_debts")
    slope = encoder.logit_.estimators_[1].coef_[0, at] / X["unpaid_debts"].std(ddof=0)
    parts = encoder.derived(X)[len(names) - 2]
    np.testing.assert_allclose(parts[:, at], slope * (X["unpaid_debts"] - X["unpaid_debts"].mean()))


def test_the_expert_is_linear_in_the_points(suining, pilot):
    X, y = pilot
    expert = FORECASTERS["expert"](scheme=suining).fit(X, y)
    assert all(isinstance(each, LogisticRegression) for each in expert.estimators_)
    slopes = np.array([each.coef_[0, 0] for each in expert.estimators_])
    assert (slopes > 0).all()
    points = expert.encoder_.points(X)
    best, worst = np.argmax(points), np.argmin(points)
    score = expert.predict_proba(X) @ np.arange(4)
    assert score[best] == score.max()
    assert score[worst] == score.min()


def test_boosting_keeps_to_declared_directions(suining, pilot):
    X, y = pilot
    model = BoostingClassifier(scheme=suining).fit(X, y)
    for name, sign in (("unpaid_debts", -1), ("exemplary_city", 1)):
        for more in (1, 2, 5):
            moved = model.boundary_log_odds(X.assign(**{name: X[name] + more}))
            assert (sign * (moved - model.boundary_log_odds(X)) >= 0).all()
    assert model.n_iter_ == 100


def test_boosting_without_a_scheme_is_free_to_learn_any_direction():
    X = np.arange(400.0)[:, None] % 10
    y = (np.abs(X[:, 0] - 4.5) > 2).astype(int)
    assert BoostingClassifier().fit(X, y).score(X, y) == 1
