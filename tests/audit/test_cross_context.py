"""What comes from other contexts than the score's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.cross_context import CrossContext
from tests.audit import cases

CHECK = CrossContext()
ELSEWHERE = cases.INDICATOR | {"name": "absences", "context": "school"}
RULES = cases.scheme(indicators=[*cases.SCHEME["indicators"], ELSEWHERE])


def case(slope, n=1_000):
    rng = np.random.default_rng(0)
    elsewhere = np.arange(n) % 2 == 0
    X = pd.DataFrame(
        {
            "debts": rng.integers(0, 4, n).astype(float),
            "absences": (rng.integers(0, 4, n) + 2 * elsewhere).astype(float),
        }
    )
    score = (-X["debts"] - slope * X["absences"]).to_numpy()
    origin = pd.DataFrame({"origin": np.where(elsewhere, "elsewhere", "here")})
    return cases.case(cases.dataset(n, X=X, score=score, sensitive=origin), RULES)


def test_gap_through_the_context_is_measured():
    made = case(1.0)
    result = CHECK.run(made, level=0.05, seed=0)
    (found,) = result.findings
    absences, score = made.dataset.X["absences"], made.dataset.score
    there = made.dataset.sensitive["origin"] == "elsewhere"
    gap = -(absences[there].mean() - absences[~there].mean()) / score.std(ddof=1)
    assert found.verdict == "flag"
    assert found.kind == "difference"
    assert found.effect.value == pytest.approx(gap, rel=0.02)
    assert "absences" in found.evidence[0].statement
    assert result.tables[0].rows[0][:2] == ("school", "absences")


def test_a_context_that_does_not_count_is_clear():
    (found,) = CHECK.run(case(0.0), level=0.05, seed=0).findings
    assert found.verdict == "clear"


def test_not_applicable_where_all_is_of_one_context():
    data = cases.dataset(50, score=np.arange(50.0), sensitive=pd.DataFrame({"origin": ["a", "b"] * 25}))
    (found,) = CHECK.run(cases.case(data), level=0.05, seed=0).findings
    assert found.verdict == "not applicable"
    (flat,) = CHECK.run(cases.case(cases.dataset(50), RULES), level=0.05, seed=0).findings
    assert flat.verdict == "not applicable"


def test_an_indicator_that_is_alike_for_all_says_nothing():
    made = case(1.0)
    alike = replace(made.dataset, X=made.dataset.X.assign(absences=0.0))
    (found,) = CHECK.run(replace(made, dataset=alike), level=0.05, seed=0).findings
    assert found.verdict == "not applicable"
