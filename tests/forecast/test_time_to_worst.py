from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scs_ml.core import Dataset
from scs_ml.exceptions import ScsError
from scs_ml.forecast import time_to_worst

PERIODS = ("2014Q1", "2014Q2", "2014Q3", "2014Q4")


def panel(rows, family=None, group=None):
    """A dataset of (subject, period, category) rows, in any order."""
    subject, period, category = map(np.array, zip(*rows, strict=True))
    group = {} if group is None else group
    return Dataset(
        X=pd.DataFrame(index=range(len(rows))),
        subject=subject,
        period=period.astype(np.int64),
        periods=PERIODS,
        category=category.astype(np.int64),
        y=np.full(len(rows), -1, dtype=np.int64),
        sensitive=pd.DataFrame({"minority": [group.get(each, "no") for each in subject]}),
        situations=pd.DataFrame(index=range(len(rows))),
        withheld=pd.DataFrame(index=range(len(rows))),
        fingerprint="",
        family=None if family is None else np.array([family[each] for each in subject]),
    )


def people(*courses):
    """Rows of subjects s0, s1, ... from their categories by period; None where they are not seen."""
    return [
        (f"s{i}", t, category)
        for i, course in enumerate(courses)
        for t, category in enumerate(course)
        if category is not None
    ]


# Ten people; at risk 8, 6, 3; reached 2, 1, 0.
COURSES = [
    (1, 0, 1, 1),  # reaches it at once; what comes after does not count
    (1, 0, 0, 0),
    (2, 2, 0, 2),
    (3, 3, 3, None),  # leaves after the third period
    (3, 3, None, None),
    (1, 1, None, 0),  # a gap: nobody saw what happened in between
    (None, 2, 2, 2),  # enters late: at risk from the third period on
    (0, 1, 1, 1),  # was in it when first seen
    (2, 2, 2, 2),
    (2, 2, 2, 1),
]


def test_the_curve_worked_by_hand():
    found = time_to_worst(panel(people(*COURSES)))
    assert found.period == PERIODS[1:]
    assert found.group == ("everybody",) * 3
    # 2014Q2: all but the late one and the one who was in it. Q3: s2, s3, s6, s8, s9. Q4: s6, s8, s9.
    assert found.at_risk.tolist() == [8, 5, 3]
    assert found.reached.tolist() == [2, 1, 0]
    np.testing.assert_allclose(found.not_reached, [6 / 8, 6 / 8 * 4 / 5, 6 / 8 * 4 / 5])
    assert found.already == 1


def test_the_interval_worked_by_hand():
    found = time_to_worst(panel(people(*COURSES)), confidence=0.9)
    # First period: everybody is a cluster of one row. Influences on log S are (1/4 - d) / 6 for eight people
    # at risk, and the ninth (the late one) stands by: G/(G-1) times their squares.
    influence = (0.25 - np.array([1, 1, 0, 0, 0, 0, 0, 0])) / 6
    variance = (influence**2).sum() * 9 / 8
    spread = stats.t.isf(0.05, 7) * np.sqrt(variance) / -np.log(0.75)
    assert found.low[0] == pytest.approx(0.75 ** np.exp(spread))
    assert found.high[0] == pytest.approx(0.75 ** np.exp(-spread))
    # But for the factor, that is Greenwood's formula.
    assert variance * 8 / 9 == pytest.approx(2 / (8 * 6))


def test_rows_in_any_order_and_unknown_categories_change_nothing():
    rows = people(*COURSES)
    shuffled = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    unknown = [
        (f"s{i}", t, -1) for i, course in enumerate(COURSES) for t, c in enumerate(course) if c is None
    ]
    first, second = time_to_worst(panel(rows)), time_to_worst(panel(shuffled + unknown))
    np.testing.assert_array_equal(first.at_risk, second.at_risk)
    np.testing.assert_allclose(first.low, second.low)


def test_families_whose_members_fall_together_count_once():
    alone = people(*[(1, 0)] * 5, *[(1, 1)] * 15)
    twice = people(*[(1, 0)] * 10, *[(1, 1)] * 30)
    family = {f"s{i}": i // 2 for i in range(40)}
    one, pairs, apart = (
        time_to_worst(panel(alone)),
        time_to_worst(panel(twice, family=family)),
        time_to_worst(panel(twice)),
    )
    np.testing.assert_allclose([one.low, one.high], [pairs.low, pairs.high])
    assert apart.high[0] - apart.low[0] < 0.8 * (pairs.high[0] - pairs.low[0])


def test_groups_have_a_curve_each():
    rows = people(*[(1, 0)] * 2, *[(1, 1)] * 2, *[(2, 2, 2)] * 4)
    group = {f"s{i}": "yes" for i in range(4)}
    found = time_to_worst(panel(rows, group=group), by="minority")
    assert found.group == ("no", "no", "yes")
    assert found.at_risk.tolist() == [4, 4, 4]
    assert found.not_reached.tolist() == [1, 1, 0.5]


def test_where_nobody_has_reached_it_the_limit_is_exact():
    found = time_to_worst(panel(people(*[(1, 1, 1)] * 10, *[(1, 1)] * 10)))
    assert found.high.tolist() == [1, 1]
    np.testing.assert_allclose(found.low, [0.025 ** (1 / 20), 0.025 ** (1 / 10)])


def test_where_everybody_has_reached_it_the_limit_is_exact():
    found = time_to_worst(panel(people(*[(1, 0)] * 10)))
    assert (found.not_reached[0], found.low[0]) == (0, 0)
    assert found.high[0] == pytest.approx(1 - 0.025 ** (1 / 10))


def test_of_one_family_alone_nothing_is_known():
    found = time_to_worst(panel(people((1, 0), (1, 1)), family={"s0": 0, "s1": 0}))
    assert (found.low[0], found.high[0]) == (0, 1)


def test_the_table_shows_counts_beside_shares():
    table = time_to_worst(panel(people(*COURSES)), by="minority").as_table()
    assert table.columns[:5] == ("minority", "period", "at risk", "reached it", "not reached")
    assert table.columns[5:] == ("low (95 %)", "high (95 %)")
    assert table.rows[0][:5] == ("no", "2014Q2", 8, 2, 0.75)
    assert "; 1 were when first seen" in table.title


@pytest.mark.parametrize(
    "rows, settings, message",
    [
        (people((1, 1)), {"by": "height"}, "no sensitive attribute"),
        (people((1, None, 1), (0, 0)), {}, "two periods in a row"),
        (people((1, 1)), {"confidence": 95}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_told_is_refused(rows, settings, message):
    with pytest.raises(ScsError, match=message):
        time_to_worst(panel(rows), **settings)


def test_intervals_cover_though_families_fall_together_enter_late_and_leave_early():
    """Four in ten families fall as one; hazard 0.15 in each of three periods."""
    covered, worlds = np.zeros(3), 400
    for seed in range(worlds):
        generator = np.random.default_rng(seed)
        n = 160
        family = np.arange(n) // 4
        enters, leaves = generator.integers(0, 2, n), generator.integers(2, 5, n)
        category = np.ones((n, 4), dtype=np.int64)
        for t in range(1, 4):
            own, shared = generator.random(n), generator.random(n // 4)[family]
            together = (generator.random(n // 4) < 0.4)[family]
            category[:, t] = np.where(np.where(together, shared, own) < 0.15, 0, 1)
        rows = [
            (f"s{i}", t, int(category[i, t]))
            for i in range(n)
            for t in range(enters[i], min(leaves[i] + 1, 4))
        ]
        found = time_to_worst(panel(rows, family={f"s{i}": int(family[i]) for i in range(n)}))
        truth = 0.85 ** np.arange(1, 4)
        covered += (found.low <= truth) & (truth <= found.high)
    # 95 % of 400 but for chance: the 0.1 % and 99.9 % points of the binomial, and one percent of shortfall.
    least, most = stats.binom.ppf([0.001, 0.999], worlds, [0.94, 0.96])
    assert (covered >= least).all()
    assert (covered <= most).all()
