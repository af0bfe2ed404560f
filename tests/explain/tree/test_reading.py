"""What cannot be read is refused by name, with something to do about it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.reading import read_model
from tests.explain.tree import samples, walker


@pytest.mark.parametrize(
    "model, remedy",
    [
        (LogisticRegression(), "scs_ml.explain.explain"),
        (IsolationForest(), "pass a decision tree, forest or gradient boosting"),
        (VotingClassifier([("tree", DecisionTreeClassifier())]), "scs_ml.explain.explain"),
        (make_pipeline(StandardScaler(), DecisionTreeClassifier()), "TreeShap(pipeline[-1])"),
        (GridSearchCV(DecisionTreeClassifier(), {}), "best_estimator_"),
        (CalibratedClassifierCV(DecisionTreeClassifier()), "explain the estimator that was calibrated"),
        ("model.pkl", "pass a decision tree"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_model_that_is_no_tree_ensemble_is_named(model, remedy):
    with pytest.raises(ExplanationError) as refused:
        read_model(model)
    assert type(model).__name__ in refused.value.what
    assert remedy in refused.value.remedy


def test_a_class_is_no_model():
    with pytest.raises(ExplanationError, match="HistGradientBoostingClassifier is a class"):
        read_model(HistGradientBoostingClassifier)


def test_a_subclass_is_read_like_its_parent():
    class Renamed(DecisionTreeClassifier):
        pass

    X = samples.inputs()
    walker.check(read_model(Renamed(max_depth=3).fit(X, samples.outcome(X))), X)


def test_the_maker_is_the_library_and_its_version():
    X = samples.inputs()
    import sklearn

    reading = read_model(DecisionTreeClassifier(max_depth=2).fit(X, samples.outcome(X)))
    assert reading.maker == f"scikit-learn {sklearn.__version__}"
    assert reading.tolerance == 1e-8


def test_libraries_are_imported_only_for_their_own_models():
    code = (
        "import sys; import numpy as np; from sklearn.tree import DecisionTreeRegressor;"
        "from scs_ml.explain.tree.reading import read_model;"
        "read_model(DecisionTreeRegressor().fit(np.eye(3), [1, 2, 3]));"
        "print(*sorted({'lightgbm', 'xgboost', 'shap', 'numba'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
