from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scs_ml.exceptions import ScsError
from scs_ml.forecast import conformal_sets, conformal_threshold, conformity_scores
from scs_ml.metrics import median_category


def test_scores_by_hand():
    # Median 2 (0.1 + 0.2 + 0.4 passes one half); then 3 (0.3 > 0.2), then 1, then 0.
    np.testing.assert_allclose(conformity_scores([[0.1, 0.2, 0.4, 0.3]]), [[1, 0.9, 0.4, 0.7]])
    # Equal neighbours: the worse category comes first.
    np.testing.assert_allclose(conformity_scores([[0.25, 0.5, 0.25]]), [[0.75, 0.5, 1]])


def test_the_threshold_is_the_ranked_score():
    probabilities = np.array([[p, 1 - p] for p in np.linspace(0.9, 0.6, 9)])
    # Scores of category 0 are 0.9 ... 0.6; with nine rows rank 10 * 0.8 = 8 is the second largest.
    assert conformal_threshold(probabilities, np.zeros(9, int), 0.8) == pytest.approx(0.8625)
    assert conformal_threshold(probabilities, np.zeros(9, int), 0.95) == float("inf")


def test_sets_by_hand():
    rows = [[0.1, 0.2, 0.4, 0.3], [0, 1, 0, 0]]
    assert conformal_sets(rows, 0.75).tolist() == [[2, 3], [1, 1]]
    assert conformal_sets(rows, 0.95).tolist() == [[1, 3], [1, 1]]
    assert conformal_sets(rows, 0.0).tolist() == [[2, 2], [1, 1]]
    assert conformal_sets(rows, float("inf")).tolist() == [[0, 3], [0, 3]]


@given(st.integers(2, 10).flatmap(lambda k: arrays(np.float64, (5, k), elements=st.floats(0, 1))))
def test_sets_are_contiguous_around_the_median_and_grow(weights):
    probabilities = (weights + 1e-3) / (weights + 1e-3).sum(axis=1, keepdims=True)
    scores, median = conformity_scores(probabilities), median_category(probabilities)
    np.testing.assert_allclose(scores.max(axis=1), 1)
    for row, centre in zip(scores, median, strict=True):
        assert (np.diff(row[: centre + 1]) <= 0).all()
        assert (np.diff(row[centre:]) >= 0).all()
    small, large = conformal_sets(probabilities, 0.6), conformal_sets(probabilities, 0.9)
    assert ((large[:, 0] <= small[:, 0]) & (small[:, 1] <= large[:, 1])).all()


def test_coverage_is_nominal_even_for_a_forecaster_that_is_too_sure():
    generator = np.random.default_rng(0)
    repetitions, n, coverage = 300, 200, 0.9
    covered, sizes = [], []
    for _ in range(repetitions):
        centre = generator.uniform(0, 6, 2 * n)
        logits = -((np.arange(7) - centre[:, None]) ** 2) / 2
        truth = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        y = (generator.random((2 * n, 1)) > truth.cumsum(axis=1)).sum(axis=1).clip(max=6)
        sure = truth**3 / (truth**3).sum(axis=1, keepdims=True)
        sets = conformal_sets(sure[n:], conformal_threshold(sure[:n], y[:n], coverage))
        covered.append(((sets[:, 0] <= y[n:]) & (y[n:] <= sets[:, 1])).mean())
        sizes.append((sets[:, 1] - sets[:, 0] + 1).mean())
    # Both samples of a repetition are binomial around the nominal coverage: four standard errors.
    margin = 4 * np.sqrt(coverage * (1 - coverage) * (2 / n) / repetitions)
    assert coverage - margin < np.mean(covered) < coverage + 0.03
    assert np.mean(sizes) < 4


@pytest.mark.parametrize("coverage", [0, 1, -1, 90])
def test_a_coverage_that_is_no_probability_is_refused(coverage):
    with pytest.raises(ScsError, match="coverage"):
        conformal_threshold([[0.5, 0.5]], [0], coverage)
