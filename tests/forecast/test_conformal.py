from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scs_ml.exceptions import ScsError
from scs_ml.forecast import conformity_scores, fit_sets
from scs_ml.metrics import median_category

ROWS = np.array([[0.1, 0.2, 0.4, 0.3], [0, 1, 0, 0]])


def rule_at(threshold, **changes):
    """A rule whose threshold is the one given: one calibration score, at the level that takes it."""
    rule = fit_sets([[0.5, 0.5]], [0], coverage=0.5)
    return replace(rule, pooled=np.array([threshold]), **changes)


def drawn(n, seed, *, k=7, width=1.0):
    """Probabilities (n, k) around a place on the scale, and categories that follow them."""
    generator = np.random.default_rng(seed)
    centre = generator.uniform(0, k - 1, n)
    weights = np.exp(-((np.arange(k) - centre[:, None]) ** 2) / (2 * width))
    truth = weights / weights.sum(axis=1, keepdims=True)
    y = (generator.random((n, 1)) > truth.cumsum(axis=1)).sum(axis=1).clip(max=k - 1)
    return truth, y


def sharpened(p, power=3):
    return p**power / (p**power).sum(axis=1, keepdims=True)


def hits(sets, y):
    return (sets[:, 0] <= y) & (y <= sets[:, 1])


def test_scores_by_hand():
    # Median 2 (0.1 + 0.2 + 0.4 passes one half); then 3 (0.3 > 0.2), then 1, then 0.
    np.testing.assert_allclose(conformity_scores([[0.1, 0.2, 0.4, 0.3]]), [[1, 0.9, 0.4, 0.7]])
    # Equal neighbours: the worse category comes first.
    np.testing.assert_allclose(conformity_scores([[0.25, 0.5, 0.25]]), [[0.75, 0.5, 1]])


def test_smoothed_scores_by_hand():
    np.testing.assert_allclose(conformity_scores([[0.1, 0.2, 0.4, 0.3]], [0.0]), [[0.9, 0.7, 0, 0.4]])
    np.testing.assert_allclose(conformity_scores([[0.1, 0.2, 0.4, 0.3]], [1.0]), [[1, 0.9, 0.4, 0.7]])
    # Impossible categories are told apart by the draw alone.
    low, high = conformity_scores([[0, 1, 0], [0, 1, 0]], [0.2, 0.8])
    assert (low[[0, 2]] < high[[0, 2]]).all()


def test_the_threshold_is_the_ranked_score():
    probabilities = np.array([[p, 1 - p] for p in np.linspace(0.9, 0.6, 9)])
    # Scores of category 0 are 0.9 ... 0.6; with nine rows rank 10 * 0.8 = 8 is the second largest, 0.8625.
    rule = fit_sets(probabilities, np.zeros(9, int), coverage=0.8)
    # Both grow from the middle to the worst: to 0.86, and to 0.87, which is over it.
    assert rule.sets([[0.44, 0.42, 0.14], [0.46, 0.41, 0.13]]).tolist() == [[0, 1], [1, 1]]
    # Ranks beyond the rows there are: the whole scale.
    assert rule.at(0.95).sets([[0.9, 0.05, 0.05]]).tolist() == [[0, 2]]


def test_sets_by_hand():
    assert rule_at(0.75).sets(ROWS).tolist() == [[2, 3], [1, 1]]
    assert rule_at(0.95).sets(ROWS).tolist() == [[1, 3], [1, 1]]
    assert rule_at(0.0).sets(ROWS).tolist() == [[2, 2], [1, 1]]
    assert rule_at(float("inf")).sets(ROWS).tolist() == [[0, 3], [0, 3]]


def test_a_randomised_set_may_be_empty_and_says_so_by_its_order():
    empty = rule_at(-1.0, randomised=True).sets(ROWS)
    assert empty.tolist() == [[3, 2], [2, 1]]
    assert not hits(empty, np.array([2, 1])).any()


@given(
    st.integers(2, 10).flatmap(lambda k: arrays(np.float64, (5, k), elements=st.floats(0, 1))),
    st.floats(0, 1),
)
def test_sets_are_contiguous_around_the_median_and_grow(weights, u):
    probabilities = (weights + 1e-3) / (weights + 1e-3).sum(axis=1, keepdims=True)
    median = median_category(probabilities)
    np.testing.assert_allclose(conformity_scores(probabilities).max(axis=1), 1)
    for scores in (conformity_scores(probabilities), conformity_scores(probabilities, np.full(5, u))):
        for row, centre in zip(scores, median, strict=True):
            assert (np.diff(row[: centre + 1]) <= 1e-9).all()
            assert (np.diff(row[centre:]) >= -1e-9).all()
    small, large = rule_at(0.6).sets(probabilities), rule_at(0.9).sets(probabilities)
    assert ((large[:, 0] <= small[:, 0]) & (small[:, 1] <= large[:, 1])).all()


def test_coverage_is_nominal_even_for_a_forecaster_that_is_too_sure():
    repetitions, n, coverage = 300, 200, 0.9
    covered, exact, sizes = [], [], []
    for seed in range(repetitions):
        p, y = drawn(2 * n, seed)
        sure = sharpened(p)
        rules = [fit_sets(sure[:n], y[:n], coverage=coverage, randomised=r, seed=seed) for r in (False, True)]
        sets, randomised = (rule.sets(sure[n:]) for rule in rules)
        covered.append(hits(sets, y[n:]).mean())
        exact.append(hits(randomised, y[n:]).mean())
        sizes.append((sets[:, 1] - sets[:, 0] + 1).mean())
    # Both samples of a repetition are binomial around the nominal coverage: four standard errors.
    margin = 4 * np.sqrt(coverage * (1 - coverage) * (2 / n) / repetitions)
    assert coverage - margin < np.mean(covered) < coverage + 0.03
    assert abs(np.mean(exact) - coverage) < margin
    assert np.mean(sizes) < 4


@pytest.mark.parametrize("n", [3, 7, 15])
def test_randomised_sets_are_exact_however_few_rows_calibrate(n):
    repetitions, coverage = 2000, 0.9
    p, y = drawn(repetitions * (n + 1), 1, k=4)
    # Point forecasts: probabilities 0 and 1 alone, which tie without the draws.
    p = np.eye(4)[p.argmax(axis=1)]
    found = []
    for block in np.split(np.arange(len(p)), repetitions):
        rule = fit_sets(p[block[:-1]], y[block[:-1]], coverage=coverage, randomised=True, seed=int(block[0]))
        found.append(hits(rule.sets(p[block[-1:]]), y[block[-1:]])[0])
    assert abs(np.mean(found) - coverage) < 4 * np.sqrt(coverage * (1 - coverage) / repetitions)


def test_strata_have_thresholds_of_their_own_where_they_have_rows_enough():
    n = 3000
    p, y = drawn(n, 2)
    noisy = np.arange(n) % 2 == 0
    # In half of the rows the forecaster is much too sure.
    given_p = np.where(noisy[:, None], sharpened(p, 6), p)
    labels = np.where(noisy, "short", "long")
    labels[:99] = "rare"
    half = n // 2
    rule = fit_sets(given_p[:half], y[:half], labels[:half], coverage=0.9)
    assert sorted(rule.by_stratum) == ["long", "short"]
    assert rule.too_few == ("rare",)
    own, pooled = (
        hits(sets, y[half:])
        for sets in (
            rule.sets(given_p[half:], labels[half:]),
            rule.without_strata().sets(given_p[half:], labels[half:]),
        )
    )
    short = labels[half:] == "short"
    margin = 4 * np.sqrt(0.9 * 0.1 * 2 / 700)
    assert pooled[short].mean() < 0.9 - margin
    assert own[short].mean() > 0.9 - margin
    # A stratum with too few rows, and one never seen, take the threshold of all.
    for name in ("rare", "never seen"):
        np.testing.assert_array_equal(
            rule.sets(given_p[:50], np.full(50, name)), rule.without_strata().sets(given_p[:50])
        )


@pytest.mark.parametrize("randomised", [False, True])
def test_levels_say_from_where_on_a_set_holds_the_category(randomised):
    p, y = drawn(800, 3)
    labels = np.where(np.arange(800) % 2 == 0, "a", "b")
    rule = fit_sets(p[:400], y[:400], labels[:400], randomised=randomised, seed=4)
    levels = rule.levels(p[400:], y[400:], labels[400:])
    assert ((levels >= 0) & (levels <= 1)).all()
    for level in (0.3, 0.6, 0.9, 0.97):
        inside = hits(rule.at(level).sets(p[400:], labels[400:]), y[400:])
        np.testing.assert_array_equal(inside, levels < level)


@pytest.mark.parametrize("coverage", [0, 1, -1, 90])
def test_a_coverage_that_is_no_probability_is_refused(coverage):
    with pytest.raises(ScsError, match="coverage"):
        fit_sets([[0.5, 0.5]], [0], coverage=coverage)
