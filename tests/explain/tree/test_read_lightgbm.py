"""LightGBM's models as the engine sees them."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import shap

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.reading import read_model
from tests.explain.tree import samples, walker

SMALL = {
    "n_estimators": 4,
    "num_leaves": 7,
    "min_child_samples": 5,
    "min_data_per_group": 5,
    "verbose": -1,
    "n_jobs": 1,
}
STRANGE = [-1.0, -0.5, 0.5, 3.7, 31.0, 32.0, 40.0, 99.0, 1e12]

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"use_missing": False},
        {"zero_as_missing": True},
        {"boosting_type": "dart", "drop_rate": 0.5},
        {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.7},
        {"monotone_constraints": [1, 0, 0, -1, 0], "interaction_constraints": [[0, 1], [2, 3, 4]]},
        {"max_cat_to_onehot": 1, "cat_smooth": 1.0},
    ],
    ids=str,
)
@pytest.mark.parametrize("categories", [2, 4])
def test_a_classifier_is_read_exactly(settings, categories):
    X = samples.inputs()
    model = lgb.LGBMClassifier(**SMALL, **settings)
    weight = samples.weights(len(X))
    model.fit(X, samples.outcome(X, categories), sample_weight=weight, categorical_feature=[4])
    reading = read_model(model)
    assert reading.target == ("log-odds" if categories == 2 else "margin of each class")
    assert reading.ensemble.left_codes
    walker.check(reading, X)
    walker.check(reading, samples.strange_codes(X, STRANGE), edges=False)


def test_the_average_of_forest_mode_is_the_log_odds():
    X = samples.inputs()
    model = lgb.LGBMClassifier(**SMALL, boosting_type="rf", bagging_freq=1, bagging_fraction=0.7)
    odds = model.fit(X, samples.outcome(X)).predict_proba(X)
    np.testing.assert_allclose(
        read_model(model).raw(X)[:, 0], np.log(odds[:, 1] / odds[:, 0]), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("use", ["None", "Zero", "NaN"])
def test_zero_and_what_is_next_to_it_go_where_the_library_sends_them(use):
    rng = np.random.default_rng(0)
    X = rng.choice([-1.0, 0.0, 1.0], size=(200, 2))
    if use == "NaN":
        X[rng.random(X.shape) < 0.2] = np.nan
    y = (np.nan_to_num(X[:, 0], nan=5.0) == 0) + 0.1 * X[:, 0]
    model = lgb.LGBMRegressor(**SMALL, zero_as_missing=use == "Zero").fit(X, np.nan_to_num(y))
    assert f"'missing_type': '{use}'" in str(model.booster_.dump_model())
    near = np.float64(np.float32(1e-35))
    edges = [0.0, -0.0, near, -near, 1e-36, -1e-36, np.nextafter(near, 1), -np.nextafter(near, 1), np.nan]
    walker.check(read_model(model), np.array([[a, b] for a in edges for b in edges]))


@pytest.mark.parametrize(
    "objective, target",
    [
        *(
            (each, "prediction")
            for each in ("regression", "regression_l1", "huber", "fair", "quantile", "mape")
        ),
        *((each, "log of the prediction") for each in ("poisson", "gamma", "tweedie")),
        ("cross_entropy", "log-odds"),
    ],
)
def test_a_regressor_is_read_on_the_scale_of_its_objective(objective, target):
    X = samples.inputs()
    y = 1 / (1 + np.exp(-samples.signal(X)))
    model = lgb.LGBMRegressor(**SMALL, objective=objective).fit(X, y)
    reading = read_model(model)
    assert reading.target == target
    walker.check(reading, X)
    inverse = {"prediction": lambda r: r, "log-odds": lambda r: 1 / (1 + np.exp(-r))}.get(target, np.exp)
    np.testing.assert_allclose(inverse(reading.raw(X)[:, 0]), model.predict(X), rtol=1e-12)


@pytest.mark.parametrize(
    ("settings"), [{"objective": "regression", "reg_sqrt": True}, {"objective": "binary", "sigmoid": 2.0}]
)
def test_a_margin_that_is_neither_is_called_a_raw_score(settings):
    X = samples.inputs()
    reading = read_model(lgb.LGBMRegressor(**SMALL, **settings).fit(X, samples.outcome(X)))
    assert reading.target == "raw score"
    walker.check(reading, X)


def test_a_ranker_and_a_booster_are_read():
    X = samples.inputs()
    ranker = lgb.LGBMRanker(**SMALL).fit(X, samples.outcome(X, 3), group=[100, 200])
    reading = read_model(ranker.booster_)
    assert reading.target == "raw score"
    walker.check(reading, X)
    np.testing.assert_array_equal(reading.raw(X), read_model(ranker).raw(X))


def test_categories_of_a_frame_become_the_codes_of_the_fit():
    X = samples.inputs()
    table = samples.frame(X)
    reading = read_model(lgb.LGBMClassifier(**SMALL).fit(table, samples.outcome(X)))
    assert reading.names == tuple(table.columns)
    assert reading.ensemble.left_codes
    walker.check(reading, table, edges=False)
    other = samples.frame(X, levels=["d7", "d99", "d1", "d0"])
    other.loc[0, "district"] = "d99"
    assert np.isnan(reading.prepare(other)[0, 4])
    walker.check(reading, other, edges=False)
    with pytest.raises(ExplanationError, match="0 columns are categories, and the model was fitted on 1"):
        reading.prepare(other.assign(district=1.0))


def test_frames_of_other_dtypes_are_read():
    X = samples.inputs(missing=0.0)
    table = pd.DataFrame(X, columns=list("abcde")).astype({"d": "int64", "a": "float32", "e": "Int64"})
    table["e"] = table["e"].mask(table["e"] == 3)
    walker.check(read_model(lgb.LGBMClassifier(**SMALL).fit(table, samples.outcome(X))), table, edges=False)


def test_whole_numbers_go_through_float32():
    rng = np.random.default_rng(0)
    X = 2**24 + rng.integers(0, 40, (300, 1))
    model = lgb.LGBMRegressor(**SMALL).fit(X, X[:, 0] % 7)
    walker.check(read_model(model), X, edges=False)


def test_only_the_best_iterations_are_read():
    X = samples.inputs()
    booster = lgb.train(
        {"objective": "binary", "num_leaves": 7, "learning_rate": 1.0, "verbose": -1},
        lgb.Dataset(X, samples.outcome(X)),
        num_boost_round=50,
        valid_sets=[lgb.Dataset(X[::-1], samples.outcome(X))],
        callbacks=[lgb.early_stopping(2, verbose=False)],
        keep_training_booster=True,
    )
    reading = read_model(booster)
    assert reading.ensemble.n_trees == booster.best_iteration < booster.num_trees()
    walker.check(reading, X)


def test_a_class_too_rare_to_split_off_is_read():
    X = samples.inputs()
    y = samples.outcome(X)
    y[0] = 2
    reading = read_model(lgb.LGBMClassifier(**(SMALL | {"min_child_weight": 2.0})).fit(X, y))
    assert (np.diff(reading.ensemble.first_node) == 1).any()
    walker.check(reading, X)


def test_trees_without_a_split_are_read():
    X = samples.inputs()
    reading = read_model(lgb.LGBMRegressor(**SMALL).fit(np.zeros(X.shape), samples.signal(X)))
    assert reading.ensemble.first_node.tolist() == [0, 1]
    walker.check(reading, X, edges=False)


def test_covers_are_those_of_the_library():
    X = samples.inputs()
    model = lgb.LGBMClassifier(**SMALL).fit(X, samples.outcome(X))
    ensemble = read_model(model).ensemble
    table = model.booster_.trees_to_dataframe()
    assert ensemble.cover[ensemble.first_node[:-1]].tolist() == [len(X)] * 4
    assert sorted(ensemble.cover) == sorted(table["count"])
    base = shap.TreeExplainer(model.booster_).expected_value
    leaf = ensemble.left < 0
    mean = (ensemble.value[leaf, 0] * ensemble.cover[leaf]).sum() / len(X)
    assert mean == pytest.approx(float(np.ravel(base)[-1]), rel=1e-9)


def test_what_trees_do_not_say_is_refused():
    X = samples.inputs(missing=0.0)
    with pytest.raises(ExplanationError, match="LGBMClassifier is not fitted"):
        read_model(lgb.LGBMClassifier())
    with pytest.raises(ExplanationError, match="has linear models in its leaves"):
        read_model(lgb.LGBMRegressor(**SMALL, linear_tree=True).fit(X, samples.signal(X)))
    empty = lgb.Booster(params={"verbose": -1}, train_set=lgb.Dataset(X, samples.outcome(X)))
    with pytest.raises(ExplanationError, match="Booster has no trees"):
        read_model(empty)


def test_trees_that_disagree_on_what_a_column_is_are_refused():
    X = samples.inputs(missing=0.0)
    X[:, 3] += 2
    y = samples.signal(X)
    params = {**SMALL, "objective": "regression", "min_data_per_group": 1}
    params.pop("n_estimators")
    first = lgb.train(params, lgb.Dataset(X[:, 3:], y, categorical_feature=[1]), 3)
    after = lgb.train(params, lgb.Dataset(X[:, 3:], y), 3, init_model=first)
    with pytest.raises(ExplanationError, match="some trees take a column for categories"):
        read_model(after)
    after = lgb.train(params, lgb.Dataset(X[:, 3:], y, categorical_feature=[1]), 3, init_model=after)
    with pytest.raises(ExplanationError, match="some trees take a column for categories"):
        read_model(after)
    X[::5, 4] = np.nan
    first = lgb.train(params, lgb.Dataset(X[:, 3:], y), 3)
    after = lgb.train({**params, "zero_as_missing": True}, lgb.Dataset(X[:, 3:], y), 3, init_model=first)
    with pytest.raises(ExplanationError, match="some trees take zero for missing"):
        read_model(after)
