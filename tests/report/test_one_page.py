from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from scs_ml.audit import run_checks
from scs_ml.report.one_page import one_page
from scs_ml.report.record import audit_record
from tests.audit.cases import case, dataset


def record(*, adverse=True, made="existing score"):
    """Two groups: the same meaning in every category, and many more of one in the worst."""
    n = 400
    origin = np.repeat(["there", "here"], [n, n])
    category = np.concatenate([np.repeat([0, 1, 2], [200, 100, 100]), np.repeat([0, 1, 2], [50, 100, 250])])
    outcome = np.zeros(2 * n)
    for group in ("there", "here"):
        for code, share in enumerate((0.7, 0.4, 0.1)):
            rows = np.flatnonzero((origin == group) & (category == code))
            outcome[rows[: round(share * len(rows))]] = 1
    data = dataset(
        2 * n,
        category=category.astype(np.int64),
        adverse=outcome if adverse else None,
        sensitive=pd.DataFrame({"origin": origin}),
    )
    report = run_checks(case(data))
    return audit_record(replace(report, forecast={"name": "by hand", "origin": made, "rows": 2 * n}))


def test_the_two_sides_with_the_numbers_of_the_table():
    page = one_page(record())
    # Without the outcome: 60, 60 and 90 people by category in the group, 15, 60 and 225 in the reference.
    assert "At bad | middling" in page or "At middling | good" in page
    assert "57.1% (" in page  # (60 + 60) / 210, at middling | good
    assert "25.0% (" in page  # (15 + 60) / 300
    assert "+32.1 points (" in page
    assert "Adverse share given the category: +0.0 points" in page
    assert "| bad | 70.0% (" in page
    assert "47.5% of origin = there and 25.0% of origin = here" in page
    assert "kind `difference`" in page
    assert "What it would take to tell why" in page
    assert len(page.split()) < 900  # one page


def test_without_an_outcome_there_is_no_page():
    assert one_page(record(adverse=False)) is None
    assert one_page(record(made="forecaster")) is None
