"""XGBoost's models as the engine sees them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.read_xgboost import _ensemble
from scs_ml.explain.tree.reading import read_model
from tests.explain.tree import samples, walker

SMALL = {"n_estimators": 4, "max_depth": 3, "n_jobs": 1}
CODED = {"enable_categorical": True, "feature_types": ["q", "q", "q", "q", "c"]}
STRANGE = [-1.0, -0.5, 0.5, 3.7, 9.0, 31.0, 32.0, 99.0, 2.0**24, 2.0**25]
SINGLE = 1e-6


@pytest.mark.parametrize(
    "settings",
    [
        {},
        CODED,
        {**CODED, "max_cat_to_onehot": 1},
        {"booster": "dart", "rate_drop": 0.5},
        {"num_parallel_tree": 2, "subsample": 0.5},
        {"tree_method": "exact", "gamma": 2.0},
        {"tree_method": "approx", "min_child_weight": 0.0},
        {"grow_policy": "lossguide", "max_leaves": 6, "max_depth": 0},
        {"monotone_constraints": (1, 0, 0, -1, 0), "interaction_constraints": "[[0, 1], [2, 3, 4]]"},
        {"missing": -1.0},
        {"base_score": 0.3},
    ],
    ids=str,
)
@pytest.mark.parametrize("categories", [2, 4])
def test_a_classifier_is_read_to_single_precision(settings, categories):
    X = samples.inputs()
    y = samples.outcome(X, categories)
    model = xgb.XGBClassifier(**(SMALL | settings)).fit(X, y, sample_weight=samples.weights(len(X)))
    reading = read_model(model)
    assert reading.target == ("log-odds" if categories == 2 else "margin of each class")
    assert reading.tolerance == 1e-5
    assert bool(reading.ensemble.left_codes) == ("feature_types" in settings)
    walker.check(reading, X, tolerance=SINGLE)
    walker.check(reading, samples.strange_codes(X, STRANGE), tolerance=SINGLE, edges=False)


@pytest.mark.parametrize(
    "objective, target",
    [
        *(
            (each, "prediction")
            for each in (
                "reg:squarederror",
                "reg:squaredlogerror",
                "reg:pseudohubererror",
                "reg:absoluteerror",
            )
        ),
        *((each, "log of the prediction") for each in ("count:poisson", "reg:gamma", "reg:tweedie")),
        ("reg:logistic", "log-odds"),
    ],
)
@pytest.mark.parametrize("base_score", [None, 0.3])
def test_a_regressor_is_read_on_the_scale_of_its_objective(objective, target, base_score):
    X = samples.inputs()
    y = 1 / (1 + np.exp(-samples.signal(X)))
    model = xgb.XGBRegressor(**SMALL, objective=objective, base_score=base_score).fit(X, y)
    reading = read_model(model)
    assert reading.target == target
    walker.check(reading, X, tolerance=SINGLE)
    inverse = {"prediction": lambda r: r, "log-odds": lambda r: 1 / (1 + np.exp(-r))}.get(target, np.exp)
    np.testing.assert_allclose(inverse(reading.raw(X)[:, 0]), model.predict(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "objective, target",
    [
        ("binary:logitraw", "log-odds"),
        ("binary:hinge", "raw score"),
        ("survival:cox", "log of the prediction"),
    ],
)
@pytest.mark.parametrize("base_score", [0.3, 0.5])
def test_rarer_objectives_start_where_the_library_does(objective, target, base_score):
    X = samples.inputs()
    settings = {**SMALL, "objective": objective, "base_score": base_score}
    reading = read_model(xgb.XGBRegressor(**settings).fit(X, samples.outcome(X)))
    assert reading.target == target
    walker.check(reading, X, tolerance=SINGLE)


def test_a_quantile_and_a_survival_time_are_read():
    X = samples.inputs()
    quantile = {**SMALL, "objective": "reg:quantileerror", "quantile_alpha": 0.8}
    walker.check(read_model(xgb.XGBRegressor(**quantile).fit(X, samples.signal(X))), X, tolerance=SINGLE)
    data = xgb.DMatrix(X)
    for side in ("label_lower_bound", "label_upper_bound"):
        data.set_float_info(side, np.exp(samples.signal(X)))
    reading = read_model(xgb.train({"objective": "survival:aft", "max_depth": 2}, data, 3))
    assert reading.target == "log of the prediction"
    walker.check(reading, X, tolerance=SINGLE)


@pytest.mark.parametrize("always", [0.0, 1.0])
def test_an_outcome_that_never_varies_is_read(always):
    X = samples.inputs()
    model = xgb.XGBRegressor(**SMALL, objective="binary:logistic").fit(X, np.full(len(X), always))
    walker.check(read_model(model), X, tolerance=SINGLE, edges=False)


def test_a_value_goes_left_only_below_the_condition():
    X = np.float32([[0.0], [0.1], [0.2], [0.3]] * 10)
    model = xgb.XGBRegressor(n_estimators=1, max_depth=1).fit(X, X[:, 0] > 0.15)
    condition = np.float32(json.loads(model.get_booster().get_dump(dump_format="json")[0])["split_condition"])
    reading = read_model(model)
    assert reading.ensemble.threshold[0] == np.nextafter(condition, np.float32(-1))
    walker.check(reading, X.astype(np.float64), tolerance=SINGLE)


def test_a_forest_a_ranker_and_a_booster_are_read():
    X = samples.inputs()
    y = samples.outcome(X)
    forest = read_model(xgb.XGBRFClassifier(n_estimators=5, max_depth=3).fit(X, y))
    assert forest.ensemble.n_trees == 5
    walker.check(forest, X, tolerance=SINGLE)
    ranker = xgb.XGBRanker(**SMALL).fit(X, y, qid=np.arange(len(X)) // 100)
    assert read_model(ranker).target == "raw score"
    walker.check(read_model(ranker), X, tolerance=SINGLE)
    booster = ranker.get_booster()
    np.testing.assert_array_equal(read_model(booster).raw(X), read_model(ranker).raw(X))


def test_only_the_best_iterations_of_an_estimator_are_read_and_all_of_a_booster():
    X = samples.inputs()
    y = samples.outcome(X)
    model = xgb.XGBClassifier(n_estimators=50, max_depth=3, learning_rate=1.0, early_stopping_rounds=2)
    model.fit(X, y, eval_set=[(X[::-1], y)], verbose=False)
    booster = model.get_booster()
    assert read_model(model).ensemble.n_trees == model.best_iteration + 1 < booster.num_boosted_rounds()
    assert read_model(booster).ensemble.n_trees == booster.num_boosted_rounds()
    walker.check(read_model(model), X, tolerance=SINGLE)
    walker.check(read_model(booster), X, tolerance=SINGLE)


@pytest.mark.parametrize("kind", ["names", "whole numbers"])
def test_categories_of_a_frame_become_the_codes_of_the_fit(kind):
    X = samples.inputs()
    table = samples.frame(X)
    if kind == "whole numbers":
        table["district"] = table["district"].cat.rename_categories(lambda name: 10 * int(name[1:]))
    settings = {**SMALL, "enable_categorical": True, "max_cat_to_onehot": 1}
    model = xgb.XGBClassifier(**settings).fit(table, samples.outcome(X))
    levels = [*table["district"].cat.categories]
    for reading in (read_model(model), read_model(model.get_booster())):
        assert reading.names == tuple(table.columns)
        assert reading.ensemble.left_codes
        walker.check(reading, table, tolerance=SINGLE, edges=False)
        fewer = table.assign(district=table["district"].cat.set_categories(levels[5:1:-1]))
        walker.check(reading, fewer, tolerance=SINGLE, edges=False)
        strange = table.assign(
            district=table["district"].cat.add_categories(["d99" if levels[0] == "d0" else 99])
        )
        with pytest.raises(ExplanationError, match=r"district has levels that the model does not know: d?99"):
            reading.prepare(strange)
        with pytest.raises(ExplanationError, match="not those of the fit, in the same order"):
            reading.prepare(table[table.columns[::-1]])


def test_a_booster_of_codes_keeps_its_names_and_types_for_arrays():
    X = samples.inputs()
    data = xgb.DMatrix(
        X,
        samples.outcome(X),
        feature_names=list("abcde"),
        feature_types=CODED["feature_types"],
        enable_categorical=True,
    )
    reading = read_model(xgb.train({"objective": "binary:logistic", "max_cat_to_onehot": 1}, data, 3))
    assert reading.names == tuple("abcde")
    assert reading.ensemble.left_codes
    walker.check(reading, samples.strange_codes(X, STRANGE), tolerance=SINGLE)


def test_frames_of_other_dtypes_are_read():
    X = samples.inputs(missing=0.0)
    table = pd.DataFrame(X, columns=list("abcde")).astype({"d": "int64", "a": "float32", "e": "Int64"})
    table["e"] = table["e"].mask(table["e"] == 3)
    reading = read_model(xgb.XGBClassifier(**SMALL).fit(table, samples.outcome(X)))
    walker.check(reading, table, tolerance=SINGLE, edges=False)


def test_covers_are_sums_of_second_derivatives():
    X = samples.inputs()
    model = xgb.XGBRegressor(**SMALL).fit(X, samples.signal(X))
    ensemble = read_model(model).ensemble
    assert ensemble.cover[ensemble.first_node[:-1]].tolist() == [len(X)] * 4
    leaf = ensemble.left < 0
    mean = ensemble.base[0] + (ensemble.value[leaf, 0] * ensemble.cover[leaf]).sum() / len(X)
    own = model.get_booster().predict(xgb.DMatrix(X), pred_contribs=True)
    assert mean == pytest.approx(own[0, -1], rel=1e-6)


def test_nodes_that_nothing_leads_to_are_left_out():
    # Node 1 was pruned away: what is now at 3 and 4 stands below node 2, whose children come before it.
    tree = {
        "left_children": [3, -1, -1, 1, -1],
        "right_children": [4, -1, -1, 2, -1],
        "split_indices": [0, 0, 0, 0, 0],
        "split_conditions": [1.0, 10.0, 20.0, 0.0, 30.0],
        "split_type": [0] * 5,
        "default_left": [1, 0, 0, 0, 0],
        "sum_hessian": [9.0, 1.0, 2.0, 3.0, 6.0],
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
    }
    orphan = {key: each and [*each, each[-1]] for key, each in tree.items()}
    orphan["left_children"][-1] = orphan["right_children"][-1] = -1
    ensemble = _ensemble([tree, orphan], np.ones(2), np.zeros(2, dtype=np.int64), np.zeros(1), 1)
    walker.assert_sound(ensemble)
    assert ensemble.first_node.tolist() == [0, 5, 10]
    assert walker.predict(ensemble, np.array([[-1.0], [0.0], [1.0], [np.nan]])).ravel().tolist() == [
        20.0,
        40.0,
        60.0,
        40.0,
    ]


def test_what_trees_do_not_say_is_refused():
    X = samples.inputs()
    y = samples.outcome(X)
    with pytest.raises(ExplanationError, match="XGBClassifier is not fitted"):
        read_model(xgb.XGBClassifier())
    with pytest.raises(ExplanationError, match="XGBClassifier boosts linear models"):
        read_model(xgb.XGBClassifier(n_estimators=2, booster="gblinear").fit(np.nan_to_num(X), y))
    with pytest.raises(ExplanationError, match="XGBRegressor was fitted on 2 targets at once"):
        read_model(xgb.XGBRegressor(**SMALL).fit(X, np.column_stack([y, y])))
    with pytest.raises(ExplanationError, match="several values in each leaf"):
        model = xgb.XGBClassifier(**SMALL, multi_strategy="multi_output_tree")
        read_model(model.fit(X, samples.outcome(X, 3)))
    with pytest.raises(ExplanationError, match="starts from minus infinity"):
        read_model(xgb.XGBRegressor(**SMALL, objective="count:poisson").fit(X, 0 * y))
    with pytest.raises(ExplanationError, match="Booster has no trees"):
        read_model(xgb.train({}, xgb.DMatrix(X, y), 0))
