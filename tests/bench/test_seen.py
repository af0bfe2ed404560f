import numpy as np
import pandas as pd
import pytest

from scs_ml.bench.seen import coincidences, log_rates


def test_log_rates_is_the_log_ratio_over_its_standard_error():
    # 8 events of 4 people against 4 of 4: log 2; each of independent people: influence (v - m) / total.
    counts = np.array([2.0, 2, 2, 2, 2, 0, 2, 0])
    inside = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])
    terms = [(1.0, counts * inside, inside), (-1.0, counts * (1 - inside), 1 - inside)]
    error = np.sqrt(4 * (1 / 4) ** 2)
    assert log_rates(terms, np.arange(8)) == pytest.approx(np.log(2) / error)


def test_people_of_one_family_count_as_fewer():
    counts = np.array([2.0, 2, 0, 0, 1, 1, 1, 1])
    inside = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])
    terms = [(1.0, counts * inside * 2, inside), (-1.0, counts * (1 - inside), 1 - inside)]
    alone = log_rates(terms, np.arange(8))
    together = log_rates(terms, np.array([0, 0, 1, 1, 2, 2, 3, 3]))
    assert together == pytest.approx(alone / np.sqrt(2))


def test_a_rate_of_nobody_says_nothing():
    assert log_rates([(1.0, np.zeros(3), np.zeros(3))], np.arange(3)) == 0.0


def test_coincidences_count_ties_in_the_same_quarter_and_in_those_near_it():
    target = pd.DataFrame({"period": [5, 5, 9]})
    source = pd.DataFrame({"period": [5, 5, 6, 5, 9]})
    ties = np.array([1, 2, 2]), np.array([1, 1, 1, 2, 3])
    same, near = coincidences(target, source, ties, None)
    assert same.tolist() == [2, 1, 0]
    assert near.tolist() == pytest.approx([1 / 6, 0, 0])


def test_an_entry_is_no_coincidence_with_its_own_person():
    events = pd.DataFrame({"period": [3, 3, 3]})
    family, person = np.array([0, 0, 0]), np.array([0, 0, 1])
    same, _ = coincidences(events, events, (family, family), (person, person))
    assert same.tolist() == [1, 1, 2]
