"""Figures against the metrics they must equal, and intervals against people whose truth is known."""

import numpy as np
import pytest
from scipy import stats

from benchmarks.score_coverage import Population
from scs_ml.forecast import score_figures, skill_estimate, skill_interval
from scs_ml.metrics import (
    brier_rows,
    expected_calibration_error,
    log_loss_rows,
    macro_mae,
    median_category,
    ordinal_auc,
    quadratic_weighted_kappa,
    ranked_probability_score,
    rps_skill,
)

NAMES = ["rps", "rps_skill", "log_loss", "brier", "macro_mae", "auc", "ece_0", "ece_1", "ece_2", "qwk"]


@pytest.fixture(scope="module")
def people():
    y, p, family = Population(shift=0.3).draw(900, np.random.default_rng(1))
    reference = ranked_probability_score(y, np.tile(np.bincount(y, minlength=4) / len(y), (len(y), 1)))
    return y, p, family, reference


@pytest.fixture(scope="module")
def figures(people):
    y, p, family, reference = people
    return score_figures(y, p, family, reference_rps=reference)


def test_every_value_is_the_metric_s_and_qwk_comes_last(people, figures):
    y, p, _, reference = people
    median, rps = median_category(p), ranked_probability_score(y, p)
    ece = expected_calibration_error(y, p)
    expected = [
        rps.mean(),
        rps_skill(rps, reference),
        log_loss_rows(y, p).mean(),
        brier_rows(y, p).mean(),
        macro_mae(y, median, 4),
        ordinal_auc(y, p @ np.arange(4), 4),
        *ece,
        quadratic_weighted_kappa(y, median, 4),
    ]
    assert list(figures) == NAMES
    assert [each.value for each in figures.values()] == pytest.approx(expected)
    for each in figures.values():
        assert each.low <= each.value <= each.high


def test_skill_needs_a_reference(people):
    y, p, family, _ = people
    assert list(score_figures(y, p, family)) == [name for name in NAMES if name != "rps_skill"]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("ece")])
def test_intervals_are_those_of_leaving_out_one_family_at_a_time(people, figures, name):
    """The jackknife over families, an independent road to the same standard error."""
    y, p, family, reference = people
    families = np.unique(family)
    values = []
    for each in families:
        kept = family != each
        values.append(_value(name, y[kept], p[kept], reference[kept]))
    g = len(families)
    spread = np.sqrt((g - 1) / g * ((values - np.mean(values)) ** 2).sum())
    figure = figures[name]
    half = (figure.high - figure.low) / 2
    assert half == pytest.approx(stats.t.isf(0.025, g - 1) * spread, rel=0.08)


def _value(name, y, p, reference):
    median, rps = median_category(p), ranked_probability_score(y, p)
    return {
        "rps": rps.mean,
        "rps_skill": lambda: rps_skill(rps, reference),
        "log_loss": lambda: log_loss_rows(y, p).mean(),
        "brier": lambda: brier_rows(y, p).mean(),
        "macro_mae": lambda: macro_mae(y, median, 4),
        "auc": lambda: ordinal_auc(y, p @ np.arange(4), 4),
        "qwk": lambda: quadratic_weighted_kappa(y, median, 4),
    }[name]()


def test_copies_of_a_family_s_rows_widen_nothing_and_narrow_nothing(people):
    y, p, _, reference = people
    once = score_figures(y, p, np.arange(len(y)), reference_rps=reference)
    copies = score_figures(
        *(np.repeat(each, 3, axis=0) for each in (y, p, np.arange(len(y)))),
        reference_rps=np.repeat(reference, 3),
    )
    for name in NAMES:
        if not name.startswith("ece"):
            assert copies[name].low == pytest.approx(once[name].low)
            assert copies[name].high == pytest.approx(once[name].high)


def test_the_area_without_clusters_has_delong_s_standard_error():
    rng = np.random.default_rng(5)
    y = np.repeat([0, 1], [60, 90])
    up = np.clip(0.5 + 0.15 * (2 * y - 1) + rng.normal(0, 0.2, 150), 0.01, 0.99)
    figure = score_figures(y, np.column_stack([1 - up, up]))["auc"]
    below = (up[y == 1][:, None] > up[y == 0]).astype(float)  # no ties
    auc = below.mean()
    delong = np.sqrt(below.mean(axis=1).var(ddof=1) / 90 + below.mean(axis=0).var(ddof=1) / 60)
    half = (np.log(figure.high / (1 - figure.high)) - np.log(figure.low / (1 - figure.low))) / 2
    assert figure.value == pytest.approx(auc)
    # A little more, for the two people that each category is given beside its own.
    ratio = half / (stats.norm.isf(0.025) * delong / (auc * (1 - auc)))
    assert 1 < ratio < 1.03


def test_where_nothing_varies_there_is_no_interval():
    sure = score_figures([0, 1, 2], np.eye(3))
    for name in ("rps", "brier", "macro_mae", "auc", "qwk"):
        assert np.isnan([sure[name].low, sure[name].high]).all()
    assert (sure["auc"].value, sure["qwk"].value, sure["rps"].value) == (1, 1, 0)
    alike = score_figures([1, 1], [[0.2, 0.8]] * 2)
    assert np.isnan(alike["auc"].value)
    assert np.isnan(alike["qwk"].low)


def test_three_rows_cannot_deny_any_calibration_error():
    few = score_figures([0, 1, 0], [[0.1, 0.9]] * 3)["ece_0"]
    assert few.value == pytest.approx(0.9 - 1 / 3)
    assert (few.low, few.high) == (0, 1)


def test_miscalibration_of_many_is_shown():
    rng = np.random.default_rng(0)
    event = rng.random(4000) < 0.3
    forecast = np.full(4000, 0.5)
    figure = score_figures(event.astype(int), np.column_stack([1 - forecast, forecast]))["ece_0"]
    assert 0.15 < figure.low < 0.2 < figure.high < 0.25


def test_no_row_has_no_figure():
    none = score_figures([], np.empty((0, 3)), reference_rps=[])
    assert np.isnan([each.value for each in none.values()]).all()


def test_skill_of_parts_is_the_skill_of_each_alone(people):
    y, p, family, reference = people
    rps, mask = ranked_probability_score(y, p), np.arange(len(y)) % 3 == 0
    both = skill_estimate(rps, reference, family, mask, ~mask)
    assert both.value[0] == pytest.approx(rps_skill(rps[mask], reference[mask]))
    low, high = skill_interval(rps[~mask], reference[~mask], family[~mask])
    half = stats.t.isf(0.025, both.df[1]) * both.se[1]
    assert (both.value[1] - half, both.value[1] + half) == pytest.approx((low, high))
    undefined = skill_estimate(rps, np.zeros(len(y)), family)
    assert np.isnan([undefined.value[0], undefined.se[0]]).all()


def test_intervals_cover_the_truth():
    """A short version of benchmarks/score_coverage.py."""
    rng = np.random.default_rng(20261124)
    y, p, _ = Population(shift=0.3).draw(300_000, rng)
    shares = np.bincount(y, minlength=4) / len(y)

    def figures(y, p, family):
        reference = ranked_probability_score(y, np.tile(shares, (len(y), 1)))
        return score_figures(y, p, family, reference_rps=reference)

    truth = {name: each.value for name, each in figures(y, p, None).items()}
    draws, hits = 200, dict.fromkeys(NAMES, 0)
    for _ in range(draws):
        for name, each in figures(*Population(shift=0.3).draw(300, rng)).items():
            hits[name] += each.low <= truth[name] <= each.high
    least = 0.95 - 4 * np.sqrt(0.95 * 0.05 / draws)
    assert {name: hit / draws for name, hit in hits.items() if hit / draws < least} == {}
