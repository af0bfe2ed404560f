from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

from scs_ml.forecast import LinearDiscriminantClassifier, QuadraticDiscriminantClassifier
from scs_ml.forecast.discriminant import ShrunkCovariance

BOTH = pytest.mark.parametrize("cls", [LinearDiscriminantClassifier, QuadraticDiscriminantClassifier])


def test_the_covariance_of_one_row_is_half_the_identity():
    np.testing.assert_array_equal(ShrunkCovariance().fit(np.array([[5.0, 7.0]])).covariance_, np.eye(2) / 2)


def test_the_covariance_by_hand():
    # One column has nothing to shrink: the variance of 0, 2 is 1, and r is 1/3.
    X = np.array([[0.0], [2.0]])
    np.testing.assert_allclose(ShrunkCovariance().fit(X).covariance_, [[2 / 3 + 1 / 3]])
    X = np.array([[0.0], [4.0]])
    np.testing.assert_allclose(ShrunkCovariance().fit(X).covariance_, [[4 * 2 / 3 + 1 / 3]])
    np.testing.assert_allclose(ShrunkCovariance(0.5).fit(X).covariance_, [[4 / 2 + 1 / 2]])


def test_with_many_rows_it_is_the_plain_discriminant():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(5000, 3))
    y = (X[:, 0] + 0.5 * X[:, 1] + generator.normal(size=5000) > 0).astype(int)
    model = LinearDiscriminantClassifier().fit(X, y)
    np.testing.assert_allclose(
        model.predict_proba(X), LinearDiscriminantAnalysis().fit(X, y).predict_proba(X), atol=0.01
    )
    model = QuadraticDiscriminantClassifier(reg_param=0.0).fit(X, y)
    np.testing.assert_allclose(
        model.predict_proba(X), QuadraticDiscriminantAnalysis().fit(X, y).predict_proba(X), atol=0.01
    )


def test_only_the_quadratic_discriminant_tells_classes_that_differ_in_spread():
    generator = np.random.default_rng(1)
    y = np.repeat([0, 1], 500)
    X = generator.normal(size=(1000, 1)) * np.where(y == 1, 3.0, 0.5)[:, None]
    assert QuadraticDiscriminantClassifier().fit(X, y).score(X, y) > 0.8
    assert LinearDiscriminantClassifier().fit(X, y).score(X, y) < 0.6


@BOTH
def test_collinear_and_constant_columns_give_no_warning_and_sane_forecasts(cls):
    generator = np.random.default_rng(2)
    n = 400
    X = pd.DataFrame({"a": generator.normal(size=n), "constant": 3.0})
    X["twice a"] = 2 * X["a"]
    X["level"] = pd.Categorical(generator.choice(["u", "v", "w"], n), categories=["u", "v", "w", "never"])
    X.loc[::9, "a"] = np.nan
    y = np.digitize(X["twice a"] + generator.normal(size=n), [-1, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = cls().fit(X, y)
        probabilities = model.predict_proba(X)
        rare = X.assign(level=pd.Categorical(["never"] * n, categories=X["level"].cat.categories))
        moved = model.predict_proba(rare)
    assert model.score(X, y) > 0.6
    # A level that nobody had says nothing, and must not decide.
    assert np.abs(moved - probabilities).mean() < 0.15


@BOTH
@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_one_row_for_each_class_is_enough(cls, n_classes):
    X, y = np.arange(float(n_classes))[:, None], np.arange(n_classes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = cls().fit(X, y)
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    assert model.predict(X)[[0, -1]].tolist() == [0, n_classes - 1]
