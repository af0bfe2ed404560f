"""Illness taken for drunkenness."""

from __future__ import annotations

import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import Planted, WorldSettings, simulate


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("illness_misread", 0.2),))


def test_false_reports_fall_in_quarters_of_illness_at_most_one_each(world):
    made = (world.truth.events["mechanism"] == "illness_misread").to_numpy()
    reports = world.ledger[made]
    assert set(reports["rule"]) == {"disorder_reports"}
    assert set(reports["points"]) == {-35.0}
    assert set(reports["situation"]) == {"illness"}
    assert not reports.duplicated(["subject", "period"]).any()


def test_a_report_outlasts_the_illness(world):
    wronged = world.truth.wronged["illness_misread"].to_numpy()
    assert wronged[~world.table["illness"].to_numpy()].any()
    planted = world.truth.planted[0]
    assert 0 < planted.reference_shift < planted.achieved / 10


def test_the_reports_are_counted_by_the_indicator(world, null_world):
    more = world.table["disorder_reports"] - null_world.table["disorder_reports"]
    assert (more > 0).equals(world.truth.wronged["illness_misread"])
    assert world.table["informant_reports"].equals(null_world.table["informant_reports"])


def test_more_strength_adds_to_the_same_reports(simulated):
    weak, strong = (simulated(mechanisms=(("illness_misread", s),)) for s in (0.1, 0.2))
    assert set(weak.ledger["event"]) < set(strong.ledger["event"])


def test_another_group_is_refused():
    with pytest.raises(ScsError, match="illness=yes"):
        simulate(
            WorldSettings(n_people=300, mechanisms={"illness_misread": Planted(0.1, (("sex", "female"),))})
        )
