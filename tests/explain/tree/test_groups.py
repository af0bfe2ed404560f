"""Group means, their errors, merging and gaps against the matrix of rows that they never make."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeRegressor

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree import TreeShap, compiled
from scs_ml.explain.tree.blocks import N_BLOCKS, block_of

N = 1500


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(7)
    X = pd.DataFrame(rng.normal(size=(N, 5)), columns=list("abcde"))
    X.loc[rng.random(N) < 0.1, "b"] = np.nan
    y = np.digitize(X["a"] + 0.5 * X["c"] + rng.normal(size=N) * 0.5, [-0.7, 0.7])
    groups = np.array(["north", "south", "west"])[rng.choice(3, N, p=[0.6, 0.3, 0.1])]
    return X, y, groups, rng.random(N) + 0.5, np.arange(N) // 3


@pytest.fixture(scope="module")
def model(table):
    X, y, *_ = table
    return HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=15).fit(X, y)


@pytest.fixture
def engine(model):
    return TreeShap(model)


@pytest.fixture(scope="module")
def values(model, table):
    return TreeShap(model).shap_values(table[0])


def means_by_hand(values, groups, weights=None):
    weights = np.ones(len(groups)) if weights is None else weights
    return np.stack(
        [np.average(values[groups == g], axis=0, weights=weights[groups == g]) for g in np.unique(groups)]
    )


@pytest.mark.parametrize("errors", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_means_are_those_of_the_rows(engine, table, values, errors, weighted):
    X, _, groups, weights, _ = table
    found = engine.group_means(X, groups, sample_weight=weights if weighted else None, errors=errors)
    expected = means_by_hand(values, groups, weights if weighted else None)
    assert found.groups == ("north", "south", "west")
    assert found.n.tolist() == [(groups == g).sum() for g in found.groups]
    np.testing.assert_allclose(found.mean, expected, rtol=0, atol=1e-12)


def test_means_add_up_to_the_mean_output(engine, model, table):
    X, _, groups, *_ = table
    found = engine.group_means(X, groups, errors=False)
    raw = model.decision_function(X)
    expected = np.stack([raw[groups == g].mean(axis=0) for g in found.groups])
    np.testing.assert_allclose(engine.expected_value + found.mean.sum(axis=1), expected, atol=1e-11)


def test_leaves_without_a_table_are_part_of_the_means(model, table, values, monkeypatch):
    X, _, groups, weights, _ = table
    monkeypatch.setattr(compiled, "_BITS", ((0, 0),))
    engine = TreeShap(model)
    assert engine._trees.layout.size == 0
    np.testing.assert_allclose(engine.shap_values(X), values, atol=1e-12)
    for errors in (True, False):
        for weight in (None, weights):
            found = engine.group_means(X, groups, sample_weight=weight, errors=errors)
            np.testing.assert_allclose(found.mean, means_by_hand(values, groups, weight), atol=1e-12)


def test_standard_errors_are_the_sandwich_over_blocks_of_clusters(engine, table, values):
    X, _, groups, weights, family = table
    found = engine.group_means(X, groups, clusters=family, sample_weight=weights)
    block = block_of(family, N, 0)
    for g, name in enumerate(found.groups):
        inside = groups == name
        mean = np.average(values[inside], axis=0, weights=weights[inside])
        influence = weights[inside, None, None] * (values[inside] - mean) / weights[inside].sum()
        sums = np.stack([influence[block[inside] == b].sum(axis=0) for b in np.unique(block[inside])])
        expected = np.sqrt((sums**2).sum(axis=0) * len(sums) / (len(sums) - 1))
        np.testing.assert_allclose(found.standard_error[g], expected, rtol=1e-9, atol=1e-14)


def test_errors_without_clusters_are_about_sd_over_root_n(engine, table, values):
    X, _, groups, *_ = table
    found = engine.group_means(X, groups)
    inside = groups == "north"
    expected = values[inside].std(axis=0, ddof=1) / np.sqrt(inside.sum())
    # 255 degrees of freedom leave a standard error 4.4 % of noise; four times that on 15 numbers.
    np.testing.assert_allclose(found.standard_error[0], expected, rtol=0.18)


def test_clusters_widen_the_errors(engine, table):
    X, *_ = table
    whole = pd.concat([X] * 4, ignore_index=True)
    groups, person = np.arange(4 * N) % 2 == 0, np.tile(np.arange(N), 4)
    alone = engine.group_means(whole, groups).standard_error
    together = engine.group_means(whole, groups, clusters=person).standard_error
    assert ((together > 1.15 * alone) | (alone == 0)).all()


def test_batches_merge_into_the_whole(model, table):
    X, _, groups, weights, family = table
    whole = TreeShap(model).group_means(X, groups, clusters=family, sample_weight=weights)
    first, second = TreeShap(model), TreeShap(model, n_jobs=1)
    # A label may be missing from a batch, and a family may be cut by its edge.
    order = np.argsort(groups, kind="stable")
    for engine, part in ((first, order[:400]), (first, order[400:401]), (second, order[401:])):
        engine.accumulate(X.iloc[part], groups[part], clusters=family[part], sample_weight=weights[part])
    first.merge(second)
    merged = first.group_means()
    assert merged.groups == whole.groups and merged.n.tolist() == whole.n.tolist()
    np.testing.assert_allclose(merged.mean, whole.mean, atol=1e-13)
    np.testing.assert_allclose(merged.standard_error, whole.standard_error, atol=1e-13)
    np.testing.assert_allclose(merged.gaps("south").low, whole.gaps("south").low, atol=1e-12)


def test_merging_into_nothing_and_nothing_into_something(model, table):
    X, _, groups, *_ = table
    full, empty = TreeShap(model), TreeShap(model)
    full.accumulate(X, groups)
    full.merge(empty)
    empty.merge(full)
    np.testing.assert_array_equal(empty.group_means().mean, full.group_means().mean)


def test_threads_change_nothing(model, table):
    X, _, groups, *_ = table
    one, three = TreeShap(model, n_jobs=1), TreeShap(model, n_jobs=3)
    np.testing.assert_array_equal(one.shap_values(X), three.shap_values(X))
    np.testing.assert_array_equal(
        one.group_means(X, groups, errors=False).mean, three.group_means(X, groups, errors=False).mean
    )


def test_gaps_of_features_sum_to_the_gap_of_the_output(engine, model, table):
    X, _, groups, *_ = table
    gaps = engine.group_means(X, groups).gaps("north")
    raw = model.decision_function(X)
    assert gaps.groups == ("south", "west") and gaps.reference == "north"
    expected = np.stack(
        [raw[groups == g].mean(axis=0) - raw[groups == "north"].mean(axis=0) for g in gaps.groups]
    )
    np.testing.assert_allclose(gaps.total, expected, atol=1e-11)
    np.testing.assert_allclose(gaps.gap.sum(axis=1), gaps.total, atol=1e-12)
    assert (gaps.total_low < gaps.total).all() and (gaps.total < gaps.total_high).all()


def test_without_a_reference_each_group_meets_all_others(engine, table, values):
    X, _, groups, *_ = table
    gaps = engine.group_means(X, groups).gaps()
    west = groups == "west"
    np.testing.assert_allclose(
        gaps.gap[2], values[west].mean(axis=0) - values[~west].mean(axis=0), atol=1e-12
    )


def test_intervals_are_as_wide_as_the_errors_say(engine, table):
    X, _, groups, *_ = table
    means = engine.group_means(X, groups)
    gaps = means.gaps("north", replicates=4000)
    expected = np.sqrt(means.standard_error[1] ** 2 + means.standard_error[0] ** 2)
    # Blocks hold rows of both groups, whose sums correlate by chance (SD 1/16 over 256 blocks): 3 % of the
    # width, and 4,000 replicates leave 1.1 % of noise; four times that. 1.97 is about t here.
    np.testing.assert_allclose((gaps.high - gaps.low)[0] / 2 / 1.97, expected, rtol=0.14)


def test_the_seed_decides_the_interval(engine, table):
    X, _, groups, *_ = table
    means = engine.group_means(X, groups)
    np.testing.assert_array_equal(means.gaps(seed=1).low, means.gaps(seed=1).low)
    assert (means.gaps(seed=1).low != means.gaps(seed=2).low).any()


def test_frames_name_everything(engine, table):
    X, _, groups, *_ = table
    means = engine.group_means(X, groups)
    frame = means.frame().set_index(["group", "output", "feature"])
    assert frame.loc[("south", 2, "c"), "mean"] == means.mean[1, 2, 2]
    assert frame.loc[("south", 2, "c"), "n"] == means.n[1]
    gaps = means.gaps("north")
    frame = gaps.frame().set_index(["group", "output", "feature"])
    assert frame.loc[("west", 1, "e"), "low"] == gaps.low[1, 4, 1]


def test_a_missing_label_is_a_group_of_its_own(engine, table):
    X, _, groups, *_ = table
    labels = groups.astype(object)
    labels[:40] = None
    assert engine.group_means(X, labels, errors=False).groups == ("missing", "north", "south", "west")


def test_a_missing_label_in_a_list_does_not_become_a_word(engine, table):
    X, _, groups, *_ = table
    labels = [np.nan, *groups[1:].tolist()]
    found = engine.group_means(X, labels, errors=False)
    assert found.groups == ("missing", "north", "south", "west") and found.n[0] == 1


@pytest.mark.parametrize("labels", [pd.Categorical, lambda each: pd.Series(each, dtype="string[pyarrow]")])
def test_labels_of_any_dtype_are_the_same(engine, table, labels):
    X, _, groups, *_ = table
    expected = engine.group_means(X, groups, clusters=groups)
    found = engine.group_means(X, labels(groups), clusters=labels(groups))
    assert found.groups == expected.groups
    np.testing.assert_array_equal(found.mean, expected.mean)
    np.testing.assert_array_equal(found.sums.block_weight, expected.sums.block_weight)


@pytest.mark.parametrize("errors", [True, False])
def test_a_group_that_weighs_nothing_has_no_mean(engine, table, values, errors):
    X, _, groups, weights, _ = table
    weights = np.where(groups == "south", 0.0, weights)
    found = engine.group_means(X, groups, sample_weight=weights, errors=errors)
    assert np.isnan(found.mean[1]).all()
    others = groups != "south"
    expected = means_by_hand(values[others], groups[others], weights[others])
    np.testing.assert_allclose(found.mean[[0, 2]], expected, atol=1e-12)
    if errors:
        gaps = found.gaps("north")
        assert np.isnan(found.standard_error[1]).all() and np.isnan(gaps.low[0]).all()
        assert np.isfinite(gaps.low[1]).all()
        assert np.isnan(found.gaps("south").gap).all()


def test_one_block_gives_no_error_and_no_interval(engine, table):
    X, _, groups, *_ = table
    means = engine.group_means(X, groups, clusters=np.zeros(N))
    assert np.isnan(means.standard_error).all()
    gaps = means.gaps("north")
    assert np.isfinite(gaps.gap).all() and np.isnan(gaps.low).all()


def test_blocks_depend_on_the_label_alone():
    labels = np.array([f"family {i}" for i in range(5000)])
    block = block_of(labels, 5000, 0)
    np.testing.assert_array_equal(block_of(labels[::-1], 5000, 99)[::-1], block)
    counts = np.bincount(block, minlength=N_BLOCKS)
    # Chi-squared with 255 degrees of freedom: 366 is its 1 - 5e-6 quantile.
    assert ((counts - 5000 / N_BLOCKS) ** 2 / (5000 / N_BLOCKS)).sum() < 366


def test_rows_without_clusters_go_on_counting_from_batch_to_batch():
    np.testing.assert_array_equal(block_of(None, 10, 5), block_of(None, 15, 0)[5:])


def test_refusals(engine, model, table):
    X, _, groups, weights, _ = table
    with pytest.raises(ExplanationError, match="1499 group labels were given for 1500 rows"):
        engine.group_means(X, groups[1:])
    with pytest.raises(ExplanationError, match="0 group labels"):
        engine.group_means(X)
    with pytest.raises(ExplanationError, match="2 clusters were given for 1500 rows"):
        engine.group_means(X, groups, clusters=[1, 2])
    with pytest.raises(ExplanationError, match="3000 group labels were given for 1500 rows"):
        engine.group_means(X, np.column_stack([groups, groups]))
    with pytest.raises(ExplanationError, match="1 group labels"):
        engine.group_means(X, "north")
    with pytest.raises(ExplanationError, match="X has no rows"):
        engine.accumulate(X[:0], groups[:0])
    for bad in (weights[1:], -weights, weights * 0, weights * np.nan):
        with pytest.raises(ExplanationError, match="sample_weight must hold 1500 finite numbers"):
            engine.group_means(X, groups, sample_weight=bad)
    with pytest.raises(ExplanationError, match="nothing was accumulated"):
        engine.group_means()
    with pytest.raises(ExplanationError, match="made without errors"):
        engine.group_means(X, groups, errors=False).gaps()
    means = engine.group_means(X, groups)
    with pytest.raises(ExplanationError, match="no group 'east'"):
        means.gaps("east")
    for wrong in ({"confidence": 1.0}, {"confidence": 0.0}, {"replicates": 1}):
        with pytest.raises(ExplanationError, match="confidence must lie"):
            means.gaps(**wrong)
    with pytest.raises(ExplanationError, match="a gap needs two groups"):
        engine.group_means(X, np.zeros(N)).gaps()


def test_what_cannot_be_merged_is_refused_and_changes_nothing(model, table):
    X, y, groups, *_ = table
    engine, quick = TreeShap(model), TreeShap(model)
    engine.accumulate(X, groups)
    before = engine.group_means().mean
    quick.accumulate(X, groups, errors=False)
    with pytest.raises(ExplanationError, match="made without errors"):
        engine.merge(quick)
    other = TreeShap(HistGradientBoostingClassifier(max_iter=3).fit(X, y))
    other.accumulate(X, groups)
    with pytest.raises(ExplanationError, match="different models"):
        engine.merge(other)
    with pytest.raises(ExplanationError, match="group labels"):
        engine.accumulate(X, groups[1:])
    np.testing.assert_array_equal(engine.group_means().mean, before)


def test_models_with_the_same_mean_are_told_apart(table):
    X, y, groups, *_ = table
    shallow, deep = (TreeShap(DecisionTreeRegressor(max_depth=k).fit(X, y)) for k in (2, 4))
    np.testing.assert_allclose(shallow.expected_value, deep.expected_value, rtol=1e-12)
    shallow.accumulate(X, groups)
    deep.accumulate(X, groups)
    with pytest.raises(ExplanationError, match="different models"):
        shallow.merge(deep)


def test_backgrounds_are_told_apart(model, table):
    X, _, groups, *_ = table
    one, other = TreeShap(model, X[:50]), TreeShap(model, X[50:100])
    one.accumulate(X, groups)
    other.accumulate(X, groups)
    with pytest.raises(ExplanationError, match="different backgrounds"):
        one.merge(other)


def test_sums_of_different_shapes_are_refused(model, table):
    X, y, groups, *_ = table
    one = TreeShap(model).group_means(X, groups).sums
    two = TreeShap(HistGradientBoostingClassifier(max_iter=3).fit(X, y > 0)).group_means(X, groups).sums
    with pytest.raises(ExplanationError, match="different models"):
        one.merge(two)
