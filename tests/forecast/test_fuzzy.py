from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scs_ml.forecast.fuzzy import FuzzyCardClassifier
from scs_ml.forecast.fuzzy_encoder import FuzzyCardEncoder
from scs_ml.forecast.fuzzy_words import anchored_words, said_anchors, steps, without_last


def by_hand(table, row):
    """Add up one row from the printed card alone: points of a level, or in proportion between anchors."""
    total = 0.0
    for name, lines in table.groupby("indicator", sort=False):
        said = dict(zip(lines["value"], lines["points"], strict=True))
        if name == "base points":
            total += said["everyone"]
        elif pd.isna(row[name]):
            total += said["missing"]
        elif isinstance(row[name], str):
            total += said[row[name]]
        elif "any" in said:
            total += said["any"]
        else:
            anchors = {float(v.split(": ")[1].split()[0]): p for v, p in said.items() if v != "missing"}
            low = max((a for a in anchors if a <= row[name]), default=min(anchors))
            high = min((a for a in anchors if a >= row[name]), default=max(anchors))
            share = 0.0 if low == high or row[name] < low else (row[name] - low) / (high - low)
            total += (1 - share) * anchors[low] + share * anchors[high]
    return total


@pytest.fixture(scope="module")
def people():
    """Debts lower, income raises, the home matters; some debts and homes are unknown."""
    generator = np.random.default_rng(1)
    n = 3000
    X = pd.DataFrame(
        {
            "unpaid_debts": generator.poisson(1.5, n).astype(float),
            "income": generator.lognormal(10, 0.5, n),
            "home": pd.Categorical(generator.choice(["own", "rent", "other"], n, p=[0.5, 0.3, 0.2])),
            "appeal": generator.integers(0, 2, n).astype(float),
            "always": np.ones(n),
        }
    )
    X.loc[::11, "unpaid_debts"] = np.nan
    X.loc[::13, "home"] = None
    latent = -X["unpaid_debts"].fillna(2.0) + np.log(X["income"]) - 10 + (X["home"] == "own") + X["appeal"]
    return X, np.digitize(latent + generator.logistic(size=n), [-2.5, -1.0, 0.5])


@pytest.mark.parametrize(
    "values, words, anchors",
    [
        ([1, 1, 1, np.nan], ["any"], [1]),
        ([np.nan, np.nan], ["any"], [0]),
        ([0, 1, 1, 0], ["no", "yes"], [0, 1]),
        ([0, 2, 2, 0], ["none", "some"], [0, 2]),
        ([0.5, 3, 3], ["low", "high"], [0.5, 3]),
        ([0, 1, 2], ["none", "some", "many"], [0, 1, 2]),
        ([0, 1, 2, 3], ["none", "few", "some", "many"], [0, 1, 2, 3]),
        ([1, 2, 3, 4], ["low", "rather low", "rather high", "high"], [1, 2, 3, 4]),
        # 20 zeros, and 1 to 100 above them: their 30, 60 and 95 % points.
        ([*[0] * 20, *range(1, 101)], ["none", "few", "some", "many"], [0, 30, 60, 95]),
        # 5, 35, 65 and 95 % points of 1 to 1,000, to two digits of their spread of 900.
        (range(1, 1001), ["low", "rather low", "rather high", "high"], [50, 350, 650, 950]),
        # Nearly all alike: the quantiles coincide, so the ends stand in.
        ([*[5] * 200, 1, 2, 3, 9], ["low", "high"], [1, 9]),
        ([12.3456, 12.3456, 12.3456, -7], ["low", "high"], [-7, 12.3456]),
    ],
)
def test_words_and_anchors_by_hand(values, words, anchors):
    assert anchored_words(np.asarray(list(values), dtype=np.float64)) == (words, anchors)


def test_anchors_in_words():
    assert said_anchors(["none", "some", "many"], [0, 1, 3]) == ["0", "1", "3 or more"]
    assert said_anchors(["low", "high"], [0.5, 12]) == ["0.5 or less", "12 or more"]
    assert said_anchors(["no", "yes"], [0, 1]) == ["0", "1"]
    assert said_anchors(["any"], [0]) == ["0"]
    assert without_last(["none", "some", "many"], [0, 1, 3]) == (["none", "some"], [0, 1])
    assert without_last(["low", "medium", "high"], [4, 5, 6]) == (["low", "high"], [4, 5])


def test_steps_are_what_triangular_memberships_give():
    anchors = [0.0, 2.0, 6.0]
    values = np.array([-1.0, 0.0, 1.0, 2.0, 5.0, 9.0])
    found = steps(values, anchors)
    np.testing.assert_allclose(found, [[0, 0], [0, 0], [0.5, 0], [1, 0], [1, 0.75], [1, 1]])
    # Memberships of the three words: they are never negative and sum to one.
    memberships = np.column_stack([1 - found[:, 0], found[:, 0] - found[:, 1], found[:, 1]])
    assert memberships.min() >= 0
    points = np.array([0.0, -10.0, -40.0])
    np.testing.assert_allclose(memberships @ points, np.interp(values, anchors, points))


def test_the_printed_card_adds_up_by_hand_exactly(people):
    X, y = people
    encoder = FuzzyCardEncoder().fit(X, y)
    table = encoder.points_table()
    assert table.columns.tolist() == ["indicator", "value", "points"]
    assert table["points"].dtype == np.int64
    assert set(table["indicator"]) == {"base points", "unpaid_debts", "income", "home", "appeal"}
    rows = X.iloc[:300]
    np.testing.assert_allclose(
        encoder.points(rows), [by_hand(table, row) for _, row in rows.iterrows()], rtol=0, atol=1e-9
    )
    at_anchors = X[X["unpaid_debts"].isin(encoder.anchors_["unpaid_debts"])].iloc[:1].copy()
    at_anchors["income"] = encoder.anchors_["income"][1]
    assert encoder.points(at_anchors).tolist() == [by_hand(table, at_anchors.iloc[0])]


def test_points_are_those_the_world_was_made_with(people):
    X, y = people
    encoder = FuzzyCardEncoder().fit(X, y)
    scale = 20 / np.log(2)
    # One log-odds a debt, for a home of one's own, for an appeal.
    per_debt = np.diff(encoder.points_["unpaid_debts"][:-1]) / np.diff(encoder.anchors_["unpaid_debts"])
    np.testing.assert_allclose(per_debt, -scale, atol=6)
    assert encoder.points_["appeal"].tolist()[:2] == [0, pytest.approx(scale, abs=5)]
    homes = dict(zip(encoder.words_["home"], encoder.points_["home"], strict=True))
    assert homes["own"] == 0  # the most frequent level
    assert [homes["rent"], homes["other"]] == pytest.approx([-scale, -scale], abs=6)


def test_contributions_are_exact(people):
    X, y = people
    encoder = FuzzyCardEncoder().fit(X, y)
    parts = encoder.derived(X)[0]
    np.testing.assert_allclose(parts.sum(axis=1), encoder.transform(X)[:, 0], atol=1e-12)
    assert (parts[:, list(X).index("always")] == 0).all()


def test_the_card_is_read_aloud():
    """10,000 people, odds 3 : 1 without debts and 1 : 3 with; nine times the odds are 63 points."""
    X = pd.DataFrame({"unpaid_debts": np.repeat([0.0, 3.0], 5000), "home": pd.Categorical(["own"] * 10_000)})
    y = np.r_[np.repeat([1, 0], [3750, 1250]), np.repeat([1, 0], [1250, 3750])]
    encoder = FuzzyCardEncoder().fit(X, y)
    assert encoder.read_aloud() == [
        "Everyone starts with 532 points.",
        "If unpaid debts are some (3 or more): 63 points less; in between, in proportion.",
        (
            "20 points more about double the odds of a better category; with 500 they are about even at the "
            "middle boundary."
        ),
    ]
    assert encoder.points_table().to_numpy().tolist() == [
        ["base points", "everyone", 532],
        ["unpaid_debts", "none: 0", 0],
        ["unpaid_debts", "some: 3 or more", -63],
        ["unpaid_debts", "missing", -32],  # nobody's were: the average
    ]


def test_levels_and_missing_values_are_read_aloud(people):
    X, y = people
    sentences = FuzzyCardEncoder().fit(X, y).read_aloud()
    home = next(s for s in sentences if s.startswith("If home is"))
    assert "own" not in home  # it gives no points
    assert "rent: " in home
    assert "missing: " in home
    assert not home.endswith("proportion.")
    assert sentences[0].startswith("Everyone starts with ")
    income = next(s for s in sentences if s.startswith("If income is"))
    assert "missing" not in income
    assert income.endswith("points more; in between, in proportion.")


def test_a_highest_word_that_says_nothing_more_is_left_out():
    x = np.repeat([0.0, 1.0, 2.0, 3.0], 1000)
    y = np.r_[np.tile([1, 1, 1, 0], 250), np.tile([1, 0, 0, 0], 750)]
    encoder = FuzzyCardEncoder().fit(x[:, None], y)
    assert encoder.words_["x0"] == ["none", "some", "missing"]
    assert encoder.anchors_["x0"] == [0, 1]
    assert encoder.points([[1.0], [3.0]]).tolist() == [encoder.points_["x0"][1] + encoder.base_] * 2


def test_a_level_that_nobody_had_gets_the_average_and_a_category_may_have_no_levels():
    home = pd.Categorical(np.repeat(["own", "rent"], 1000), categories=["own", "rent", "barn"])
    X = pd.DataFrame({"home": home, "lost": pd.Categorical([None] * 2000)})
    y = np.r_[np.tile([1, 1, 1, 0], 250), np.tile([1, 0, 0, 0], 250)]
    encoder = FuzzyCardEncoder().fit(X, y)
    assert list(encoder.points_) == ["home"]
    own, rent, barn, missing = encoder.points_["home"]
    assert (own, rent) == (0, pytest.approx(-20 * np.log2(9), abs=2))
    assert barn == missing == pytest.approx((own + rent) / 2, abs=1)


def test_few_indicators_are_kept_those_that_matter_most():
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(2000, 6)), columns=list("abcdef"))
    y = np.digitize(X["c"] * 2 - X["e"] + 0.2 * X["a"] + generator.logistic(size=2000), [-1, 1])
    encoder = FuzzyCardEncoder(max_indicators=2).fit(X, y)
    assert list(encoder.points_) == ["c", "e"]
    assert set(encoder.points_table()["indicator"]) == {"base points", "c", "e"}
    assert list(FuzzyCardClassifier(max_indicators=2).fit(X, y).encoder_.points_) == ["c", "e"]


def test_declared_directions_are_kept_whatever_the_data_say(suining, make_pilot):
    X, y = make_pilot(600)
    turned = FuzzyCardClassifier(scheme=suining).fit(X, 3 - y)
    assert "unpaid_debts" not in turned.encoder_.points_
    straight = FuzzyCardClassifier(scheme=suining).fit(X, y)
    debts = straight.encoder_.points_["unpaid_debts"][:-1]
    assert len(debts) > 1
    assert (np.diff(debts) <= 0).all()
    for name, sign in (("unpaid_debts", -1), ("exemplary_city", 1)):
        for more in (0.5, 1, 5):
            moved = straight.boundary_log_odds(X.assign(**{name: X[name] + more}))
            assert (sign * (moved - straight.boundary_log_odds(X)) >= 0).all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_table_gives_probabilities_and_a_card_that_adds_up(data):
    k = data.draw(st.integers(2, 10), "categories")
    n = data.draw(st.integers(2, 60), "rows")
    generator = np.random.default_rng(data.draw(st.integers(0, 10**6), "seed"))
    X = pd.DataFrame(
        {
            "a": generator.choice([0.0, 1.0, 2.5, 1e6, np.nan], n),
            "b": generator.normal(size=n),
            "c": pd.Categorical(generator.choice(["u", "v"], n), categories=["u", "v", "w"]),
            "unknown": np.full(n, np.nan),
            "constant": np.full(n, 7.0),
        }
    )
    y = generator.integers(0, k, n)
    model = FuzzyCardClassifier().fit(X, y)
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (n, len(np.unique(y)))
    assert not np.signbit(probabilities).any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    table = model.encoder_.points_table()
    found = [by_hand(table, row) for _, row in X.iterrows()]
    np.testing.assert_allclose(model.encoder_.points(X), found, rtol=0, atol=1e-9)


def test_without_labels_everyone_has_the_same_points():
    X = np.arange(20.0)[:, None]
    encoder = FuzzyCardEncoder().fit(X)
    assert encoder.points(X).tolist() == [500.0] * 20
    assert encoder.read_aloud()[0] == "Everyone starts with 500 points."
