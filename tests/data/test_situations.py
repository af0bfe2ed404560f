"""Events of disasters, accidents and emergencies, taken out; and attempts to get round it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import net_of_events, pair, read_ledger, read_table
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import PUBLIC_KEY, pseudonymise

QUARTERS = ("2014Q1", "2014Q2", "2014Q3", "2014Q4")
FINES = {"name": "fines", "range": [0, 99]}
RULE = {"name": "fine", "indicator": "fines", "points": -10}


@pytest.fixture
def scheme_of(make_scheme):
    """Make a scheme of fines and floods, on a basis of real people where not told."""

    def make(kind="benchmark", indicators=(FINES,), rules=(RULE,), kinds=("disaster",), **card):
        basis = {"kind": kind} | ({"lawful_basis": "a statute"} if kind == "audit" else {})
        names = {"disaster": "flood", "illness": "illness"}
        return make_scheme(
            basis=basis,
            card={"rules": list(rules), **card} if rules else None,
            scale={"start": 100, "lower_bounds": [60, 80], "minimum": 0, "maximum": 200},
            indicators=list(indicators),
            situations=[{"name": names[each], "kind": each} for each in kinds],
        )

    return make


def table(fines, flood=(), **columns):
    """One person a row of `fines`, over four quarters; `flood` names (person, quarter) in one."""
    rows = [
        {"who": f"p{i}", "when": when, "score": 100.0 - 10 * n, "sex": "f", "fines": n}
        for i, numbers in enumerate(fines)
        for when, n in zip(QUARTERS, numbers, strict=True)
    ]
    frame = pd.DataFrame(rows).assign(**columns)
    frame["flood"] = [(who, when) in flood for who, when in zip(frame["who"], frame["when"], strict=True)]
    return frame


def read(scheme, frame, *events):
    """Read a table and its ledger of (subject, period, situation), and further columns where given."""
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    rows = [
        {"rule": "fine", "indicator": "fines", "points": -10.0}
        | dict(zip(("subject", "period", "situation"), each[:3], strict=True))
        | (each[3] if len(each) > 3 else {})
        | {"event": f"e{at}"}
        for at, each in enumerate(events)
    ]
    return dataset, read_ledger(pd.DataFrame(rows), scheme, dataset, key=PUBLIC_KEY)


def of(dataset, name="fines", person="p0"):
    """Values of one person, quarter by quarter."""
    mine = dataset.subject == pseudonymise(np.array([person], dtype=object), PUBLIC_KEY)[0]
    values = dataset.X[name] if name in dataset.X else getattr(dataset, name)
    return np.asarray(values)[mine].tolist()


def test_counts_lose_their_flagged_events_within_the_window(scheme_of):
    # Expiry of two quarters: an event of the first counts in the first and the second.
    scheme = scheme_of(expiry=2)
    frame = table([[2, 3, 2, 1], [1, 1, 0, 0]])
    dataset, ledger = read(
        scheme,
        frame,
        *[("p0", "2014Q1", "flood"), ("p0", "2014Q1", None), ("p0", "2014Q2", "illness")],
        *[("p0", "2014Q3", None), ("p1", "2014Q1", None)],
    )
    net = net_of_events(dataset, ledger, scheme)
    assert of(net.dataset) == [1, 2, 2, 1]
    assert of(net.dataset, "score") == [90, 80, 80, 90], "ten points a fine, in the first two quarters"
    assert of(net.dataset, person="p1") == [1, 1, 0, 0]
    assert net.ledger.events["event"].tolist() == ["e1", "e2", "e3", "e4"], "illness is not among the three"
    assert net.concerned.sum() == 2
    assert not net.doubtful.any()
    gate = net.dataset.gates[-1]
    assert (gate.rule, gate.outcome, gate.rows) == ("situation", "left out", 2)


@pytest.mark.parametrize(
    "word", ["FLOOD", "Disaster", " flood ", "accident", "Emergency", "illness, flood", "flood and illness"]
)
def test_however_the_situation_is_written(scheme_of, word):
    scheme = scheme_of(kinds=("disaster", "illness"), expiry=1)
    frame = table([[1, 0, 0, 0]]).assign(illness=False)
    dataset, ledger = read(scheme, frame, ("p0", "2014Q1", word))
    assert of(net_of_events(dataset, ledger, scheme).dataset) == [0, 0, 0, 0]


def test_half_life_by_hand(scheme_of):
    # Half-life of one quarter, gone after three: what is left of one event is 1, 1/2, 1/4, 0.
    scheme = scheme_of(half_life=1, expiry=3)
    frame = table([[2, 1, 0.5, 0]])
    dataset, ledger = read(scheme, frame, ("p0", "2014Q1", "flood"), ("p0", "2014Q1", None))
    net = net_of_events(dataset, ledger, scheme).dataset
    assert of(net) == [1, 0.5, 0.25, 0]
    assert of(net, "score") == [90, 95, 97.5, 100]


def test_edges_of_the_window(scheme_of):
    """An event before the panel counts until it expires; one of a later quarter does not count yet."""
    scheme = scheme_of(expiry=2)
    frame = table([[1, 1, 1, 1]])
    dataset, ledger = read(scheme, frame, ("p0", "2013Q4", "flood"), ("p0", "2014Q3", "flood"))
    assert of(net_of_events(dataset, ledger, scheme).dataset) == [0, 1, 0, 0]
    endless = scheme_of()
    dataset, ledger = read(endless, frame, ("p0", "2013Q4", "flood"))
    assert of(net_of_events(dataset, ledger, endless).dataset) == [0, 0, 0, 0], "without expiry, for ever"


def test_never_below_the_range_and_never_below_nothing(scheme_of):
    three = [("p0", "2014Q1", "flood")] * 3
    for indicator in (FINES, {"name": "fines"}):
        scheme = scheme_of(indicators=(indicator,), expiry=1)
        dataset, ledger = read(scheme, table([[1, 0, 0, 0]]), *three)
        net = net_of_events(dataset, ledger, scheme).dataset
        assert of(net) == [0, 0, 0, 0]
        assert of(net, "score")[0] == 120, "the points that were booked come back, within the scale"


def test_a_disaster_under_another_rule_or_at_another_price(scheme_of):
    scheme = scheme_of(expiry=1)
    frame = table([[4, 0, 0, 0]])
    dataset, ledger = read(
        scheme,
        frame,
        ("p0", "2014Q1", "flood", {"rule": "house not kept in order", "points": -35.0}),
        ("p0", "2014Q1", "flood", {"points": -20.0}),
        ("p0", "2014Q1", "flood", {"points": 0.0}),
    )
    net = net_of_events(dataset, ledger, scheme).dataset
    assert of(net)[0] == 0, "one by another rule, two at twice the price, one for no points"
    assert of(net, "score")[0] == 60 + 35 + 20


def test_points_come_back_as_far_as_the_rule_took_them(scheme_of):
    # At most 25 points by the rule: of three fines, one in the flood, the two others still take 20.
    scheme = scheme_of(rules=(RULE | {"cap": 25},), expiry=1)
    frame = table([[3, 0, 0, 0]])
    frame["score"] = [75.0, 100.0, 100.0, 100.0]
    dataset, ledger = read(scheme, frame, ("p0", "2014Q1", "flood"), *[("p0", "2014Q1", None)] * 2)
    assert of(net_of_events(dataset, ledger, scheme).dataset, "score")[0] == 80


def test_the_table_says_it_where_the_ledger_does_not(scheme_of):
    scheme = scheme_of(expiry=1)
    frame = table([[2, 2, 0, 0]], flood={("p0", "2014Q2")})
    dataset, ledger = read(scheme, frame, *[("p0", "2014Q1", None)] * 2, *[("p0", "2014Q2", None)] * 2)
    net = net_of_events(dataset, ledger, scheme)
    assert of(net.dataset) == [2, 0, 0, 0], "leaving the ledger's column empty hides nothing"
    assert len(net.ledger.events) == 2


def test_circumstances_that_nobody_declared_are_refused(scheme_of):
    scheme = scheme_of(expiry=1)
    dataset, ledger = read(
        scheme, table([[1, 1, 0, 0]]), ("p0", "2014Q1", "high water"), ("p0", "2014Q1", "flood")
    )
    with pytest.raises(SafeguardError, match="does not declare") as refused:
        net_of_events(dataset, ledger, scheme)
    assert refused.value.rule == "situation"
    assert "high water" not in str(refused.value), "a free text may name people"
    recorded = net_of_events(dataset, ledger, scheme, existing=True)
    assert [gate.outcome for gate in recorded.dataset.gates[-2:]] == ["recorded", "recorded"]
    assert "does not declare" in recorded.dataset.gates[-1].detail


def test_a_flag_falls_where_nothing_else_holds_it_up(scheme_of):
    flag = {"name": "fines", "dtype": "flag"}
    scheme = scheme_of(indicators=(flag,), expiry=1)
    dataset, ledger = read(
        scheme,
        table([[1, 1, 1, 0]]),
        *[("p0", "2014Q1", "flood"), ("p0", "2014Q2", "flood"), ("p0", "2014Q2", None)],
        ("p0", "2014Q4", "flood"),
    )
    # The third has no event in the ledger at all: nothing says that it was the flood.
    assert of(net_of_events(dataset, ledger, scheme).dataset) == [0, 1, 1, 0]


def test_a_category_becomes_neutral_or_missing_or_is_refused(scheme_of):
    grade = {"name": "grade", "dtype": "category", "levels": ["bad", "fair"]}
    frame = table([[0, 0, 0, 0]], grade="bad")
    event = ("p0", "2014Q1", "flood", {"rule": "grade", "indicator": "grade"})
    levels = {"name": "grade", "indicator": "grade", "levels": {"bad": -10.0}}
    for fields, expected in (({"neutral": "fair"}, "fair"), ({"missing": True}, None)):
        scheme = scheme_of(indicators=(FINES, grade | fields), rules=(levels,), expiry=1)
        dataset, ledger = read(scheme, frame, event)
        first = of(net_of_events(dataset, ledger, scheme).dataset, "grade")[0]
        assert first == expected or (expected is None and pd.isna(first))
    scheme = scheme_of(indicators=(FINES, grade), rules=(levels,), expiry=1)
    dataset, ledger = read(scheme, frame, event)
    with pytest.raises(SafeguardError, match="no neutral level") as refused:
        net_of_events(dataset, ledger, scheme)
    assert refused.value.rule == "situation"
    shown = net_of_events(dataset, ledger, scheme, existing=True, take_out=True).dataset
    assert of(shown, "grade")[0] == "bad"
    assert of(shown, "score")[0] == 110


def test_taking_out_twice_is_taking_out_once_and_the_lag_goes_with_it(scheme_of):
    scheme = scheme_of(expiry=1)
    dataset, ledger = read(scheme, table([[2, 0, 0, 0]]), ("p0", "2014Q1", "flood"))
    once = net_of_events(dataset, ledger, scheme)
    again = net_of_events(once.dataset, ledger, scheme)
    assert again.dataset.X.equals(once.dataset.X)
    assert len(again.ledger.events) == 0
    assert not net_of_events(once.dataset, None, scheme).doubtful.any()
    before = net_of_events(pair(dataset, scheme), ledger, scheme).dataset
    after = pair(once.dataset, scheme)
    assert before.X["current_score"].tolist() == after.X["current_score"].tolist() == [90, 100, 100, 100]


@pytest.mark.parametrize("kind", ["synthetic", "audit"])
def test_a_world_and_an_existing_score_are_recorded_and_stay_as_they_are(scheme_of, kind):
    scheme = scheme_of(kind, expiry=1)
    frame = table([[2, 0, 0, 0]] * 6, flood={(f"p{i}", "2014Q1") for i in range(6)})
    dataset, ledger = read(scheme, frame, *[(f"p{i}", "2014Q1", "flood") for i in range(6)])
    for given in (ledger, None):
        net = net_of_events(dataset, given, scheme, existing=kind == "audit")
        assert net.dataset.X.equals(dataset.X)
        assert net.ledger is given
        assert not net.doubtful.any()
        assert net.concerned.sum() == 6
        assert (net.dataset.gates[-1].outcome, net.dataset.gates[-1].rows) == ("recorded", 6)
    assert "cannot be excluded: no ledger" in net.dataset.gates[-1].detail
    shown = net_of_events(dataset, ledger, scheme, existing=kind == "audit", take_out=True)
    assert of(shown.dataset) == [1, 0, 0, 0]


def test_without_a_ledger_whoever_may_hold_such_events_is_doubtful(scheme_of):
    # Expiry of two quarters: a flood in the second may count in the second and the third.
    scheme = scheme_of(expiry=2)
    frame = table([[1, 1, 1, 1], [1, 1, 1, 1]], flood={("p0", "2014Q2")})
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    net = net_of_events(dataset, None, scheme)
    who = net.dataset.subject[net.doubtful]
    assert [dataset.periods[at] for at in net.dataset.period[net.doubtful]] == ["2014Q2", "2014Q3"]
    assert set(who) == {pseudonymise(np.array(["p0"], dtype=object), PUBLIC_KEY)[0]}
    assert net.dataset.X.equals(dataset.X)
    assert net.dataset.gates[-1].outcome == "left out"
    # Without a card nothing says that anything is forgotten.
    bare = scheme_of(rules=())
    assert net_of_events(read_table(frame, bare, key=PUBLIC_KEY), None, bare).doubtful.sum() == 3


def test_nobody_in_a_situation_and_no_situation_declared(scheme_of):
    scheme = scheme_of()
    net = net_of_events(read_table(table([[0, 0, 0, 0]]), scheme, key=PUBLIC_KEY), None, scheme)
    assert (net.dataset.gates[-1].outcome, net.doubtful.any()) == ("kept", False)
    none = scheme_of(kinds=())
    dataset = read_table(table([[0, 0, 0, 0]]), none, key=PUBLIC_KEY)
    assert net_of_events(dataset, None, none).dataset.gates == dataset.gates


def test_a_category_that_is_told_and_not_computed_stays_doubtful(scheme_of, make_scheme):
    scheme = scheme_of(expiry=1)
    document = scheme.model_dump()
    document["roles"] |= {"score": None, "category": "grade"}
    told = type(scheme).model_validate(document)
    frame = table([[1, 0, 0, 0]]).drop(columns="score").assign(grade="high")
    dataset, ledger = read(told, frame, ("p0", "2014Q1", "flood"))
    net = net_of_events(dataset, ledger, told)
    assert of(net.dataset) == [0, 0, 0, 0]
    assert net.doubtful.tolist() == [True, False, False, False]
