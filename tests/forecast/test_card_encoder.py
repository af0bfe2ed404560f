from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.forecast import CardEncoder, ScorecardEncoder
from scs_ml.schemes import card_score, load_scheme


def test_the_points_are_the_card_s(suining, pilot):
    X, y = pilot
    encoder = CardEncoder(suining).fit(X, y)
    assert not encoder.learned_
    np.testing.assert_allclose(suining.scale.clip(1000 + encoder.points(X)), card_score(suining, X))
    column = encoder.transform(X)
    assert column.shape == (len(X), 1)
    np.testing.assert_allclose([column.mean(), column.std()], [0, 1], atol=1e-12)
    assert encoder.column_indicator_ == ("",)
    assert encoder.get_feature_names_out().tolist() == ["card points"]


def test_contributions_are_exact_and_only_of_indicators_with_rules(suining, make_pilot):
    X, y = make_pilot(400)
    encoder = CardEncoder(suining).fit(X, y)
    new, _ = make_pilot(50, seed=1)
    parts = encoder.derived(new)[0]
    np.testing.assert_allclose(parts.sum(axis=1), encoder.transform(new)[:, 0], atol=1e-12)
    at = list(X.columns)
    assert (parts[:, [at.index("district"), at.index("current_score")]] == 0).all()
    # One violation more costs 20 points.
    more = encoder.derived(new.assign(traffic_violations=new["traffic_violations"] + 1))[0]
    np.testing.assert_allclose((more - parts)[:, at.index("traffic_violations")], -20 / encoder.scale_)


def test_the_table_prints_the_card(suining, pilot):
    X, y = pilot
    table = CardEncoder(suining).fit(X, y).points_table()
    assert table.columns.tolist() == ["indicator", "value", "points"]
    line = table[table["indicator"] == "unpaid_debts"].iloc[0]
    assert (line["value"], line["points"]) == ("per unit", -50)


def test_levels_and_caps_are_printed(suining):
    rules = [
        {"name": "home", "indicator": "district", "levels": {"d01": 5, "d02": -5}},
        {"name": "debts", "indicator": "unpaid_debts", "points": -50, "cap": 100},
    ]
    scheme = type(suining).model_validate(suining.model_dump() | {"card": {"rules": rules}})
    X = pd.DataFrame(
        {"district": pd.Categorical(["d01", "d02"], categories=["d01", "d02"]), "unpaid_debts": [0.0, 9.0]}
    )
    encoder = CardEncoder(scheme).fit(X)
    assert encoder.points(X).tolist() == [5, -105]
    assert encoder.points_table().to_numpy().tolist() == [
        ["district", "d01", 5],
        ["district", "d02", -5],
        ["unpaid_debts", "per unit, 100 at most", -50],
    ]


def test_without_a_card_whole_points_are_learned_that_can_be_added_by_hand():
    generator = np.random.default_rng(0)
    n = 3000
    X = pd.DataFrame(
        {
            "debts": generator.integers(0, 3, n).astype(float),
            "home": pd.Categorical(generator.choice(["own", "rent"], n)),
        }
    )
    X.loc[::10, "debts"] = np.nan
    latent = -1.5 * X["debts"].fillna(0) + (X["home"] == "own") + generator.logistic(size=n)
    y = np.digitize(latent, [-2.0, 0.0])
    encoder = CardEncoder().fit(X, y)
    assert encoder.learned_
    table = encoder.points_table()
    assert table["points"].dtype == np.int64
    assert table["points"].min() == 0
    base = table["points"][0]
    points = {(i, v): p for i, v, p in table.itertuples(index=False)}
    assert [v for i, v, _ in table.itertuples(index=False) if i == "debts"] == [
        "up to 0.5",
        "over 0.5 up to 1.5",
        "over 1.5",
        "missing",
    ]
    assert list(dict.fromkeys(table["indicator"])) == ["base points", *X.columns]
    # Effects in points: log-odds times 20 / ln 2. One debt more costs 1.5 log-odds, 43 points.
    scale = 20 / np.log(2)
    first, second = (points["debts", v] for v in ("up to 0.5", "over 0.5 up to 1.5"))
    assert first - second == pytest.approx(1.5 * scale, abs=6)
    assert points["home", "own"] - points["home", "rent"] == pytest.approx(scale, abs=6)
    rows = pd.DataFrame(
        {"debts": [1.0, np.nan], "home": pd.Categorical(["own", "rent"], categories=["own", "rent"])}
    )
    by_hand = [second + points["home", "own"], points["debts", "missing"] + points["home", "rent"]]
    assert encoder.points(rows).tolist() == [base + each for each in by_hand]
    scorecard = ScorecardEncoder().fit(X, y)
    assert encoder.points_table().equals(scorecard.points_table())
    np.testing.assert_allclose(encoder.derived(X)[0].sum(axis=1), encoder.transform(X)[:, 0], atol=1e-12)


def test_points_are_learned_where_the_inputs_have_none_of_the_card_s_indicators(suining):
    X = pd.DataFrame({"current_score": [500.0, 700.0, 900.0, 990.0] * 30})
    encoder = CardEncoder(suining).fit(X, suining.scale.categorise(X["current_score"]))
    assert encoder.learned_
    assert (np.diff(encoder.points(X)[:4]) > 0).all()


def test_a_withheld_indicator_gives_no_points():
    scheme = load_scheme("sesame")
    assert scheme.card is not None
    kept = [r for r in scheme.card.rules if scheme.indicator(r.indicator).forbidden_reason is None]
    assert len(kept) < len(scheme.card.rules)
    real = scheme.model_copy(update={"basis": scheme.basis.model_copy(update={"kind": "benchmark"})})
    X = pd.DataFrame({rule.indicator: [0.0, 1.0] for rule in kept})
    encoder = CardEncoder(real).fit(X, [0, 1])
    assert not encoder.learned_
    expected = sum(rule.points for rule in kept if rule.points is not None)
    assert encoder.points(X)[1] - encoder.points(X)[0] == pytest.approx(expected)


def test_without_labels_or_with_one_learned_points_are_all_alike():
    X = np.arange(20.0)[:, None]
    assert CardEncoder().fit(X).points(X).tolist() == [500] * 20
    assert CardEncoder().fit(X, np.ones(20, int)).transform(X).tolist() == [[0.0]] * 20
    # Where nothing is known of anyone, odds of one in three are all there is: 500 less 20 points.
    unknown = CardEncoder().fit(np.full((3, 1), np.nan), [0, 1, 0])
    assert unknown.points_table().to_numpy().tolist() == [["base points", "everyone", 480]]


def test_cuts_are_as_precise_as_they_are_printed():
    generator = np.random.default_rng(0)
    X = pd.DataFrame({"income": generator.lognormal(10, 1, 500)})
    encoder = CardEncoder().fit(X, (X["income"] > 23456.789).astype(int))
    table = encoder.points_table().iloc[1:]
    cut = float(table["value"].iloc[0].removeprefix("up to "))
    sides = pd.DataFrame({"income": [cut, np.nextafter(cut, np.inf)]})
    assert (encoder.points(sides) - encoder.base_).tolist() == table["points"][:2].tolist()
