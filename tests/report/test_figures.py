from __future__ import annotations

import re

import pytest

from scs_ml.report.figures import (
    MOST_ROWS,
    MOST_STEPS,
    calibration_figures,
    difference_figures,
    forecast_figures,
    person_figures,
)


def described(drawn):
    return re.search(r"<desc>(.*?)</desc>", drawn.svg, re.DOTALL)[1]


def gaps(record, verdicts, *, boundary=None):
    """Differences of one check, each larger than the one before."""
    one = record["findings"][1]
    return [
        {
            **one,
            "verdict": verdict,
            "boundary": boundary,
            "group": [{"attribute": "area", "value": f"a{i:02d}"}],
            "effect": {**one["effect"], "value": 0.01 * (i + 1), "low": 0.0, "high": 1.0},
        }
        for i, verdict in enumerate(verdicts)
    ]


def test_one_figure_per_check_metric_and_unit(record):
    assert [drawn.title for drawn in difference_figures(record)] == [
        "Score and category: mean score gap, in standard deviations of the score",
        "SHAP by indicator: mean SHAP gap, in standard deviations of the score",
    ]


def test_flags_come_first_and_what_is_left_out_is_counted(record):
    verdicts = ["flag"] * 2 + ["cannot tell"] * 20 + ["clear"] * 5
    (drawn,) = difference_figures({"findings": gaps(record, verdicts)})
    order = re.findall(r"area = (a\d\d)", described(drawn))

    assert order[:4] == ["a01", "a00", "a21", "a20"]
    assert len(order) == MOST_ROWS
    assert drawn.note == (
        "Shown are 16 of 27 comparisons, flags first, then the largest. Left out: 6 cannot tell, 5 clear; "
        "they stand in the list of all comparisons."
    )


def test_a_figure_with_room_for_all_has_no_note(record):
    (drawn,) = difference_figures({"findings": gaps(record, ["clear", "not applicable"])})
    assert drawn.note == ""


def test_the_whole_scale_comes_before_its_boundaries(record):
    at_boundary = gaps(record, ["flag"], boundary={"index": 0, "label": "D | C"})
    at_boundary[0]["effect"]["metric"] = "cumulative log odds ratio"
    drawn = difference_figures({"findings": at_boundary + gaps(record, ["clear"])})

    assert ["log odds" in each.title for each in drawn] == [False, True]
    assert "area = a00 · D | C" in described(drawn[1])


def test_probabilities_are_drawn_in_percentage_points(record):
    found = gaps(record, ["flag"])
    found[0]["effect"] |= {"value": 0.05, "low": 0.01, "high": 0.09, "unit": "probability", "floor": None}
    (drawn,) = difference_figures({"findings": found})

    assert drawn.title.endswith("in percentage points")
    assert described(drawn) == "area = a00: +5.000 (+1.000 to +9.000), flag"


@pytest.mark.parametrize("missing", ["value", "low", "high"])
def test_an_effect_without_an_interval_is_not_drawn(record, missing):
    found = gaps(record, ["flag"])
    found[0]["effect"][missing] = None
    assert difference_figures({"findings": found}) == []


def test_migration_and_the_calibration_of_all_rows(record):
    drawn = forecast_figures(record)

    assert [each.title for each in drawn] == ["Category migration", "Calibration of all rows, by boundary"]
    assert described(drawn[0]).startswith("D to D: 80.0%; D to C: 20.0%")
    assert described(drawn[1]) == "D | C: 0.20 forecast, 0.21 observed, 0.90 forecast, 0.88 observed"


def test_groups_of_one_attribute_are_compared_at_one_boundary(record):
    (drawn,) = calibration_figures(record)

    assert drawn.title == "Calibration at D | C, by minority"
    assert described(drawn).count("forecast") == 4  # the bin without rows is left out


def test_what_the_record_does_not_hold_is_not_drawn(record):
    record["tables"] = []
    record["persons"] = []
    assert forecast_figures(record) == calibration_figures(record) == person_figures(record) == []


@pytest.mark.parametrize("name", ["migration", "calibration"])
def test_a_table_of_another_shape_is_no_error(record, name):
    table = next(t for t in record["tables"] if t["name"] == name)
    table["columns"] = [f"other {column}" for column in table["columns"]]
    table["rows"] = [["text"] * len(row) for row in table["rows"]]

    forecast_figures(record)
    assert calibration_figures(record) == [] or name == "migration"


def test_a_person_is_drawn_with_values_and_sources(record):
    (drawn,) = person_figures(record)

    assert drawn.title == "00ff00ff00ff00ff, 2015Q4: forecast C, boundary C | B"
    assert "disorder_reports = 3 (administrative: patrols) -1.25" in described(drawn)


def test_small_contributions_are_one_step_that_keeps_the_sum(record):
    person = record["persons"][0]
    person["contributions"] = [
        {"indicator": f"i{i}", "value": "1", "source": "s", "shap": -0.1} for i in range(MOST_STEPS + 3)
    ]
    text = described(person_figures(record)[0])

    assert "3 smaller ones -0.30" in text
    assert "i10" not in text
