from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from scs_ml.audit.groups import Contrast
from scs_ml.audit.judge import Cell, judge, not_applicable, rate_floor, standard_deviation
from scs_ml.inference import mean_contrast, stack

STEPS = {"flag": "act", "clear": "rest", "cannot tell": "gather", "not applicable": "check"}


def contrast(members, others, *, small=False):
    return Contrast((("g", "a"),), (("g", "b"),), members, others, small)


def halves(n=200):
    members = np.arange(n) < n // 2
    return members, ~members


def run(values, *, small=(False,), floor=0.05, level=0.05):
    members, others = halves(len(values))
    columns = np.asarray(values, dtype=float).reshape(len(values), -1)
    cells = [Cell(contrast(members, others, small=s), "gap", "SD", floor) for s in small]
    return judge(
        "test", "difference", cells, mean_contrast(columns, members, others), STEPS, level=level, seed=0
    )


def test_flag_clear_and_their_next_steps():
    noise = np.random.default_rng(0).normal(size=200)
    shifted = noise + (np.arange(200) < 100) * 2.0
    (flag,) = run(shifted)
    assert (flag.verdict, flag.next_step, flag.n) == ("flag", "act", (100, 100))
    assert flag.effect.low > 0
    assert flag.p_adjusted < 1e-6
    assert flag.detectable == pytest.approx((1.96 + 0.84) * math.sqrt(2 / 100), rel=0.15)
    (clear,) = run(noise / 100)
    assert (clear.verdict, clear.next_step) == ("clear", "rest")


def test_power_at_the_floor_stands_beside_what_was_not_found():
    noise = np.random.default_rng(0).normal(size=200)
    (flag,) = run(noise + (np.arange(200) < 100) * 2.0)
    assert flag.evidence == ()
    (unsure,) = run(noise)
    se = math.sqrt(2 / 100)
    [stage] = unsure.evidence
    assert (unsure.verdict, stage.stage) == ("cannot tell", "power")
    # Phi(.05 / se - 1.96) + Phi(-.05 / se - 1.96) at a standard deviation of about one.
    expected = norm.cdf(0.05 / se - 1.97) + norm.cdf(-0.05 / se - 1.97)
    assert stage.values["power at the floor"] == pytest.approx(expected, rel=0.1)
    (clear,) = run(noise / 100)
    assert clear.evidence[0].values["power at the floor"] > 0.99


def test_a_small_side_cannot_tell_whatever_its_effect_and_stays_out_of_the_family():
    rng = np.random.default_rng(0)
    both = np.column_stack([rng.normal(size=200) + (np.arange(200) < 100) * 5.0] * 2)
    small, large = run(both, small=(True, False))
    assert small.verdict == "cannot tell"
    assert small.p_adjusted is None
    assert small.detectable > 0
    assert "merge" in small.next_step
    # A family of one: the same as judging the large contrast alone.
    alone = run(both[:, 1])[0].effect
    assert (large.effect.low, large.effect.high) == pytest.approx((alone.low, alone.high))


def test_an_undefined_estimate_is_not_applicable_and_undefined_and_small_cannot_tell():
    _, others = halves()
    nobody = np.zeros(200, dtype=bool)
    empty = mean_contrast(np.arange(200.0), nobody, others)
    for small, verdict in ((False, "not applicable"), (True, "cannot tell")):
        cell = Cell(contrast(nobody, others, small=small), "gap", "SD", 0.05)
        (found,) = judge("test", "difference", [cell], empty, STEPS, level=0.05, seed=0)
        assert (found.verdict, found.effect, found.p_adjusted, found.detectable) == (
            verdict,
            None,
            None,
            None,
        )


def test_intervals_widen_with_the_size_of_the_family():
    rng = np.random.default_rng(1)
    members, others = halves()
    many = rng.normal(size=(200, 20))
    one = mean_contrast(many[:, 0], members, others)
    all_of_them = stack([mean_contrast(many[:, j], members, others) for j in range(20)])
    cells = [Cell(contrast(members, others), "gap", "SD", 0.05)] * 20
    alone = judge("t", "difference", cells[:1], one, STEPS, level=0.05, seed=0)[0].effect
    joint = judge("t", "difference", cells, all_of_them, STEPS, level=0.05, seed=0)[0].effect
    assert joint.high - joint.low > 1.3 * (alone.high - alone.low)


def test_own_limits_replace_the_intervals():
    members, others = halves()
    estimate = mean_contrast(np.random.default_rng(0).normal(size=200), members, others)
    cell = Cell(contrast(members, others), "gap", "SD", 0.05)
    (found,) = judge(
        "t",
        "difference",
        [cell],
        estimate,
        STEPS,
        level=0.05,
        seed=0,
        limits=lambda c: (c * 0 + 0.1, c * 0 + 0.9),
    )
    assert (found.effect.low, found.effect.high) == (0.1, 0.9)


def test_standard_deviation_of_what_does_not_vary_is_not_a_number():
    assert math.isnan(standard_deviation(np.full(5, 0.1)))
    assert math.isnan(standard_deviation(np.array([1.0])))
    assert standard_deviation(np.array([1.0, 3.0])) == pytest.approx(math.sqrt(2))


def test_rate_floor_is_a_latent_shift_at_the_reference_rate():
    p = 20.5 / 101
    assert rate_floor(0.05, 20, 100) == pytest.approx(expit(logit(p) + 0.05 * math.pi / math.sqrt(3)) - p)
    assert rate_floor(0.05, 0, 100) > 0


def test_not_applicable_says_why_and_what_to_do():
    found = not_applicable("test", "mechanism", "there is nothing", "bring something", indicator="x")
    assert (found.verdict, found.group, found.n, found.indicator) == ("not applicable", (), (0, 0), "x")
    assert found.evidence[0].statement == "there is nothing"
    assert found.next_step == "bring something"
