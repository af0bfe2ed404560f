"""Attempts to get out of a basis what it closes."""

from __future__ import annotations

import pytest

from scs_ml.data import read_table
from scs_ml.report import audit_record
from scs_ml.safeguards import opens, require_open
from scs_ml.safeguards.bases import OPENS
from scs_ml.storage import Bundle
from scs_ml.workflow import audit, case_of_existing_score, evaluate, forecast_table, train
from tests.adversarial.attempts import KEY, scheme, table

CLOSED = [(kind, output) for kind in OPENS for output in sorted(OPENS["synthetic"] - OPENS[kind])]


@pytest.mark.parametrize("kind,output", CLOSED)
def test_what_a_basis_closes(attempt, kind, output):
    attempt.refused(lambda: require_open(scheme(basis=kind), output), rule="basis")


@pytest.mark.parametrize("work", [train, evaluate], ids=["train", "evaluate"])
def test_an_audit_trains_nothing(attempt, work):
    card = scheme(basis="audit")
    data = read_table(table(120), card, key=KEY)
    attempt.refused(lambda: work(data, card, families=("logit",)), rule="basis")


@pytest.mark.parametrize("kind", ["benchmark", "audit"])
def test_no_forecast_leaves_row_by_row(attempt, lender, kind):
    card = scheme(basis=kind)
    data = read_table(table(120), card, key=KEY)
    bundle = Bundle(lender.trained.forecaster, card, {"metadata": {}, "seed": 0})
    attempt.refused(lambda: forecast_table(bundle, data), rule="basis")


@pytest.mark.parametrize("kind", ["benchmark", "audit"])
def test_no_person_stands_in_a_report(attempt, kind):
    card = scheme(basis=kind)
    data = read_table(table(120), card, key=KEY)
    record = attempt.neutralised(lambda: audit_record(audit(case_of_existing_score(data, card))))
    assert record["persons"] == []
    assert not any(person in str(record) for person in data.subject)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_table_of_few_people(attempt, n):
    card = scheme(basis="audit")
    data = read_table(table(n), card, key=KEY)
    attempt.refused(lambda: audit(case_of_existing_score(data, card)), rule="few_people")


@pytest.mark.parametrize("kind", ["agreed", "audit"])
def test_a_group_of_three_is_not_counted_out(attempt, kind):
    frame = table(240)
    frame.loc[:2, "region"] = "island"
    card = scheme(basis=kind)
    data = read_table(frame, card, key=KEY)
    assert not opens(card, "small_cells")
    record = attempt.neutralised(lambda: audit_record(audit(case_of_existing_score(data, card))))
    rows = [row for each in record["tables"] for row in each["rows"] if "island" in row]
    assert not [cell for row in rows for cell in row if isinstance(cell, int | float)]


def test_a_copy_of_the_scheme_on_another_basis_is_another_scheme(attempt, lender, bundle):
    """A bundle of people who agreed is not read as a world's."""
    from scs_ml.workflow import audit_table

    path = attempt.folder / "t.csv"
    table(120).to_csv(path, index=False)
    attempt.refused(
        lambda: audit_table(scheme(basis="synthetic"), path, attempt.folder / "run", bundle=bundle, key=KEY)
    )
