"""Small counts do not leave in tables, and cannot be worked back from their row."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.core import Table
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import OPENS, hides_count, require_people, suppress_tables
from scs_ml.schemes import load_scheme

RATES = Table(
    "rates",
    "Error rates",
    ("group", "boundary", "n", "wrong", "share", "note"),
    (
        ("many", "D | C", 100, 20, 0.2, None),
        ("few", "C | B", 4, 0, 0.0, None),
        ("hidden", "C | B", 50, 3, 0.06, "three of fifty"),
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
        RATES.rows[3],  # zero of ten tells of nobody in particular
    )
    assert (table.name, table.title, table.columns) == (RATES.name, RATES.title, RATES.columns)


@pytest.mark.parametrize("kind", ["synthetic", "benchmark"])
def test_worlds_and_published_data_are_spared(kind, on_basis):
    assert suppress_tables([RATES], on_basis(kind)) == (RATES,)


def test_five_is_the_smallest_count_shown(on_basis):
    table = Table("t", "T", ("group", "n"), (("a", 4), ("b", 5), ("c", 10)))
    assert suppress_tables([table], on_basis("audit"))[0].rows == (("a", None), ("b", 5), ("c", 10))
    assert [hides_count(on_basis("audit"), n) for n in (0, 1, 4, 5)] == [False, True, True, False]
    assert not hides_count(on_basis("benchmark"), 1)


@pytest.mark.parametrize("label", ["boundary", "category", "period", "year", "rank"])
def test_no_name_of_a_column_spares_its_counts(label, on_basis):
    table = Table("categories", "Categories by group", ("group", label), (("a", 3), ("b", 30)))
    assert suppress_tables([table], on_basis("audit"))[0].rows == (("a", None), ("b", 30))


@pytest.mark.parametrize("kind", ["benchmark", "audit"])
def test_a_group_of_four_is_persons(kind, on_basis):
    with pytest.raises(SafeguardError, match="fewer than 5 people") as caught:
        require_people(on_basis(kind), 4)
    assert caught.value.rule == "few_people"
    require_people(on_basis(kind), 5)
    require_people(on_basis("agreed"), 1)


def test_counts_are_found_in_columns_of_any_name_and_of_numpy_types(on_basis):
    table = Table("m", "Migration", ("from", "D", "C"), (("D", np.int64(3), np.int64(90)), ("C", 7, 8)))
    assert suppress_tables([table], on_basis("audit"))[0].rows == (("D", None, None), ("C", 7, 8))


def test_truth_values_are_no_counts(on_basis):
    table = Table("t", "T", ("group", "n", "tested"), (("a", 50, True),))
    assert suppress_tables([table], on_basis("agreed")) == (table,)


def test_no_basis_is_forgotten():
    assert set(OPENS) == {"synthetic", "agreed", "benchmark", "audit"}
    assert suppress_tables([], load_scheme("sesame")) == ()
