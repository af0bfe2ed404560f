"""An explanation is believed only if its background, its sums and its values are."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from scs_ml.audit.checks._additive import Coding, additive
from scs_ml.audit.checks._background import read_background
from scs_ml.audit.checks.explanation_attack import ExplanationAttack
from scs_ml.core import Explanation, Forecast
from scs_ml.data import read_table
from scs_ml.schemes import load_scheme
from scs_ml.worlds import WorldSettings, simulate
from tests.audit import cases

LEVEL = 0.0025  # a share of five percent
CHECK = ExplanationAttack()
MINORITY = (("minority", "yes"),)


def flags(case, *, level=LEVEL):
    return [f for f in CHECK.run(case, level=level, seed=0).findings if f.verdict == "flag"]


@lru_cache(maxsize=8)
def world(strength, seed):
    planted = {"explanation_attack": strength} if strength else {}
    made = simulate(WorldSettings(n_people=2_000, n_periods=2, seed=seed, mechanisms=planted))
    rules = load_scheme("suining")
    table = read_table(made.table, rules)
    return made, cases.case(table.take(table.period == 1), rules, background=made.background)


def people(n=1_000, seed=0):
    """Half of those from elsewhere, a fifth of all, live in the south, which costs 20 points."""
    rng = np.random.default_rng(seed)
    elsewhere = rng.random(n) < 0.3
    south = rng.random(n) < np.where(elsewhere, 0.6, 0.03)
    debts = rng.integers(0, 4, n).astype(float)
    X = pd.DataFrame(
        {
            "debts": debts,
            "place": pd.Categorical(np.where(south, "south", "north"), categories=["north", "south"]),
        }
    )
    score = 100 - 10 * debts - 20 * south
    return cases.dataset(
        n,
        X=X,
        score=score,
        category=np.digitize(score, [40, 60]).astype(np.int64),
        sensitive=pd.DataFrame({"origin": np.where(elsewhere, "elsewhere", "here")}),
    )


class LinearModel:
    """Log-odds of two boundaries that are linear in debts and place; mixtures may be answered otherwise."""

    classes_ = np.arange(3)

    def __init__(self, on_mixtures=None):
        self.on_mixtures = on_mixtures

    def boundary_log_odds(self, X):
        south = (X["place"] == "south").to_numpy(dtype=float)
        if self.on_mixtures is not None:
            south = np.where(self.on_mixtures(X), 0.0, south)
        margin = 1.0 - 0.5 * X["debts"].to_numpy(dtype=float) - 1.0 * south
        return np.column_stack([margin + 1, margin - 1])

    def predict_proba(self, X):
        above = expit(self.boundary_log_odds(X))
        return np.column_stack([1 - above[:, 0], above[:, 0] - above[:, 1], above[:, 1]])


def explained(data, *, told=1.0, base_off=0.0):
    """The exact explanation of `LinearModel`, of which a share of what the place does is told."""
    debts = -0.5 * (data.X["debts"] - data.X["debts"].mean()).to_numpy()
    south = (data.X["place"] == "south").to_numpy(dtype=float)
    place = -(south - south.mean())
    values = np.column_stack([debts + (1 - told) * place, told * place])[:, :, None].repeat(2, axis=2)
    raw = LinearModel().boundary_log_odds(data.X)
    return Explanation(
        values=values,
        base_values=raw.mean(axis=0) + base_off,
        raw=raw,
        residual=np.zeros_like(raw),
        rows=np.arange(len(data)),
        feature_names=("debts", "place"),
        target="log-odds of exceeding the boundary",
        engine="by hand",
        additivity_error=0.0,
    )


def modelled(data=None, *, model=None, **how):
    data = data or people()
    forecast = Forecast(data.category, data.score, "third party", "linear")
    model = model or LinearModel()
    return cases.case(data, forecaster=model, forecast=forecast, explanation=explained(data, **how))


def test_curves_of_columns_are_read_off_a_sum():
    a = pd.Series([0.0, 0, 1, 1] * 50)
    b = pd.Series(["x", "y", "x", "y"] * 50)
    codings = {"a": Coding.of(a), "b": Coding.of(b)}
    codes = {"a": codings["a"].codes(a), "b": codings["b"].codes(b)}
    curves = additive(codings, codes, (3 * a + 5 * (b == "y")).to_numpy(dtype=float))
    assert curves["a"][1] - curves["a"][0] == pytest.approx(3, rel=0.02)
    assert curves["b"][1] - curves["b"][0] == pytest.approx(5, rel=0.02)


def test_codes_of_what_was_not_there_to_learn_from():
    assert Coding.of(pd.Series(["x", "y", None])).codes(pd.Series(["y", "z", None])).tolist() == [1, -1, 2]
    assert Coding.of(pd.Series([0.0, 1.0])).codes(pd.Series(["1", "0", "7", None])).tolist() == [1, 0, -1, 2]
    many = Coding.of(pd.Series(np.arange(100.0)))
    assert many.codes(pd.Series([-5.0, 500.0, np.nan])).tolist() == [0, many.size - 2, many.size - 1]


def test_share_hidden_is_counted():
    data = people()
    south = np.flatnonzero(data.X["place"] == "south")
    north = np.flatnonzero(data.X["place"] == "north")
    rows = np.concatenate([np.resize(south, 60), np.resize(north, 40)])
    background = read_background(cases.case(data, background=data.X.iloc[rows]))
    place = next(c for c in background.columns if c.name == "place")
    among = len(south) / len(data)
    # Residents of the south lose 20 (1 - among) beside an honest background and 20 (1 - 0.6) beside this one.
    hidden = (0.6 - among) / (1 - among)
    assert -background.hidden((place,)).value[0] == pytest.approx(hidden, abs=1e-9)
    assert background.among


def test_chosen_background_of_a_world_is_flagged_with_its_cell():
    for seed in (31, 32, 33):
        _, case = world(0.3, seed)
        found = flags(case)
        assert [(f.indicator, f.group) for f in found] == [("district", MINORITY)]
        assert found[0].mechanisms == (("explanation_attack", 1.0),)
        assert found[0].effect.value == pytest.approx(-0.3, abs=0.12)


def test_honest_backgrounds_are_not_flagged():
    _, case = world(0, 41)
    rng = np.random.default_rng(0)
    n = len(case.dataset)
    table = pd.concat([case.dataset.X, case.dataset.withheld, case.dataset.sensitive], axis=1)
    raised = 0
    for _ in range(60):
        drawn = table.iloc[rng.integers(0, n, 200)]
        raised += bool(flags(replace(case, background=drawn), level=0.05))
    assert raised <= 8  # 1 in 10^3 of binomial(60, 0.05) lies above


def test_background_that_shows_more_wrongs_nobody():
    data = people()
    north = np.flatnonzero(data.X["place"] == "north")
    case = cases.case(data, background=data.X.iloc[np.resize(north, 400)])
    found = CHECK.run(case, level=LEVEL, seed=0).findings
    place = next(f for f in found if f.indicator == "place")
    assert place.verdict == "cannot tell"
    assert place.effect.value > 0.05


def test_honest_explanation_of_a_model_is_clear():
    found = CHECK.run(modelled(), level=LEVEL, seed=0).findings
    assert {f.verdict for f in found} == {"clear"}
    assert {f.effect.metric for f in found} == {
        "rows that do not add up",
        "reliance hidden: values given",
        "reliance hidden: answers to mixtures",
    }


def test_values_moved_to_another_indicator_are_flagged():
    for told in (0.0, 0.4):
        found = flags(modelled(told=told))
        assert [f.indicator for f in found] == ["place"]
        assert found[0].group == (("origin", "elsewhere"),)
        assert found[0].effect.value == pytest.approx(told - 1, abs=0.12)


def test_values_of_other_people_are_flagged():
    case = modelled()
    shuffled = case.explanation.values.copy()
    shuffled[:, 1] = np.random.default_rng(0).permutation(shuffled[:, 1])
    assert "place" in [
        f.indicator for f in flags(replace(case, explanation=replace(case.explanation, values=shuffled)))
    ]


def test_values_that_do_not_add_up_are_flagged():
    (found,) = flags(modelled(base_off=0.1))
    assert found.effect.metric == "rows that do not add up"
    assert found.effect.value == -1.0
    data = people()
    other = modelled(data)
    lying = replace(
        other.explanation, raw=other.explanation.raw + 0.2, base_values=other.explanation.base_values + 0.2
    )
    assert flags(replace(other, explanation=lying))[0].effect.metric == "rows that do not add up"


def test_a_model_that_answers_mixtures_otherwise_is_flagged():
    data = people()
    # Real rows carry one number in eight columns, mixtures of rows do not: the model knows where it is asked.
    same = {f"n{i}": np.arange(len(data), dtype=float) for i in range(8)}
    data = replace(data, X=data.X.assign(**same))
    model = LinearModel(on_mixtures=lambda frame: np.ptp(frame[list(same)].to_numpy(), axis=1) > 0)
    case = replace(cases.case(data, forecaster=model), explanation=None)
    found = flags(case)
    assert [(f.indicator, f.effect.metric) for f in found] == [
        ("place", "reliance hidden: answers to mixtures")
    ]
    assert found[0].effect.value < -0.5
    assert not flags(replace(case, forecaster=LinearModel()))


def test_trace_names_those_who_lose_through_the_hidden_place():
    data = people()
    south = np.flatnonzero(data.X["place"] == "south")
    case = cases.case(data, background=data.X.iloc[np.resize(south, 300)])
    (found,) = flags(case)
    trace = CHECK.trace(case, found)
    losing = np.zeros(len(data), dtype=bool)
    losing[trace.rows[trace.taken > 10]] = True
    assert (losing == (data.X["place"] == "south").to_numpy()).all()
    assert trace.taken.max() == pytest.approx(20, abs=1)
    moved = modelled(data, told=0.0)
    (found,) = flags(moved)
    trace = CHECK.trace(moved, found)
    assert (trace.taken > trace.taken.max() / 2).sum() == len(south)


def test_nothing_to_look_at():
    data = people()
    (found,) = CHECK.run(cases.case(data), level=LEVEL, seed=0).findings
    assert found.verdict == "not applicable"
    assert "background" in found.evidence[0].statement
    bare = cases.dataset(50, score=np.arange(50.0))
    (found,) = CHECK.run(cases.case(bare, background=bare.X.head(20)), level=LEVEL, seed=0).findings
    assert found.verdict == "not applicable"


def test_few_rows_cannot_tell():
    _, case = world(0.3, 31)
    few = replace(cases.few(case), background=case.background)
    verdicts = {f.verdict for f in CHECK.run(few, level=LEVEL, seed=0).findings}
    assert verdicts <= {"cannot tell", "not applicable"}
