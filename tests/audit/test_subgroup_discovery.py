from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.subgroup_discovery import SubgroupDiscovery
from scs_ml.inference import clopper_pearson
from tests.audit.cases import case, dataset


def people(n, rng, family=3):
    """Three binary attributes, one of four levels and a situation, independent of each other."""
    frame = pd.DataFrame(
        {
            "a": rng.choice(["a0", "a1"], n),
            "b": rng.choice(["b0", "b1"], n),
            "c": rng.choice(["c0", "c1"], n),
            "d": rng.choice(["d0", "d1", "d2", "d3"], n),
        }
    )
    return frame, pd.DataFrame({"illness": rng.random(n) < 0.1}), (np.arange(n) // family).astype(str)


def audited(score, frame, situations, family, *, seed=0, level=0.05):
    data = dataset(
        len(score),
        score=score,
        category=np.digitize(score, [-0.5, 0.5]).astype(np.int64),
        sensitive=frame,
        situations=situations,
        family=family,
    )
    return SubgroupDiscovery().run(case(data), level=level, seed=seed)


def flagged(result):
    return [f.group for f in result.findings if f.verdict == "flag"]


def test_a_gap_that_shows_only_where_two_attributes_meet_is_found_and_measured_elsewhere():
    rng = np.random.default_rng(0)
    frame, situations, family = people(4000, rng)
    hit = ((frame["a"] == "a1") == (frame["b"] == "b1")).to_numpy()
    score = rng.standard_normal(4000) - 0.6 * hit  # each attribute alone shows nothing
    result = audited(score, frame, situations, family)
    found = flagged(result)
    assert (("a", "a1"), ("b", "b1")) in found or (("a", "a0"), ("b", "b0")) in found
    assert not {group for group in found if len(group) == 1}
    for finding in result.findings:
        assert finding.n[0] + finding.n[1] <= 2003  # one half, up to a family
        if finding.verdict == "flag":
            assert {"a", "b"} <= {attribute for attribute, _ in finding.group}
            assert finding.effect.value == pytest.approx(
                -0.2 if finding.group[0][1][1] == finding.group[1][1][1] else 0.2, abs=0.45
            )


def test_of_nested_subgroups_only_those_that_stand_off_further_are_handed_on():
    rng = np.random.default_rng(1)
    frame, situations, family = people(4000, rng)
    score = rng.standard_normal(4000) - 0.6 * (frame["d"] == "d1")
    result = audited(score, frame, situations, family)
    assert (("d", "d1"),) in flagged(result)
    first = next(f for f in result.findings if f.group == (("d", "d1"),))
    assert first.effect.low <= -0.6 / np.std(score, ddof=1) <= first.effect.high


def test_it_errs_no_more_often_than_it_says():
    """100 searches with nothing to find, families of three that share half of the variance."""
    rng = np.random.default_rng(2)
    wrong = 0
    for draw in range(100):
        frame, situations, family = people(600, rng)
        shared = rng.standard_normal(200)[np.arange(600) // 3]
        score = np.sqrt(0.5) * (shared + rng.standard_normal(600))
        wrong += bool(flagged(audited(score, frame, situations, family, seed=draw)))
    assert clopper_pearson(wrong, 100, confidence=0.99)[0] <= 0.05


def test_thirty_rows_cannot_tell_and_no_groups_are_not_applicable():
    rng = np.random.default_rng(3)
    frame, situations, family = people(30, rng)
    found = audited(rng.standard_normal(30), frame, situations, family).findings
    assert {f.verdict for f in found} == {"cannot tell"}
    data = dataset(50, score=rng.standard_normal(50))
    [finding] = SubgroupDiscovery().run(case(data), level=0.05, seed=0).findings
    assert finding.verdict == "not applicable"
    [equal] = audited(np.ones(30), frame, situations, family).findings
    assert equal.verdict == "not applicable"


def test_unknown_membership_is_in_no_subgroup_and_the_untouched_are_none():
    rng = np.random.default_rng(4)
    frame, situations, family = people(2000, rng)
    frame["a"] = frame["a"].where(rng.random(2000) < 0.5, "unknown")
    result = audited(rng.standard_normal(2000), frame, situations, family)
    named = {pair for finding in result.findings for pair in finding.group}
    assert ("a", "unknown") not in named
    assert ("illness", "no") not in named


def test_a_row_without_a_score_leaves_the_others():
    rng = np.random.default_rng(5)
    frame, situations, family = people(2000, rng)
    score = rng.standard_normal(2000) - (frame["a"] == "a1").to_numpy()
    score[3] = np.nan
    assert flagged(audited(score, frame, situations, family))
