"""The scheme of a world says what its settings changed."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.data import read_ledger, read_table
from scs_ml.schemes import load_scheme
from scs_ml.worlds import WorldSettings, simulate
from scs_ml.worlds.variants import scheme_of


def test_usual_settings_have_the_package_s_schemes(suining, null_world):
    assert null_world.scheme == suining == scheme_of(WorldSettings(seed=5, shares={"minority": 0.3}))
    assert scheme_of(WorldSettings(broad=True)) == load_scheme("suining_broad")


@pytest.mark.parametrize("n_categories", [3, 4, 5])
def test_categories_are_cuts_of_the_same_scores(simulated, null_world, suining, n_categories):
    world = simulated(n_categories=n_categories)
    np.testing.assert_array_equal(world.table["score"], null_world.table["score"])
    codes = world.scheme.scale.categorise(world.table["score"])
    shares = np.bincount(codes, minlength=n_categories) / len(codes)
    assert len(shares) == world.scheme.scale.n_categories == n_categories
    assert shares.min() > 0.01
    np.testing.assert_array_equal(world.truth.twin["category"], codes)
    assert (world.scheme.scale.start, world.scheme.scale.minimum) == (1000, 0)
    coarse = suining.scale.categorise(world.table["score"])
    if n_categories == 5:
        np.testing.assert_array_equal(np.minimum(codes, 3), coarse)
    if n_categories == 3:
        np.testing.assert_array_equal(codes, np.maximum(coarse - 1, 0))


@pytest.mark.parametrize("times, reliability", [(0.0, 1.0), (0.5, 0.75), (2.0, 3 / 7)])
def test_false_reports_come_as_often_as_the_scheme_says(simulated, null_world, times, reliability):
    world = simulated(false_reports=times)
    # True to false is 3 to 2 in the county's own: 3 to 2 * times here.
    neighbours = world.scheme.indicator("informant_reports").measurement.reliability
    assert neighbours == pytest.approx(reliability)
    patrols = world.scheme.indicator("disorder_reports").measurement
    assert (patrols.false_positive, patrols.false_negative) == pytest.approx((0.02 * times, 0.2))
    reports = (world.ledger["rule"] == "informant_reports").to_numpy()
    true = world.truth.events["happened"].to_numpy()[reports]
    # Binomial: 4 standard errors, and those of families' traits.
    assert abs(true.mean() - reliability) < 4 * np.sqrt(0.25 / len(true)) + 0.02
    assert (
        true.sum()
        == null_world.truth.events["happened"][
            (null_world.ledger["rule"] == "informant_reports").to_numpy()
        ].sum()
    )


def test_everything_at_once_is_read_by_its_own_scheme():
    settings = WorldSettings(
        n_people=300,
        broad=True,
        n_categories=5,
        family_shape=2.0,
        misconduct=1.5,
        false_reports=2.0,
        shares={"minority": 0.3, "illness": 0.2},
        mechanisms={"direct_use": 0.1},
    )
    world = simulate(settings)
    dataset = read_table(world.table, world.scheme)
    assert len(dataset.subject) == 300 * 8
    assert len(read_ledger(world.ledger, world.scheme, dataset).events) == len(world.ledger)
