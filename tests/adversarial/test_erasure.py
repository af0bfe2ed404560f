"""People who withdrew or were erased, tried to be read again."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.data import read_table
from scs_ml.records import search
from scs_ml.safeguards import pseudonymise
from tests.adversarial.attempts import KEY, NAME, scheme, table

CARD = scheme()


def gone(*people):
    return set(pseudonymise(np.array(people, dtype=object), KEY))


def test_who_withdrew_is_left_out(attempt):
    out = gone(f"{NAME} 1", f"{NAME} 7")
    dataset = attempt.neutralised(lambda: read_table(table(40), CARD, key=KEY, withdrawn=out))
    assert len(dataset) == 38
    assert out.isdisjoint(dataset.subject)
    assert [each.rows for each in dataset.gates if each.rule == "withdrawn"] == [2]


def test_an_agreement_does_not_bring_back_who_withdrew(attempt):
    out = gone(f"{NAME} 1")
    dataset = attempt.neutralised(lambda: read_table(table(40, agreed="yes"), CARD, key=KEY, withdrawn=out))
    assert out.isdisjoint(dataset.subject)


def test_everybody_withdrew(attempt):
    out = gone(*table(40)["who"])
    attempt.refused(lambda: read_table(table(40), CARD, key=KEY, withdrawn=out), rule="withdrawn")


@pytest.mark.parametrize("kind", ["int64", "float64", "str", "Int64", "category", "object"])
def test_the_same_number_of_another_kind_is_the_same_person(attempt, kind):
    frame = table(40).assign(who=np.arange(40)).astype({"who": kind})
    dataset = attempt.handled(lambda: read_table(frame, CARD, key=KEY, withdrawn=gone("7")))
    assert len(dataset) == 39


@pytest.mark.parametrize("name", ["report.html", "audit.json", "card.md"])
def test_no_clear_name_stands_in_a_run(attempt, lender, name):
    found = attempt.handled(lambda: (lender.run / name).read_text(encoding="utf-8"))
    assert NAME not in found


def test_a_search_finds_no_clear_name_in_a_bundle_or_a_run(attempt, lender):
    found = attempt.handled(lambda: search([f"{NAME} 7", NAME], [lender.bundle, lender.run]))
    assert not found.places
