"""Every interval is held to its word by simulation before an audit may use it.

A measured coverage must not lie so far below 95 % that an honest interval would do it in one test of 1,000;
where the sample is large it must not lie so far above either.
The full grid: `benchmarks/interval_coverage.py`.
"""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from benchmarks.interval_coverage import (
    EVEN,
    SKEWED,
    Population,
    cover_category,
    cover_clopper_pearson,
    cover_false_positives,
    cover_jointly,
    cover_log_odds,
    cover_newcombe,
    cover_paired,
    cover_score,
    cover_share,
    cover_wilson,
    covers,
    exceeding,
)
from scs_ml.inference import mean_contrast
from tests.support import ROOT

DOUBT = 0.001
LAYOUTS = ("independent", "families", "mixed families")


def too_few(covered):
    return stats.binom.cdf(covered.sum(), len(covered), 0.95) < DOUBT


def too_many(covered):
    return stats.binom.sf(covered.sum() - 1, len(covered), 0.95) < DOUBT


def measured(measure, population, draws, seed=20261124):
    covered = measure(population, draws, np.random.default_rng(seed))
    assert len(covered) == draws
    return covered


@pytest.mark.parametrize("shift", [0.0, -0.5])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n_group", [30, 100, 400])
def test_means_and_rates(n_group, layout, shift):
    population = Population(n_group, 400, shift, layout)
    for measure in (
        cover_score,
        cover_category(EVEN),
        cover_category(SKEWED),
        cover_share(0.05),
        cover_share(0.3),
        cover_false_positives(0.2),
    ):
        covered = measured(measure, population, 500)
        assert not too_few(covered), covered.mean()
        if n_group == 400:
            assert not too_many(covered), covered.mean()


@pytest.mark.parametrize("shift", [0.0, -0.5])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n_group", [30, 300])
def test_log_odds(n_group, layout, shift):
    population = Population(n_group, 300, shift, layout)
    for measure in (cover_log_odds(EVEN, 1), cover_log_odds(SKEWED, 0)):
        covered = measured(measure, population, 300)
        assert not too_few(covered), covered.mean()


def test_large_samples_do_not_overstate_the_doubt_of_log_odds():
    assert not too_many(measured(cover_log_odds(EVEN, 1), Population(500, 500, -0.3), 1000))


@pytest.mark.parametrize("shift", [0.0, -0.5])
@pytest.mark.parametrize("layout", LAYOUTS[:2])
def test_twenty_contrasts_at_once(layout, shift):
    covered = measured(cover_jointly, Population(30, 700, shift, layout), 100)
    assert not too_few(covered), covered.mean()


@pytest.mark.parametrize("n_group", [30, 100, 1000])
def test_shares_of_one_group(n_group):
    for share in (0.2, 0.5):
        assert not too_few(measured(cover_clopper_pearson(share), Population(n_group, 0), 2000))
        # The score interval covers 95 % on average over shares; a single share may lie 2 % below.
        assert measured(cover_wilson(share), Population(n_group, 0), 2000).mean() > 0.925
        clustered = measured(cover_wilson(share), Population(n_group, 0, layout="families"), 1000)
        assert not too_few(clustered), clustered.mean()


@pytest.mark.parametrize("shift", [0.0, -0.5])
def test_difference_of_two_shares(shift):
    for n_group in (30, 100, 1000):
        assert not too_few(measured(cover_newcombe(0.2), Population(n_group, 1000, shift), 2000))


@pytest.mark.parametrize("n_periods", [3, 6])
def test_paired_losses(n_periods):
    covered = measured(cover_paired(n_periods), Population(100, 0), 500)
    assert not too_few(covered), covered.mean()


def test_ignoring_families_would_be_caught():
    """The margin is sharp enough to refuse an interval that takes families for independent people."""
    population = Population(300, 600, layout="families", icc=0.5)
    group, rng = population.group, np.random.default_rng(1)
    covered = covers(mean_contrast(population.latent(1000, rng), group, ~group), 0.0)
    assert too_few(covered)


def test_populations_are_what_they_say():
    population = Population(2000, 3000, -0.5, "families", icc=0.4)
    latent = population.latent(40, np.random.default_rng(0))
    assert latent[population.group].mean() == pytest.approx(-0.5, abs=0.03)
    assert latent.var(axis=0).mean() == pytest.approx(1 + 0.25 * 0.24, abs=0.03)
    assert not set(population.cluster[:2000]) & set(population.cluster[2000:])
    mixed = Population(200, 300, layout="mixed families").cluster
    assert len(set(mixed[:200]) & set(mixed[200:])) > 50
    assert exceeding(0.0, SKEWED) == pytest.approx([0.98, 0.93, 0.80])


def test_the_command_prints_a_table():
    done = subprocess.run(
        [sys.executable, "benchmarks/interval_coverage.py", "--draws=20", "--seed=3", "--only=Newcombe"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("20 draws a row, seed 3")
    assert sum(line.startswith("| Newcombe") for line in lines) == 6
