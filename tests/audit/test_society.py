from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scs_ml.audit import society_scale
from scs_ml.exceptions import ScsError
from scs_ml.inference import wilson
from scs_ml.safeguards import suppress_tables
from scs_ml.schemes import load_scheme
from tests.audit.cases import dataset, explanation, pilot, scheme


def town(n=200, **changes):
    """Half of the people are from far: one in ten of them is positive, and nine in ten of the others."""
    far = np.arange(n) % 2 == 0
    rank = np.arange(n) // 2 % 10
    category = np.where(np.where(far, rank < 1, rank < 9), 2, 0)
    frame = pd.DataFrame({"origin": np.where(far, "far", "here")})
    everything = {"category": category, "y": category, "sensitive": frame, "score": 50.0 * category} | changes
    return dataset(n, **everything)


def table(tables, name):
    return next(t for t in tables if t.name == name)


def test_shares_and_classes_by_hand():
    scale = table(society_scale(town(), scheme(), by="origin"), "society")
    # Everybody is a cluster of one: Student's quantile with 99 degrees of freedom.
    low, high = (float(limit) for limit in wilson(10, 100, z=stats.t.isf(0.025, 99)))
    far, here = scale.rows
    assert far == (
        "origin = far",
        "2014Q1",
        100,
        10,
        0.1,
        pytest.approx(low),
        pytest.approx(high),
        "+<-",
        "+<-",
    )
    assert here[:5] == ("origin = here", "2014Q1", 100, 90, 0.9)
    assert here[5:7] == pytest.approx((1 - high, 1 - low))
    assert here[7:] == ("+>-", "+>-")
    assert "bad | middling" in scale.title


def test_everybody_without_a_grouping_and_cannot_tell_where_the_interval_holds_a_half():
    scale = table(society_scale(town(), scheme()), "society")
    assert [row[0] for row in scale.rows] == ["everybody"]
    assert scale.rows[0][-2:] == ("+=-", "cannot tell")


def test_unanimous_groups_and_families_of_one_mind():
    all_good = np.full(200, 2)
    alone = table(society_scale(town(category=all_good, y=all_good), scheme()), "society").rows[0]
    assert alone[-2:] == ("++", "++")
    two_families = np.array(["a", "b"] * 100, dtype=object)
    scale = table(
        society_scale(town(category=all_good, y=all_good, family=two_families), scheme()), "society"
    )
    assert scale.rows[0][-2:] == ("++", "cannot tell")
    # Two families of one mind are two answers: one degree of freedom.
    assert scale.rows[0][5] == pytest.approx(float(wilson(2, 2, z=stats.t.isf(0.025, 1))[0]))


def test_families_widen_the_interval():
    family = np.array([f"f{i // 20}" for i in range(200)], dtype=object)
    mixed = np.where(np.arange(200) // 20 % 2 == 0, 2, 0)
    apart = table(society_scale(town(category=mixed, y=mixed), scheme()), "society").rows[0]
    together = table(society_scale(town(category=mixed, y=mixed, family=family), scheme()), "society").rows[0]
    assert together[6] - together[5] > 2 * (apart[6] - apart[5])


def test_groups_are_compared_with_the_largest_and_told_higher_or_lower():
    uneven = town().take(np.arange(199))
    row = table(society_scale(uneven, scheme(), by="origin"), "society_differences").rows[0]
    assert row[:2] == ("origin = here, 2014Q1", "origin = far, 2014Q1")
    assert row[4] == pytest.approx(90 / 99 - 0.1)
    assert row[-1] == "higher"
    assert row[7] < 0.001


def panel():
    first = town()
    later = replace(first, period=np.ones(200, dtype=np.int64), category=np.where(np.arange(200) < 100, 2, 0))
    both = {
        name: np.concatenate([getattr(first, name), getattr(later, name)])
        for name in ("category", "period", "subject")
    }
    debts = np.concatenate([np.zeros(200), np.full(200, 2.0)])
    score = np.concatenate([np.full(200, 100.0), np.full(200, 75.0)])
    return dataset(
        400,
        X=pd.DataFrame({"debts": debts}),
        sensitive=pd.concat([first.sensitive] * 2, ignore_index=True),
        periods=("2014Q1", "2014Q2"),
        score=score,
        y=both["category"],
        **both,
    )


def test_periods_are_compared_and_changes_attributed_to_the_cards_points():
    tables = society_scale(panel(), scheme(), by="origin")
    differences = table(tables, "society_differences")
    far = next(r for r in differences.rows if r[:2] == ("origin = far, 2014Q2", "origin = far, 2014Q1"))
    assert far[4] == pytest.approx(0.5 - 0.1)
    changes = table(tables, "society_changes")
    parts = {
        r[2]: r[3] for r in changes.rows if r[0] == "origin = far, 2014Q2" and r[1] == "origin = far, 2014Q1"
    }
    # Two debts more cost 20 points by the card; the score fell by 25.
    assert parts == {"debts": -20.0, "beyond the card": -5.0, "all together": -25.0}
    assert "points" in changes.columns[3]


def test_changes_of_a_few_people_do_not_leave_where_small_cells_are_closed():
    data = panel()
    few = data.take(np.flatnonzero((data.sensitive["origin"] == "here") | (data.subject == data.subject[0])))
    open_basis = scheme()
    closed = open_basis.model_copy(update={"basis": open_basis.basis.model_copy(update={"kind": "agreed"})})
    changes = table(society_scale(few, open_basis, by="origin"), "society_changes")
    assert changes.columns[4:] == ("people", "compared people")
    alone = [row for row in changes.rows if row[4] < 5]
    assert alone
    shown = table(suppress_tables((changes,), closed), "society_changes")
    for before, after in zip(changes.rows, shown.rows, strict=True):
        # With those few, others may go from whose numbers theirs would follow.
        assert after == before or (after[:3] == before[:3] and after[3:] == (None, None, None))
        assert before not in alone or after != before


def test_changes_attributed_to_an_explanation():
    data = panel()
    values = np.column_stack(
        [np.where(data.period == 1, -1.5, 0.5), np.where(np.arange(400) % 2 == 0, 2.0, 0.0)]
    )
    rows = np.arange(0, 400, 2)
    tables = society_scale(data, scheme(), explanation=explanation(values[rows], rows))
    parts = {r[2]: r[3] for r in table(tables, "society_changes").rows}
    assert parts == {"debts": -2.0, "reports": 0.0, "all together": -2.0}
    assert "log-odds" in table(tables, "society_changes").columns[3]


def test_a_side_without_explained_rows_is_left_out_of_the_changes():
    data = panel()
    tables = society_scale(data, scheme(), explanation=explanation(np.ones((5, 2)), np.arange(5)))
    assert table(tables, "society_changes").rows == ()


def test_no_changes_without_a_card_or_its_indicators():
    assert [t.name for t in society_scale(panel(), scheme(card=None), by="origin")] == [
        "society",
        "society_differences",
    ]
    bare = replace(panel(), X=pd.DataFrame(index=range(400)))
    assert "society_changes" not in [t.name for t in society_scale(bare, scheme(), by="origin")]


def test_any_grouping_and_their_crossings():
    place = pd.Categorical(np.where(np.arange(200) < 50, "north", "south"))
    data = town(
        X=pd.DataFrame({"debts": np.zeros(200), "place": place}),
        situations=pd.DataFrame({"illness": np.arange(200) < 20}),
        area=np.array(["a1", "a2"] * 100, dtype=object),
    )
    for by, groups in (
        ("illness", {"illness = yes", "illness = no"}),
        ("place", {"place = north", "place = south"}),
        ("area", {"area = a1", "area = a2"}),
        (
            ("origin", "illness"),
            {f"origin = {o}, illness = {i}" for o in ("far", "here") for i in ("yes", "no")},
        ),
    ):
        assert {row[0] for row in table(society_scale(data, scheme(), by=by), "society").rows} == groups


def test_unknown_groups_are_shown_and_never_compared():
    data = town()
    labels = data.sensitive.assign(origin=["unknown", *data.sensitive["origin"][1:]])
    tables = society_scale(replace(data, sensitive=labels), scheme(), by="origin")
    assert "origin = unknown" in {row[0] for row in table(tables, "society").rows}
    assert not [row for row in table(tables, "society_differences").rows if "unknown" in row[0] + row[1]]
    mostly = data.sensitive.assign(origin=np.where(np.arange(200) < 150, "unknown", data.sensitive["origin"]))
    (row,) = table(
        society_scale(replace(data, sensitive=mostly), scheme(), by="origin"), "society_differences"
    ).rows
    assert {row[0], row[1]} == {"origin = far, 2014Q1", "origin = here, 2014Q1"}
    nobody = data.sensitive.assign(origin="unknown")
    assert len(society_scale(replace(data, sensitive=nobody), scheme(), by="origin")) == 1


def test_rows_without_a_category_are_left_out_and_none_at_all_is_refused():
    data = town()
    half = np.where(np.arange(200) < 100, data.category, -1)
    assert table(society_scale(replace(data, category=half), scheme()), "society").rows[0][2] == 100
    with pytest.raises(ScsError, match="no row has a known category"):
        society_scale(replace(data, category=np.full(200, -1)), scheme())


def test_a_grouping_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(ScsError, match="no grouping 'shoe size'") as error:
        society_scale(town(area=np.array(["a"] * 200, dtype=object)), scheme(), by="shoe size")
    assert "origin, area" in str(error.value)


def test_the_papers_cut_on_a_pilot():
    of = pilot((("postcode_proxy", 0.3),))
    scale = table(society_scale(of.dataset, load_scheme("suining"), by="minority"), "society")
    positive = of.dataset.score >= 600
    minority = of.dataset.sensitive["minority"].to_numpy() == "yes"
    counted = {row[0]: row[2:4] for row in scale.rows}
    assert counted["minority = yes"] == (int(minority.sum()), int((positive & minority).sum()))
