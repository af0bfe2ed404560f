from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.gap_drift import GapDrift
from tests.audit.cases import case, dataset


def panel(people, periods, drift, rng, *, noise=1.0):
    """A panel in which the group falls behind by `drift` a period."""
    person = np.tile(np.arange(people), periods)
    period = np.repeat(np.arange(periods), people)
    group = person < 0.3 * people
    score = rng.standard_normal(people)[person] + noise * rng.standard_normal(len(person))
    score -= drift * period * group
    origin = np.where(group, "there", "here")
    return dataset(
        len(person),
        subject=np.array([f"s{i}" for i in person], dtype=object),
        period=period.astype(np.int64),
        periods=tuple(f"2014Q{t + 1}" for t in range(periods)),
        score=score,
        category=np.digitize(score, [-0.5, 0.5]).astype(np.int64),
        sensitive=pd.DataFrame({"origin": origin}),
    )


def audited(history, level=0.05):
    last = history.take(history.period == history.period.max())
    return GapDrift().run(case(last, history=history), level=level, seed=0)


def test_a_gap_that_widens_is_flagged_and_its_size_is_right():
    history = panel(1000, 4, 0.2, np.random.default_rng(0))
    score, category = audited(history).findings
    assert score.verdict == category.verdict == "flag"
    assert score.effect.metric == "change of the mean score gap"
    # Three steps of 0.2 over an SD of about sqrt(2).
    assert score.effect.value == pytest.approx(-0.6 / np.std(history.score, ddof=1), abs=0.12)
    assert score.evidence[0].values["per period"] == pytest.approx(score.effect.value / 3)
    assert category.effect.value < 0


def test_the_line_is_exact_without_noise():
    history = panel(100, 4, 0.5, np.random.default_rng(0), noise=0.0)
    result = audited(history)
    assert result.findings[0].effect.value == pytest.approx(-1.5 / np.std(history.score, ddof=1))
    gaps = [row[4] for row in result.tables[0].rows]
    assert np.diff(gaps) == pytest.approx([-0.5 / np.std(history.score, ddof=1)] * 3)


def test_a_gap_that_stays_is_no_drift():
    rng = np.random.default_rng(1)
    flags = 0
    for _ in range(100):
        history = panel(200, 4, 0.0, rng)
        score = history.score - 1.0 * (history.sensitive["origin"] == "there").to_numpy()
        flags += any(f.verdict == "flag" for f in audited(replace(history, score=score)).findings)
    assert flags <= 12  # 99.8 % of Binomial(100, 0.05)


def test_a_long_still_panel_is_clear():
    found = audited(panel(20_000, 4, 0.0, np.random.default_rng(2), noise=0.2)).findings
    assert {f.verdict for f in found} == {"clear"}


def test_thirty_rows_cannot_tell():
    found = audited(panel(9, 4, 0.0, np.random.default_rng(3))).findings
    assert {f.verdict for f in found} == {"cannot tell"}


def test_two_periods_or_none_are_not_applicable():
    for periods in (1, 2):
        [finding] = audited(panel(100, periods, 0.0, np.random.default_rng(4))).findings
        assert finding.verdict == "not applicable"
        assert str(periods) in finding.evidence[0].statement
    flat = panel(50, 3, 0.0, np.random.default_rng(4))
    flat = replace(flat, score=np.ones(150), category=np.ones(150, dtype=np.int64))
    [finding] = audited(flat).findings
    assert finding.verdict == "not applicable"


def test_without_a_history_the_datasets_own_periods_are_read():
    history = panel(1000, 4, 0.2, np.random.default_rng(0))
    found = GapDrift().run(case(history), level=0.05, seed=0).findings
    assert found[0].verdict == "flag"
    assert found[0].effect == audited(history).findings[0].effect
