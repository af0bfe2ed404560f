"""Intervals of metrics of cells."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from benchmarks.cell_coverage import CUTS, SIZES, layout_of, true_cells
from benchmarks.cell_coverage import sample as coverage_sample
from benchmarks.cell_intervals import cluster_index, cluster_weights, ours, population, row_index
from scs_ml.exceptions import ScsError
from scs_ml.inference import cell_bootstrap, confusion_cells
from scs_ml.inference.cell_bootstrap import _intervals
from scs_ml.metrics import cell_accuracy, cell_metrics
from tests.support import ROOT

METRICS = cell_metrics(0)


def sample(seed, sizes=(200, 100), hit=(0.7, 0.6)):
    """Two categories; the forecast is right with the group's probability."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    truth = rng.integers(0, 2, len(group))
    right = rng.random(len(group)) < np.array(hit)[group]
    return truth, np.where(right, truth, 1 - truth), group


def test_values_and_spread_are_those_of_shares():
    truth, guess, group = sample(0)
    result = cell_bootstrap(confusion_cells(truth, guess, group), METRICS, reference=0, replicates=20_000)
    right = truth == guess
    shares = np.array([right[group == g].mean() for g in (0, 1)])
    accuracy, difference = result.metrics["accuracy"], result.differences["accuracy"]
    assert accuracy.value == pytest.approx(shares)
    assert difference.value == pytest.approx([0, shares[1] - shares[0]])
    # Binomial, with a group size that varies by 1 + O(1/n). The SD of an SD over B draws is about
    # 1 / sqrt(2 B) of it.
    se = np.sqrt(shares * (1 - shares) / [200, 100])
    assert accuracy.se == pytest.approx(se, rel=4 / np.sqrt(40_000) + 2 / 100)
    assert difference.se[1] == pytest.approx(np.hypot(*se), rel=4 / np.sqrt(40_000) + 2 / 100)
    assert [x[0] for x in (difference.low, difference.high, difference.se)] == [0, 0, 0]
    # Ends of the interval: the normal quantile, within the grid of shares and the noise of a percentile.
    assert accuracy.low == pytest.approx(shares - 1.96 * se, abs=0.01)
    assert accuracy.high == pytest.approx(shares + 1.96 * se, abs=0.01)
    assert result.groups == (0, 1)
    assert (result.replicates, result.confidence) == (20_000, 0.95)


def test_people_alike_within_clusters_widen_the_interval():
    truth, guess, group = (np.repeat(column, 4) for column in sample(1))
    alone = cell_bootstrap(confusion_cells(truth, guess, group), METRICS).metrics["accuracy"]
    cluster = np.repeat(np.arange(300), 4)
    clustered = cell_bootstrap(confusion_cells(truth, guess, group, cluster=cluster), METRICS)
    # four copies of each person: the standard error is that of the persons, twice as large
    assert clustered.metrics["accuracy"].se / alone.se == pytest.approx(
        [2, 2], rel=4 / np.sqrt(2 * 1000) * 1.5
    )


def test_clusters_across_groups_are_in_the_difference():
    truth, guess, _ = (np.repeat(column, 2) for column in sample(2))
    pairs = np.repeat(np.arange(300), 2)
    # one of each pair in either group, and alike: the groups' accuracies move together
    group = np.tile(["a", "b"], 300)
    cells = confusion_cells(truth, guess, group, cluster=pairs)
    assert cells.clusters.n_crossing == 300
    result = cell_bootstrap(cells, METRICS, reference="a")
    assert result.metrics["accuracy"].se[1] > 0.02
    assert result.differences["accuracy"].se[1] == pytest.approx(0, abs=1e-12)
    alone = cell_bootstrap(confusion_cells(truth, guess, group), METRICS, reference="a")
    assert alone.differences["accuracy"].se[1] > 0.03


def test_the_same_seed_gives_the_same_intervals():
    truth, guess, group = sample(3)
    for cluster in (None, np.arange(300) // 3):
        cells = confusion_cells(truth, guess, group, cluster=cluster)
        first, again, other = (cell_bootstrap(cells, METRICS, seed=s).metrics["macro_mae"] for s in (4, 4, 5))
        assert first.low.tolist() == again.low.tolist()
        assert first.low.tolist() != other.low.tolist()


def test_replicates_without_the_people_of_a_rate_are_counted():
    # one person of group b among ten belongs to category 1: no such person is drawn with probability .9^10
    truth = np.array([0] * 9 + [1])
    cells = confusion_cells(truth, truth, ["a"] * 5 + ["b"] * 5)
    result = cell_bootstrap(cells, METRICS, reference="a", replicates=4_000)
    rate = result.metrics["false_positive_rate"]
    assert np.isnan(rate.value[0])
    assert (rate.low[1], rate.high[1], rate.se[1]) == (0, 0, 0)
    assert rate.undefined[0] == 4_000
    assert np.isnan([rate.low[0], rate.high[0], rate.se[0]]).all()
    low, high = stats.binom(4_000, 0.9**10).ppf([1e-4, 1 - 1e-4])
    assert low <= rate.undefined[1] <= high
    assert result.differences["false_positive_rate"].undefined.tolist() == [4_000, 4_000]
    # a group of half of the rows is hardly ever without people; nothing is undefined where everyone counts
    assert result.metrics["accuracy"].undefined.tolist() == [
        int(x) for x in result.metrics["selection_rate"].undefined
    ]


def test_percentiles_are_those_of_numpy_whatever_is_undefined():
    rng = np.random.default_rng(6)
    drawn = rng.normal(size=(5, 101))
    drawn[1, :50] = np.nan
    drawn[2, 1:] = np.nan
    drawn[3] = np.nan
    found = _intervals(np.array([0.1, 0.2, 0.3, np.nan, 1e3]), drawn, 0.9)
    usable = [0, 1, 2, 4]
    expected = np.nanquantile(drawn[usable], [0.05, 0.95], axis=1)
    assert np.array([found.low[usable], found.high[usable]]) == pytest.approx(expected)
    assert np.isnan([found.low[3], found.high[3], found.se[3], found.se[2]]).all()
    assert found.se[[0, 1, 4]] == pytest.approx(np.nanstd(drawn[[0, 1, 4]], axis=1, ddof=1))
    assert found.undefined.tolist() == [0, 50, 100, 101, 0]


def test_infinite_values_are_undefined_too():
    truth, guess, group = sample(7)

    def odds(counts):
        with np.errstate(divide="ignore"):
            return np.trace(counts, axis1=-2, axis2=-1) / 0.0 * np.ones(counts.shape[:-2])

    found = cell_bootstrap(confusion_cells(truth, guess, group), {"odds": odds}).metrics["odds"]
    assert found.undefined.tolist() == [1000, 1000]


def gap(counts):
    """What must not be offered: one number over all groups, given to each of them."""
    rates = cell_accuracy(counts)
    return np.broadcast_to(np.ptp(rates, axis=-1)[..., None], rates.shape)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"metrics": {"gap": gap}}, "'gap' mixes groups"),
        (
            {"metrics": {"gap": lambda counts: np.ptp(cell_accuracy(counts), axis=-1)}},
            "gaps over groups are not",
        ),
        ({"metrics": {"total": np.sum}}, "'total' gave shape \\(\\)"),
        ({"reference": "c"}, "no group 'c'"),
        ({"confidence": 1.0}, "between 0 and 1"),
        ({"replicates": 39}, "39 replicates cannot resolve.*\n.*at least 40"),
    ],
)
def test_what_is_not_offered_is_refused(options, message):
    truth, guess, group = sample(8)
    cells = confusion_cells(truth, guess, np.array(["a", "b"])[group])
    with pytest.raises(ScsError, match=message):
        cell_bootstrap(cells, **({"metrics": METRICS} | options))


def test_a_metric_cannot_change_what_the_next_one_sees():
    truth, guess, group = sample(9)

    def careless(counts):
        counts += 1
        return cell_accuracy(counts)

    with pytest.raises(ValueError, match="read-only"):
        cell_bootstrap(confusion_cells(truth, guess, group), {"careless": careless})


@pytest.mark.parametrize("clustered", [False, True])
def test_large_samples_are_covered(clustered):
    held, draws = 0, 200
    for seed in range(draws):
        truth, guess, group = sample(seed, sizes=(500, 400))
        cluster = np.arange(900) if clustered else None
        if clustered:  # every second pair is one person twice
            twice = np.r_[np.arange(900), np.arange(0, 900, 2)]
            truth, guess, group, cluster = truth[twice], guess[twice], group[twice], twice
        result = cell_bootstrap(confusion_cells(truth, guess, group, cluster=cluster), METRICS, reference=0)
        found = result.differences["accuracy"]
        held += found.low[1] <= -0.1 <= found.high[1]
    assert stats.binom(draws, 0.95).cdf(held) > 0.001
    assert stats.binom(draws, 0.95).sf(held - 1) > 0.001


@pytest.mark.parametrize("theirs", [row_index, cluster_index, cluster_weights])
@pytest.mark.parametrize("crossing", [False, True])
def test_a_bootstrap_of_indices_gives_the_same_intervals(theirs, crossing):
    data = tuple(column[:3_000] for column in population(np.random.default_rng(10), crossing=crossing))
    exact = ours(data, 20_000, 0, clustered=theirs is not row_index)
    found = theirs(data, 400, 1)
    distance = np.stack([f - e for f, e in zip(found, exact, strict=True)]) / (exact[1] - exact[0])
    # An end of 400 normal replicates has a standard error of sqrt(.025 .975 / 400) / phi(1.96) = 0.134
    # standard deviations, 0.034 widths; 60 ends.
    assert np.abs(distance).max() < 5 * 0.034
    assert abs((distance[1] - distance[0]).mean()) < 0.034


def test_the_populations_of_the_benchmark_are_what_they_say():
    table = true_cells()
    assert table.sum(axis=(1, 2)) == pytest.approx(1)
    assert table[-1].sum(axis=1) == pytest.approx(np.diff([0, *stats.norm.cdf(CUTS), 1]))
    rng = np.random.default_rng(11)
    for layout in ("families", "mixed families"):
        group, family = layout_of(layout)
        held = [set(family[group == g].tolist()) for g in range(len(SIZES))]
        assert bool(held[-1] & held[-2]) == (layout == "mixed families")
        drawn = [coverage_sample(layout, rng) for _ in range(100)]
        rate = np.mean([guess[group == 3] <= 1 for _, guess in drawn])
        # members of a family share 30 % of the score's variance; at most five times the binomial variance
        assert rate == pytest.approx(
            cell_metrics(1)["selection_rate"](table)[3], abs=4 * np.sqrt(5 / 4 / 1e5)
        )


def test_the_benchmark_prints_a_table():
    done = subprocess.run(
        [sys.executable, "benchmarks/cell_coverage.py", "--draws=2", "--seed=3"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("2 draws a row, seed 3")
    assert sum(line.startswith("| mixed families | accuracy") for line in lines) == 6
