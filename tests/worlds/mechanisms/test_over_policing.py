"""What patrols see of one group and overlook in others."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds import Planted
from scs_ml.worlds.conduct import act_rates
from scs_ml.worlds.population import populate
from scs_ml.worlds.streams import Streams
from tests.worlds.looking import entries, people


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("over_policing", 0.2),))


def test_the_acts_happened_and_no_entry_shows_the_wrong(world):
    made = entries(world, "over_policing")
    assert world.truth.events.loc[made.index, "happened"].all()
    assert set(made["rule"]) == {"disorder_reports"}
    assert set(made["points"]) == {-35.0}
    assert set(people(world)["minority"].reindex(made["subject"])) == {"yes"}
    assert world.truth.planted[0].reference_shift == 0


def test_more_is_recorded_of_those_who_do_more(simulated):
    world = simulated(n_people=20_000, n_periods=1, mechanisms=(("over_policing", 0.3),))
    made = entries(world, "over_policing")
    population = populate(Streams(0), 20_000, 9)
    rate = act_rates(Streams(0), population)["disorder_reports"].sum(axis=1)
    minority = population.attributes["minority"] == "yes"
    numbers = made["subject"].str[1:].astype(int).to_numpy() - 1
    counts = np.bincount(numbers, minlength=20_000)[minority]
    expected = rate[minority] * counts.sum() / rate[minority].sum()
    # A Poisson count whose mean is in proportion to the rate: its deviance in standard deviations.
    half = rate[minority] > np.median(rate[minority])
    for part in (half, ~half):
        assert abs(counts[part].sum() - expected[part].sum()) < 4 * np.sqrt(expected[part].sum())


def test_more_strength_adds_to_the_same_reports(simulated):
    weak, strong = (simulated(mechanisms=(("over_policing", s),)) for s in (0.1, 0.2))
    assert set(weak.ledger["event"]) < set(strong.ledger["event"])


def test_another_group_can_be_chosen(simulated):
    group = (("registration", "newcomer"),)
    world = simulated(mechanisms=(("over_policing", Planted(0.2, group)),))
    reported = people(world)["registration"].reindex(entries(world, "over_policing")["subject"])
    assert set(reported) == {"newcomer"}
