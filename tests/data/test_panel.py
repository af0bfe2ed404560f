from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.core import UNKNOWN_CATEGORY, Dataset
from scs_ml.data import pair, read_table, rolling_origins, split_by_period, split_by_subject, subject_folds
from scs_ml.exceptions import ScsError


def make_dataset(subject, period, category, *, score=None, family=None):
    n = len(subject)
    return Dataset(
        X=pd.DataFrame({"x": np.arange(n, dtype=float)}),
        subject=np.asarray(subject),
        period=np.asarray(period, dtype=np.int64),
        periods=tuple(map(str, range(max(period) + 1))),
        category=np.asarray(category, dtype=np.int64),
        y=np.full(n, UNKNOWN_CATEGORY),
        sensitive=pd.DataFrame(index=range(n)),
        situations=pd.DataFrame(index=range(n)),
        withheld=pd.DataFrame(index=range(n)),
        fingerprint="",
        score=None if score is None else np.asarray(score, dtype=float),
        family=None if family is None else np.asarray(family),
    )


def full_panel(n_people, n_periods, **more):
    period, subject = np.divmod(np.arange(n_people * n_periods), n_people)
    category = np.random.default_rng(0).integers(0, 3, len(subject))
    return make_dataset([f"p{s}" for s in subject], period, category, **more)


def test_pairing_by_hand(frame, make_scheme):
    scheme = make_scheme()
    dataset = read_table(frame, scheme)
    assert dataset.y.tolist() == [UNKNOWN_CATEGORY] * 8
    paired = pair(dataset, scheme)
    score = paired.X["current_score"]
    assert (score == paired.score).all()
    later = dict(zip(zip(paired.score, paired.period, strict=True), paired.y, strict=True))
    # a: 5, 15, 25; b: 15, nothing, 5; c: 25, 9.5, 10 (cuts at 10 and 20).
    assert later == {
        (5, 0): 1, (15, 1): 2, (25, 2): -1,
        (15, 0): -1, (5, 2): -1,
        (25, 0): 0, (9.5, 1): 1, (10, 2): -1,
    }  # fmt: skip
    assert paired.horizon == 1
    two = pair(dataset, make_scheme(horizon=2))
    assert sorted(two.y[two.period == 0]) == [0, 1, 2]


def test_horizon_zero_forecasts_the_own_category_and_adds_no_lag(frame, make_scheme):
    scheme = make_scheme(horizon=0)
    dataset = read_table(frame, scheme)
    assert pair(dataset, scheme) is dataset
    assert dataset.y.tolist() == dataset.category.tolist()
    assert list(dataset.X) == ["debts", "job", "owner"]


def test_without_scores_the_lag_is_the_category():
    dataset = make_dataset(["a", "a", "b"], [0, 1, 0], [2, -1, 1])
    paired = split_or_pair(dataset)
    assert paired.X["current_category"].tolist()[0] == 2.0
    assert np.isnan(paired.X["current_category"].iloc[1])
    assert "current_score" not in paired.X
    empty_score = make_dataset(["a", "a"], [0, 1], [2, 0], score=[np.nan, np.nan])
    assert "current_category" in split_or_pair(empty_score).X


def split_or_pair(dataset, horizon=1):
    from scs_ml.data.panel import _pair

    return _pair(dataset, horizon)


def test_an_indicator_does_not_lose_its_column_to_the_lag():
    dataset = full_panel(5, 4)
    dataset.X["current_category"] = 1.0
    with pytest.raises(ScsError, match="called 'current_category'"):
        split_by_period(dataset)


def test_pairing_twice_or_again_is_the_same():
    dataset = full_panel(5, 5)
    once = split_or_pair(dataset)
    assert split_or_pair(once) is once
    back = split_or_pair(split_or_pair(once, 2), 1)
    pd.testing.assert_frame_equal(back.X, once.X)
    np.testing.assert_array_equal(back.y, once.y)
    own = split_or_pair(once, 0)
    assert list(own.X) == ["x"]
    np.testing.assert_array_equal(own.y, dataset.category)


rows = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 5)), st.integers(-1, 3), min_size=1, max_size=30
)


@given(rows, st.integers(1, 4), st.randoms())
def test_y_is_the_category_of_the_same_subject_h_periods_later(table, horizon, random):
    cells = list(table.items())
    random.shuffle(cells)
    subject, period = zip(*(key for key, _ in cells), strict=True)
    paired = split_or_pair(make_dataset([f"s{s}" for s in subject], period, [c for _, c in cells]), horizon)
    expected = [table.get((s, p + horizon), UNKNOWN_CATEGORY) for s, p in zip(subject, period, strict=True)]
    assert paired.y.tolist() == expected


@pytest.mark.parametrize("horizon", [0, 1, 2])
def test_the_split_in_time_never_looks_ahead(horizon):
    train, calibration, test = split_by_period(full_panel(10, 8), horizon)
    (tested,) = set(test.period)
    (calibrated,) = set(calibration.period)
    assert tested == 7 - horizon, "the last origin whose outcome is known"
    assert calibrated + horizon <= tested
    assert calibrated == tested - max(horizon, 1)
    assert set(train.period) == set(range(calibrated))
    for part in (train, calibration, test):
        assert part.horizon == horizon
        assert (part.y != UNKNOWN_CATEGORY).all()


def test_too_few_periods_point_to_the_split_by_people():
    for n_periods in (1, 2, 3):
        with pytest.raises(ScsError, match="three origins") as caught:
            split_by_period(full_panel(10, n_periods))
        assert "split_by_subject" in caught.value.remedy


def test_rows_of_an_unknown_outcome_are_in_no_part():
    dataset = full_panel(10, 6)
    dataset.category[dataset.subject == "p3"] = UNKNOWN_CATEGORY
    for part in split_by_period(dataset):
        assert "p3" not in part.subject


def test_people_lie_in_one_part_and_the_seed_decides():
    dataset = split_or_pair(full_panel(50, 4))
    parts = split_by_subject(dataset, seed=1)
    people = [set(part.subject) for part in parts]
    assert [len(each) for each in people] == [30, 10, 10]
    assert len(people[0] | people[1] | people[2]) == 50
    assert sum(map(len, parts)) == 50 * 3
    again, other = split_by_subject(dataset, seed=1), split_by_subject(dataset, seed=2)
    assert set(again[0].subject) == people[0] != set(other[0].subject)


def test_families_are_not_parted_even_if_someone_changes_family():
    n, periods = 40, 3
    subject = [f"p{s}" for _ in range(periods) for s in range(n)]
    period = np.repeat(range(periods), n)
    family = [f"f{s // 2}" for _ in range(periods) for s in range(n)]
    family[n] = "f7"  # in the second period p0 lives with f7: f0 and f7 belong together
    dataset = split_or_pair(make_dataset(subject, period, np.zeros(n * periods, dtype=int), family=family))
    for part in split_by_subject(dataset, seed=0):
        have = set(part.subject)
        for one, two in [(f"p{k}", f"p{k + 1}") for k in range(0, n, 2)]:
            assert (one in have) == (two in have)
        assert ("p0" in have) == ("p14" in have)


def test_a_split_by_people_needs_outcomes_people_and_shares():
    with pytest.raises(ScsError, match="no category to forecast") as caught:
        split_by_subject(full_panel(10, 3))
    assert "pair" in caught.value.remedy
    with pytest.raises(ScsError, match="2 people"):
        split_by_subject(split_or_pair(full_panel(2, 3)))
    with pytest.raises(ValueError, match="sum to one"):
        split_by_subject(split_or_pair(full_panel(20, 3)), shares=(0.5, 0.5, 0.5))


@pytest.mark.parametrize("horizon", [1, 2])
def test_rolling_origins_train_on_what_was_known(horizon):
    folds = rolling_origins(split_or_pair(full_panel(10, 8), horizon), n_folds=3)
    assert [set(test.period) for _, test in folds] == [{t} for t in range(5 - horizon, 8 - horizon)]
    for train, test in folds:
        origin = test.period[0]
        assert set(train.period) == set(range(origin - horizon + 1)), "outcomes known when it was due"
        assert (train.y != UNKNOWN_CATEGORY).all()


def test_rolling_origins_of_a_short_panel_are_fewer_and_need_one():
    assert len(rolling_origins(split_or_pair(full_panel(10, 3)), n_folds=3)) == 1
    with pytest.raises(ScsError, match="two origins"):
        rolling_origins(split_or_pair(full_panel(10, 2)))


def test_folds_by_people_test_everybody_once_and_part_no_family():
    n, periods = 40, 3
    subject = [f"p{s}" for _ in range(periods) for s in range(n)]
    family = [f"f{s // 2}" for _ in range(periods) for s in range(n)]
    family[n] = "f7"  # p0 lives with f7 in the second period
    known = np.zeros(n * periods, dtype=int)
    dataset = split_or_pair(make_dataset(subject, np.repeat(range(periods), n), known, family=family))
    folds = subject_folds(dataset, n_folds=4, seed=1)
    tested = [set(test.subject) for _, test in folds]
    assert sorted(person for people in tested for person in people) == sorted(set(subject))
    for (train, test), people in zip(folds, tested, strict=True):
        assert not set(train.subject) & people
        assert len(train) + len(test) == (dataset.y != UNKNOWN_CATEGORY).sum()
        assert len({"p0", "p1", "p14", "p15"} & people) in {0, 4}
    again = subject_folds(dataset, n_folds=4, seed=1)
    assert [set(test.subject) for _, test in again] == tested
    with pytest.raises(ScsError, match="too few for 40 folds"):
        subject_folds(dataset, n_folds=40)


def test_an_embargo_leaves_periods_out_between_learning_and_testing():
    dataset = split_or_pair(full_panel(10, 8))
    with pytest.raises(ScsError, match="no period is left to test on after an embargo of 99") as caught:
        rolling_origins(dataset, embargo=99)
    assert caught.value.remedy == "give an embargo of 6 at the most, or a longer panel"
    for train, test in rolling_origins(dataset, n_folds=2, embargo=3):
        assert train.period.max() == test.period[0] - 3
    with pytest.raises(ScsError, match="outcomes that were not known yet") as caught:
        rolling_origins(split_or_pair(full_panel(10, 8), 2), embargo=1)
    assert "at least 2" in caught.value.remedy


def test_people_can_be_parted_too():
    dataset = split_or_pair(full_panel(12, 6))
    plain = rolling_origins(dataset, n_folds=2)
    parted = rolling_origins(dataset, n_folds=2, entity_disjoint=True, seed=4)
    assert len(parted) == 3 * len(plain)
    for train, test in parted:
        assert not set(train.subject) & set(test.subject)
        assert train.period.max() < test.period.min()
    # Every row that is tested otherwise is tested once.
    for i, (_, test) in enumerate(plain):
        people = np.concatenate([each.subject for _, each in parted[3 * i : 3 * i + 3]])
        assert sorted(people) == sorted(test.subject)
    again = rolling_origins(dataset, n_folds=2, entity_disjoint=True, seed=4)
    assert [list(test.subject) for _, test in again] == [list(test.subject) for _, test in parted]
    with pytest.raises(ScsError, match="too few for 3 folds of people"):
        rolling_origins(split_or_pair(full_panel(2, 6)), entity_disjoint=True)
