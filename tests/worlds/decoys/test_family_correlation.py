"""Relatives who are more alike."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import WorldSettings, simulate
from scs_ml.worlds.decoys.family_correlation import FamilyCorrelation
from scs_ml.worlds.population import populate
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.truth import LOG_RATE_SD
from tests.worlds.looking import people


def likeness(world):
    """Correlation of two relatives' misconduct in the minority."""
    homes = people(world)
    counts = world.table[world.table["quarter"] == "2015Q4"].set_index("person")
    misconduct = np.sqrt(counts["traffic_violations"] + counts["unpaid_debts"])
    minority = (homes["minority"] == "yes").to_numpy()
    pairs = (homes["family"].to_numpy()[1:] == homes["family"].to_numpy()[:-1]) & minority[1:]
    return np.corrcoef(misconduct[1:][pairs], misconduct[:-1][pairs])[0, 1]


def test_relatives_of_the_group_are_more_alike(simulated):
    without = simulated(n_people=20_000)
    world = simulated(n_people=20_000, decoys=(("family_correlation", 1.0),))
    assert likeness(world) > likeness(without) + 0.2


def test_a_family_shares_one_factor_of_mean_one():
    population = populate(Streams(5), 20_000, 2)
    everyone = np.ones((20_000, 2), dtype=bool)
    (factor, *others) = FamilyCorrelation().multipliers(Streams(5), population, everyone, 0.5).values()
    for other in others:
        np.testing.assert_array_equal(other, factor)
    families = population.family
    assert (factor[1:][families[1:] == families[:-1]] == factor[:-1][families[1:] == families[:-1]]).all()
    once = factor[np.unique(families, return_index=True)[1], 0]
    # A log-normal of mean 1 has variance exp(.25) - 1: 4 standard errors.
    assert abs(once.mean() - 1) < 4 * np.sqrt((np.exp(0.25) - 1) / len(once))


def test_strength_is_the_spread_of_the_log_rate(simulated):
    world = simulated(n_people=20_000, decoys=(("family_correlation", 0.5),))
    (planted,) = world.truth.planted
    assert planted.unit == LOG_RATE_SD
    assert planted.reference_shift is None
    # A sample's standard deviation, of about 800 families: 4 standard errors, and sizes that differ.
    assert planted.achieved == pytest.approx(0.5, rel=4 * np.sqrt(1.3 / (2 * 800)))
    with pytest.raises(ScsError, match="up to 2; 3 was asked"):
        simulate(WorldSettings(n_people=300, decoys={"family_correlation": 3.0}))
