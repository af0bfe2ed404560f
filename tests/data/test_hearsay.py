"""What informants say, weighed in a table; and attempts to get round it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from scs_ml.data import net_of_events, read_ledger, read_table, weigh_hearsay, what_is_said
from scs_ml.exceptions import SafeguardError, TableError
from scs_ml.safeguards import PUBLIC_KEY

REPORTS = {
    "name": "reports",
    "kind": "indirect",
    "measurement": {"reliability": 0.6},
    "range": [0, 99],
    "hearsay": True,
    "neutral": 0,
}
CARD = {"rules": [{"name": "reports", "indicator": "reports", "points": -10}], "expiry": 2}


@pytest.fixture
def scheme_of(make_scheme):
    """Make the small panel's scheme with a hearsay indicator, on a basis of real people where not told."""

    def make(kind="benchmark", card=CARD, others=(), **fields):
        basis = {"kind": kind}
        if kind == "audit":
            basis["lawful_basis"] = "a statute"
        scale = {"start": 100, "lower_bounds": [10, 20], "minimum": -1000, "maximum": 1000}
        return make_scheme(basis=basis, card=card, scale=scale, indicators=[REPORTS | fields, *others])

    return make


@pytest.fixture
def table():
    """Six people in two quarters, who have as many reports as the test says."""

    def make(*reports, **columns):
        n = len(reports)
        rows = {"who": [f"p{i}" for i in range(n)] * 2, "when": ["2014Q1"] * n + ["2014Q2"] * n}
        rows |= {"score": [15.0] * 2 * n, "sex": ["f"] * 2 * n, "reports": [*[0] * n, *reports]}
        return pd.DataFrame(rows | {name: [*values, *values] for name, values in columns.items()})

    return make


def ledger_of(scheme, dataset, *events):
    """Events as (subject, quarter, informant), one report each; more columns where given."""
    columns = ("subject", "period", "informant", "rule", "points")
    frame = pd.DataFrame(
        [(*each, *("reports", -10)[len(each) - 3 :]) for each in events], columns=list(columns)
    )
    frame = frame.assign(event=[f"e{i}" for i in range(len(frame))], indicator="reports")
    return read_ledger(frame, scheme, dataset, key=PUBLIC_KEY)


def heard(scheme, dataset, *events, **options):
    """Give the values of the second quarter by person, and the record."""
    ledger = ledger_of(scheme, dataset, *events) if events else None
    found = weigh_hearsay(dataset, scheme, ledger, **options)
    record = next(gate for gate in found.dataset.gates if gate.rule == "hearsay")
    return now(found.dataset), record


def now(dataset, name="reports"):
    """Values of the last quarter, in the order in which the people stand in the table."""
    last = dataset.period == dataset.period.max()
    return dict(zip(dataset.subject[last], dataset.X[name][last], strict=True))


def people(scheme, frame):
    """Pseudonyms of p0, p1, ... in order."""
    names = read_table(frame, scheme, key=PUBLIC_KEY)
    assert len(names)
    from scs_ml.safeguards import pseudonymise

    return pseudonymise(np.array([f"p{i}" for i in range(len(frame) // 2)], dtype=object), PUBLIC_KEY)


def by_three(who, quarter="2014Q2"):
    return [(who, quarter, name) for name in ("a", "b", "c")]


def test_two_informants_weigh_nothing_and_three_count(scheme_of, table):
    scheme, frame = scheme_of(), table(2, 3, 6, 0)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    events = [("p0", "2014Q2", "a"), ("p0", "2014Q2", "b"), *by_three("p1")]
    events += [("p2", "2014Q2", name) for name in "aaaabc"]
    values, record = heard(scheme, dataset, *events)
    assert [values[who] for who in people(scheme, frame)] == [0, 3, 3, 0], "four of one count as one"
    assert (record.outcome, record.columns, record.rows) == ("left out", ("reports",), 2)
    assert "1 values rest on fewer than 3 informants by the ledger" in record.detail


def test_a_value_that_the_ledger_does_not_bear_out_is_no_larger_than_the_ledger(scheme_of, table):
    scheme, frame = scheme_of(), table(50, 1)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    values, _ = heard(scheme, dataset, *by_three("p0"), *by_three("p1"))
    assert [values[who] for who in people(scheme, frame)] == [3, 1], "and never larger than the table"


def test_what_expired_stands_behind_nothing(scheme_of, table):
    # The card's expiry is two quarters: what 2013Q4 saw does not count in 2014Q2, what 2014Q1 saw does.
    scheme, frame = scheme_of(), table(3, 3)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    events = [*by_three("p0", "2014Q1"), *by_three("p1", "2014Q1")[:2], ("p1", "2013Q4", "c")]
    values, _ = heard(scheme, dataset, *events)
    assert [values[who] for who in people(scheme, frame)] == [3, 0]


def test_old_reports_count_as_little_for_the_bound_as_for_the_score(scheme_of, table):
    # Half-life of one quarter: p0's informants a and b speak now, c spoke a quarter ago: 1, 1 and 1/2.
    scheme, frame = scheme_of(card=CARD | {"half_life": 1}), table(9)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    events = [("p0", "2014Q2", "a"), ("p0", "2014Q2", "b"), ("p0", "2014Q1", "c")]
    values, _ = heard(scheme, dataset, *events)
    assert list(values.values()) == [1.5], "3 * 1/2: nobody gives more than a third"


def test_one_informant_under_two_spellings(scheme_of, table):
    scheme, frame = scheme_of(), table(3, 3)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    caught = [("p0", "2014Q2", name) for name in ("Li Wei", " li  WEI ", "Bo")]
    missed = [("p1", "2014Q2", name) for name in ("Li Wei", "Wei Li", "Bo")]
    values, _ = heard(scheme, dataset, *caught, *missed)
    found = [values[who] for who in people(scheme, frame)]
    assert found[0] == 0, "case, width and blanks make no second informant"
    assert found[1] == 3, "another order of names does: nobody can tell after pseudonymisation"


def test_events_without_an_informant_stand_behind_nothing(scheme_of, table):
    scheme, frame = scheme_of(), table(5, 3)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    events = [*[("p0", "2014Q2", None)] * 3, ("p0", "2014Q2", "a"), ("p0", "2014Q2", "b"), *by_three("p1")]
    values, _ = heard(scheme, dataset, *events)
    assert [values[who] for who in people(scheme, frame)] == [0, 3]


def test_a_report_under_another_rule_is_a_report(scheme_of, table):
    scheme, frame = scheme_of(), table(6)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    events = [("p0", "2014Q2", name, "denounced", -500) for name in "aaaa"] + by_three("p0")[1:]
    values, _ = heard(scheme, dataset, *events)
    assert list(values.values()) == [3], "four of one informant, one of each other, at any price"


def test_where_nothing_says_how_many_there_are_the_indicator_is_withheld(scheme_of, table):
    scheme = scheme_of()
    dataset = read_table(table(1, 2), scheme, key=PUBLIC_KEY)
    found = weigh_hearsay(dataset, scheme).dataset
    assert "reports" not in found.X
    assert found.withheld["reports"].tolist() == dataset.X["reports"].tolist()
    assert [gate.outcome for gate in found.gates if gate.rule == "hearsay"] == ["refused"]
    # A ledger that names nobody says no more.
    silent = ledger_of(scheme, dataset, ("p0", "2014Q2", None))
    assert "reports" not in weigh_hearsay(dataset, scheme, silent).dataset.X


@pytest.mark.parametrize("kind", ["synthetic", "audit"])
def test_a_world_and_an_existing_score_are_recorded_and_stay_as_they_are(scheme_of, table, kind):
    scheme = scheme_of(kind)
    dataset = read_table(table(1, 3), scheme, key=PUBLIC_KEY)
    ledger = ledger_of(scheme, dataset, ("p0", "2014Q2", "a"), *by_three("p1"))
    for given in (None, ledger):
        found = weigh_hearsay(dataset, scheme, given, existing=kind == "audit")
        assert found.dataset.X.equals(dataset.X)
        assert found.ledger is given
        assert [gate.outcome for gate in found.dataset.gates if gate.rule == "hearsay"] == ["recorded"]


def test_weighing_twice_is_weighing_once(scheme_of, table):
    scheme = scheme_of()
    dataset = read_table(table(6), scheme, key=PUBLIC_KEY)
    ledger = ledger_of(scheme, dataset, *by_three("p0"), ("p0", "2014Q2", "a"))
    once = weigh_hearsay(dataset, scheme, ledger)
    again = weigh_hearsay(once.dataset, scheme)
    assert again.dataset.X.equals(once.dataset.X)
    assert again.dataset.gates == once.dataset.gates
    # A breach that was recorded in an audit is no weighing.
    audited = weigh_hearsay(dataset, scheme, ledger, existing=True).dataset
    assert weigh_hearsay(audited, scheme, ledger).dataset.X.equals(once.dataset.X)


def test_informants_signed_what_the_scheme_does_not_call_hearsay(scheme_of, table):
    scheme = scheme_of(hearsay=False, neutral=None)
    dataset = read_table(table(1, 2), scheme, key=PUBLIC_KEY)
    ledger = ledger_of(scheme, dataset, ("p0", "2014Q2", "a"))
    with pytest.raises(SafeguardError, match="does not call hearsay") as refused:
        weigh_hearsay(dataset, scheme, ledger)
    assert refused.value.rule == "hearsay"
    recorded = weigh_hearsay(dataset, scheme, ledger, existing=True).dataset.gates[-1]
    assert (recorded.rule, recorded.outcome, recorded.columns) == ("hearsay", "recorded", ("reports",))


def test_the_column_of_informants(scheme_of, table):
    scheme = scheme_of(informants_column="voices")
    frame = table(5, 5, 5, 5, voices=[3, 2.9, np.nan, 40])
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    values, record = heard(scheme, dataset)
    assert [values[who] for who in people(scheme, frame)] == [5, 0, 0, 5], "nobody counted: nobody speaks"
    assert "the column voices, which the owner declares" in record.detail
    # Beside a ledger both are asked, and the smaller number counts.
    events = [*by_three("p0"), *by_three("p1"), *by_three("p3")[:2]]
    values, record = heard(scheme, dataset, *events)
    assert [values[who] for who in people(scheme, frame)] == [3, 0, 0, 0]
    assert "by the ledger and by the column voices" in record.detail


@pytest.mark.parametrize(
    "voices, what",
    [(["three", 3], "holds no number"), ([-3, 3], "lies below 0"), ([None, None], None)],
)
def test_a_column_that_counts_nothing(scheme_of, table, voices, what):
    scheme = scheme_of(informants_column="voices")
    frame = table(5, 5, voices=voices)
    if what is None:
        values, _ = heard(scheme, read_table(frame, scheme, key=PUBLIC_KEY))
        assert set(values.values()) == {0}
        return
    with pytest.raises(TableError, match=what):
        read_table(frame, scheme, key=PUBLIC_KEY)


def test_a_column_that_is_not_there_or_counts_something_else_is_no_count(scheme_of, table):
    with pytest.raises(TableError, match="column 'voices' is missing"):
        read_table(table(1, 1), scheme_of(informants_column="voices"), key=PUBLIC_KEY)
    with pytest.raises(ValidationError, match="must count informants"):
        scheme_of(informants_column="reports")
    other = {"name": "debts", "range": [0, 99]}
    with pytest.raises(ValidationError, match="must count informants"):
        scheme_of(informants_column="debts", others=[other])


def test_hearsay_without_a_value_that_weighs_nothing_is_no_scheme(scheme_of):
    with pytest.raises(ValidationError, match="give its neutral value"):
        scheme_of(neutral=None)


def test_missing_is_neutral_where_no_value_is(scheme_of, table):
    scheme, frame = scheme_of(neutral=None, missing=True), table(3, 3, 0)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    values, _ = heard(scheme, dataset, *by_three("p0"), ("p1", "2014Q2", "a"))
    found = [values[who] for who in people(scheme, frame)]
    assert found[0] == 3
    assert np.isnan(found[1])
    assert found[2] == 0, "what says nothing stays"


def test_categories_and_flags_stand_or_fall_as_a_whole(scheme_of, table):
    levels = {"dtype": "category", "levels": ["bad", "fair"], "neutral": "fair", "range": None}
    scheme, frame = scheme_of(card=None, **levels), table(0, 0)
    frame["reports"] = "bad"
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    values, record = heard(scheme, dataset, *by_three("p0"), ("p1", "2014Q2", "a"))
    assert [values[who] for who in people(scheme, frame)] == ["bad", "fair"]
    assert list(dataset.X["reports"].cat.categories) == ["bad", "fair"]
    flag = scheme_of(dtype="flag", range=None)
    frame["reports"] = "yes"
    values, _ = heard(flag, read_table(frame, flag, key=PUBLIC_KEY), *by_three("p0"), *by_three("p1")[:2])
    assert [values[who] for who in people(flag, frame)] == [1, 0]
    assert record.rows == 3, "both in the first quarter, when nobody had spoken, and p1 in the second"


def test_what_is_said_without_a_ledger_or_informants(scheme_of, table):
    scheme = scheme_of()
    dataset = read_table(table(1, 1), scheme, key=PUBLIC_KEY)
    assert what_is_said(dataset, None, scheme, "reports") is None
    silent = ledger_of(scheme, dataset, ("p0", "2014Q2", None))
    assert what_is_said(dataset, silent, scheme, "reports") is None


def test_small_numbers_of_people_are_not_spelled_out(scheme_of, table):
    scheme = scheme_of("audit")
    dataset = read_table(table(1, 1), scheme, key=PUBLIC_KEY)
    ledger = ledger_of(scheme, dataset, ("p0", "2014Q2", "a"), *by_three("p1"))
    (gate,) = (
        g for g in weigh_hearsay(dataset, scheme, ledger, existing=True).dataset.gates if g.rule == "hearsay"
    )
    assert "fewer than 5 values rest" in gate.detail
    assert gate.rows == 0


def test_a_disaster_reported_by_informants_is_out_before_they_are_counted(scheme_of, table):
    scheme, frame = scheme_of(), table(3)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    ledger = ledger_of(scheme, dataset, *by_three("p0"))
    ledger = replace(ledger, events=ledger.events.assign(situation=["disaster", None, None]))
    net = net_of_events(dataset, ledger, scheme)
    assert list(now(net.dataset).values()) == [2]
    assert list(now(weigh_hearsay(net.dataset, scheme, net.ledger).dataset).values()) == [0]


def test_events_of_an_informant_who_does_not_pass_leave_the_ledger(scheme_of, table):
    scheme, frame = scheme_of(), table(*[9] * 60)
    dataset = read_table(frame, scheme, key=PUBLIC_KEY)
    usual = [(f"p{i}", "2014Q2", "abcdef"[(i + k) % 6]) for i in range(0, 60, 2) for k in range(3)]
    zealot = [(f"p{i}", "2014Q2", "zealot") for i in range(60)]
    ledger = ledger_of(scheme, dataset, *usual, *zealot)
    found = weigh_hearsay(dataset, scheme, ledger)
    assert len(found.ledger.events) == len(usual)
    assert [now(found.dataset)[who] for who in people(scheme, frame)] == [3, 0] * 30
    assert "1 informants do not pass" in found.dataset.gates[-1].detail
