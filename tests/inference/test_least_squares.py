from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scs_ml.inference.least_squares import least_squares


def test_a_line_by_hand():
    X = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]])
    fit = least_squares(np.array([1.0, 3.0, 5.0, 9.0]), X)
    # Sxy = 13, Sxx = 5: slope 2.6; mean 4.5 less 1.5 * 2.6.
    assert fit.coef == pytest.approx([0.6, 2.6])
    assert fit.left == pytest.approx([0.4, -0.2, -0.8, 0.6])
    # Leverages 0.7, 0.3, 0.3, 0.7.
    assert fit.error == pytest.approx([0.4 / 0.3, -0.2 / 0.7, -0.8 / 0.7, 0.6 / 0.3])
    assert fit.rank == 2


def test_the_error_is_robust_and_clustered():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(60), rng.normal(size=60)])
    fit = least_squares(rng.normal(size=60), X)
    cluster = np.arange(60) // 2
    bread = np.linalg.inv(X.T @ X)
    summed = (X * fit.error[:, None]).reshape(30, 2, 2).sum(axis=1)
    expected = bread @ summed.T @ summed @ bread
    estimate = fit.estimate(np.eye(2), cluster)
    assert estimate.covariance == pytest.approx(expected)
    assert estimate.value == pytest.approx(fit.coef)
    assert np.all((estimate.df > 1) & (estimate.df <= 29))


def test_columns_that_say_the_same_share_their_slope():
    x = np.arange(10.0)
    fit = least_squares(3 * x, np.column_stack([x, x]))
    assert fit.coef == pytest.approx([1.5, 1.5])
    assert fit.rank == 1
    assert fit.left == pytest.approx(np.zeros(10), abs=1e-12)
    assert least_squares(x, np.column_stack([x, np.zeros(10)])).coef == pytest.approx([1.0, 0.0])


def test_a_function_that_one_cluster_determines_has_no_error_to_show():
    X = np.column_stack([np.ones(6), np.arange(6) == 0])
    fit = least_squares(np.array([5.0, 1.0, 2.0, 1.0, 2.0, 1.5]), X.astype(float))
    assert np.isnan(fit.estimate(np.array([1.0, 0.0]), np.array([1, 0, 0, 0, 0, 0])).se[0])


def test_sixty_columns_for_five_hundred_people_keep_the_level():
    """A small group's coefficient among 58 other columns, unequal errors: 1,000 draws at 5 %."""
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(500), rng.random(500) < 0.08, (rng.random((500, 57)) < 0.2)]).astype(float)
    wanted = np.zeros(59)
    wanted[1] = 1.0
    wrong = 0
    for _ in range(1_000):
        fit = least_squares(rng.normal(size=500) * (1 + X[:, 1]), X)
        estimate = fit.estimate(wanted, np.arange(500))
        p = 2 * stats.t.sf(abs(estimate.statistic()[0]), estimate.df[0])
        wrong += bool(p < 0.05)
    assert wrong <= stats.binom.isf(0.001, 1_000, 0.05)
    assert wrong >= 10  # and is not so cautious that nothing is ever found
