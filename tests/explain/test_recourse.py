"""Recourse: the cheapest feasible change, checked against brute force and against the model."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from scs_ml.exceptions import ExplanationError
from scs_ml.explain import recourse
from scs_ml.explain.moves import UNIT, possible_moves
from scs_ml.forecast import FORECASTERS
from scs_ml.metrics import median_category
from scs_ml.schemes import Basis, Indicator, Scheme

COMMON = {"kind": "direct", "source": "business", "database": "banks", "context": "finance"}


def scheme_of(*indicators, kind="synthetic", categories=("worst", "middle", "best")):
    return Scheme(
        format=1,
        name="little",
        title="Little",
        citation="made up",
        scale={"categories": categories},
        basis=Basis(kind=kind, purpose="a test", context="finance", contact="nobody"),
        roles={"category": "category"},
        horizon=0,
        indicators=[Indicator(**COMMON | each) for each in indicators],
    )


DEBTS = {"name": "debts", "range": (0, 9), "monotone": "falling", "actionable": True, "nature": "finance"}
DAYS = {"name": "days", "range": (0, 9), "monotone": "rising", "actionable": True}
HABIT = {"name": "habit", "dtype": "category", "levels": ("a", "b", "c"), "actionable": True}
FLAG = {"name": "flag", "dtype": "flag", "actionable": True}
AGE = {"name": "age", "nature": "protected", "actionable": True}
PLACE = {"name": "place", "nature": "location", "actionable": True, "dtype": "category", "levels": ("x", "y")}
YEARS = {"name": "years", "nature": "history", "actionable": True}
TALK = {"name": "talk", "hearsay": True, "neutral": 0.0, "actionable": True}
KIN = {"name": "kin", "concerns": "relatives", "actionable": True}
OWN = {"name": "own", "forbidden": "the scheme says so", "actionable": True}
FIXED = {"name": "fixed"}


class Points:
    """A classifier with as many points as a hand can add; three categories, by two cuts."""

    classes_ = np.array([0, 1, 2])

    def __init__(self, points, cuts=(0.5, 4.5)):
        self.points, self.cuts = points, cuts

    def score(self, frame):
        total = np.zeros(len(frame))
        for name, each in self.points.items():
            if isinstance(each, dict):
                total += frame[name].astype(object).map(each).to_numpy(float)
            else:
                total += each * frame[name].to_numpy(float)
        return total

    def predict_proba(self, frame):
        return np.eye(3)[np.searchsorted(self.cuts, self.score(frame))]


def table(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "debts": rng.integers(0, 5, n).astype(float),
            "days": rng.integers(0, 6, n).astype(float),
            "habit": pd.Categorical(rng.choice(list("abc"), n), categories=list("abc")),
            "flag": rng.integers(0, 2, n).astype(float),
            "fixed": rng.normal(size=n),
        }
    )


def by_hand(forecaster, row, scheme, reference, target):
    """Every combination of the grid, one after the other."""
    moves = possible_moves(row, scheme, reference)
    frames, costs = [], []
    for state in product(*(range(len(each.values)) for each in moves)):
        changed = row.copy()
        for each, step in zip(moves, state, strict=True):
            if isinstance(row[each.indicator].dtype, pd.CategoricalDtype):
                levels = row[each.indicator].cat.categories
                changed[each.indicator] = pd.Categorical([levels[int(each.values[step])]], categories=levels)
            else:
                changed[each.indicator] = each.values[step]
        frames.append(changed)
        costs.append((sum(int(m.costs[s]) for m, s in zip(moves, state, strict=True)), sum(map(bool, state))))
    probabilities = forecaster.predict_proba(pd.concat(frames, ignore_index=True))
    reached = median_category(probabilities) >= target
    return min((cost for cost, hit in zip(costs, reached, strict=True) if hit), default=None)


def test_paying_a_debt_is_cheaper_than_four_days_where_fewer_people_lie_between():
    scheme = scheme_of(DEBTS, DAYS)
    reference = pd.DataFrame({"debts": [0.0, 0.0, 0.0, 1.0], "days": [0.0, 1.0, 2.0, 3.0]})
    row = pd.DataFrame({"debts": [1.0], "days": [0.0]})
    found = recourse(Points({"debts": -1.0, "days": 0.5}, cuts=(-0.6, 9)), row, scheme, reference=reference)
    # Middle ranks: debts 1 -> 0 is 0.875 -> 0.375; days 0 -> 1 is 0.125 -> 0.375 and does as much.
    (change,) = found.changes
    assert (change.indicator, change.before, change.after, change.shift) == ("days", 0.0, 1.0, 0.25)
    assert (found.cost, found.before, found.target, found.after) == (0.25, 0, 1, 1)
    assert found.exact and found.why is None


def test_equal_cost_goes_to_fewer_changes():
    scheme = scheme_of(DEBTS, DAYS)
    reference = pd.DataFrame({"debts": [0.0, 1.0, 2.0, 3.0], "days": [0.0, 1.0, 2.0, 3.0]})
    row = pd.DataFrame({"debts": [2.0], "days": [0.0]})
    # Two steps of either, or one of each, are worth two points and cost 0.5.
    found = recourse(Points({"debts": -1.0, "days": 1.0}, cuts=(-0.5, 9)), row, scheme, reference=reference)
    assert found.cost == 0.5
    assert len(found.changes) == 1


def test_nothing_moves_against_its_declared_direction_or_off_the_grid():
    scheme = scheme_of(DEBTS, DAYS | {"range": (0, 4)}, {"name": "free", "actionable": True}, FLAG)
    reference = pd.DataFrame(
        {
            "debts": [0.0, 1.0, 4.0, 7.0],
            "days": [0.0, 2.0, 4.0, 6.0],
            "free": [0.5, 1.5, 2.5, np.nan],
            "flag": [0.0, 1, 1, 0],
        }
    )
    row = pd.DataFrame({"debts": [4.0], "days": [2.0], "free": [1.5], "flag": [1.0]})
    values = {each.indicator: sorted(each.values) for each in possible_moves(row, scheme, reference)}
    assert values == {
        "debts": [0, 1, 2, 3, 4],  # whole numbers, so those between count too
        "days": [2, 3, 4],
        "free": [0.5, 1.5, 2.5],
        "flag": [0, 1],
    }
    costs = {each.indicator: each.costs for each in possible_moves(row, scheme, reference)}
    assert costs["flag"].tolist() == [0, UNIT // 2]
    assert all((np.diff(each) >= 0).all() for each in costs.values())


@pytest.mark.parametrize("kind", ["synthetic", "benchmark"])
def test_age_place_record_relatives_rumours_and_the_forbidden_never_move(kind):
    scheme = scheme_of(DEBTS, AGE, PLACE, YEARS, TALK, KIN, OWN, FIXED, kind=kind)
    n = 50
    rng = np.random.default_rng(1)
    names = ["age", "years", "talk", "kin", "own", "fixed", "current_score"]
    reference = pd.DataFrame({name: rng.normal(size=n) for name in names})
    reference["debts"] = rng.integers(0, 3, n).astype(float)
    reference["place"] = pd.Categorical(rng.choice(["x", "y"], n), categories=["x", "y"])
    row = reference.iloc[[0]]
    assert {each.indicator for each in possible_moves(row, scheme, reference)} <= {"debts"}
    # Each of them would do, and the debts would not.
    model = Points(dict.fromkeys(names, 100.0) | {"place": {"x": 0.0, "y": 1000.0}}, cuts=(1e6, 1e7))
    found = recourse(model, row, scheme, reference=reference)
    assert found.changes == () and found.why in ("out of reach", "nothing can change")
    assert found.held == ("current_score",)


def test_a_name_that_says_protected_never_moves_even_in_a_world():
    scheme = scheme_of({"name": "gender_code", "actionable": True}, FLAG)
    reference = pd.DataFrame({"gender_code": [0.0, 1.0], "flag": [0.0, 1.0]})
    assert [m.indicator for m in possible_moves(reference.iloc[[0]], scheme, reference)] == ["flag"]


def test_why_there_is_none():
    reference = table()
    row = reference.iloc[[0]].assign(debts=4.0, days=0.0)
    nothing = scheme_of(FIXED, {"name": "debts"})
    assert recourse(Points({"debts": -1.0}), row, nothing, reference=reference).why == "nothing can change"
    scheme = scheme_of(DEBTS, DAYS)
    assert recourse(Points({"debts": 0}, (-1, 99)), row, scheme, reference=reference).why == "out of reach"
    there = recourse(Points({"debts": 0}, (-2, -1)), row, scheme, reference=reference)
    assert there.why == "already there" and there.before == there.after == 2
    missing = row.assign(debts=np.nan, days=np.nan)
    assert recourse(Points({"fixed": 0}), missing, scheme, reference=reference).why == "nothing can change"


def test_when_the_budget_ends_a_climb_looks_for_any_and_says_it_is_not_exact():
    scheme = scheme_of(DEBTS, DAYS, HABIT, FLAG)
    reference = table()
    row = reference.iloc[[0]].assign(debts=4.0, days=0.0, flag=0.0)
    row["habit"] = pd.Categorical(["a"], categories=list("abc"))
    model = Points({"debts": -1.0, "days": 1.0, "flag": 1.0, "habit": {"a": 0, "b": 1, "c": 2}}, (-1.5, 3.5))
    whole = recourse(model, row, scheme, reference=reference, target=2)
    short = recourse(model, row, scheme, reference=reference, target=2, predictions=5)
    assert whole.exact and not short.exact
    assert short.after == whole.after == 2
    assert short.cost >= whole.cost
    out = recourse(
        Points({"debts": -1.0}, cuts=(50, 99)), row, scheme, reference=reference, target=2, predictions=5
    )
    assert (out.why, out.exact, out.changes) == ("not found", False, ())


def test_a_search_that_ends_just_as_the_budget_does_is_exact():
    scheme = scheme_of(FLAG)
    reference = table()
    row = reference.iloc[[0]].assign(flag=0.0)
    found = recourse(Points({"flag": 0.0}), row, scheme, reference=reference, predictions=1)
    assert (found.why, found.exact) == ("out of reach", True)


class Nervous(Points):
    """Says yes to everybody in company, and to nobody alone."""

    def predict_proba(self, frame):
        return np.tile([0.0, 1.0, 0.0] if len(frame) > 1 else [1.0, 0.0, 0.0], (len(frame), 1))


def test_what_does_not_hold_when_predicted_again_is_not_given():
    reference = table()
    found = recourse(Nervous({}), reference.iloc[[0]], scheme_of(DEBTS, DAYS, HABIT), reference=reference)
    assert found.changes == ()


def test_what_is_no_row_or_no_category_is_an_error():
    reference = table()
    scheme = scheme_of(DEBTS)
    with pytest.raises(ExplanationError, match="one row"):
        recourse(Points({}), reference, scheme, reference=reference)
    with pytest.raises(ExplanationError, match="lacks 1 of"):
        recourse(Points({}), reference.iloc[[0]], scheme, reference=reference.drop(columns="debts"))
    with pytest.raises(ExplanationError, match="no category 7"):
        recourse(Points({}), reference.iloc[[0]], scheme, reference=reference, target=7)


@pytest.fixture(scope="module")
def fitted():
    scheme = scheme_of(DEBTS, DAYS, HABIT, FLAG, FIXED)
    X = table(400)
    rng = np.random.default_rng(5)
    truth = -X["debts"] + 0.7 * X["days"] + X["flag"] + X["habit"].cat.codes + rng.normal(size=len(X))
    y = np.searchsorted([0.5, 2.5], truth)
    ours = {name: FORECASTERS[name](scheme=scheme) for name in ("logit", "boosting", "lda", "forest")}
    plain = {"own": LogisticRegression(max_iter=500), "trees": RandomForestClassifier(20, random_state=0)}
    numbers = X.assign(habit=X["habit"].cat.codes.astype(float))
    models = {name: (model.fit(X, y), X) for name, model in ours.items()}
    models |= {name: (model.fit(numbers, y), numbers) for name, model in plain.items()}
    return scheme, models


@pytest.mark.parametrize("family", ["logit", "boosting", "lda", "forest", "own", "trees"])
def test_no_combination_of_the_grid_is_cheaper(fitted, family):
    scheme, models = fitted
    model, X = models[family]
    low = np.flatnonzero(median_category(model.predict_proba(X)) < 2)[:6]
    assert len(low) == 6
    for i in low:
        row = X.iloc[[i]].reset_index(drop=True)
        found = recourse(model, row, scheme, reference=X, target=2)
        best = by_hand(model, row, scheme, X, 2)
        assert found.exact
        assert (found.why == "out of reach") == (best is None)
        if best is not None:
            assert (round(found.cost * UNIT), len(found.changes)) == best
            changed = row.copy()
            for each in found.changes:
                changed[each.indicator] = (
                    each.after
                    if not isinstance(each.after, str)
                    else pd.Categorical([each.after], categories=list("abc"))
                )
            assert median_category(model.predict_proba(changed))[0] >= 2
            assert {each.indicator for each in found.changes} <= set(found.could_move) - {"fixed"}


@settings(max_examples=40)
@given(
    weights=st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    cut=st.integers(-8, 12),
    at=st.integers(0, 39),
    seed=st.integers(0, 5),
)
def test_any_points_any_cut(weights, cut, at, seed):
    scheme = scheme_of(DEBTS, DAYS, HABIT, FLAG)
    reference = table(40, seed)
    row = reference.iloc[[at]].reset_index(drop=True)
    levels = dict(zip("abc", (0, weights[2], 2 * weights[2]), strict=True))
    points = {"debts": weights[0], "days": weights[1], "flag": weights[3], "habit": levels}
    model = Points(points, (cut + 0.5, 99))
    found = recourse(model, row, scheme, reference=reference, target=1)
    best = by_hand(model, row, scheme, reference, 1)
    if found.why == "already there":
        assert best == (0, 0)
    elif best is None:
        assert found.why == "out of reach"
    else:
        assert (round(found.cost * UNIT), len(found.changes)) == best
