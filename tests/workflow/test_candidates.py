"""What a training tries: names, and estimators of the caller's own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from scs_ml.exceptions import ScsError
from scs_ml.forecast import (
    FORECASTERS,
    USUAL,
    BoostingClassifier,
    CalibratedForecaster,
    ExpertCardClassifier,
    OrdinalLogitClassifier,
    OrdinalStackingClassifier,
)
from scs_ml.workflow import case_of_forecaster, find_candidates, load_estimator, train
from scs_ml.workflow.candidates import calibrated
from tests.workflow.brought import Broken, forest

BROUGHT = Path(__file__).with_name("brought.py")


def test_names_are_families_of_the_registry(suining):
    assert list(find_candidates(None, suining, 0)) == list(USUAL)
    assert list(find_candidates(("logit", "expert"), suining, 0)) == ["logit", "expert"]
    assert list(find_candidates(("all",), suining, 0)) == list(FORECASTERS)
    made = find_candidates(("boosting",), suining, 7)["boosting"]()
    assert made.scheme is suining
    assert made.random_state == 7


def test_own_estimators_are_copied_and_their_seeds_filled_in(suining):
    mine = make_pipeline(RandomForestClassifier(5))
    factory = find_candidates({"mine": mine}, suining, 7)["mine"]
    made = factory()
    assert made is not mine
    assert made[-1] is not factory()[-1]
    assert made[-1].random_state == 7
    assert mine[-1].random_state is None
    # A seed that somebody chose for a part of it is kept.
    chosen = make_pipeline(RandomForestClassifier(5, random_state=1))
    assert find_candidates({"mine": chosen}, suining, 7)["mine"]()[-1].random_state == 1


@pytest.mark.parametrize(
    "given", [OrdinalLogitClassifier(), OrdinalLogitClassifier, partial(OrdinalLogitClassifier, C=1.0)]
)
def test_instances_classes_and_functions_are_taken(suining, given):
    made = find_candidates({"mine": given}, suining, 0)["mine"]()
    assert isinstance(made, OrdinalLogitClassifier)
    assert made.scheme is suining


def test_the_scheme_reaches_the_parts_too(suining):
    made = find_candidates({"mine": CalibratedForecaster(BoostingClassifier())}, suining, 0)["mine"]()
    assert made.estimator.scheme is suining


@pytest.mark.parametrize(
    "families, message",
    [
        ({"markov": LogisticRegression()}, "markov is the name of a baseline"),
        ({"mine": SVC()}, "mine is no classifier with probabilities: a SVC has no predict_proba"),
        ({"mine": 7}, "mine cannot be made: TypeError"),
        ({"mine": BaseEstimator()}, "no fit and no predict_proba"),
        ({}, "no forecaster to train"),
        ((), "no forecaster to train"),
        (("oracle",), "no forecaster is called oracle"),
    ],
)
def test_what_cannot_be_trained_is_refused_at_once(suining, families, message):
    with pytest.raises(ScsError, match=message):
        find_candidates(families, suining, 0)


def test_what_calibrates_itself_is_not_calibrated_again():
    (name, variant), *others = calibrated("logit", OrdinalLogitClassifier).items()
    assert name == "logit, calibrated"
    assert isinstance(variant(), CalibratedForecaster)
    assert others == []
    assert calibrated("mine", CalibratedForecaster) == {}


def test_estimators_are_loaded_from_files_and_modules():
    name, pipeline = load_estimator(f"{BROUGHT}:forest")
    assert name == "brought.forest"
    assert [step for step, _ in pipeline.steps] == ["columntransformer", "randomforestclassifier"]
    assert load_estimator("sklearn.linear_model:LogisticRegression") == (
        "sklearn.linear_model.LogisticRegression",
        LogisticRegression,
    )


@pytest.mark.parametrize(
    "given, message",
    [
        ("forest", "'forest' names no estimator"),
        ("sklearn.svm:", "names no estimator"),
        ("nowhere.py:forest", r"nowhere\.py cannot be imported: FileNotFoundError"),
        ("no_such_module:forest", "no_such_module cannot be imported: ModuleNotFoundError"),
        (f"{BROUGHT}:nothing", "has no nothing"),
    ],
)
def test_what_cannot_be_loaded_is_said(given, message):
    with pytest.raises(ScsError, match=message):
        load_estimator(given)


def test_a_script_that_ends_python_does_not_end_ours(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys\nsys.exit(1)\n")
    with pytest.raises(ScsError, match=r"script\.py cannot be imported: SystemExit"):
        load_estimator(f"{script}:forest")


def test_a_failure_names_the_estimator_and_the_fold(dataset, suining):
    with pytest.raises(ScsError, match="mine failed: RuntimeError: the licence server") as caught:
        train(dataset, suining, families={"mine": Broken()})
    assert caught.value.where.startswith("fold 1 of 2")


def test_a_pipeline_of_ones_own_is_trained_and_audited_in_python(dataset, suining):
    trained = train(dataset, suining, families={"forest": forest}, seed=3)
    rows = {row.name for row in trained.leaderboard.rows}
    assert rows == {"forest", "forest, calibrated", "markov", "climatology", "persistence"}
    case = case_of_forecaster(
        trained.forecaster, trained.splits.test, suining, name=trained.name, max_explained=2, seed=3
    )
    assert case.explanation.target == "probability of exceeding the boundary"
    again = train(dataset, suining, families={"forest": forest}, seed=3)
    X = trained.splits.test.X
    np.testing.assert_array_equal(again.forecaster.predict_proba(X), trained.forecaster.predict_proba(X))


def test_stacking_learns_its_weights_from_later_periods(dataset, suining):
    members = [("logit", OrdinalLogitClassifier()), ("expert", ExpertCardClassifier())]
    stack = OrdinalStackingClassifier(members=members)
    trained = train(dataset, suining, families={"stack": stack}, seed=3)
    board = {row.name: row for row in trained.leaderboard.rows}
    assert board["stack"].skill_low > 0
    inner = getattr(trained.forecaster, "forecaster_", trained.forecaster)
    assert inner.scheme == suining
    assert sum(inner.weights_.values()) == pytest.approx(1)
