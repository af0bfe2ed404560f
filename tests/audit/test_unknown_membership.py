from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.unknown_membership import UnknownMembership, _lowest
from tests.audit.cases import case, dataset


def audited(score, origin, level=0.05, **changes):
    score = np.asarray(score, dtype=float)
    category = np.clip(np.digitize(score, [-0.5, 0.5]), 0, 2).astype(np.int64)
    frame = pd.DataFrame({"origin": origin})
    data = dataset(len(score), score=score, category=category, sensitive=frame, **changes)
    return UnknownMembership().run(case(data), level=level, seed=0)


def test_bounds_are_those_of_every_way_to_place_the_unknown():
    rng = np.random.default_rng(0)
    for _ in range(30):
        group, reference, rest = (rng.standard_normal(k).round(1) for k in (3, 4, 4))
        gaps = []
        for places in product((0, 1, 2), repeat=4):
            at = np.array(places)
            gaps.append(np.append(group, rest[at == 0]).mean() - np.append(reference, rest[at == 1]).mean())
        assert _lowest(group, reference, rest) == pytest.approx(min(gaps))
        assert -_lowest(-group, -reference, -rest) == pytest.approx(max(gaps))


def test_the_table_counts_and_bounds():
    score = np.r_[np.zeros(20), np.ones(40), np.full(20, 2.0)]
    origin = ["there"] * 20 + ["here"] * 40 + ["unknown"] * 20
    result = audited(score, origin)
    sd = np.std(score, ddof=1)
    [row] = result.tables[0].rows
    assert row[:4] == ("origin = there", 20, 40, 20)
    # Known: 0 - 1. All in the group: 1 - 1. All in the reference: 0 - 80/60. Lowest: the same. Highest: 0.
    assert row[4:] == pytest.approx(np.array([-1, 0, -4 / 3, -4 / 3, 0]) / sd)
    assert result.findings[0].evidence[0].values["unknown share"] == pytest.approx(0.25)
    assert "1 of 1" in result.findings[0].evidence[1].statement


def test_unknown_that_goes_with_the_score_is_flagged():
    rng = np.random.default_rng(1)
    score = rng.standard_normal(2000)
    origin = np.where(rng.random(2000) < 0.3, "there", "here").astype(object)
    origin[rng.random(2000) < np.where(score < 0, 0.3, 0.1)] = "unknown"
    findings = audited(score, origin).findings
    assert findings[0].verdict == "flag"
    assert findings[0].effect.value < 0
    assert findings[0].group == (("origin", "unknown"),)
    assert [f.boundary for f in findings] == [None, 0, 1]


def test_unknown_at_random_is_not_flagged():
    rng = np.random.default_rng(2)
    flags = 0
    for _ in range(100):
        origin = rng.choice(["there", "here", "unknown"], size=300)
        flags += any(f.verdict == "flag" for f in audited(rng.standard_normal(300), origin).findings)
    assert flags <= 12


def test_few_unknown_cannot_tell_and_none_is_not_applicable():
    rng = np.random.default_rng(3)
    origin = ["there"] * 12 + ["here"] * 12 + ["unknown"] * 6
    assert {f.verdict for f in audited(rng.standard_normal(30), origin).findings} == {"cannot tell"}
    [finding] = audited(rng.standard_normal(24), origin[:24]).findings
    assert finding.verdict == "not applicable"
    assert "every membership is recorded" in finding.evidence[0].statement
    [equal] = audited(np.ones(30), origin).findings
    assert equal.verdict == "not applicable"


def test_a_row_without_a_score_leaves_the_others():
    score = np.r_[np.zeros(20), np.ones(40), np.full(20, 2.0)]
    origin = ["there"] * 20 + ["here"] * 40 + ["unknown"] * 20
    more = audited([*score, np.nan], [*origin, "unknown"])
    assert more.tables[0].rows == audited(score, origin).tables[0].rows
