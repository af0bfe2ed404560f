"""Contrasts against values worked out by hand, SciPy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import cumulative_log_odds, mean_contrast, ratio_contrast, simultaneous, stack


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def split(n_group, n):
    group = np.arange(n) < n_group
    return group, ~group


def test_mean_contrast_of_a_large_symmetric_sample_is_welch(rng):
    values = np.concatenate([rng.normal(1, 1, 4000), rng.normal(0, 2, 3000)])
    group, reference = split(4000, 7000)
    result = simultaneous(mean_contrast(values, group, reference))
    welch = stats.ttest_ind(values[group], values[reference], equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert result.value[0] == pytest.approx(values[group].mean() - values[reference].mean(), rel=1e-12)
    assert result.low[0] == pytest.approx(interval.low, abs=2e-4)
    assert result.high[0] == pytest.approx(interval.high, abs=2e-4)


def test_variance_by_hand_and_never_smaller_than_welch():
    # Equal spread on both sides: nothing to borrow, so the variance is exactly 2/3 + 2/3 over n.
    values = np.array([0.0, 2, 4, 10, 12, 14])
    group, reference = split(3, 6)
    estimate = mean_contrast(values, group, reference)
    assert estimate.value[0] == -10
    assert estimate.se[0] ** 2 == pytest.approx(4 / 3 + 4 / 3)
    assert estimate.df[0] == pytest.approx(4)
    assert estimate.nugget[0] == pytest.approx(0, abs=1e-12)


def test_clusters_of_identical_twins_count_once(rng):
    singles = rng.normal(size=60)
    group, reference = split(20, 60)
    alone = mean_contrast(singles, group, reference)
    pairs = mean_contrast(
        np.repeat(singles, 2), np.repeat(group, 2), np.repeat(reference, 2), np.repeat(np.arange(60), 2)
    )
    assert pairs.value == pytest.approx(alone.value)
    assert pairs.se == pytest.approx(alone.se)
    assert pairs.df == pytest.approx(alone.df)


def test_a_cluster_on_both_sides_cancels_what_it_shares():
    # Ten couples, one in each side, who differ by exactly 1 whatever they share: no uncertainty remains.
    shared = np.arange(10.0)
    values = np.concatenate([shared + 1, shared])
    group, reference = split(10, 20)
    couples = np.tile(np.arange(10), 2)
    paired = mean_contrast(values, group, reference, couples)
    assert paired.value[0] == pytest.approx(1)
    assert paired.se[0] == pytest.approx(0, abs=1e-7)
    assert mean_contrast(values, group, reference).se[0] > 1


def test_ratio_contrast_is_the_difference_in_false_positive_rates():
    assigned_low = np.array([1, 1, 0, 0, 0, 1, 0, 0, 0, 1], dtype=bool)
    fine = np.array([1, 1, 1, 1, 0, 1, 1, 1, 1, 0], dtype=bool)
    group, reference = split(5, 10)
    estimate = ratio_contrast(assigned_low, fine, group, reference)
    assert estimate.value[0] == pytest.approx(2 / 4 - 1 / 4)
    only = mean_contrast(assigned_low[fine], group[fine], reference[fine])
    assert estimate.se == pytest.approx(only.se)
    assert estimate.df == pytest.approx(only.df)


def test_ratio_contrast_ignores_missing_values_without_weight():
    values = np.array([1.0, 2.0, np.nan, 1.0, 3.0, np.nan])
    weight = np.isfinite(values)
    group, reference = split(3, 6)
    assert ratio_contrast(values, weight, group, reference).value[0] == pytest.approx(-0.5)
    with pytest.raises(ScsError, match="missing or infinite"):
        mean_contrast(values, group, reference)


def test_no_one_of_thirty_is_not_certainty():
    hit = np.zeros(1030)
    hit[30:80] = 1
    group, reference = split(30, 1030)
    estimate = mean_contrast(hit, group, reference)
    result = simultaneous(estimate)
    assert estimate.value[0] == pytest.approx(-0.05)
    # The exact one-sided bound of the group's share is above 0.05, so 0 must be inside.
    assert result.low[0] < 0 < result.high[0]
    assert estimate.nugget[0] > 0


def test_constant_columns_differ_by_exactly_nothing_or_for_certain():
    group, reference = split(30, 100)
    values = np.column_stack([np.full(100, 0.1), np.where(group, 0.3, 0.1)])
    result = simultaneous(mean_contrast(values, group, reference))
    assert (result.value[0], result.low[0], result.high[0], result.p_adjusted[0]) == (0, 0, 0, 1)
    assert result.low[1] == pytest.approx(0.2)
    assert result.p_adjusted[1] == pytest.approx(0, abs=1e-12)


def test_log_odds_ratio_and_woolf_variance_by_hand():
    # Group: 3 in the worst category, 7 above; reference: 20 and 80.
    codes = np.repeat([0, 1, 0, 1], [3, 7, 20, 80])
    group, reference = split(10, 110)
    estimate = cumulative_log_odds(codes, group, reference, 2)
    assert estimate.value[0] == pytest.approx(np.log(7 / 3) - np.log(80 / 20))
    leverage = 10 / 9 * (1 / 3 + 1 / 7) + 100 / 99 * (1 / 20 + 1 / 80)
    assert estimate.se[0] ** 2 == pytest.approx(leverage)


def test_an_empty_cell_gets_one_half_everywhere_and_only_then():
    codes = np.repeat([1, 2, 0, 1, 2], [10, 20, 5, 45, 50])  # nobody of the group in category 0
    group, reference = split(30, 130)
    estimate = cumulative_log_odds(codes, group, reference, 3)
    assert estimate.value[0] == pytest.approx(np.log(30.5 / 0.5) - np.log(95.5 / 5.5))
    assert estimate.se[0] ** 2 == pytest.approx(1 / 30.5 + 2 + 1 / 95.5 + 1 / 5.5, rel=0.01)
    assert estimate.value[1] == pytest.approx(np.log(20 / 10) - np.log(50 / 50))


def test_every_share_of_one_is_seen_as_an_empty_cell():
    # 100 x 0.01 is not 1 in floating point; the mean of ones must be.
    codes = np.ones(1100, dtype=int)
    codes[100:120] = 0
    group, reference = split(100, 1100)
    value = cumulative_log_odds(codes, group, reference, 2).value[0]
    assert value == pytest.approx(np.log(100.5 / 0.5) - np.log(980.5 / 20.5))


def test_log_odds_agree_with_a_cluster_robust_logit(rng):
    import statsmodels.api as sm

    family = np.repeat(np.arange(400), 3)
    latent = rng.normal(size=400)[family] + rng.normal(size=1200)
    group = family < 150
    exceeds = latent - 0.5 * group > 0
    ours = cumulative_log_odds(exceeds.astype(int), group, ~group, 2, family)
    design = np.column_stack([np.ones(1200), group])
    theirs = sm.GLM(exceeds.astype(float), design, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": family}
    )
    assert ours.value[0] == pytest.approx(theirs.params[1], abs=1e-6)
    assert ours.se[0] == pytest.approx(theirs.bse[1], rel=0.01)


@pytest.mark.parametrize("n_group", [0, 1])
def test_a_side_of_fewer_than_two_has_no_standard_error(n_group):
    values = np.arange(10.0)
    group, reference = split(n_group, 10)
    for estimate in (
        mean_contrast(values, group, reference),
        cumulative_log_odds(np.arange(10) % 3, group, reference, 3),
    ):
        assert np.isnan(estimate.se).all()
        assert np.isnan(estimate.df).all()
        result = simultaneous(estimate)
        assert np.isnan(result.low).all()
        assert np.isnan(result.p_adjusted).all()
    assert np.isnan(mean_contrast(values, group, reference).value[0]) == (n_group == 0)


def test_two_people_of_one_family_have_no_standard_error():
    group, reference = split(2, 20)
    family = np.r_[0, 0, np.arange(1, 19)]
    assert np.isnan(mean_contrast(np.arange(20.0), group, reference, family).se[0])


@given(
    st.lists(st.integers(0, 3), min_size=8, max_size=40),
    st.floats(-50, 50, allow_nan=False),
    st.floats(0.1, 10),
)
def test_mean_contrast_moves_with_the_unit_of_measurement(codes, shift, scale):
    values = np.array(codes, dtype=float)
    if set(codes) <= {0, 1}:  # shares are treated as such, which a change of unit would hide
        values[0] = 3
    group, reference = split(4, len(values))
    before = mean_contrast(values, group, reference)
    after = mean_contrast(shift + scale * values, group, reference)
    assert after.value == pytest.approx(scale * before.value, abs=1e-9)
    assert after.se == pytest.approx(scale * before.se, rel=1e-6, abs=1e-9)


@given(st.lists(st.booleans(), min_size=6, max_size=60), st.floats(0.1, 4))
def test_limits_are_where_the_statistic_is_critical(outcomes, critical):
    values = np.array(outcomes, dtype=float)
    group, reference = split(3, len(values))
    estimate = mean_contrast(values, group, reference)
    low, high = estimate.limits(critical)
    assert estimate.statistic(low) == pytest.approx(critical, rel=1e-6)
    assert estimate.statistic(high) == pytest.approx(-critical, rel=1e-6)
    assert low[0] <= estimate.value[0] + 0.5
    assert low[0] < high[0]


def test_stack_keeps_order_and_refuses_other_units(rng):
    values = rng.normal(size=50)
    group, reference = split(20, 50)
    first = mean_contrast(values, group, reference)
    second = cumulative_log_odds((values > 0).astype(int), group, reference, 2)
    both = stack([first, second])
    assert both.value == pytest.approx(np.r_[first.value, second.value])
    assert np.diag(both.covariance) == pytest.approx(both.se**2)
    # Higher values exceed more: the two contrasts of the same people move together.
    assert both.covariance[0, 1] > 0.5 * both.se[0] * both.se[1]
    clustered = mean_contrast(values, group, reference, np.arange(50) // 2)
    with pytest.raises(ScsError, match="share their units"):
        stack([first, clustered])


@pytest.mark.parametrize(
    "broken",
    [
        lambda v, g: mean_contrast(v, g.astype(int), ~g),
        lambda v, g: mean_contrast(v, g[:-1], ~g),
        lambda v, g: mean_contrast(v, g, ~g, np.arange(3)),
        lambda v, g: mean_contrast(v[None, None], g, ~g),
        lambda v, g: ratio_contrast(v, -np.ones(10), g, ~g),
        lambda v, g: ratio_contrast(v, np.ones(3), g, ~g),
        lambda v, g: cumulative_log_odds(v + 0.5, g, ~g, 10),
        lambda v, g: cumulative_log_odds(v, g, ~g, 3),
        lambda v, g: cumulative_log_odds(np.where(v == 3, np.nan, v), g, ~g, 10),
    ],
)
def test_bad_input_is_one_clear_error(broken):
    values = np.arange(10.0)
    with pytest.raises(ScsError):
        broken(values, values < 4)
