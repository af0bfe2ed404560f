"""Neighbours reported by a few informants for what nobody did."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds import Planted
from scs_ml.worlds.mechanisms.malicious_informant import malicious_informants
from scs_ml.worlds.streams import Streams


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("malicious_informant", 0.2),))


def false_reports(world):
    return world.ledger[(world.truth.events["mechanism"] == "malicious_informant").to_numpy()]


def test_one_informant_in_ten_is_malicious():
    for seed in range(5):
        malicious = malicious_informants(Streams(seed))
        assert malicious.shape == (20, 8)
        assert malicious.sum() == 16
    assert (malicious_informants(Streams(0)) != malicious_informants(Streams(1))).any()


def test_only_newcomers_are_reported_and_only_by_the_malicious_of_their_district(world):
    reports = false_reports(world)
    table = world.table.drop_duplicates("person").set_index("person").reindex(reports["subject"])
    assert set(reports["rule"]) == {"informant_reports"}
    assert set(reports["points"]) == {-25.0}
    assert set(table["registration"]) == {"newcomer"}
    district, seat = np.nonzero(malicious_informants(Streams(0)))
    names = {f"informant-d{d + 1:02d}-{s + 1}" for d, s in zip(district, seat, strict=True)}
    assert set(reports["informant"]) <= names
    assert (reports["informant"].str[10:13].to_numpy() == table["district"].to_numpy()).all()
    assert not reports.duplicated(["subject", "period", "informant"]).any()


def test_locals_are_untouched(world, null_world):
    local = world.table["registration"] == "local"
    assert world.table[local].equals(null_world.table[local])
    assert world.truth.planted[0].reference_shift == 0


def test_honest_reports_keep_their_informant(world, null_world):
    honest = world.ledger.drop(false_reports(world).index).reset_index(drop=True)
    assert honest["informant"].equals(null_world.ledger["informant"])


@pytest.mark.parametrize("group", [(("minority", "yes"),), (("minority", "yes"), ("sex", "female"))])
def test_another_group_can_be_chosen(simulated, group):
    world = simulated(n_people=5000, mechanisms=(("malicious_informant", Planted(0.2, group)),))
    table = world.table.drop_duplicates("person").set_index("person")
    reported = table.reindex(false_reports(world)["subject"])
    for name, value in group:
        assert set(reported[name]) == {value}
    assert world.truth.planted[0].group == group
    assert world.truth.planted[0].achieved == pytest.approx(0.2, rel=0.1)
