"""Small counts do not leave in tables, and cannot be worked back from their row."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.core import Table
from scs_ml.safeguards import OPENS, suppress_tables
from scs_ml.schemes import load_scheme

RATES = Table(
    "rates",
    "Error rates",
    ("group", "boundary", "n", "wrong", "share", "note"),
    (
        ("many", 0, 100, 20, 0.2, None),
        ("few", 1, 4, 0, 0.0, None),
        ("hidden", 1, 50, 3, 0.06, "three of fifty"),
        ("none", 2, 10, 0, 0.0, None),
    ),
)


@pytest.mark.parametrize("kind", ["agreed", "audit"])
def test_a_row_with_a_small_count_loses_all_its_numbers(kind, on_basis):
    (table,) = suppress_tables([RATES], on_basis(kind))
    assert table.rows == (
        RATES.rows[0],
        ("few", 1, None, None, None, None),  # the boundary says which, not how many
        ("hidden", 1, None, None, None, "three of fifty"),
        RATES.rows[3],  # zero of ten tells of nobody in particular
    )
    assert (table.name, table.title, table.columns) == (RATES.name, RATES.title, RATES.columns)


@pytest.mark.parametrize("kind", ["synthetic", "benchmark"])
def test_worlds_and_published_data_are_spared(kind, on_basis):
    assert suppress_tables([RATES], on_basis(kind)) == (RATES,)


def test_the_minimum_is_the_smallest_count_shown(on_basis):
    audit = on_basis("audit")
    table = Table("t", "T", ("group", "n"), (("a", 4), ("b", 5), ("c", 10)))
    assert suppress_tables([table], audit)[0].rows == (("a", None), ("b", 5), ("c", 10))
    assert suppress_tables([table], audit, minimum=10)[0].rows == (("a", None), ("b", None), ("c", 10))
    assert suppress_tables([table], audit, minimum=1)[0].rows == table.rows


def test_counts_are_found_in_columns_of_any_name_and_of_numpy_types(on_basis):
    table = Table("m", "Migration", ("from", "D", "C"), (("D", np.int64(3), np.int64(90)), ("C", 7, 8)))
    assert suppress_tables([table], on_basis("audit"))[0].rows == (("D", None, None), ("C", 7, 8))


def test_truth_values_are_no_counts(on_basis):
    table = Table("t", "T", ("group", "n", "tested"), (("a", 50, True),))
    assert suppress_tables([table], on_basis("agreed")) == (table,)


def test_no_basis_is_forgotten():
    assert set(OPENS) == {"synthetic", "agreed", "benchmark", "audit"}
    assert suppress_tables([], load_scheme("sesame")) == ()
