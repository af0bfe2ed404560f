"""Who lives where."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds.population import CONCENTRATED, DISTRICTS, GROUP_VALUES, minority_shares, populate
from scs_ml.worlds.streams import Streams

N, QUARTERS = 20_000, 16


@pytest.fixture(scope="module")
def population():
    return populate(Streams(0), N, QUARTERS)


def test_families_have_one_to_six_members_who_share_home_origin_and_registration(population):
    sizes = np.bincount(population.family)
    assert sizes.min() >= 1
    assert sizes.max() == 6
    for values in (
        population.district,
        population.attributes["minority"],
        population.attributes["registration"],
    ):
        shared = np.unique(np.stack([population.family, np.unique(values, return_inverse=True)[1]]), axis=1)
        assert shared.shape[1] == len(sizes)


@pytest.mark.parametrize(
    "group, share",
    [
        (("minority", "yes"), 0.12),
        (("registration", "newcomer"), 0.18),
        (("sex", "female"), 0.5),
        (("age_group", "under 30"), 0.24),
        (("age_group", "30 to 59"), 0.52),
        (("age_group", "60 and over"), 0.24),
        (("illness", "yes"), 0.08),
        (("disaster", "yes"), 0.01),
    ],
)
def test_groups_have_the_shares_they_should(population, group, share):
    # Families (mean size 2.9) share origin, episodes last: 4 standard errors of a sample a tenth as large.
    margin = 4 * np.sqrt(share * (1 - share) / (N / 10))
    if group[0] == "disaster":
        margin = 4 * np.sqrt(share * (1 - share) / (len(DISTRICTS) * QUARTERS))
    assert abs(population.members((group,)).mean() - share) < margin


@pytest.mark.parametrize("share", [0.02, 0.2, 0.3, 0.5])
def test_shares_are_those_asked_for(share):
    asked = dict.fromkeys(("minority", "registration", "sex", "age_group", "illness"), share)
    population = populate(Streams(1), N, QUARTERS, shares=asked)
    for name in asked:
        members = population.members(((name, GROUP_VALUES[name][0]),))
        # As above: 4 standard errors of a sample a tenth as large.
        assert abs(members.mean() - share) < 4 * np.sqrt(share * (1 - share) / (N / 10))
    age = population.attributes["age_group"]
    expected = (1 - share) * 0.24 / 0.76
    assert abs((age == "60 and over").mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / N)


@pytest.mark.parametrize(
    "overall, concentrated, elsewhere",
    [(0.12, 0.48, 0.03), (0.06, 0.24, 0.015), (0.5, 0.95, 0.3875), (0.3, 0.95, 0.1375)],
)
def test_the_minority_stays_segregated_at_any_share(overall, concentrated, elsewhere):
    # A fifth of the districts are the minority's: .2 * concentrated + .8 * elsewhere = overall.
    assert minority_shares(overall) == pytest.approx((concentrated, elsewhere))


def test_a_share_leaves_the_other_attributes_as_they_were(population):
    other = populate(Streams(0), N, QUARTERS, shares={"minority": 0.3})
    np.testing.assert_array_equal(other.family, population.family)
    assert (other.attributes["minority"] == "yes")[population.attributes["minority"] == "yes"].all()
    for name in ("registration", "sex", "age_group"):
        np.testing.assert_array_equal(other.attributes[name], population.attributes[name])
    np.testing.assert_array_equal(other.situations["illness"], population.situations["illness"])


def test_the_minority_lives_apart(population):
    minority = population.attributes["minority"] == "yes"
    assert 0.74 < np.isin(population.district[minority], CONCENTRATED).mean() < 0.86
    assert 0.17 < np.isin(population.district, CONCENTRATED).mean() < 0.23


def test_illness_lasts(population):
    ill = population.situations["illness"]
    still = (ill[:, 1:] & ill[:, :-1]).sum() / ill[:, :-1].sum()
    assert abs(still - 0.95) < 0.01
    np.testing.assert_allclose(ill[:, 0].mean(), ill[:, -1].mean(), atol=0.012)


def test_a_disaster_strikes_a_whole_district(population):
    struck = population.situations["disaster"]
    for district in range(len(DISTRICTS)):
        of_one = struck[population.district == district]
        assert (of_one == of_one[0]).all()


def test_more_people_leave_the_earlier_ones_as_they_were(population):
    few = populate(Streams(0), 501, QUARTERS)
    np.testing.assert_array_equal(few.family, population.family[:501])
    np.testing.assert_array_equal(few.district, population.district[:501])
    for name, values in few.attributes.items():
        np.testing.assert_array_equal(values, population.attributes[name][:501])
    for name, holds in few.situations.items():
        np.testing.assert_array_equal(holds, population.situations[name][:501])


def test_members_of_an_intersection(population):
    both = population.members((("sex", "female"), ("illness", "no")))
    expected = (population.attributes["sex"] == "female")[:, None] & ~population.situations["illness"]
    np.testing.assert_array_equal(both, expected)


@pytest.mark.parametrize("group", [(("creed", "any"),), (("illness", "maybe"),), (("sex", "x"),), ()])
def test_an_unknown_group_is_refused(population, group):
    with pytest.raises(ScsError, match="no group"):
        population.members(group)
