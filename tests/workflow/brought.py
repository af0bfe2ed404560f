"""Estimators that a user would bring along; this file is given to the command line as it is."""

from __future__ import annotations

from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC


def pipeline(estimator):
    """Categories one-hot, numbers as they are."""
    columns = ColumnTransformer(
        [("levels", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["district"])],
        remainder="passthrough",
    )
    return make_pipeline(columns, estimator)


forest = pipeline(RandomForestClassifier(15, min_samples_leaf=20))


def network():
    """A network on scaled numbers, whichever columns they are."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include="number")),
            ("levels", OneHotEncoder(sparse_output=False), make_column_selector(dtype_include="category")),
        ]
    )
    return make_pipeline(columns, MLPClassifier((8,), max_iter=30, early_stopping=True))


class Mine(RandomForestClassifier):
    """A class that no bundle may hold."""


mine = Mine(5)


class Broken(RandomForestClassifier):
    """Fails where it is fitted."""

    def fit(self, X, y):
        raise RuntimeError("the licence server does not answer")


broken = Broken()
without = SVC()
number = 7
