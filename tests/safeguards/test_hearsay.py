"""Suggestion 2: three informants or nothing, and nobody for more than a third."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.core import GateRecord
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import bounded_sums, gate_hearsay

COUNTS = st.lists(st.integers(1, 40), min_size=1, max_size=8)


def one_person(said):
    """Bound what informants 0, 1, ... say of one person."""
    n = len(said)
    return bounded_sums(np.zeros(n, dtype=np.int64), np.arange(n), np.array(said, dtype=float), 1)


@pytest.mark.parametrize(
    "said, counted, largest",
    [
        ([5], 0, 0),
        ([5, 5], 0, 0),
        ([1, 1, 1], 3, 1),
        ([4, 1, 1], 3, 1),
        ([9, 3, 1], 3, 1),
        ([9, 2, 2, 2], 9, 3),  # 3/2 * 6
        ([6, 6, 1, 1], 6, 2),  # 3 * 2
        ([2, 2, 1, 1], 6, 2),  # nobody says more than a third
    ],
)
def test_bound_by_hand(said, counted, largest):
    found = one_person(said)
    assert found.counted[0] == pytest.approx(counted)
    assert found.largest_counted[0] == pytest.approx(largest)
    assert (found.informants[0], found.total[0], found.largest[0]) == (len(said), sum(said), max(said))


@given(COUNTS)
def test_nobody_gives_more_than_a_third_and_the_cap_is_the_largest_that_holds(said):
    found = one_person(said)
    counted, cap = found.counted[0], found.largest_counted[0]
    a = np.array(said, dtype=float)
    assert counted <= a.sum() + 1e-9
    if len(said) < 3:
        assert counted == 0
        return
    assert np.minimum(a, cap).sum() == pytest.approx(counted)
    assert cap <= counted / 3 + 1e-9
    higher = cap * 1.01
    assert cap == a.max() or higher > np.minimum(a, higher).sum() / 3, "a higher cap would give one too much"


@given(COUNTS, st.integers(1, 10**6))
def test_whatever_one_informant_says_the_others_bound_it(said, shouted):
    others = float(sum(said))
    assert one_person([*said, shouted]).counted[0] <= 1.5 * others + 1e-6


def test_repeating_oneself_or_taking_back_makes_no_informant():
    row, who = np.zeros(5, dtype=np.int64), np.array([3, 3, 3, 4, 5])
    assert bounded_sums(row, who, np.ones(5), 1).informants[0] == 3
    taken_back = bounded_sums(row, who, np.array([1.0, 1.0, 1.0, 1.0, -1.0]), 1)
    assert (taken_back.informants[0], taken_back.counted[0]) == (2, 0), "who takes back says nothing"


def test_rows_are_bounded_apart_and_a_row_without_events_has_none():
    found = bounded_sums(np.array([2, 2, 2, 0]), np.array([0, 1, 2, 0]), np.ones(4), 4)
    assert found.counted.tolist() == [0, 0, 3, 0]
    assert found.informants.tolist() == [1, 0, 3, 0]


def test_hearsay_that_nobody_weighed_is_refused_where_people_are_real(on_basis, two_people):
    scheme = on_basis("benchmark")
    with pytest.raises(SafeguardError, match="informant_reports") as refused:
        gate_hearsay(scheme, two_people)
    assert refused.value.rule == "hearsay"
    # A record of a breach is no weighing, and neither is one of another column.
    for outcome, column in (("recorded", "informant_reports"), ("kept", "unpaid_debts")):
        with pytest.raises(SafeguardError):
            gate_hearsay(scheme, replace(two_people, gates=(GateRecord("hearsay", outcome, "", (column,)),)))
    weighed = GateRecord("hearsay", "left out", "", ("informant_reports",))
    gate_hearsay(scheme, replace(two_people, gates=(weighed,)))


def test_a_world_and_what_exists_already_are_not_refused(on_basis, two_people):
    gate_hearsay(on_basis("synthetic"), two_people)
    gate_hearsay(on_basis("audit"), two_people, existing=True)
