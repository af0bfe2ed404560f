from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds.experiment.intervals import jackknife_interval, percentile_interval, t_interval, within
from scs_ml.worlds.experiment.spells import mean_duration, share_over, spell_sums

INSIDE = np.array(
    [
        [1, 1, 0, 0, 0],  # under way at the start, ends after 2
        [0, 1, 0, 1, 1],  # one ends after 1; one is cut off after 2
        [0, 0, 1, 1, 0],  # ends after 2
        [1, 1, 1, 1, 1],  # never ends
    ],
    dtype=bool,
)
EVERYONE = np.ones((1, 4), dtype=bool)


def test_ends_and_spells_at_risk_by_hand():
    sums = spell_sums(INSIDE, EVERYONE, first_counts=False)
    assert sums[0, 0].tolist() == [1, 1, 0, 0]
    assert sums[1, 0].tolist() == [3, 1, 0, 0]
    sums = spell_sums(INSIDE, EVERYONE, first_counts=True)
    assert sums[0, 0].tolist() == [1, 2, 0, 0]
    assert sums[1, 0].tolist() == [5, 3, 1, 1]


def test_groups_add_up_to_everyone():
    rng = np.random.default_rng(0)
    inside, first = rng.random((200, 9)) < 0.6, rng.random(200) < 0.3
    parts = spell_sums(inside, np.stack([first, ~first]), first_counts=True)
    whole = spell_sums(inside, np.ones((1, 200), dtype=bool), first_counts=True)
    assert (parts.sum(axis=1) == whole[:, 0]).all()


def test_kaplan_meier_by_hand():
    over = share_over(spell_sums(INSIDE, EVERYONE, first_counts=True))[0]
    assert over == pytest.approx([1 / 5, 1 - 4 / 5 / 3, 1 - 4 / 15, 1 - 4 / 15])
    assert mean_duration(spell_sums(INSIDE, EVERYONE, first_counts=True))[0] == pytest.approx(
        1 + 4 / 5 + 3 * 4 / 15
    )


def test_nobody_at_risk_is_not_known_unless_all_spells_are_over():
    assert np.isnan(share_over(np.zeros((2, 3)))).all()
    sums = np.array([[2.0, 0.0], [2.0, 0.0]])
    assert share_over(sums).tolist() == [1, 1] and mean_duration(sums) == 1


def test_survival_of_geometric_spells_is_found_in_spite_of_the_cut():
    rng = np.random.default_rng(1)
    inside = np.zeros((40_000, 8), dtype=bool)
    inside[:, 0] = True
    for p in range(1, 8):
        inside[:, p] = inside[:, p - 1] & (rng.random(40_000) < 0.7)
    over = share_over(spell_sums(inside, np.ones((1, 40_000), dtype=bool), first_counts=True))[0]
    assert over == pytest.approx(1 - 0.7 ** np.arange(1, 8), abs=0.01)


def test_the_jackknife_of_a_mean_is_students_interval():
    values = np.random.default_rng(2).normal(size=(12, 3))
    sums = np.stack([values, np.ones_like(values)], axis=1)
    for ours, theirs in zip(t_interval(values), jackknife_interval(lambda s: s[0] / s[1], sums), strict=True):
        assert ours == pytest.approx(theirs)


def test_students_interval_covers_over_replicates():
    """2,000 experiments of 20 skewed replicates: 95 % less what skewness costs; binomial margin of 3 SE."""
    rng = np.random.default_rng(3)
    for draw, least in ((rng.normal(1, 2, (20, 2000)), 0.95), (rng.gamma(4, 0.25, (20, 2000)), 0.935)):
        _, low, high = t_interval(draw)
        covered = ((low <= 1) & (high >= 1)).mean()
        assert least - 3 * np.sqrt(0.05 * 0.95 / 2000) <= covered <= 0.95 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_the_jackknife_of_a_ratio_covers():
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(500):
        risk = rng.poisson(30, size=(20, 1)).astype(float)
        ends = rng.binomial(risk.astype(int), 0.3).astype(float)
        _, low, high = jackknife_interval(lambda s: s[0] / s[1], np.stack([ends, risk], axis=1))
        covered.append(low[0] <= 0.3 <= high[0])
    assert abs(np.mean(covered) - 0.95) < 3 * np.sqrt(0.05 * 0.95 / 500)


def test_percentiles_stand_around_the_first_draw():
    draws = np.concatenate([[[5.0]], np.arange(101.0)[:, None]])
    assert [float(each[0]) for each in percentile_interval(draws)] == pytest.approx([5.0, 2.5, 97.5])


def test_a_share_is_cut_at_zero_and_one():
    cut = within(t_interval(np.array([0.0, 1.0, 1.0])), 0.0, 1.0)
    assert (cut.low, cut.high) == (0.0, 1.0) and cut.value == pytest.approx(2 / 3)
