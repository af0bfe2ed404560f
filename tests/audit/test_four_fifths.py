from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.four_fifths import FourFifths
from scs_ml.inference import mover_ratio
from tests.audit.cases import case, dataset

N = 400


def audited(ours, theirs, level=0.05):
    """Categories of the group and of the reference, audited; a case of three categories."""
    category = np.concatenate([ours, theirs]).astype(np.int64)
    origin = ["there"] * len(ours) + ["here"] * len(theirs)
    data = dataset(len(category), category=category, sensitive=pd.DataFrame({"origin": origin}))
    return FourFifths().run(case(data), level=level, seed=0)


def spread(bad, middling, good):
    return np.repeat([0, 1, 2], [bad, middling, good])


def test_the_ratio_its_side_and_its_interval():
    result = audited(spread(60, 20, 20), spread(120, 80, 200))
    first, second = result.findings
    assert (first.boundary, second.boundary) == (0, 1)
    assert first.effect.value + 1 == pytest.approx((40 / 100) / (280 / 400))
    assert second.effect.value + 1 == pytest.approx((20 / 100) / (200 / 400))
    assert first.effect.floor == pytest.approx(0.2)
    assert first.verdict == second.verdict == "flag"
    side = first.evidence[0]
    assert side.values["ratio on the adverse side"] == pytest.approx(0.6 / 0.3)
    assert "favourable" in side.statement
    # Jointly for two boundaries the interval is wider than one of its own, and not wider than Bonferroni's.
    alone, both = (mover_ratio(40, 100, 280, 400, confidence=c) for c in (0.95, 0.975))
    assert both[0] <= first.effect.low + 1 <= alone[0]
    assert alone[1] <= first.effect.high + 1 <= both[1]
    [row] = [r for r in result.tables[0].rows if r[1] == "bad | middling"]
    assert row[2:6] == (40, 100, 280, 400)


def test_equal_rates_of_many_are_clear_and_of_few_are_not():
    many = audited(spread(500, 500, 1000), spread(500, 500, 1000))
    assert [f.verdict for f in many.findings] == ["clear", "clear"]
    few = audited(spread(5, 5, 10), spread(500, 500, 1000))
    assert [f.verdict for f in few.findings] == ["cannot tell", "cannot tell"]
    assert few.findings[0].evidence[-1].stage == "power"


def test_a_favoured_group_breaks_the_rule_from_five_fourths_on():
    result = audited(spread(100, 0, 900), spread(500, 0, 500))
    assert result.findings[0].effect.floor == pytest.approx(0.25)
    assert result.findings[0].verdict == "flag"
    assert result.findings[0].effect.value == pytest.approx(0.8)


def test_nobody_of_the_group_favoured_is_a_ratio_of_zero_and_nobody_of_the_reference_has_none():
    none = audited(spread(50, 0, 0), spread(100, 100, 200))
    assert none.findings[1].effect.value == pytest.approx(-1)
    assert none.findings[1].verdict == "flag"
    undefined = audited(spread(20, 20, 20), spread(100, 100, 0))
    assert undefined.findings[1].verdict == "not applicable"


def test_thirty_rows_and_no_groups():
    tiny = audited(spread(6, 0, 3), spread(1, 0, 20))
    assert {f.verdict for f in tiny.findings} == {"cannot tell"}
    data = dataset(30, sensitive=pd.DataFrame({"origin": ["here"] * 30}))
    [finding] = FourFifths().run(case(data), level=0.05, seed=0).findings
    assert finding.verdict == "not applicable"


def test_equal_groups_are_not_flagged():
    """Of 200 tables without a difference not one breaks the rule by chance at n = 400 and even shares."""
    rng = np.random.default_rng(5)
    flagged = 0
    for _ in range(200):
        result = audited(rng.integers(0, 3, 100), rng.integers(0, 3, 300))
        flagged += any(f.verdict == "flag" for f in result.findings)
    assert flagged <= 17  # 99.9 % of Binomial(200, 0.05) lies below 20


def test_families_widen_the_interval():
    rng = np.random.default_rng(3)
    family = np.repeat(np.arange(100), 4)
    category = rng.integers(0, 3, 100)[family]
    origin = np.where(family < 50, "there", "here")
    frame = pd.DataFrame({"origin": origin})
    alone = case(dataset(N, category=category, sensitive=frame))
    together = case(dataset(N, category=category, sensitive=frame, family=family.astype(str)))
    widths = []
    for each in (alone, together):
        effect = FourFifths().run(each, level=0.05, seed=0).findings[0].effect
        widths.append(effect.high - effect.low)
    assert widths[1] > 1.6 * widths[0]
