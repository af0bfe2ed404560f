"""Points taken for an address."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import Planted, WorldSettings, simulate

MINORITY_DISTRICTS = {"d03", "d08", "d12", "d17"}


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("postcode_proxy", 0.2),))


def test_everyone_in_the_minority_s_districts_loses_the_same_every_quarter(world):
    events = world.ledger[world.ledger["rule"] == "district_adjustment"]
    home = world.table.drop_duplicates("person").set_index("person")["district"]
    residents = home[home.isin(MINORITY_DISTRICTS)]
    assert set(events["subject"]) == set(residents.index)
    assert len(events) == 16 * len(residents)
    assert not events.duplicated(["subject", "period"]).any()
    assert events["points"].nunique() == 1
    assert events["points"].iloc[0] < 0
    assert set(events["indicator"]) == {"district"}
    assert events["informant"].isna().all()


def test_scores_fall_by_eight_quarters_of_it(world):
    points = world.ledger.loc[world.ledger["rule"] == "district_adjustment", "points"].iloc[0]
    resident = world.table["district"].isin(MINORITY_DISTRICTS).to_numpy()
    twin = world.truth.twin["score"].to_numpy()
    expected = np.where(resident, np.maximum(twin + 8 * points, 0), twin)
    # Exact where the twin's limit at 0 did not bite.
    free = twin > 0
    np.testing.assert_array_equal(world.table["score"].to_numpy()[free], expected[free])


def test_indicators_are_the_twin_s(world, null_world):
    columns = ["disorder_reports", "informant_reports", "traffic_violations", "district"]
    assert world.table[columns].equals(null_world.table[columns])


def test_majority_neighbours_are_wronged_with_it_and_dispersed_members_are_not(world):
    wronged = world.truth.wronged["postcode_proxy"].to_numpy()
    minority = (world.table["minority"] == "yes").to_numpy()
    assert wronged[~minority].any()
    assert not wronged[minority].all()
    planted = world.truth.planted[0]
    assert 0 < planted.reference_shift < planted.achieved


def test_another_group_is_refused():
    with pytest.raises(ScsError, match="minority=yes"):
        simulate(
            WorldSettings(n_people=300, mechanisms={"postcode_proxy": Planted(0.1, (("sex", "female"),))})
        )
