import numpy as np

from scs_ml.forecast import rank_ranges
from scs_ml.inference import paired_difference


def losses(n, rng, **means):
    shared = rng.gamma(2, 0.05, n)
    return {name: shared + mean + rng.normal(0, 0.02, n) for name, mean in means.items()}


def test_ranks_that_can_be_told_apart_and_ties():
    rng = np.random.default_rng(0)
    found = rank_ranges(losses(2000, rng, a=0.100, b=0.100, c=0.2, d=0.3))
    assert found == {"a": (1, 2), "b": (1, 2), "c": (3, 3), "d": (4, 4)}


def test_a_chain_of_ties_gives_overlapping_ranges():
    # Between neighbours nothing can be told; between the first and the last it can.
    first = np.random.default_rng(1).random(100)
    noise = np.where(np.arange(100) % 2, 1.0, -1.0)
    found = rank_ranges({"a": first, "b": first + 0.1 + noise, "c": first + 0.2})
    assert found == {"a": (1, 2), "b": (1, 3), "c": (2, 3)}


def test_nobody_is_called_better_too_often():
    # Four equally good forecasts in families: some pair is told apart in at most 5 % of the draws.
    rng = np.random.default_rng(2)
    wrong, draws = 0, 300
    family = np.repeat(np.arange(50), 3)
    for _ in range(draws):
        noise = {name: rng.normal(size=50)[family] + rng.normal(size=150) for name in "abcd"}
        wrong += any(found != (1, 4) for found in rank_ranges(noise, family).values())
    assert wrong / draws <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)


def test_few_periods_with_shocks_tell_less_than_their_people_seem_to():
    rng = np.random.default_rng(3)
    period = np.repeat(np.arange(4), 500)
    first = rng.normal(size=2000)
    second = first + 0.3 + rng.normal(0, 0.5, 4)[period] + rng.normal(size=2000)
    by_people = rank_ranges({"a": first, "b": second})
    by_period = rank_ranges({"a": first, "b": second}, None, period)
    assert by_people == {"a": (1, 1), "b": (2, 2)}
    assert by_period == {"a": (1, 2), "b": (1, 2)}
    assert paired_difference(first, second, None, period).df < 4


def test_the_same_losses_and_a_single_cluster_are_ties():
    loss = np.random.default_rng(4).random(20)
    assert rank_ranges({"a": loss, "b": loss}) == {"a": (1, 2), "b": (1, 2)}
    assert rank_ranges({"a": loss, "b": loss + 1}, np.zeros(20)) == {"a": (1, 2), "b": (1, 2)}
    assert rank_ranges({"a": loss}) == {"a": (1, 1)}
