import json

import pandas as pd
import pytest

from scs_ml.bench import accuracy, tables
from scs_ml.bench.page import bench_html
from scs_ml.bench.shares import share
from scs_ml.bench.summary import summarise
from scs_ml.bench.truth import INDICATORS, right_group, right_indicator
from scs_ml.worlds import MECHANISMS
from tests.bench.fabricated import hundred_nulls_and_ten_wrongs, results, world

RUN = {"seed": 7, "commitment": "c", "plan": "p", "code": "k", "worlds": 110, "versions": {"numpy": "2"}}


@pytest.fixture(scope="module")
def summary():
    return summarise(hundred_nulls_and_ten_wrongs(), RUN)


def target(summary, number, arm, title=""):
    return next(t for t in summary.targets if (t.number, t.arm) == (number, arm) and title in t.title)


def test_false_flags_are_pooled_and_stand_beside_every_stratum(summary):
    pooled = target(summary, 2, "answers")
    assert (pooled.value, pooled.n, pooled.met) == (0.03, 100, True)
    assert pooled.low == pytest.approx(0.01026, abs=1e-4)  # Wilson, 3 of 100
    rows = {row[1]: row for row in summary.table("false_flags").rows if row[0] == "answers"}
    low = next(row for name, row in rows.items() if name.startswith("family_shape low"))
    assert low[2:4] == (34, pytest.approx(3 / 34))


def test_a_stratum_that_is_surely_too_often_flagged_is_missed_though_the_pool_is_not():
    rows = [world(n, mechanism_flags=int(n < 10), n_categories=3 if n < 20 else 4) for n in range(200)]
    assert target(summarise(results(rows), RUN), 2, "table").met is False


def test_powers_are_counted_by_cells_that_reach_what_is_asked(summary):
    assert (target(summary, 1, "table").value, target(summary, 1, "table").met) == (0.0, False)


def test_cells_and_names_are_of_flagged_worlds(summary):
    first = target(summary, 4, "table", "(all)")
    assert (first.n, first.value) == (9, pytest.approx(8 / 9))
    assert target(summary, 5, "table").value == 1.0


def test_what_was_not_measured_is_neither_met_nor_missed(summary):
    assert target(summary, 8, "table", "caught").met is None
    assert target(summary, 7, "answers").met is None


def test_macro_f1_by_hand():
    counts = pd.DataFrame({"a": [3, 0], "b": [1, 2], "unknown": [0, 0]}, index=["a", "b"])
    assert tables.macro_f1(counts) == pytest.approx((6 / 7 + 4 / 5) / 2)
    assert tables.macro_f1(pd.DataFrame()) is None


def test_a_tied_set_that_holds_the_planted_mechanism_names_it():
    flagged = {"mechanism_flags": 1, "named": "tampering"}
    rows = [
        world(0, "mechanism", "direct_use", strength=0.1, tied="tampering direct_use", **flagged),
        world(1, "mechanism", "direct_use", strength=0.1, tied="tampering", **flagged),
    ]
    counts = tables.confusion(pd.DataFrame(rows), 2_000, "table")
    assert counts.loc["direct_use"].to_dict() == {"direct_use": 1, "tampering": 1}


def test_intervals_are_held_against_zero_and_against_what_was_planted():
    rows = [world(0), world(1, "mechanism", "illness_misread", strength=0.1, true_effect=-0.2)]
    rows[1]["group"] = "illness=yes"
    about = {"arm": "table", "unit": "SD of the score", "n_group": 50, "rank": 0}
    findings = [
        {"id": "null-0-0", "group": "sex=female", "indicator": None, "low": -0.1, "high": 0.1, **about},
        {"id": "null-0-0", "group": "sex=male", "indicator": None, "low": 0.1, "high": 0.2, **about},
        {
            "id": "null-0-0",
            "group": "small",
            "indicator": None,
            "low": 0.1,
            "high": 0.2,
            **about,
            "n_group": 29,
        },
        {
            "id": rows[1]["id"],
            "group": "illness=yes",
            "indicator": "charity_days",
            "low": 1,
            "high": 2,
            **about,
        },
        {
            "id": rows[1]["id"],
            "group": "illness=yes",
            "indicator": "disorder_reports",
            "low": -0.3,
            "high": 0,
            **about,
        },
    ]
    worlds, told = pd.DataFrame(rows), pd.DataFrame(findings)
    assert accuracy.null_coverage(worlds, told, 2_000)[0] == ("table", share([True, False]))
    assert accuracy.planted_coverage(worlds, told, 2_000) == [("illness_misread, table", share([True]))]


def test_wronged_people_stand_beside_their_limit():
    rows = [
        world(n, "mechanism", "tampering", strength=0.3, precision_limit=0.8, precision=p, wronged=10)
        for n, p in enumerate((0.6, 0.8))
    ]
    table = accuracy.people_table(pd.DataFrame(rows), 2_000)
    assert table.rows == (("tampering", "table", 2, 10.0, pytest.approx(0.7), 0.8, pytest.approx(0.875)),)


def test_attacks_are_caught_where_a_model_is_explained():
    attack = {"strength": 0.3, "model": "logit"}
    rows = [world(n, "mechanism", "explanation_attack", attack_called=n < 19, **attack) for n in range(20)]
    rows += [world(n, model="logit", attack_called=n < 1) for n in range(50)]
    rows += [world(n + 50) for n in range(50)]
    summed = summarise(results(rows), RUN)
    assert target(summed, 8, "table", "caught").value == 0.95
    false = target(summed, 8, "table", "where there is none")
    assert (false.n, false.value, false.met) == (50, 0.02, False)


def test_other_tools_stand_beside_ours():
    rows = [world(n, **{"rival four_fifths": n < 4}) for n in range(10)]
    rows += [
        world(n, "mechanism", "tampering", strength=0.3, found=True, mechanism_flags=1) for n in range(2)
    ]
    shown = {row[0]: row[1:] for row in tables.rival_table(pd.DataFrame(rows), 2_000).rows}
    assert shown["four_fifths"] == (10, 0.4, None, None)
    assert shown["scs_ml (mechanism flags)"] == (12, 0.0, None, 1.0)


def test_a_failed_world_is_told_and_counted_nowhere_else():
    rows = [world(0), {**world(1), "arm": None, "error": "ScsError: out of reach"}]
    summed = summarise(results(rows), RUN)
    assert summed.table("errors").rows == (("null", "-", "ScsError: out of reach", 1),)
    assert target(summed, 2, "table").n == 1


def test_the_record_is_plain_json(summary):
    record = json.loads(json.dumps(summary.as_record(), allow_nan=False))
    assert record["run"]["seed"] == 7
    assert {each["number"] for each in record["targets"]} == set(range(1, 9))


def test_the_page_holds_everything_and_asks_for_nothing(summary):
    page = bench_html(summary)
    assert page.count("<svg") == 2
    assert "direct_use" in page and "missed" in page and "not measured" in page
    assert "<script" not in page and "src=" not in page and "@import" not in page


def test_a_text_on_the_page_is_no_markup():
    rows = [world(0), {**world(1), "arm": None, "error": "<b>bold</b>"}]
    assert "&lt;b&gt;bold" in bench_html(summarise(results(rows), RUN))


def test_every_mechanism_has_its_indicators_and_a_limit():
    from scs_ml.bench.limits import _STATISTICS

    assert set(INDICATORS) == set(MECHANISMS) == set(_STATISTICS)


def test_what_names_the_right_cell():
    minority = (("minority", "yes"),)
    assert right_group((*minority, ("sex", "female")), minority)
    assert not right_group((("sex", "female"),), minority)
    assert right_indicator("illness_misread", (("illness", "yes"),), "disorder_reports", broad=False)
    assert not right_indicator("illness_misread", (("illness", "yes"),), "charity_days", broad=False)
    assert right_indicator("direct_use", minority, "minority", broad=True)
    assert right_indicator("state_of_mind", minority, None, broad=False)
    assert not right_indicator("state_of_mind", minority, None, broad=True)
    assert right_indicator("state_of_mind", minority, "low_spirits", broad=True)
