import time

import numpy as np
import pytest
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import Estimate, mean_contrast, simultaneous, stack


def normal_estimate(value, correlation, df=1e9):
    """Contrasts with unit variance and a given correlation."""
    m = len(value)
    root = np.linalg.cholesky(np.asarray(correlation) + 1e-12 * np.eye(m))
    zeros = np.zeros(m)
    return Estimate(np.asarray(value, float), root.T, np.full(m, float(df)), zeros, zeros)


def test_one_contrast_is_an_ordinary_t_test():
    result = simultaneous(normal_estimate([2.5], [[1.0]], df=12))
    assert result.critical[0] == pytest.approx(stats.t.isf(0.025, 12))
    assert result.p_adjusted[0] == pytest.approx(2 * stats.t.sf(2.5, 12))
    assert result.low[0] == pytest.approx(2.5 - stats.t.isf(0.025, 12))
    assert result.detectable[0] == pytest.approx(stats.t.isf(0.025, 12) + stats.norm.isf(0.2))


def test_independent_contrasts_pay_sidak():
    result = simultaneous(normal_estimate([0.0, 1, 2, 3, 4], np.eye(5)))
    sidak = stats.norm.isf((1 - 0.95**0.2) / 2)
    assert result.critical == pytest.approx(np.full(5, sidak), abs=0.03)
    assert (result.critical <= sidak + 1e-6).all()
    assert result.p_adjusted == pytest.approx(1 - (1 - 2 * stats.norm.sf([0, 1, 2, 3, 4])) ** 5, abs=0.01)


def test_identical_contrasts_pay_nothing():
    result = simultaneous(normal_estimate([2.0, 2.0, -2.0], [[1, 1, -1], [1, 1, -1], [-1, -1, 1]]))
    # 20,000 draws leave the 95 % point uncertain by about 0.02.
    assert result.critical == pytest.approx(np.full(3, 1.96), abs=0.06)
    assert result.p_adjusted == pytest.approx(np.full(3, 0.0455), abs=0.006)


def test_dunnett_table():
    # Dunnett (1964): 3 treatments against one control, equal groups, many observations: 2.35 (two-sided 5 %).
    result = simultaneous(normal_estimate([0.0, 0, 0], 0.5 * np.eye(3) + 0.5))
    assert result.critical == pytest.approx(np.full(3, 2.35), abs=0.03)


def test_agrees_with_scipy_dunnett():
    rng = np.random.default_rng(3)
    control, samples = rng.normal(size=400), [rng.normal(0.2, 1, size=400) for _ in range(3)]
    values = np.concatenate([control, *samples])
    member = np.repeat(np.arange(4), 400)
    ours = simultaneous(stack([mean_contrast(values, member == k, member == 0) for k in (1, 2, 3)]))
    theirs = stats.dunnett(*samples, control=control, rng=np.random.default_rng(1))
    assert ours.p_adjusted == pytest.approx(theirs.pvalue, abs=0.03)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_interval_and_p_value_agree(confidence):
    rng = np.random.default_rng(11)
    agreed = []
    for seed in range(40):
        values = rng.integers(0, 2, size=(60, 8)).astype(float)
        values[:20] = rng.random((20, 8)) < rng.uniform(0.5, 1, 8)
        group = np.arange(60) < 20
        result = simultaneous(
            mean_contrast(values, group, ~group), confidence=confidence, draws=999, seed=seed
        )
        excludes = (result.low > 0) | (result.high < 0)
        agreed.append(excludes == (result.p_adjusted <= 1 - confidence + 1e-12))
        assert (result.low < result.value).all()
        assert (result.value < result.high).all()
    assert np.all(agreed)


def test_far_tail_is_not_limited_by_the_draws():
    result = simultaneous(normal_estimate([6.0, 0.0], np.eye(2)), draws=200)
    assert result.p_adjusted[0] == pytest.approx(4 * stats.norm.sf(6), rel=1e-6)


def test_contrast_without_standard_error_leaves_the_others_alone():
    good = normal_estimate([1.0, 2.0], np.eye(2))
    bad = Estimate(np.array([5.0]), np.zeros((2, 1)), np.array([np.nan]), np.zeros(1), np.zeros(1))
    both, alone = simultaneous(stack([good, bad])), simultaneous(good)
    assert both.p_adjusted[:2] == pytest.approx(alone.p_adjusted)
    assert both.value[2] == 5
    for name in ("se", "low", "high", "p_adjusted", "critical", "detectable"):
        assert np.isnan(getattr(both, name)[2])


def test_same_seed_same_result_and_smaller_side_rules_the_degrees_of_freedom():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(2000, 3))
    group = np.arange(2000) < 30
    estimate = mean_contrast(values, group, ~group)
    first, second = simultaneous(estimate, seed=4), simultaneous(estimate, seed=4)
    assert first.critical.tolist() == second.critical.tolist()
    assert ((estimate.df > 25) & (estimate.df < 35)).all()
    large = np.arange(2000) < 1000
    assert (first.critical > simultaneous(mean_contrast(values, large, ~large), seed=4).critical).all()


def test_two_hundred_contrasts_of_twenty_thousand_people_take_a_second():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(20_000, 200))
    group = np.arange(20_000) < 3_000
    estimate = mean_contrast(values, group, ~group)
    start = time.process_time()
    result = simultaneous(estimate)
    assert time.process_time() - start < 3  # under 1 s when the machine is idle
    assert np.isfinite(result.low).all()


@pytest.mark.parametrize("options", [{"confidence": 95}, {"confidence": 1.0}, {"draws": 10}])
def test_impossible_settings_are_refused(options):
    with pytest.raises(ScsError):
        simultaneous(normal_estimate([1.0], [[1.0]]), **options)
