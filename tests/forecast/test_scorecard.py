from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scs_ml.exceptions import ScsError
from scs_ml.forecast.scorecard import ScorecardClassifier
from scs_ml.forecast.scorecard_encoder import ScorecardEncoder
from scs_ml.metrics import cumulative


def by_hand(table, row):
    """Add up the printed lines that hold for one row."""
    total = 0
    for name, said, points in table.itertuples(index=False):
        total += points * (name == "base points" or holds(said, row[name]))
    return total


def holds(said, value):
    if said == "missing" or pd.isna(value):
        return said == "missing" and pd.isna(value)
    if isinstance(value, str):
        return said == value
    words = said.split()
    low = float(words[1]) if words[0] == "over" else -np.inf
    high = float(words[-1]) if "up" in words else np.inf
    return said == "any" or low < value <= high


@pytest.fixture(scope="module")
def people():
    """Debts lower, income raises, the home matters, the street does not; some debts and homes are unknown."""
    generator = np.random.default_rng(1)
    n = 3000
    X = pd.DataFrame(
        {
            "debts": generator.poisson(1.0, n).astype(float),
            "income": generator.lognormal(10, 0.5, n),
            "home": pd.Categorical(generator.choice(["own", "rent", "other"], n)),
            "always": np.ones(n),
        }
    )
    X.loc[::11, "debts"] = np.nan
    X.loc[::13, "home"] = None
    latent = -X["debts"].fillna(2.0) + np.log(X["income"]) - 10 + (X["home"] == "own")
    return X, np.digitize(latent + generator.logistic(size=n), [-2.5, -1.0, 0.5])


def test_whole_points_add_up_by_hand_exactly(people):
    X, y = people
    encoder = ScorecardEncoder().fit(X, y)
    table = encoder.points_table()
    assert table.columns.tolist() == ["indicator", "value", "points"]
    assert table["points"].dtype == np.int64
    rows = X.iloc[:200]
    assert encoder.points(rows).tolist() == [by_hand(table, row) for _, row in rows.iterrows()]
    lines = table[table["indicator"] != "base points"]
    assert (lines.groupby("indicator")["points"].min() == 0).all()
    assert "always" not in set(table["indicator"])  # it gives nothing


def test_contributions_are_exact(people):
    X, y = people
    encoder = ScorecardEncoder().fit(X, y)
    parts = encoder.derived(X)[0]
    column = encoder.transform(X)
    assert encoder.column_indicator_ == ("",)
    np.testing.assert_allclose(parts.sum(axis=1), column[:, 0], atol=1e-12)
    np.testing.assert_allclose([column.mean(), column.std()], [0, 1], atol=1e-12)
    assert (parts[:, 3] == 0).all()


def test_points_of_a_flag_by_hand():
    """Odds 3 : 1 with it and 1 : 3 without, in 10,000 rows: prior rows and penalty hardly count."""
    flag = np.repeat([1.0, 0.0], 5000)
    y = np.r_[np.repeat([1, 0], [3750, 1250]), np.repeat([1, 0], [1250, 3750])]
    table = ScorecardEncoder().fit(flag[:, None], y).points_table()
    # 20 points double the odds, so nine times the odds are 20 * log2(9) = 63.4 points; even odds are 500.
    assert table.to_numpy().tolist() == [
        ["base points", "everyone", 468],
        ["x0", "up to 0.5", 0],
        ["x0", "over 0.5", 63],
        ["x0", "missing", 32],
    ]


def test_more_points_by_twenty_double_the_odds(people):
    X, y = people
    model = ScorecardClassifier().fit(X, y)
    slopes = [each.coef_[0, 0] / model.encoder_.scale_ for each in model.estimators_]
    np.testing.assert_allclose(np.array(slopes) * 20, np.log(2), rtol=0.15)


def test_declared_directions_are_kept_whatever_the_data_say(suining, make_pilot):
    X, y = make_pilot(600)
    # Turned round, so that debts seem to raise the score.
    model = ScorecardClassifier(scheme=suining).fit(X, 3 - y)
    assert "unpaid_debts" not in set(model.encoder_.points_table()["indicator"])
    straight = ScorecardClassifier(scheme=suining).fit(X, y)
    for name, sign in (("unpaid_debts", -1), ("exemplary_city", 1)):
        for more in (1, 2, 5):
            moved = straight.boundary_log_odds(X.assign(**{name: X[name] + more}))
            assert (sign * (moved - straight.boundary_log_odds(X)) >= 0).all()
    at = straight.encoder_.points_table()
    debts = at[(at["indicator"] == "unpaid_debts") & (at["value"] != "missing")]["points"]
    assert len(debts) > 1
    assert (debts.diff().dropna() < 0).all()


def test_rows_at_one_boundary_cannot_turn_points_round():
    # Over all boundaries x lowers the category; at the highest alone it seems to raise it.
    x = np.repeat([0.0, 1.0], 200)
    y = np.r_[np.repeat([1, 2], [199, 1]), np.repeat([0, 1, 2], [150, 40, 10])]
    model = ScorecardClassifier().fit(x[:, None], y)
    log_odds = model.boundary_log_odds([[0.0], [1.0]])
    assert log_odds[0, 0] > log_odds[1, 0]
    assert log_odds[0, 1] == pytest.approx(log_odds[1, 1])
    assert log_odds[0, 1] == pytest.approx(np.log(11 / 389))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_table_gives_probabilities_and_a_table_that_adds_up(data):
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
    model = ScorecardClassifier().fit(X, y)
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (n, len(np.unique(y)))
    assert not np.signbit(probabilities).any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    assert (np.diff(cumulative(probabilities), axis=1) <= 1e-15).all() if len(np.unique(y)) > 1 else True
    table = model.encoder_.points_table()
    assert model.encoder_.points(X).tolist() == [by_hand(table, row) for _, row in X.iterrows()]


def test_an_unknown_level_is_an_error(people):
    X, y = people
    model = ScorecardClassifier().fit(X, y)
    with pytest.raises(ScsError, match="not known when the encoder was fitted"):
        model.predict(X.assign(home=pd.Categorical(["barn"] * len(X))))


def test_without_labels_everyone_has_the_same_points():
    X = np.arange(20.0)[:, None]
    encoder = ScorecardEncoder().fit(X)
    assert encoder.points(X).tolist() == [500.0] * 20
    assert encoder.transform(X).tolist() == [[0.0]] * 20
    assert encoder.points_table().to_numpy().tolist() == [["base points", "everyone", 500]]
