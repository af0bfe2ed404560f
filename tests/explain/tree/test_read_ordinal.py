"""Ordinal forecasters as the engine sees them: every boundary in one ensemble."""

from __future__ import annotations

from types import SimpleNamespace

import lightgbm as lgb
import numpy as np
import pytest
import xgboost as xgb
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.reading import read_model
from scs_ml.forecast import CumulativeClassifier, IndicatorEncoder
from scs_ml.forecast.card_encoder import CardEncoder
from tests.explain.tree import samples, walker

HIST = HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=7, min_samples_leaf=5)
NAMES = ("debts", "visits", "hours", "late", "district")


def fitted(estimator, *, encoder=None, categories=4, y=None):
    X = samples.inputs()
    table = samples.frame(X)
    y = samples.outcome(X, categories) if y is None else y
    model = CumulativeClassifier(estimator, encoder or IndicatorEncoder(), n_categories=categories)
    return model.fit(table, y), table


def test_every_boundary_is_an_output_in_log_odds():
    model, table = fitted(HIST)
    reading = read_model(model)
    assert reading.target == "log-odds of exceeding the boundary"
    assert reading.ensemble.base.shape == (3,)
    np.testing.assert_array_equal(reading.raw(table), model.boundary_log_odds(table))
    walker.check(reading, table, edges=False)


def test_columns_of_a_category_are_one_feature():
    model, table = fitted(HIST)
    reading = read_model(model)
    assert reading.names == NAMES
    assert reading.ensemble.feature.tolist() == [0, 1, 2, 3, *[4] * 9]
    np.testing.assert_array_equal(reading.prepare(table), model.encoder_.transform(table))


def test_an_indicator_of_missing_values_belongs_to_its_input():
    model, table = fitted(
        GradientBoostingClassifier(n_estimators=3), encoder=IndicatorEncoder(scale=True, impute=True)
    )
    reading = read_model(model)
    assert reading.ensemble.feature.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, *[4] * 9]
    np.testing.assert_array_equal(
        reading.prepare(table), model.encoder_.transform(table).astype(np.float32).astype(np.float64)
    )
    walker.check(reading, table, edges=False)


def test_a_derived_column_is_a_feature_after_the_inputs():
    model, table = fitted(HIST, encoder=CardEncoder())
    reading = read_model(model)
    assert reading.names == (*NAMES, "card points")
    assert reading.ensemble.feature.tolist() == [5]
    assert reading.ensemble.n_features == 6
    walker.check(reading, table, edges=False)


def test_a_boundary_that_nobody_crossed_has_no_trees():
    y = 1 + samples.outcome(samples.inputs(), 3)
    model, table = fitted(HIST, categories=6, y=y)
    reading = read_model(model)
    np.testing.assert_array_equal(
        reading.ensemble.base[[0, 3, 4]], model.boundary_log_odds(table)[0, [0, 3, 4]]
    )
    assert reading.ensemble.base[0] > 36 and reading.ensemble.base[3] < -36
    assert set(np.unique(reading.ensemble.output)) == {1, 2}
    walker.check(reading, table, edges=False)


def test_boundaries_with_no_category_between_them_share_an_estimator():
    y = np.array([0, 3])[samples.outcome(samples.inputs())]
    model, table = fitted(HIST, y=y)
    assert model.estimators_[0] is model.estimators_[2]
    reading = read_model(model)
    np.testing.assert_array_equal(reading.raw(table), model.boundary_log_odds(table))
    walker.check(reading, table, edges=False)


def test_one_category_alone_gives_constant_boundaries():
    model, table = fitted(HIST, y=np.full(300, 2))
    reading = read_model(model)
    assert reading.ensemble.n_trees == 0
    assert reading.maker.startswith("scikit-learn ")
    np.testing.assert_array_equal(
        walker.predict(reading.ensemble, reading.prepare(table)), reading.raw(table)
    )
    np.testing.assert_array_equal(reading.raw(table), model.boundary_log_odds(table))


@pytest.mark.parametrize(
    "estimator, tolerance",
    [
        (lgb.LGBMClassifier(n_estimators=3, num_leaves=5, verbose=-1), 1e-12),
        (xgb.XGBClassifier(n_estimators=3, max_depth=2), 1e-6),
    ],
    ids=["lightgbm", "xgboost"],
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_boundaries_of_other_libraries_are_read(estimator, tolerance):
    model, table = fitted(estimator)
    reading = read_model(model)
    assert reading.maker.split()[0] == estimator.__module__.split(".")[0]
    assert reading.tolerance == (1e-8 if tolerance < 1e-8 else 1e-5)
    walker.check(reading, table, tolerance=tolerance, edges=False)
    np.testing.assert_allclose(reading.raw(table), model.boundary_log_odds(table), atol=1e-5)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_boundaries_agree_on_inputs_that_only_some_of_them_split_on():
    # So few rows beyond the first boundary that it has no split, and nothing says by its nodes what zero is.
    y = np.where(np.arange(300) < 3, 0, 1 + samples.outcome(samples.inputs(), 2))
    lightgbm = lgb.LGBMClassifier(
        n_estimators=3, num_leaves=5, verbose=-1, zero_as_missing=True, min_sum_hessian_in_leaf=2.0
    )
    model, table = fitted(lightgbm, y=y, categories=3)
    reading = read_model(model)
    split_on = [set(read_model(each).ensemble.column) - {-1} for each in model.estimators_]
    assert not split_on[0] and split_on[1]
    walker.check(reading, table, edges=False)


def test_native_categories_behind_an_encoder_are_read():
    encoder = IndicatorEncoder()
    hist = HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=5, categorical_features=[5, 8])
    model, table = fitted(hist, encoder=encoder)
    reading = read_model(model)
    assert set(reading.ensemble.codes) == {5, 8}
    walker.check(reading, table, edges=False)


@pytest.mark.parametrize(
    "estimator, says",
    [
        (
            RandomForestClassifier(n_estimators=2),
            "boundary 0 is a RandomForestClassifier.*probability of each",
        ),
        (
            GradientBoostingClassifier(n_estimators=2, loss="exponential"),
            "half the log-odds, not to log-odds",
        ),
        (LogisticRegression(), "LogisticRegression is not a tree ensemble"),
    ],
    ids=["forest", "exponential", "linear"],
)
def test_boundaries_whose_log_odds_no_trees_say_are_refused(estimator, says):
    encoder = IndicatorEncoder(impute=True)
    model, _ = fitted(estimator, encoder=encoder)
    with pytest.raises(ExplanationError, match=says):
        read_model(model)


def test_boundaries_of_different_kinds_are_refused():
    model, table = fitted(HIST, encoder=IndicatorEncoder(impute=True))
    encoded = model.encoder_.transform(table)
    model.estimators_[1] = GradientBoostingClassifier(n_estimators=2).fit(
        encoded, np.arange(len(encoded)) % 2
    )
    with pytest.raises(ExplanationError, match="GradientBoostingClassifier, HistGradientBoostingClassifier"):
        read_model(model)


def test_an_unfitted_forecaster_is_refused():
    with pytest.raises(ExplanationError, match="CumulativeClassifier is not fitted"):
        read_model(CumulativeClassifier(HIST))


def test_a_forecaster_needs_no_class_of_this_package():
    model, table = fitted(HIST)
    duck = SimpleNamespace(
        encoder_=model.encoder_,
        estimators_=model.estimators_,
        boundary_log_odds=model.boundary_log_odds,
    )
    reading = read_model(duck)
    np.testing.assert_array_equal(reading.raw(table), model.boundary_log_odds(table))
