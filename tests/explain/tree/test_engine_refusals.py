"""What the engine refuses, in one clear error, whatever the library behind the model says."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from scipy.sparse import csr_array
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeRegressor

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree import TreeShap, read_model
from scs_ml.explain.tree.kernels.deep_background import MOST_FEATURES
from tests.explain.tree import samples, strategies
from tests.explain.tree.models import around
from tests.explain.tree.strategies import Shape

MODELS = (
    HistGradientBoostingClassifier(max_iter=3),
    RandomForestClassifier(n_estimators=3, random_state=0),
    lgb.LGBMClassifier(n_estimators=3, num_leaves=5, verbose=-1, n_jobs=1),
    xgb.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1),
)


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: type(model).__name__)
def model(request):
    X = samples.inputs()
    return read_model(request.param.fit(X, samples.outcome(X)))


X = samples.inputs()
BAD = {
    "too few columns": X[:, :4],
    "too many columns": np.hstack([X, X]),
    "one row without its brackets": X[0],
    "words": np.full((3, 5), "a"),
    "one number": 3.0,
    "a sparse matrix": csr_array(np.nan_to_num(X)),
}


@pytest.mark.parametrize("given", BAD.values(), ids=BAD)
def test_what_is_no_table_of_the_columns_of_the_fit_is_refused(model, given):
    says = r"^(the model does not take X|X has the shape|X is a )"
    with pytest.raises(ExplanationError, match=says):
        TreeShap(model).shap_values(given)
    with pytest.raises(ExplanationError, match=says):
        TreeShap(model, given)


def test_no_rows_have_no_values_and_make_no_background(model):
    assert TreeShap(model).shap_values(X[:0]).shape == (0, 5, len(model.ensemble.base))
    with pytest.raises(ExplanationError, match="the background has no rows"):
        TreeShap(model, X[:0])


def test_the_columns_of_a_frame_are_those_of_the_fit():
    table = pd.DataFrame(X, columns=list("abcde"))
    engine = TreeShap(HistGradientBoostingClassifier(max_iter=2).fit(table, samples.outcome(X)))
    for columns in ("edcba", "aacde", "abcd"):
        with pytest.raises(ExplanationError, match="the model does not take X"):
            engine.shap_values(table[list(columns)])


def test_a_row_that_the_model_does_not_forecast_is_not_explained():
    engine = TreeShap(GradientBoostingClassifier(n_estimators=2).fit(np.nan_to_num(X), samples.outcome(X)))
    with pytest.raises(ExplanationError, match="Input X contains NaN"):
        engine.shap_values(X)


def test_weights_need_a_background_and_fit_it(model):
    with pytest.raises(ExplanationError, match="weighs the rows of a background, and none was given"):
        TreeShap(model, sample_weight=np.ones(5))
    for bad in ([1.0], [1, 1, -1], [0, 0, 0], [1, np.nan, 1], [1e308] * 3):
        with pytest.raises(ExplanationError, match="sample_weight must hold 3 finite numbers"):
            TreeShap(model, X[:3], sample_weight=bad)


@pytest.mark.parametrize("name", ["x5", "debts", 5, -1])
def test_a_feature_that_is_none(model, name):
    with pytest.raises(ExplanationError, match="the model has no feature"):
        TreeShap(model).interaction_values(X, [name])


def test_no_threads(model):
    with pytest.raises(ExplanationError, match="n_jobs is 0"):
        TreeShap(model, n_jobs=0)


def test_a_path_of_more_features_than_a_number_has_bits():
    def chain(k):
        shape = Shape(
            n_trees=1, n_features=k, n_columns=k, max_depth=k, max_leaves=k + 1, chain=True, distinct=True
        )
        return strategies.ensemble(shape, seed=0)

    most, more = chain(MOST_FEATURES), chain(MOST_FEATURES + 1)
    rows, background = strategies.rows(most, 5, 0), strategies.rows(most, 3, 1)
    engine = TreeShap(around(most), background)
    np.testing.assert_allclose(
        engine.shap_values(rows).sum(axis=1) + engine.expected_value, engine.model.raw(rows), atol=1e-12
    )
    with pytest.raises(ExplanationError, match="asks for 63 features; with a background 62 are the most"):
        TreeShap(around(more), strategies.rows(more, 3, 1))
    assert TreeShap(around(more)).shap_values(strategies.rows(more, 5, 0)).shape == (5, 63, 1)


class Doubled(DecisionTreeRegressor):
    """A tree whose forecasts are not those of its leaves."""

    def predict(self, X, check_input=True):
        return 2 * super().predict(X, check_input)


def test_values_that_miss_the_models_output_are_refused():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 2))
    engine = TreeShap(Doubled(max_depth=2, random_state=0).fit(X, X[:, 0]))
    for call in (
        engine.shap_values,
        lambda X: engine.interaction_values(X, [0]),
        lambda X: engine.group_means(X, X[:, 0] > 0),
    ):
        with pytest.raises(ExplanationError, match="off the model's output"):
            call(X)
