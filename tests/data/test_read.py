from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_table, write_frame
from scs_ml.exceptions import SafeguardError, SchemeError, ScsError, TableError
from scs_ml.safeguards import PUBLIC_KEY, pseudonymise

KEY = b"k" * 32


def problems(source, scheme, **more):
    """The lines of the one error that a table gets."""
    with pytest.raises(TableError) as caught:
        read_table(source, scheme, **more)
    return caught.value.where.split("\n  ")[1:]


def test_a_small_panel_by_hand(frame, make_scheme):
    dataset = read_table(frame, make_scheme())
    who = {name: pseudonymise(np.array([name], dtype=object), PUBLIC_KEY)[0] for name in "abc"}
    assert dataset.periods == ("2014Q1", "2014Q2", "2014Q3")
    order = sorted(range(8), key=lambda row: (frame["when"][row], who[frame["who"][row]]))
    assert dataset.subject.tolist() == [who[frame["who"][row]] for row in order]
    assert dataset.period.tolist() == [int(frame["when"][row][-1]) - 1 for row in order]
    assert dataset.X["debts"].tolist() == [float(frame["debts"][row]) for row in order]
    assert dataset.X["owner"].tolist() == [float(frame["owner"][row] == "yes") for row in order]
    assert dataset.X["job"].cat.categories.tolist() == ["none", "some"]
    assert dataset.X["job"].isna().sum() == 1
    assert dataset.score.tolist() == [float(frame["score"][row]) for row in order]
    assert dataset.category.tolist() == [
        [5, 9.5, 10, 15, 25].index(s) // 2 if s != 10 else 1 for s in dataset.score
    ]
    assert set(dataset.y) == {-1}
    assert dataset.sensitive["sex"].value_counts().to_dict() == {"f": 3, "m": 2, "unknown": 3}
    assert (dataset.family, dataset.area, dataset.adverse) == (None, None, None)


def test_file_formats_agree(frame, make_scheme, tmp_path):
    scheme = make_scheme()
    held = read_table(frame, scheme)
    for name in ("t.csv", "t.parquet", "t.csv.gz"):
        stored = read_table(write_frame(frame, tmp_path / name), scheme)
        assert stored.fingerprint == held.fingerprint
        pd.testing.assert_frame_equal(stored.X, held.X)
        assert stored.subject.tolist() == held.subject.tolist()
        assert stored.sensitive.equals(held.sensitive)
    assert read_table(frame, make_scheme(title="another")).fingerprint != held.fingerprint
    assert read_table(frame.assign(extra=1), scheme).fingerprint != held.fingerprint


def test_nobody_is_named_in_a_dataset(frame, make_scheme):
    scheme = make_scheme(roles={"family": "home", "area": "place"})
    frame = frame.assign(who=frame["who"] + "-name", home=["h1"] * 3 + ["h2"] * 2 + [None] * 3, place="north")
    dataset = read_table(frame, scheme)
    text = repr([dataset.subject, dataset.family, dataset.X.to_string(), dataset.sensitive.to_string()])
    assert "name" not in text
    assert "h1" not in text
    families = dict(zip(dataset.subject, dataset.family, strict=True))
    assert len(set(families.values())) == 3
    c = pseudonymise(np.array(["c-name"], dtype=object), PUBLIC_KEY)[0]
    assert families[c] == c, "without a recorded family one is a family of one"
    assert set(dataset.area) == {"north"}
    same = frame.assign(home=frame["who"])
    assert set(read_table(same, scheme).family).isdisjoint(dataset.subject), "two kinds of pseudonym"


def test_a_key_is_needed_for_real_people(frame, make_scheme, tmp_path, monkeypatch):
    scheme = make_scheme(basis={"kind": "benchmark"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCS_ML_KEY", raising=False)
    with pytest.raises(ScsError) as caught:
        read_table(frame, scheme)
    assert "scs-ml key new" in caught.value.remedy
    one, two = read_table(frame, scheme, key=KEY), read_table(frame, scheme, key=b"x" * 32)
    assert set(one.subject).isdisjoint(two.subject)


def test_rows_are_people_where_no_column_names_them(frame, make_scheme):
    scheme = make_scheme(roles={"subject": None, "period": None}, horizon=0)
    dataset = read_table(frame, scheme)
    assert dataset.periods == ("all",)
    assert len(set(dataset.subject)) == 8
    assert dataset.y.tolist() == dataset.category.tolist()


def test_integers_sort_as_numbers(frame, make_scheme):
    frame = frame.assign(when=frame["when"].map({"2014Q1": 9, "2014Q2": 10, "2014Q3": 11}))
    assert read_table(frame, make_scheme()).periods == ("9", "10", "11")


def test_categories_are_read_through_labels(frame, make_scheme):
    labels = {"1": "low", "2": "middle", "3": "high"}
    scheme = make_scheme(
        scale={"lower_bounds": None}, roles={"score": None, "category": "band", "category_labels": labels}
    )
    frame = frame.assign(band=[1.0, 2, 3, 2, 1, 3, None, 2])
    dataset = read_table(frame, scheme)
    assert sorted(dataset.category) == [-1, 0, 0, 1, 1, 1, 2, 2]
    assert dataset.score is None
    (line,) = problems(frame.assign(band=["low", 2, 3, 2, 1, 3, "x", "y"]), scheme)
    assert line.startswith("column 'band' holds no category of the scale (low, middle, high): 2 rows")
    assert line.endswith("first: row 7 'x', row 8 'y'")


def test_a_category_that_contradicts_its_score_is_counted(frame, make_scheme):
    scheme = make_scheme(roles={"category": "band"})
    band = ["low", "middle", "high", "middle", "low", "high", "low", "middle"]
    assert len(read_table(frame.assign(band=band), scheme)) == 8
    band[0], band[7] = "high", None
    (line,) = problems(frame.assign(band=band), scheme)
    assert line.startswith("column 'band' contradicts the category that lower_bounds give for 'score': 1 row")
    assert line.endswith("first: row 1 'high'")


def test_groups_are_cut_labelled_and_never_inputs(frame, make_scheme):
    scheme = make_scheme(
        sensitive=[
            {"name": "sex", "labels": {"f": "women", "m": "men"}},
            {"name": "age_group", "column": "age", "bins": [25, 45], "labels": {"> 45": "older"}},
        ]
    )
    frame = frame.assign(age=[25, 25.5, 45, 45.01, 60, None, 18, 30])
    dataset = read_table(frame, scheme)
    assert dataset.sensitive["sex"].value_counts().to_dict() == {"women": 3, "men": 2, "unknown": 3}
    groups = {"<= 25": 2, "> 25 to 45": 3, "older": 2, "unknown": 1}
    assert dataset.sensitive["age_group"].value_counts().to_dict() == groups
    assert list(dataset.X) == ["debts", "job", "owner"]
    assert problems(frame.assign(age="old"), scheme)[0].startswith("column 'age' holds no number: 8 rows")


def test_situations_are_truth_values_and_missing_ones_are_not_known_to_be(frame, make_scheme):
    scheme = make_scheme(situations=[{"name": "illness", "kind": "illness"}])
    dataset = read_table(frame.assign(illness=["TRUE", "Yes", 1, "1", "no", 0, None, False]), scheme)
    assert dataset.situations["illness"].dtype == np.bool_
    assert dataset.situations["illness"].sum() == 4
    assert "illness" not in dataset.X
    assert problems(frame.assign(illness="perhaps"), scheme)[0].startswith(
        "column 'illness' is neither true, yes, 1 nor false, no, 0: 8 rows"
    )


def test_outcomes_are_adverse_or_not_or_not_recorded(frame, make_scheme):
    scheme = make_scheme(outcome={"column": "late", "adverse": ["2", "3"]})
    dataset = read_table(frame.assign(late=[1, 2, 3, 1, 1, 2, None, 1]), scheme)
    assert np.nansum(dataset.adverse) == 3
    assert np.isnan(dataset.adverse).sum() == 1


def test_withheld_indicators_are_kept_apart(frame, make_scheme):
    indicators = [
        {"name": "debts", "input": False},
        {
            "name": "job",
            "dtype": "category",
            "levels": ["none", "some"],
            "missing": True,
            "nature": "opinion",
        },
        {"name": "owner", "dtype": "flag"},
    ]
    real = read_table(frame, make_scheme(indicators=indicators, basis={"kind": "benchmark"}), key=KEY)
    assert list(real.X) == ["owner"]
    assert sorted(real.withheld) == ["debts", "job"]
    answered = [(gate.rule, gate.outcome) for gate in real.gates if gate.outcome != "kept"]
    assert answered == [("forbidden_input", "refused")]
    world = read_table(frame, make_scheme(indicators=indicators))
    assert list(world.X) == ["job", "owner"]
    assert [gate.outcome for gate in world.gates if gate.outcome != "kept"] == ["recorded"]


def test_rows_without_agreement_are_left_out_before_anything_is_judged(frame, make_scheme):
    basis = {"kind": "agreed", "agreement_column": "agreed", "birth_column": "years"}
    scheme = make_scheme(basis=basis)
    agreed = ["yes"] * 5 + ["no"] * 3
    frame = frame.assign(agreed=agreed, years=30).astype({"debts": object})
    frame.loc[7, "debts"] = "rubbish in a row that may not be read"
    dataset = read_table(frame, scheme, key=KEY)
    assert len(dataset) == 5
    (gate,) = (each for each in dataset.gates if each.rule == "agreement")
    assert (gate.outcome, gate.rows) == ("left out", 3)
    with pytest.raises(SafeguardError):
        read_table(frame.assign(years=17), scheme, key=KEY)
    with pytest.raises(SafeguardError):
        read_table(frame.drop(columns="agreed"), scheme, key=KEY)


def test_row_filters(frame, make_scheme):
    filters = {
        "some": [{"column": "score", "minimum": 5, "maximum": 15}, {"column": "debts", "none_of": ["1"]}],
        "men": [{"column": "sex", "any_of": ["m"]}],
        "recorded": [{"column": "sex", "none_of": ["f"]}],
        "nobody": [{"column": "score", "minimum": 99}],
        "wrong": [{"column": "nope", "minimum": 1}],
    }
    scheme = make_scheme(row_filters=filters)
    assert sorted(read_table(frame, scheme, row_filter="some").X["debts"]) == [2, 4, 5, 7, 8]
    assert len(read_table(frame, scheme, row_filter="men")) == 2
    assert len(read_table(frame, scheme, row_filter="recorded")) == 5, "a missing value is in no list"
    with pytest.raises(TableError, match="no row is left"):
        read_table(frame, scheme, row_filter="nobody")
    with pytest.raises(TableError, match="'nope', which is missing"):
        read_table(frame, scheme, row_filter="wrong")
    with pytest.raises(SchemeError, match="no row filter 'x'") as caught:
        read_table(frame, scheme, row_filter="x")
    assert "some, men" in caught.value.remedy


def test_a_wide_table_becomes_a_panel(make_scheme):
    scheme = make_scheme(
        roles={"period": None},
        wide={"periods": ["spring", "autumn"], "columns": {"score": ["s1", "s2"], "debts": ["d1", "d2"]}},
        indicators=[{"name": "debts"}],
    )
    wide = pd.DataFrame(
        {"who": ["a", "b"], "s1": [5, 25], "s2": [15, 5], "d1": [1, 2], "d2": [3, "x"], "sex": "f"}
    )
    assert problems(wide, scheme) == ["column 'debts' holds no number: 1 row, first: row 2 'x'"]
    dataset = read_table(wide.assign(d2=[3, 4]), scheme)
    assert dataset.periods == ("spring", "autumn"), "in the order of the scheme"
    assert sorted(zip(dataset.period, dataset.score, dataset.X["debts"], strict=True)) == [
        (0, 5, 1), (0, 25, 2), (1, 5, 4), (1, 15, 3),
    ]  # fmt: skip
    with pytest.raises(TableError, match="missing: d2"):
        read_table(wide.drop(columns="d2"), scheme)


def test_all_problems_are_in_one_error_with_the_rows_of_the_file(frame, make_scheme, tmp_path):
    bad = frame.astype(object)
    bad["debts"] = ["1", "many", "3", "4", "10", "6", "nan", "inf"]
    bad.loc[2, "job"] = "other"
    bad.loc[4, "owner"] = ""
    bad.loc[1, "score"] = "n/a"
    path = write_frame(bad.drop(columns="sex"), tmp_path / "bad.csv")
    with pytest.raises(TableError) as caught:
        read_table(path, make_scheme())
    assert caught.value.what == "the table breaks 7 rules of scheme 'panel'"
    assert caught.value.where.split("\n  ") == [
        str(path),
        "column 'sex' is missing from the table",
        "column 'debts' holds no number: 2 rows, first: row 3 'many', row 8 'nan'",
        "column 'debts' holds a number beyond 1e+30: correct it or empty the cell: 1 row, first: row 9 'inf'",
        "column 'debts' lies outside 0 to 9: 1 row, first: row 6 '10'",
        "column 'job' holds no level of the scheme (none, some): 1 row, first: row 4 'other'",
        "column 'owner' has missing cells: 1 row, first: row 6 ''",
        "column 'score' holds no number: 1 row, first: row 3 'n/a'",
    ]


def test_at_most_five_rows_are_shown(frame, make_scheme):
    (line,) = problems(frame.assign(debts=-1), make_scheme())
    assert line.startswith("column 'debts' lies outside 0 to 9: 8 rows, first: row 1 '-1', row 2 '-1'")
    assert line.count("row ") == 5


def test_scores_outside_the_scale_are_named(frame, make_scheme):
    (line,) = problems(frame, make_scheme(scale={"minimum": 6, "maximum": 20}))
    assert line == (
        "column 'score' lies outside 6 to 20: 4 rows, first: row 1 '5', row 3 '25', row 5 '5', row 6 '25'"
    )


def test_a_scale_with_one_end_names_that_end(frame, make_scheme):
    (low,) = problems(frame, make_scheme(scale={"minimum": 6, "maximum": None}))
    assert low == "column 'score' lies below 6: 2 rows, first: row 1 '5', row 5 '5'"
    (high,) = problems(frame, make_scheme(scale={"minimum": None, "maximum": 20}))
    assert high == "column 'score' lies above 20: 2 rows, first: row 3 '25', row 6 '25'"


def test_repeated_rows_are_named_without_the_people(frame, make_scheme):
    twice = pd.concat([frame, frame.iloc[[0, 3]]])
    lines = problems(twice, make_scheme())
    assert lines == [
        "column 'who' repeats a subject within a period: 4 rows, first: row 1, row 4, row 9, row 10"
    ]
    one = make_scheme(roles={"period": None}, horizon=0)
    assert problems(frame, one)[0].startswith("column 'who' repeats a subject: 8 rows")


def test_a_missing_subject_or_period_is_named(frame, make_scheme):
    frame.loc[3, "who"] = None
    frame.loc[5, "when"] = ""
    assert problems(frame, make_scheme()) == [
        "column 'who' has missing cells: 1 row, first: row 4",
        "column 'when' has missing cells: 1 row, first: row 6 ''",
    ]


def test_periods_without_an_order_say_how_to_write_them(frame, make_scheme):
    (line,) = problems(frame.assign(when=frame["when"].str.replace("2014", "")), make_scheme())
    assert line.startswith(
        "column 'when' cannot be put in time order ('Q1', 'Q2', 'Q3'): write integers, 2014Q1"
    )


def test_half_a_table_leaves_no_library_error(frame, make_scheme):
    scheme = make_scheme(
        roles={"family": "home", "area": "place", "category": "band"},
        outcome={"column": "late", "adverse": ["1"]},
        situations=[{"name": "illness", "kind": "illness"}],
    )
    for column in ("who", "when", "score", "debts", "job", "owner"):
        lines = problems(frame.drop(columns=column), scheme)
        missing = {line.split("'")[1] for line in lines if "is missing" in line}
        assert missing == {column, "home", "place", "band", "late", "illness"}


def test_a_table_without_one_indicator_is_still_searched_for_leaks(frame, make_scheme):
    assert problems(frame.drop(columns="debts"), make_scheme()) == [
        "column 'debts' is missing from the table"
    ]


def test_dates_are_no_numbers(frame, make_scheme):
    (line,) = problems(frame.assign(debts=pd.Timestamp("2014-01-31")), make_scheme())
    assert line.startswith("column 'debts' holds no number: 8 rows, first: row 1 '2014-01-31'")


def large_table(n):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "who": np.arange(n) // 8,
            "when": np.char.add("20", (14 + np.arange(n) % 8).astype(str)),
            "score": rng.normal(15, 5, n),
            "sex": rng.choice(["f", "m"], n),
            "job": rng.choice(["none", "some"], n),
            "owner": rng.choice(["yes", "no"], n),
        }
    )
    return table.assign(**{f"x{k}": rng.normal(size=n) for k in range(6)})


def test_a_large_table_is_read_in_seconds(make_scheme, tmp_path):
    indicators = [{"name": f"x{k}"} for k in range(6)]
    indicators += [
        {"name": "job", "dtype": "category", "levels": ["none", "some"]},
        {"name": "owner", "dtype": "flag"},
    ]
    path = write_frame(large_table(200_000), tmp_path / "t.parquet")
    start = time.process_time()
    assert len(read_table(path, make_scheme(indicators=indicators))) == 200_000
    assert time.process_time() - start < 15, "processor time; a few seconds on an idle machine"


def test_an_attribute_that_names_people_is_refused(make_scheme):
    people = [f"p{i:02}" for i in range(12)]
    table = pd.DataFrame(
        {
            "who": people * 2,
            "when": ["2014Q1"] * 12 + ["2014Q2"] * 12,
            "score": range(24),
            "debts": 0,
            "job": "none",
            "owner": "no",
            "sex": [f"Name {each}" for each in people] * 2,
        }
    )
    with pytest.raises(
        TableError, match="says who people are: most of its 12 groups hold one person"
    ) as error:
        read_table(table, make_scheme())
    assert "Name" not in str(error.value)
    read_table(table.assign(sex=["f", "m"] * 12), make_scheme())
    read_table(table[table["who"] < "p10"], make_scheme())


def test_everyone_s_periods_on_record_are_counted(frame, make_scheme):
    data = read_table(frame, make_scheme())
    for person in set(data.subject):
        mine = data.subject == person
        assert data.record[mine].tolist() == list(range(1, mine.sum() + 1))
        assert data.take(mine).record.tolist() == data.record[mine].tolist()
