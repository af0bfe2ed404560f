from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.category_gap import CategoryGap, categories_table
from tests.audit.cases import by_group, case, dataset, few, of_group, pilot


def shifted(counts_far, counts_here):
    """People from far and from here, by category."""
    category = np.concatenate([np.repeat(np.arange(3), counts_far), np.repeat(np.arange(3), counts_here)])
    origin = np.repeat(["far", "here"], [sum(counts_far), sum(counts_here)])
    return dataset(
        len(category),
        category=category,
        y=category,
        sensitive=pd.DataFrame({"origin": origin}),
        score=category * 10.0,
    )


def run(of, level=0.05):
    return CategoryGap().run(of, level=level, seed=0)


def test_gaps_by_hand():
    result = run(case(shifted((60, 30, 10), (20, 40, 40))))
    gap = by_group(result.findings)["far"]
    score = np.array([0.0] * 80 + [10.0] * 70 + [20.0] * 50)
    assert gap.effect.value == pytest.approx((5.0 - 12.0) / score.std(ddof=1))
    assert (gap.verdict, gap.effect.unit, gap.effect.floor) == ("flag", "SD of the score", 0.05)
    assert gap.n == (100, 100)
    first = by_group(result.findings, boundary=0)["far"].effect
    assert first.value == pytest.approx(math.log(40 * 20 / (60 * 80)))
    assert first.floor == pytest.approx(0.05 * math.pi / math.sqrt(3))
    second = by_group(result.findings, boundary=1)["far"].effect
    assert second.value == pytest.approx(math.log(10 * 60 / (90 * 40)))


def test_table_has_counts_and_shares_for_everybody_and_each_group():
    (table,) = run(case(shifted((60, 30, 10), (20, 40, 40)))).tables
    assert table.columns[:5] == ("group", "rows", "bad", "middling", "good")
    assert table.rows[0] == ("everybody", 200, 80, 70, 50, 0.4, 0.35, 0.25)
    assert table.rows[2] == ("origin = far", 100, 60, 30, 10, 0.6, 0.3, 0.1)


def test_clear_only_where_the_interval_lies_within_the_floor():
    same = run(case(shifted((3_000, 3_000, 3_000), (3_000, 3_000, 3_000))))
    assert {f.verdict for f in same.findings} == {"clear"}
    smaller = run(case(shifted((30, 30, 30), (30, 30, 30))))
    assert {f.verdict for f in smaller.findings} == {"cannot tell"}
    assert all(f.detectable > f.effect.floor for f in smaller.findings)


def test_not_applicable_without_groups_or_scores_that_differ():
    lonely = run(case(shifted((10, 10, 10), (0, 0, 0))))
    alike = run(case(shifted((0, 30, 0), (0, 30, 0))))
    for result, word in ((lonely, "two groups"), (alike, "equal")):
        (finding,) = result.findings
        assert finding.verdict == "not applicable"
        assert word in finding.evidence[0].statement


def test_fires_on_a_planted_world_and_cannot_tell_on_thirty_rows_of_a_null_world():
    planted = run(pilot((("postcode_proxy", 0.3),)))
    assert of_group(planted.findings, (("minority", "yes"),)).verdict == "flag"
    nothing = run(few(pilot()))
    assert {f.verdict for f in nothing.findings} <= {"cannot tell", "not applicable"}


def test_rarely_flags_a_null_world():
    # Each run errs with 5 %: of 12 worlds, 4 or more would have a chance of 0.2 %.
    worlds = [pilot(seed=seed, n_people=1_000) for seed in range(12)]
    assert sum(any(f.verdict == "flag" for f in run(of).findings) for of in worlds) <= 3


def test_the_table_counts_categories_that_are_known():
    data = dataset(3, category=np.array([-1, 0, 2]))
    (row,) = categories_table(case(data)).rows
    assert row[:5] == ("everybody", 2, 1, 0, 1)


def test_rows_without_a_score_or_a_category_say_nothing():
    known = run(case(shifted((20, 10, 10), (10, 10, 20)))).findings
    data = shifted((21, 10, 10), (10, 10, 21))
    data = replace(data, score=np.where(np.arange(82) == 0, np.nan, data.score))
    data = replace(data, category=np.where(np.arange(82) == 81, -1, data.category))
    found = run(case(data)).findings
    assert [f.n for f in found] == [(40, 40)] * 3
    assert [f.effect.value for f in found] == pytest.approx([f.effect.value for f in known])
    nothing = replace(data, score=np.full(82, np.nan))
    assert run(case(nothing)).findings[0].verdict == "not applicable"
