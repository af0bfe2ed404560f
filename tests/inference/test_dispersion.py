import numpy as np
import pytest
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import excess_dispersion


def test_statistic_is_pearsons_chi_square():
    counts, exposure = np.array([30, 50, 20]), np.array([1.0, 2, 1])
    result = excess_dispersion(counts, exposure)
    theirs = stats.chisquare(counts, 100 * exposure / 4)
    assert result.statistic == pytest.approx(theirs.statistic)
    assert result.df == 2
    assert result.ratio == pytest.approx(theirs.statistic / 2)
    # 2,000 draws: three standard errors of a simulated p-value near 0.37.
    assert result.p == pytest.approx(theirs.pvalue, abs=3 * np.sqrt(0.25 / 2000))


def test_strata_add_up_and_differences_between_them_say_nothing():
    # Rates differ tenfold between the areas, not within them.
    result = excess_dispersion([10, 10, 1, 1], np.ones(4), ["a", "a", "b", "b"])
    assert (result.statistic, result.df, result.p) == (0, 2, 1)
    # One stratum of the same counts is dispersed.
    assert excess_dispersion([10, 10, 1, 1], np.ones(4)).p < 0.01


def test_size_is_right_with_many_small_cells():
    # 30 areas of 20 informants with half a report each: expected counts far below 5.
    rng = np.random.default_rng(12)
    stratum, exposure = np.repeat(np.arange(30), 20), rng.uniform(0.2, 2, 600)
    rate = rng.uniform(0.1, 0.8, 30)[stratum]
    p = np.array(
        [
            excess_dispersion(rng.poisson(rate * exposure), exposure, stratum, draws=199, seed=i).p
            for i in range(400)
        ]
    )
    rejected = (p <= 0.05).sum()
    assert stats.binom.cdf(rejected, 400, 0.05) > 0.001
    assert stats.binom.sf(rejected - 1, 400, 0.05) > 0.001


def test_malicious_few_are_found_and_their_variance_is_estimated():
    rng = np.random.default_rng(4)
    stratum = np.repeat(np.arange(40), 25)
    relative = rng.gamma(2, 1 / 2, 1000)  # relative variance 1/2
    result = excess_dispersion(rng.poisson(4 * relative), np.ones(1000), stratum)
    assert result.p == pytest.approx(1 / 2001)
    assert result.variance == pytest.approx(0.5, abs=0.12)
    fair = excess_dispersion(rng.poisson(4, 1000), np.ones(1000), stratum)
    assert fair.variance == pytest.approx(0, abs=0.03)
    assert fair.ratio == pytest.approx(1, abs=0.2)


def test_only_proportions_of_exposure_matter_and_the_seed_fixes_the_result():
    rng = np.random.default_rng(8)
    counts, exposure, stratum = rng.poisson(2, 60), rng.uniform(1, 3, 60), np.repeat([0, 1, 2], 20)
    first = excess_dispersion(counts, exposure, stratum, seed=3)
    assert excess_dispersion(counts, 7 * exposure, stratum, seed=3).p == first.p
    order = rng.permutation(60)
    assert excess_dispersion(counts[order], exposure[order], stratum[order]).statistic == pytest.approx(
        first.statistic
    )


def test_where_nothing_can_be_tested_it_says_so():
    for counts, exposure, stratum in (
        ([3, 4], [1, 1], ["a", "b"]),
        ([0, 0], [1, 1], ["a", "a"]),
        ([3, 0], [1, 0], ["a", "a"]),
        ([], [], []),
    ):
        result = excess_dispersion(counts, exposure, stratum)
        assert result.df == 0
        assert np.isnan([result.ratio, result.variance, result.p]).all()
    # A single count is tested (it lies somewhere) but carries no variance.
    one = excess_dispersion([1, 0], [1, 1])
    assert one.p == 1
    assert np.isnan(one.variance)


@pytest.mark.parametrize(
    "counts, exposure",
    [([1, 2], [1.0]), ([-1, 2], [1.0, 1]), ([1.5, 2], [1.0, 1]), ([1, 2], [-1.0, 1]), ([1, 2], [0.0, 1])],
)
def test_impossible_tables_are_refused(counts, exposure):
    with pytest.raises(ScsError):
        excess_dispersion(counts, exposure)
