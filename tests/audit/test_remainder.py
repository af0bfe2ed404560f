from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.remainder import remainder, with_panel
from tests.audit.cases import INDICATOR, PLACE, case, dataset, ledger, scheme

RULES = scheme(scale={"categories": ["bad", "good"], "lower_bounds": [50], "start": 100, "minimum": 0})


def town(n=200, seed=0, **changes):
    """Everybody's score is the card's: 100 less 10 a debt."""
    rng = np.random.default_rng(seed)
    debts = rng.poisson(1.0, n).astype(float)
    place = pd.Categorical(np.where(np.arange(n) % 2 == 0, "north", "south"), categories=["north", "south"])
    made = dataset(
        n,
        X=pd.DataFrame({"debts": debts, "place": place, "reports": rng.poisson(2.0, n).astype(float)}),
        sensitive=pd.DataFrame({"origin": np.where(rng.random(n) < 0.3, "far", "here")}),
        score=100 - 10 * debts,
    )
    return replace(made, **changes)


def booked_debts(data):
    debts = data.X["debts"].to_numpy()
    return ledger(*((f"e{i}", data.subject[i], 0, "debts", -10.0 * d, None) for i, d in enumerate(debts)))


def test_a_score_made_by_the_card_leaves_nothing():
    held = remainder(case(town(), RULES))
    assert (held.rules, held.exact, held.unexplained) == ("the card", True, 0.0)
    assert not held.value.any()
    assert held.also.shape == (200, 0)


def test_what_it_leaves_is_in_standard_deviations_and_known_to_the_point():
    data = town()
    taken = np.where(np.arange(200) < 7, -6.0, 0.0)
    data = replace(data, score=data.score + taken)
    held = remainder(case(data, RULES))
    assert held.deviation == pytest.approx(data.score.std(ddof=1))
    assert held.value == pytest.approx(taken / held.deviation)


def test_people_at_a_limit_are_left_out():
    data = town()
    score = data.score.copy()
    score[:3] = 0.0  # the lowest score there is
    score[3] = np.nan
    held = remainder(case(replace(data, score=score), RULES))
    assert held.rows.tolist() == list(range(4, 200))


def test_the_ledger_stands_in_for_the_card():
    data = town()
    bare = RULES.model_copy(update={"card": None})
    held = remainder(case(data, bare, ledger=booked_debts(data)))
    assert held.rules == "the ledger"
    assert not held.value.any()


def test_a_card_is_no_guide_where_the_table_lacks_all_values_of_an_indicator():
    data = town()
    bare = replace(data, X=data.X.assign(debts=np.nan))
    assert remainder(case(bare, RULES, ledger=booked_debts(data))).rules == "the ledger"
    held = remainder(case(bare, RULES))
    assert held is None or held.rules != "the card"


def test_points_of_forbidden_indicators_stay_in():
    data = town()
    north = data.X["place"].to_numpy() == "north"
    given = scheme(
        card={
            "rules": [
                {"name": "debt", "indicator": "debts", "points": -10},
                {"name": "zone", "indicator": "place", "levels": {"north": -8}},
            ]
        }
    )
    data = replace(data, score=data.score - 8.0 * north)
    held = remainder(case(data, given))
    assert held.value * held.deviation == pytest.approx(-8.0 * north)
    booked = booked_debts(data)
    more = [(f"z{i}", data.subject[i], 0, "place", -8.0, None) for i in np.flatnonzero(north)]
    both = replace(booked, events=pd.concat([booked.events, ledger(*more).events], ignore_index=True))
    bare = RULES.model_copy(update={"card": None})
    by_ledger = remainder(case(data, bare, ledger=both))
    assert by_ledger.value * by_ledger.deviation == pytest.approx(-8.0 * north)
    # Without a recorded score the ledger alone says what was booked to it.
    alone = remainder(case(replace(data, score=None), bare, ledger=both))
    assert alone.value * alone.deviation == pytest.approx(-8.0 * north)


def test_a_line_is_fitted_together_with_what_is_looked_for():
    data = town(400)
    bare = RULES.model_copy(update={"card": None})
    held = remainder(case(data, bare))
    assert held.rules == "a line through the admissible indicators"
    assert held.also.shape == (400, 2)  # debts and reports; the place is forbidden
    assert not held.exact
    assert held.unexplained == pytest.approx(0.0, abs=1e-12)


def test_noise_in_the_score_is_kept_and_a_wrong_rule_is_not():
    data = town(400)
    rng = np.random.default_rng(2)
    noisy = replace(data, score=data.score + rng.normal(0, 5, 400))
    held = remainder(case(noisy, RULES))
    assert held.rules == "the card"
    assert not held.exact
    assert 0.1 < held.unexplained < 0.4
    # Reports cost points that no card declares: the table foretells what the card leaves.
    unseen = rng.poisson(data.X["reports"])
    assert remainder(case(replace(data, score=data.score - 10.0 * unseen), RULES)) is None


def test_a_large_wrong_done_to_one_group_is_no_wrong_rule():
    """The far with many reports lose much: the table foretells it, but of nobody else."""
    data = town(400)
    far = data.sensitive["origin"].to_numpy() == "far"
    lost = np.where(far, -15.0 * data.X["reports"], 0.0)
    held = remainder(case(replace(data, score=data.score + lost + 100), RULES))
    assert held is not None
    assert held.unexplained > 0.05


def test_the_panel_holds_every_period():
    data = town(50)
    past = replace(
        data,
        X=pd.concat([data.X, data.X], ignore_index=True),
        subject=np.tile(data.subject, 2),
        period=np.repeat([0, 1], 50),
        periods=("1", "2"),
        score=np.concatenate([data.score - 4.0, data.score]),
        sensitive=pd.concat([data.sensitive] * 2, ignore_index=True),
        situations=pd.DataFrame(index=range(100)),
        withheld=pd.DataFrame(index=range(100)),
        category=np.ones(100, dtype=int),
        y=np.ones(100, dtype=int),
    )
    last = replace(past.take(past.period == 1), periods=past.periods)
    events = booked_debts(data)  # of the first period, in force for two
    for of in (
        case(last, RULES, history=past),
        case(last, RULES.model_copy(update={"card": None}), history=past, ledger=events),
    ):
        held = with_panel(of, remainder(of))
        assert held.panel.shape == (50, 2)
        assert held.panel[:, 0] * held.deviation == pytest.approx(np.full(50, -4.0))
        assert not held.panel[:, 1].any()
    alone = case(last, RULES)
    assert with_panel(alone, remainder(alone)).panel is None


def test_nothing_to_read_where_there_is_no_score_and_no_ledger():
    data = town()
    assert remainder(case(replace(data, score=None), RULES)) is None
    assert remainder(case(replace(data, score=np.full(200, 70.0)), RULES)) is None
    one = scheme(
        card=None, indicators=[PLACE | {"nature": "location", "forbidden": "no"}, INDICATOR | {"name": "x"}]
    )
    assert remainder(case(replace(data, X=data.X[["place"]]), one)) is None
