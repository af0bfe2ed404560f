"""Small counts do not leave in tables, and cannot be worked back from their row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scs_ml.core import Effect, Finding, Table
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import (
    OPENS,
    count_text,
    disclose,
    hides_count,
    require_people,
    suppress_tables,
)
from scs_ml.schemes import load_scheme

RATES = Table(
    "rates",
    "Error rates",
    ("group", "boundary", "n", "wrong", "share", "note"),
    (
        ("many", "D | C", 100, 20, 0.2, None),
        ("few", "C | B", 4, 0, 0.0, None),
        ("hidden", "C | B", 50, 3, 0.06, "three of fifty"),
        ("rest", "C | B", 60, 30, 0.5, None),
        ("none", "B | A", 10, 0, 0.0, None),
    ),
)


@pytest.mark.parametrize("kind", ["agreed", "audit"])
def test_a_row_with_a_small_count_loses_all_its_numbers(kind, on_basis):
    (table,) = suppress_tables([RATES], on_basis(kind))
    assert table.rows == (
        RATES.rows[0],
        ("few", "C | B", None, None, None, None),
        ("hidden", "C | B", None, None, None, "three of fifty"),
        ("rest", "C | B", None, None, None, None),  # the total less these 30 would be the three
        RATES.rows[4],  # zero of ten tells of nobody in particular
    )
    assert (table.name, table.title, table.columns) == (RATES.name, RATES.title, RATES.columns)


@pytest.mark.parametrize("kind", ["synthetic", "benchmark"])
def test_worlds_and_published_data_are_spared(kind, on_basis):
    assert suppress_tables([RATES], on_basis(kind)) == (RATES,)


def test_five_is_the_smallest_count_shown(on_basis):
    table = Table("t", "T", ("group", "n"), (("a", 5), ("b", 0), ("c", 10)))
    assert suppress_tables([table], on_basis("audit")) == (table,)
    table = Table("t", "T", ("group", "n"), (("a", 4), ("b", 5), ("c", 10)))
    # Whoever knows that there are 19 would have the 4 back from b and c.
    assert suppress_tables([table], on_basis("audit"))[0].rows == (("a", None), ("b", None), ("c", 10))
    assert [hides_count(on_basis("audit"), n) for n in (0, 1, 4, 5)] == [False, True, True, False]
    assert not hides_count(on_basis("benchmark"), 1)


@pytest.mark.parametrize("label", ["boundary", "category", "period", "year", "rank"])
def test_no_name_of_a_column_spares_its_counts(label, on_basis):
    table = Table("categories", "Categories by group", ("group", label), (("a", 3), ("b", 30), ("c", 31)))
    assert suppress_tables([table], on_basis("audit"))[0].rows == (("a", None), ("b", None), ("c", 31))


@pytest.mark.parametrize("kind", ["benchmark", "audit"])
def test_a_group_of_four_is_persons(kind, on_basis):
    with pytest.raises(SafeguardError, match="fewer than 5 people") as caught:
        require_people(on_basis(kind), 4)
    assert caught.value.rule == "few_people"
    require_people(on_basis(kind), 5)
    require_people(on_basis("agreed"), 1)


def test_counts_are_found_in_columns_of_any_name_and_of_numpy_types(on_basis):
    table = Table(
        "m", "Migration", ("from", "D", "C"), (("D", np.int64(3), np.int64(90)), ("C", 7, 8), ("B", 70, 80))
    )
    shown = (("D", None, None), ("C", None, None), ("B", 70, 80))
    assert suppress_tables([table], on_basis("audit"))[0].rows == shown


def test_truth_values_are_no_counts(on_basis):
    table = Table("t", "T", ("group", "n", "tested"), (("a", 50, True),))
    assert suppress_tables([table], on_basis("agreed")) == (table,)


def finding(check, group, reference, n, effect=None, *, boundary=None):
    return Finding(check, "difference", "flag", group, reference, n, "", effect, boundary=boundary)


A, B, C = ((("minority", value),) for value in "abc")
GROUPS = Table(
    "groups",
    "Groups",
    ("attribute", "group", "rows"),
    (("minority", "a", 3), ("minority", "b", 40), ("minority", "c", 57)),
)


def test_a_hidden_group_does_not_come_back_through_findings_and_the_total(on_basis):
    """100 people less 57 of the reference less 40 of b are the 3 of a, wherever those numbers stand."""
    findings = (
        finding("category_gap", A, C, (3, 57)),
        finding("category_gap", B, C, (40, 57)),
        finding("error_rates", B, C, (40, 57)),
    )
    disclosed = disclose((GROUPS,), findings, on_basis("audit"), total=100)
    assert disclosed.tables[0].rows == (
        ("minority", "a", None),
        ("minority", "b", None),
        ("minority", "c", 57),
    )
    assert disclosed.told == (False, False, False)
    assert (disclosed.record.rule, disclosed.record.outcome) == ("small_cells", "left out")
    assert disclosed.record.detail.startswith("2 of 3 rows of tables and 3 of 3 findings are without numbers")
    spared = disclose((GROUPS,), findings, on_basis("benchmark"), total=100)
    assert (spared.tables, spared.told) == ((GROUPS,), (True, True, True))
    assert (spared.record.outcome, "benchmark" in spared.record.detail) == ("kept", True)


def test_of_two_groups_neither_is_shown_when_one_is_small(on_basis):
    two = Table("groups", "G", ("attribute", "group", "rows"), (("sex", "female", 2), ("sex", "male", 98)))
    assert [row[2] for row in disclose((two,), (), on_basis("audit"), total=100).tables[0].rows] == [
        None,
        None,
    ]


def test_a_small_share_of_a_large_group_does_not_come_back_from_its_complement(on_basis):
    """What is not favoured in one table is the lowest category in another."""
    scheme = on_basis("audit")
    cut = scheme.scale.boundary_label(0)
    names = ("minority = a", "minority = b", "minority = c")
    lowest, all_ = (3, 30, 50), (103, 190, 250)
    categories = Table(
        "categories",
        "Categories",
        ("group", "rows", "D", "above"),
        tuple((g, n, d, n - d) for g, n, d in zip(names, all_, lowest, strict=True)),
    )
    favoured = Table(
        "four_fifths",
        "Favoured",
        ("group", "boundary", "favoured", "rows"),
        tuple((g, cut, n - d, n) for g, n, d in zip(names, all_, lowest, strict=True)),
    )
    one, other = suppress_tables((categories, favoured), scheme)
    assert one.rows[0] == ("minority = a", None, None, None)
    assert other.rows[0] == ("minority = a", cut, None, None)
    # The total of the lowest category, less the two others, would tell as well: one of them goes.
    hidden = [None in row for row in one.rows]
    assert hidden == [None in row for row in other.rows] == [True, True, False]


def test_an_effect_goes_with_the_row_it_was_computed_from(on_basis):
    """The gap of a to c, with c's rate and a's size, is a's rate; and with it a's count."""
    scheme = on_basis("audit")
    effect = Effect("false adverse rate", 0.06 - 0.5, -0.5, -0.3, "probability", 0.05)
    cuts = [scheme.scale.boundary_label(k) for k in (0, 1)]
    table = Table(
        "error_rates",
        "Error rates",
        ("group", "boundary", "FP", "TN"),
        tuple(
            (f"minority = {g}", cut, fp + 10 * k, tn - 10 * k)
            for k, cut in enumerate(cuts)
            for g, fp, tn in (("a", 3, 47), ("b", 40, 60), ("c", 150, 150))
        ),
        check="error_rates",
    )
    findings = tuple(
        finding("error_rates", group, C, n, effect, boundary=k)
        for k in (0, 1)
        for group, n in ((A, (50, 300)), (B, (100, 300)))
    )
    disclosed = disclose((table,), findings, scheme)
    assert [None in row for row in disclosed.tables[0].rows] == [True, True, False, False, False, False]
    assert disclosed.told == (False, False, True, True)
    other = replace(table, check="four_fifths")
    assert disclose((other,), findings, scheme).told == (True, True, True, True)


def test_a_table_without_counts_hides_the_group_that_its_finding_hides(on_basis):
    table = Table("gaps", "Gaps", ("group", "gap"), (("minority = a", 0.4), ("minority = b", 0.1)), "gap")
    findings = (finding("gap", A, C, (3, 57)), finding("gap", B, C, (40, 57)), finding("x", B, C, (40, 57)))
    disclosed = disclose((table,), findings, on_basis("agreed"))
    assert disclosed.tables[0].rows[0] == ("minority = a", None)


def test_a_period_behind_a_group_is_no_group_of_its_own(on_basis):
    """``minority = b, 2021`` in one table is b in 2021 in the other."""
    society = Table(
        "society",
        "Society",
        ("group", "period", "people"),
        tuple((f"minority = {g}", "2021", n) for g, n in (("a", 3), ("b", 40), ("c", 57))),
    )
    compared = Table(
        "society_differences",
        "Differences",
        ("group", "compared with", "people", "compared people"),
        tuple((f"minority = {g}, 2021", "minority = c, 2021", n, 57) for g, n in (("a", 3), ("b", 40))),
    )
    one, other = suppress_tables((society, compared), on_basis("audit"))
    assert [row[2] for row in one.rows] == [None, None, 57]
    assert [row[2:] for row in other.rows] == [(None, None), (None, None)]


def test_a_small_count_in_running_text_is_said_to_be_small(on_basis):
    assert [count_text(on_basis("agreed"), n) for n in (0, 1, 4, 5, 1_234)] == [
        *("0", "fewer than 5", "fewer than 5", "5", "1,234")
    ]
    assert count_text(on_basis("benchmark"), 1) == "1"


def test_no_basis_is_forgotten():
    assert set(OPENS) == {"synthetic", "agreed", "benchmark", "audit"}
    assert suppress_tables([], load_scheme("sesame")) == ()


def test_who_of_a_whole_is_not_in_a_part_is_a_count_too(on_basis):
    """Of 32 people 29 are counted: three are not, whether the numbers, a share or a comparison tell it."""
    people = (("minority = a", 400, 300), ("minority = b", 32, 29), ("minority = c", 60, 40))
    society = Table(
        "society",
        "S",
        ("group", "people", "positive", "share"),
        tuple((*row, row[2] / row[1]) for row in people),
    )
    compared = Table(
        "society_differences",
        "D",
        ("group", "compared with", "people", "compared people", "difference in share"),
        tuple((row[0], people[0][0], row[1], 400, row[2] / row[1] - 0.75) for row in people[1:]),
    )
    one, other = suppress_tables((society, compared), on_basis("audit"))
    assert one.rows[1] == ("minority = b", None, None, None)
    assert other.rows[0] == ("minority = b", "minority = a", None, None, None)
    assert one.rows[0] == society.rows[0]
    (spared, _) = suppress_tables((society, compared), on_basis("benchmark"))
    assert spared == society
    bare = Table("t", "T", ("group", "people", "share"), tuple((n, p, k / p) for n, p, k in people))
    (shown,) = suppress_tables((bare,), on_basis("audit"))
    assert shown.rows[1] == ("minority = b", None, None)
    # A share of the card's points is no share of people: 0.1 of 32 is nobody.
    other_share = Table(
        "t", "T", ("group", "people", "share"), (("minority = b", 32, 0.1), ("minority = c", 9, 0.3))
    )
    assert suppress_tables((other_share,), on_basis("audit")) == (other_share,)
