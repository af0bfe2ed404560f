from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scs_ml.audit.coincidences.entries import read
from scs_ml.audit.coincidences.excess import excess
from scs_ml.audit.coincidences.pairs import REACH, Coincidence, Partition, Tally
from tests.audit.cases import dataset
from tests.audit.town import town

entry = st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 6), st.integers(0, 2))


@settings(max_examples=60, deadline=None)
@given(st.lists(entry, min_size=1, max_size=25))
def test_partners_are_those_that_a_double_loop_finds(rows):
    person, rule, period, group = (np.array(x, dtype=np.int64) for x in zip(*rows, strict=True))
    family = person // 2
    pairs = Coincidence(
        wide=Partition.of(family * 2 + rule, period),
        narrow=Partition.of(person * 2 + rule, period),
        unit=family,
        n_units=2,
        stratum=rule,
        n_strata=2,
    )
    same, apart = pairs.partners(group == 0, group == 1)
    value = np.where(group == 0, 0.5, np.where(group == 1, 1.0, 0.0))
    for i in range(len(rows)):
        related = (family == family[i]) & (rule == rule[i]) & (person != person[i])
        lag = np.abs(period - period[i])
        assert same[i] == pytest.approx(value[related & (lag == 0)].sum())
        assert apart[i] == pytest.approx(value[related & (lag > 0) & (lag <= REACH)].sum())
    charged = np.where(group == 0, 10.0, 0.0)
    tally = pairs.tally(charged, same, apart)
    assert tally.same.sum() == pytest.approx((charged * same).sum())
    assert tally.same[1, 0] == pytest.approx((charged * same)[(family == 1) & (rule == 0)].sum())


def test_an_entry_is_no_pair_with_itself():
    """Two like entries in period 0, one in period 1: of the first, one partner in the period, one apart."""
    period = np.array([0, 0, 1])
    nobody = np.zeros(3, dtype=bool)
    zero = np.zeros(3, dtype=np.int64)
    pairs = Coincidence(Partition.of(zero, period), None, zero, 1, zero, 1)
    same, apart = pairs.partners(~nobody, nobody)
    assert same.tolist() == [0.5, 0.5, 0.0]
    assert apart.tolist() == [0.5, 0.5, 1.0]


def tallies(seen, ratio=0.5, units=40):
    """Groups of 40 units: each with 10 points of pairs apart, and `seen` in one period."""
    rng = np.random.default_rng(0)
    same = rng.poisson(10 * ratio, (units, 1)).astype(float)
    same *= 10 * ratio * units / same.sum()
    apart = np.full((units, 1), 10.0)
    zero = np.zeros((units, 1))
    group = Tally(np.vstack([same * seen / ratio, zero]), np.vstack([apart, zero]))
    return group, Tally(np.vstack([zero, same * 3]), np.vstack([zero, apart * 3]))


def test_excess_is_the_difference_of_ratios_in_points():
    found = excess(*tallies(0.8))
    assert (found.seen, found.expected) == (pytest.approx(320), pytest.approx(200))
    assert found.value == pytest.approx(120)
    assert found.by_stratum.tolist() == [pytest.approx(120)]
    assert found.z > 2
    low, high = found.limits(1.96)
    assert 0 < low < 120 < high


def test_limits_touch_zero_at_the_statistic_itself():
    for seen in (0.3, 0.8):
        found = excess(*tallies(seen))
        limits = found.limits(abs(found.z))
        assert limits[0 if seen > 0.5 else 1] == pytest.approx(0, abs=1e-6)
    assert excess(*tallies(0.5)).z == 0.0


def test_nothing_seen_is_less_than_expected_and_nothing_to_compare_is_undefined():
    found = excess(*tallies(0.0))
    assert found.z < -2
    assert found.limits(1.96)[0] == pytest.approx(-200)
    group, reference = tallies(0.5)
    assert excess(group, replace(reference, same=reference.same * 0)) is None
    assert excess(group, replace(reference, apart=reference.apart * 0)) is None


def test_false_alarms_in_the_far_tail_keep_their_rate():
    """Poisson pairs in one period and apart, of units as unequal as people are: 4,000 draws at .005."""
    rng = np.random.default_rng(5)
    alarms, draws, level = 0, 4_000, 0.005
    for _ in range(draws):
        rate = rng.gamma(0.7, 1 / 0.7, 400)[:, None] ** 2 * 0.15
        group = np.arange(400)[:, None] < 60
        same, apart = rng.poisson(rate), rng.poisson(6 * rate)
        found = excess(Tally(same * group, apart * group), Tally(same * ~group, apart * ~group))
        alarms += found is not None and found.z > 2.5758
    assert alarms / draws < level + 3 * np.sqrt(level * (1 - level) / draws)


def test_situations_are_read_from_the_panel_where_the_ledger_names_none():
    of = town()
    people = len(of.dataset)
    ill = pd.DataFrame({"illness": np.arange(people) < 600})
    without = read(replace(of, dataset=replace(of.dataset, situations=ill)))
    struck = (of.ledger.events["period"] == 0) & of.ledger.events["subject"].isin(of.dataset.subject[:600])
    assert len(without.entries) == len(of.ledger.events) - struck.sum()


def test_a_case_is_read_once_and_another_anew():
    of = town()
    assert read(of) is read(of)
    assert read(replace(of, ledger=None)) is None
    empty = replace(of.ledger, events=of.ledger.events.iloc[:0])
    assert len(read(replace(of, ledger=empty)).entries) == 0
    assert dataset(1).area is None


def test_a_ledger_without_entries_is_read_beside_situations():
    of = town()
    ill = pd.DataFrame({"illness": np.arange(len(of.dataset)) < 600})
    empty = replace(of.ledger, events=of.ledger.events.iloc[:0])
    found = read(replace(of, ledger=empty, dataset=replace(of.dataset, situations=ill)))
    assert len(found.entries) == 0
