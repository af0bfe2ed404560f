from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import benjamini_hochberg, clopper_pearson, hierarchical_fdr


def test_benjamini_hochberg_by_hand():
    # p (j) m / j: .01 * 4 / 1, .02 * 4 / 2, .03 * 4 / 3, .5; each capped by the ones after it.
    assert benjamini_hochberg([0.02, 0.5, 0.01, 0.03]) == pytest.approx([0.04, 0.5, 0.04, 0.04])
    assert benjamini_hochberg([]).shape == (0,)


def test_benjamini_hochberg_is_scipy_s():
    p = np.random.default_rng(0).random(50) ** 3
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))


def test_two_families_by_hand():
    # Within: [.002, .02], Simes .002; [.5, .9]... Simes .9. Across: .004 and .9.
    result = hierarchical_fdr([0.001, 0.02, 0.5, 0.9], ["a", "a", "b", "b"], level=0.05)
    # One family of two selected: its hypotheses need .002 * 2 and .02 * 2.
    assert result.p_adjusted == pytest.approx([0.004, 0.04, 0.9, 0.9])
    assert result.rejected.tolist() == [True, True, False, False]
    # 0.05 * 1/2 families, of which 2/2 and (at least) 1/2 hypotheses.
    assert result.error == pytest.approx([0.025, 0.025, 0.0125, 0.0125])


def test_more_selected_families_make_it_easier_within_each():
    alone = hierarchical_fdr([0.001, 0.03, 0.8, 0.9], [0, 0, 1, 1])
    helped = hierarchical_fdr([0.001, 0.03, 0.001, 0.9], [0, 0, 1, 1])
    assert alone.p_adjusted[1] == pytest.approx(0.06)
    assert helped.p_adjusted[1] == pytest.approx(0.03)
    assert not alone.rejected[1]
    assert helped.rejected[1]


@given(
    st.lists(st.tuples(st.floats(1e-9, 1.0), st.integers(0, 3)), min_size=1, max_size=30),
    st.sampled_from([0.01, 0.05, 0.2]),
)
def test_the_rule_run_step_by_step_gives_the_same(rows, level):
    p, family = (np.array(x) for x in zip(*rows, strict=True))
    labels = np.unique(family)
    simes = np.array([benjamini_hochberg(p[family == f]).min() for f in labels])
    selected = labels[benjamini_hochberg(simes) <= level]
    expected = np.zeros(len(p), dtype=bool)
    for f in selected:
        inner = level * len(selected) / len(labels)
        expected[family == f] = benjamini_hochberg(p[family == f]) <= inner
    result = hierarchical_fdr(p, family, level=level)
    # The two may part only where a p-value sits on its own threshold.
    far = np.abs(result.p_adjusted - level) > 1e-12
    assert (result.rejected == expected)[far].all()
    # An interval of the stated error excludes zero exactly where the hypothesis is rejected.
    assert ((p <= result.error * (1 + 1e-12)) == result.rejected)[far].all()


def test_measured_rates():
    """4,000 searches of 5 families of 6: no effects, then effects in two families."""
    rng = np.random.default_rng(20261124)
    family = np.repeat(np.arange(5), 6)
    shift = np.where((family < 2) & (np.arange(30) % 2 == 0), 3.0, 0.0)
    any_false, averaged = 0, 0.0
    draws = 4_000
    for _ in range(draws):
        z = rng.standard_normal(30)
        any_false += hierarchical_fdr(2 * stats.norm.sf(np.abs(z)), family).rejected.any()
        rejected = hierarchical_fdr(2 * stats.norm.sf(np.abs(z + shift)), family).rejected
        shares = [
            (rejected & (shift == 0) & (family == f)).sum() / max((rejected & (family == f)).sum(), 1)
            for f in np.unique(family[rejected])
        ]
        averaged += float(np.mean(shares)) if shares else 0.0
    assert clopper_pearson(any_false, draws, confidence=0.999)[0] <= 0.05
    assert any_false / draws > 0.02  # it spends what it is given
    assert averaged / draws <= 0.05


@pytest.mark.parametrize("p, level", [([0.1, np.nan], 0.05), ([1.2], 0.05), ([0.1], 0.0)])
def test_bad_input_is_refused(p, level):
    with pytest.raises(ScsError):
        hierarchical_fdr(p, [0] * len(p), level=level)
