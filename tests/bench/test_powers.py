import numpy as np
import pytest

from scs_ml.bench.powers import Power, best_test, powers
from scs_ml.bench.shares import share
from tests.bench.fabricated import hundred_nulls_and_ten_wrongs


def test_the_best_test_standardises_on_every_second_null_world_and_thresholds_on_the_others():
    null = np.array([True] * 80 + [False] * 3)
    values = np.zeros((83, 1))
    values[:80:2, 0] = np.tile(
        [-1.0, 1.0], 20
    )  # first half: mean 0, and a spread that scales both sides alike
    values[1:80:2, 0] = np.arange(40)  # second half: 0..39
    values[80:, 0] = (37.9, 38.0, 38.1)
    # the 39th of 40 (ceil of .95 * 41), which is 38, must be exceeded
    assert best_test(values, null)[80:].tolist() == [False, False, True]


def test_the_best_of_several_statistics_counts():
    rng = np.random.default_rng(0)
    null = np.array([True] * 400 + [False] * 2)
    values = rng.normal(size=(402, 2)) * [1.0, 100.0]
    values[400:] = [[9.0, 0.0], [0.0, 900.0]]
    found = best_test(values, null)
    assert found[400:].all()
    assert found[1:400:2].mean() <= 0.05


def test_an_exact_remainder_is_found_however_small():
    null = np.array([True] * 40 + [False] * 2)
    values = np.append(np.zeros(40), [0.01, 0.0])[:, None]
    assert best_test(values, null).tolist() == [False] * 40 + [True, False]


def test_power_stands_beside_the_limit():
    results = hundred_nulls_and_ten_wrongs()
    found = powers(results["worlds"], results["statistics"])
    assert [each.arm for each in found] == ["table", "ledger", "answers"]
    for each in found:
        assert (each.found.count, each.found.n) == (9, 10)
        assert each.limit is not None and each.limit.value == 1.0
        assert each.proof == each.limit
        assert each.ratio == pytest.approx(0.9)
        assert each.met is False  # .95 is asked wherever the limit is .97


def test_a_world_that_shows_no_statistic_is_not_found_by_the_limit():
    results = hundred_nulls_and_ten_wrongs()
    worlds, statistics = results["worlds"], results["statistics"]
    silent = worlds.loc[worlds["kind"] == "mechanism", "id"].drop_duplicates().iloc[:4]
    for each in powers(worlds, statistics[~statistics["id"].isin(silent)]):
        assert (each.limit.count, each.limit.n) == (6, 10)


def test_without_null_worlds_there_is_no_limit():
    results = hundred_nulls_and_ten_wrongs()
    worlds = results["worlds"]
    ids = set(worlds.loc[worlds["kind"] == "mechanism", "id"])
    few = powers(worlds[worlds["id"].isin(ids)], results["statistics"][results["statistics"]["id"].isin(ids)])
    assert all(each.limit is None and each.met is None and each.ratio is None for each in few)


@pytest.mark.parametrize(
    "found, limit, met", [(9, 10, False), (10, 10, True), (45, 50, True), (44, 50, False), (0, 0, True)]
)
def test_what_is_asked_of_a_power(found, limit, met):
    of = max(limit, 10) if limit != 50 else 55
    shares = [share([True] * n + [False] * (of - n)) for n in (found, limit)]
    assert Power("direct_use", 0.1, 2_000, "table", *shares, None).met is met
