"""Counting cells, and resampling them as a bootstrap of rows or of clusters would."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import ClusterCells, ConfusionCells, cell_bootstrap, confusion_cells
from scs_ml.inference import _resampling as resampling
from scs_ml.inference.cell_bootstrap import _resampled
from scs_ml.metrics import cell_metrics

METRICS = cell_metrics(0)
DOUBT = 1e-4  # chance that an honest draw fails a test, for all comparisons of the test together


def vectors(cells):
    """The distinct vectors, dense (U, cells)."""
    clusters = cells.clusters
    dense = np.zeros((len(clusters.frequency), cells.counts.size), dtype=int)
    for u, (begin, end) in enumerate(zip(clusters.start[:-1], clusters.start[1:], strict=True)):
        dense[u, clusters.cell[begin:end]] = clusters.amount[begin:end]
    return dense


def resampled(cells, replicates, seed=0):
    return np.concatenate(list(_resampled(cells, replicates, seed)))


def people(seed, n, *, n_groups=3, n_categories=3, size=4):
    """Rows in clusters of up to `size`, whose members are alike."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n), rng.integers(1, size + 1, n))[:n]
    likeness = rng.random(n)[cluster]
    truth = np.minimum(((likeness + 0.5 * rng.random(n)) / 1.5 * n_categories).astype(int), n_categories - 1)
    guess = np.clip(truth + rng.integers(-1, 2, n), 0, n_categories - 1)
    return truth, guess, rng.integers(0, n_groups, n), cluster


# --- counts ---


def test_rows_are_counted_by_hand():
    cells = confusion_cells(
        [0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0], ["b", "a", "b", "b", "b", "a"], n_categories=3
    )
    assert cells.groups == ("a", "b")
    assert cells.counts.tolist() == [
        [[0, 1, 0], [0, 0, 0], [1, 0, 0]],
        [[1, 0, 0], [0, 1, 0], [0, 0, 2]],
    ]
    assert cells.clusters is None


def test_categories_without_people_need_their_number():
    assert confusion_cells([0], [0], [7]).counts.shape == (1, 2, 2)
    assert confusion_cells([0, 2], [1, 0], [7, 7]).counts.shape == (1, 3, 3)
    assert confusion_cells([0], [0], [7], n_categories=5).counts.shape == (1, 5, 5)


def test_labels_of_any_kind_are_sorted():
    strings = pd.Series(["z", "y"], dtype="str")
    assert confusion_cells([0, 1], [0, 1], strings).groups == ("y", "z")
    assert confusion_cells([0, 1], [0, 1], pd.Categorical(["z", "y"])).groups == ("y", "z")
    assert confusion_cells([0, 1], [0, 1], np.array([True, False])).groups == (False, True)


def test_clusters_with_equal_cells_are_kept_once():
    # p and r hold one row of cell 0 and one of cell 3; q two rows of cell 0; s one row in each group
    truth, guess = [0, 1, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0]
    group = ["a", "a", "a", "a", "a", "a", "a", "b"]
    cells = confusion_cells(truth, guess, group, cluster=["p", "p", "q", "q", "r", "r", "s", "s"])
    clusters = cells.clusters
    assert clusters.n_clusters == 4
    assert clusters.n_crossing == 1
    found = {tuple(v): f for v, f in zip(vectors(cells).tolist(), clusters.frequency.tolist(), strict=True)}
    assert found == {(1, 0, 0, 1, 0, 0, 0, 0): 2, (2, 0, 0, 0, 0, 0, 0, 0): 1, (1, 0, 0, 0, 1, 0, 0, 0): 1}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 5)),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_distinct_vectors_are_those_of_the_clusters(rows, random):
    truth, guess, group, cluster = np.array(rows).T
    cells = confusion_cells(truth, guess, group, n_categories=3, cluster=cluster)
    codes = np.searchsorted(cells.groups, group) * 9 + truth * 3 + guess
    labels = set(cluster.tolist())
    tables = [np.bincount(codes[cluster == c], minlength=cells.counts.size).tolist() for c in labels]
    dense = [tuple(v) for v in vectors(cells).tolist()]
    assert len(set(dense)) == len(dense)
    assert sorted(np.repeat(dense, cells.clusters.frequency, axis=0).tolist()) == sorted(tables)
    crossing = [c for c in labels if len(set(group[cluster == c].tolist())) > 1]
    assert cells.clusters.n_crossing == len(crossing)
    # neither the order of the rows nor the names of the clusters matter
    order = list(range(len(rows)))
    random.shuffle(order)
    names = list(range(6))
    random.shuffle(names)
    again = confusion_cells(
        truth[order], guess[order], group[order], n_categories=3, cluster=np.array(names)[cluster][order]
    ).clusters
    for name in ("frequency", "start", "cell", "amount"):
        assert getattr(again, name).tolist() == getattr(cells.clusters, name).tolist()


@pytest.mark.parametrize(
    "change, message",
    [
        ({"true": [0, -1, -1]}, "true holds unknown categories.*\n.*2 of 3 rows; first rows: \\[1, 2\\]"),
        ({"forecast": [0, 1, 3]}, "forecast holds .*\n.*1 of 3 rows; first rows: \\[2\\]"),
        ({"true": [0, 0.5, np.nan]}, "true holds .*\n.*2 of 3 rows"),
        ({"true": ["0", "1", "1"]}, "true must be a one-dimensional array of category codes"),
        ({"forecast": [[0, 1, 1]]}, "forecast must be a one-dimensional"),
        ({"forecast": [0, 1]}, "true has 3 rows, forecast 2"),
        ({"groups": ["a", "b"]}, "groups must have one label"),
        ({"groups": ["a", None, "b"]}, "groups has missing labels.*\n.*1 of 3 rows; first rows: \\[1\\]"),
        ({"cluster": [1.0, np.nan, 2.0]}, "cluster has missing labels"),
        ({"cluster": [1, 2]}, "cluster must have one label"),
        ({"true": np.empty(0, int), "forecast": np.empty(0, int), "groups": []}, "no rows"),
    ],
)
def test_rows_that_cannot_be_counted_are_refused(change, message):
    rows = {"true": [0, 1, 2], "forecast": [0, 1, 2], "groups": ["a", "a", "b"], "n_categories": 3}
    with pytest.raises(ScsError, match=message):
        confusion_cells(**(rows | change))


# --- resampling ---


def compare(drawn, mean, covariance):
    """Hold draws (B, m) of a normal sum to its mean and covariance, all comparisons at once."""
    n, m = drawn.shape
    limit = stats.norm.isf(DOUBT / 2 / (m + m * m))
    variance = np.diag(covariance)
    assert np.all(np.abs(drawn.mean(axis=0) - mean) <= limit * np.sqrt(variance / n) + 1e-9)
    # The variance of a product of deviations of two normal variables, from their covariance (Isserlis).
    of_product = (np.outer(variance, variance) + covariance**2) / n
    assert np.all(np.abs(np.cov(drawn.T) - covariance) <= limit * np.sqrt(of_product) + 1e-9)


def test_cells_have_the_moments_of_a_bootstrap_of_rows():
    truth, guess, group, _ = people(1, 3_000)
    cells = confusion_cells(truth, guess, group)
    drawn = resampled(cells, 20_000).reshape(20_000, -1)
    assert np.all(drawn.sum(axis=1) == 3_000)
    n = cells.counts.reshape(-1)
    compare(drawn, n, np.diag(n) - np.outer(n, n) / 3_000)


@pytest.mark.parametrize("n", [3_000, 60_000])
def test_cells_have_the_moments_of_a_bootstrap_of_clusters(n):
    truth, guess, group, cluster = people(2, n)
    cells = confusion_cells(truth, guess, group, cluster=cluster)
    drawn = resampled(cells, 5_000).reshape(5_000, -1)
    # M independent draws from the clusters: M times the mean and the covariance of one
    dense, frequency = vectors(cells), cells.clusters.frequency
    total = frequency.sum()
    mean = frequency @ dense / total
    one = (dense.T * frequency) @ dense / total - np.outer(mean, mean)
    compare(drawn, cells.counts.reshape(-1), total * one)


def test_small_sets_of_clusters_have_the_exact_distribution():
    # five clusters, three distinct: how often each comes up is multinomial (5; 3/5, 1/5, 1/5)
    cells = confusion_cells([0, 0, 0, 1, 0], [0, 0, 0, 1, 1], ["a"] * 5, cluster=range(5))
    drawn = resampled(cells, 40_000).reshape(40_000, 4)[:, [0, 3, 1]].astype(int)
    possible = [(i, j, 5 - i - j) for i in range(6) for j in range(6 - i)]
    expected = 40_000 * stats.multinomial(5, [0.6, 0.2, 0.2]).pmf(possible)
    observed = [int((drawn == p).all(axis=1).sum()) for p in possible]
    assert sum(observed) == 40_000
    assert stats.chi2.sf(np.sum((observed - expected) ** 2 / expected), len(possible) - 1) > DOUBT


def test_one_cluster_always_comes_up():
    cells = confusion_cells([0, 1], [0, 0], ["a", "b"], cluster=[1, 1])
    assert np.all(resampled(cells, 50) == cells.counts)


def test_sums_are_those_of_the_rows_of_the_clusters_drawn():
    truth, guess, group, cluster = people(3, 400)
    cells = confusion_cells(truth, guess, group, cluster=cluster)
    clusters = cells.clusters
    distinct = len(clusters.frequency)
    # The same draws, for clusters that hold one row in a cell of their own: how often each vector came up.
    own = replace(
        clusters, start=np.arange(distinct + 1), cell=np.arange(distinct), amount=np.ones(distinct, int)
    )
    times = np.concatenate(list(resampling.resampled_sums(own, distinct, 30, 5)))
    assert np.all(times.sum(axis=1) == clusters.n_clusters)
    sums = np.concatenate(list(resampling.resampled_sums(clusters, cells.counts.size, 30, 5)))
    # Brute force: list the rows of a cluster with that vector as often as it came up.
    codes = group * 9 + truth * 3 + guess
    tables = {c: np.bincount(codes[cluster == c], minlength=27) for c in np.unique(cluster)}
    holder = [next(c for c, t in tables.items() if (t == v).all()) for v in vectors(cells)]
    for row, how_often in zip(sums, times, strict=True):
        rows = np.concatenate(
            [np.tile(codes[cluster == c], t) for c, t in zip(holder, how_often, strict=True)]
        )
        assert row.tolist() == np.bincount(rows, minlength=27).tolist()


@pytest.mark.parametrize("rate", [0.0, 0.4, 0.99])
def test_thresholds_are_those_of_poisson_counts(rate):
    frequency = np.array([1, 2, 17, 400, 50_000, 1])
    offset, reach, threshold = resampling._poisson_tables(frequency, rate)
    for first, (begin, end), f in zip(offset.astype(int), reach, frequency, strict=True):
        own = threshold[begin:end].astype(float)
        assert len(own) % 8 == 0
        own = own[own < 2**32 - 1]
        cdf = stats.poisson(rate * f).cdf
        # a count of at most k takes a draw that is not above its threshold
        assert (own + 1) / 2**32 == pytest.approx(cdf(first + np.arange(len(own))), abs=2**-32)
        assert cdf(first - 1) < 2**-32
        assert cdf(first + len(own)) > 1 - 2**-32


def test_the_generator_is_xoshiro128_plus_plus():
    def reference(state, n):
        """Blackman and Vigna's, in whole numbers."""
        s, word = [int(x) for x in state], 2**32 - 1

        def rotated(x, k):
            return ((x << k) | (x >> (32 - k))) & word

        for _ in range(n):
            yield (rotated((s[0] + s[3]) & word, 7) + s[0]) & word
            t = (s[1] << 9) & word
            s[2] ^= s[0]
            s[3] ^= s[1]
            s[1] ^= s[2]
            s[0] ^= s[3]
            s[2] ^= t
            s[3] = rotated(s[3], 11)

    state = np.random.default_rng(0).integers(0, 2**32, (4, 16), dtype=np.uint32)
    first, bits = state.copy(), np.empty(16, np.uint32)
    found = []
    for _ in range(20):
        resampling._random_bits(state, bits)
        found.append(bits.copy())
    for lane in range(16):
        assert [int(b[lane]) for b in found] == list(reference(first[:, lane], 20))


@pytest.mark.parametrize("replicates", [1, 40, 1000, 1300])
def test_blocks_make_up_the_replicates_asked_for(replicates):
    truth, guess, group, cluster = people(4, 200)
    for cells in (
        confusion_cells(truth, guess, group),
        confusion_cells(truth, guess, group, cluster=cluster),
    ):
        assert resampled(cells, replicates).shape == (replicates, 3, 3, 3)


def test_memory_is_bounded_by_blocks(monkeypatch):
    monkeypatch.setattr(sys.modules["scs_ml.inference.cell_bootstrap"], "_BLOCK", 50)
    cells = confusion_cells([0, 0, 1, 1], [0, 1, 0, 1], ["a", "a", "b", "b"])
    assert [len(block) for block in _resampled(cells, 30, 0)] == [12, 12, 6]


def of_one_large_cluster(rows):
    """A hundred clusters: 99 of one row, and one of all the others, in another cell."""
    clusters = ClusterCells(
        np.array([99, 1]), np.array([0, 1, 2]), np.array([1, 0]), np.array([1, rows - 99]), 0
    )
    return ConfusionCells(("a",), np.array([[[rows - 99, 99], [0, 0]]]), clusters)


def test_more_rows_than_32_bits_count_are_refused():
    # Drawn four times, a cluster of 2^30 rows would be counted as none.
    with pytest.raises(ScsError, match="1073741824 rows are too many to resample by cluster"):
        cell_bootstrap(of_one_large_cluster(2**30), METRICS)
    cells = of_one_large_cluster(2**28 - 1)
    drawn = resampled(cells, 5_000).reshape(5_000, 4)
    assert drawn[:, 0].max() >= 4 * (2**28 - 100)
    assert (drawn[:, 0] / (2**28 - 100) + drawn[:, 1] == 100).all()
    result = cell_bootstrap(replace(cells, clusters=None), METRICS)
    assert result.metrics["accuracy"].low[0] > 0.999


def test_a_missing_label_in_a_list_does_not_become_a_word():
    for labels in ({"groups": ["a", np.nan]}, {"groups": ["a", "b"], "cluster": ["f", np.nan]}):
        with pytest.raises(ScsError, match="has missing labels"):
            confusion_cells([0, 1], [0, 1], **labels)
