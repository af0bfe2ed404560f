"""Who lives where."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds.population import CONCENTRATED, DISTRICTS, populate
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
