from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.shap_gap import ShapGap
from tests.audit.cases import case, dataset, explanation, pilot


def run(of, level=0.05):
    return ShapGap().run(of, level=level, seed=0)


def explained(n, gap, seed=0, rows=None, **changes):
    """Two indicators; people from far lose `gap` through reports, and debts move both groups alike."""
    rng = np.random.default_rng(seed)
    far = np.arange(n) % 2 == 0
    values = np.column_stack([rng.normal(size=n), rng.normal(size=n) - gap * far])
    data = dataset(n, sensitive=pd.DataFrame({"origin": np.where(far, "far", "here")}))
    rows = np.arange(n) if rows is None else rows
    return case(data, explanation=explanation(values[rows], rows, **changes)), values, far


def by_indicator(result):
    return {f.indicator: f for f in result.findings}


def test_gap_by_hand_and_its_parts_sum_to_the_margin():
    of, values, far = explained(1_000, 1.0)
    margin = values.sum(axis=1)
    found = by_indicator(run(of))
    gap = (values[far, 1].mean() - values[~far, 1].mean()) / margin.std(ddof=1)
    assert found["reports"].effect.value == pytest.approx(gap)
    assert (found["reports"].verdict, found["debts"].verdict) == ("flag", "cannot tell")
    whole = (margin[far].mean() - margin[~far].mean()) / margin.std(ddof=1)
    stated = found["reports"].evidence[0].values
    assert stated["sum of SHAP gaps"] == pytest.approx(whole)
    assert stated["gap of the margin"] == pytest.approx(whole)


def test_boundaries_are_averaged():
    of, values, _ = explained(400, 1.0)
    both = np.concatenate([values[:, :, None], 3 * values[:, :, None]], axis=2)
    twice = explanation(values)
    twice = twice.__class__(**{**vars(twice), "values": both, "raw": both.sum(axis=1)})
    one, two = run(of), run(case(of.dataset, explanation=twice))
    # The mean of one and three times a value is twice it, and so is the unit.
    for first, second in zip(one.findings, two.findings, strict=True):
        assert second.effect.value == pytest.approx(first.effect.value)


def test_only_explained_rows_count():
    rows = np.arange(100, 400)
    of, values, far = explained(1_000, 1.0, rows=rows)
    found = by_indicator(run(of))["reports"]
    assert found.n == (150, 150)
    part, far = values[rows], far[rows]
    gap = (part[far, 1].mean() - part[~far, 1].mean()) / part.sum(axis=1).std(ddof=1)
    assert found.effect.value == pytest.approx(gap)


def test_a_surrogate_says_how_faithful_it_is():
    of, _, _ = explained(200, 1.0, fidelity={"agreement": 0.91})
    statement = run(of).findings[0].evidence[1].statement
    assert "surrogate" in statement
    assert "agreement 0.910" in statement


def test_table_repeats_the_findings():
    of, _, _ = explained(200, 1.0)
    result = run(of)
    assert [(r[1], r[4], r[7]) for r in result.tables[0].rows] == [
        (f.indicator, f.effect.value, f.verdict) for f in result.findings
    ]


def test_level_is_kept_and_thirty_rows_cannot_tell():
    flagged = sum(
        any(f.verdict == "flag" for f in run(explained(300, 0.0, seed)[0]).findings) for seed in range(60)
    )
    assert flagged <= 7  # Binomial(60, 0.05): 8 or more has a chance of 1 %
    assert {f.verdict for f in run(explained(30, 0.0)[0]).findings} == {"cannot tell"}


def test_not_applicable_without_an_explanation_groups_or_a_margin_that_varies():
    of, _, _ = explained(100, 1.0)
    (none,) = run(pilot()).findings
    (lonely,) = run(case(dataset(100), explanation=of.explanation)).findings
    flat = case(of.dataset, explanation=explanation(np.zeros((100, 2))))
    (equal,) = run(flat).findings
    assert [f.verdict for f in (none, lonely, equal)] == ["not applicable"] * 3
    assert "explanation" in none.evidence[0].statement
    assert "two groups" in lonely.evidence[0].statement
    assert "equal" in equal.evidence[0].statement
