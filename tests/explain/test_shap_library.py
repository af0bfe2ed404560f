from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

from scs_ml.explain.shap_library import _quiet, permutation_shap, version


def test_nothing_is_printed_or_warned_and_the_global_generator_is_put_back(capsys):
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with _quiet():
            print("chatter")  # noqa: T201
            print("complaint", file=sys.stderr)  # noqa: T201
            warnings.warn("beware", stacklevel=1)
            np.random.seed(1)  # noqa: NPY002
    assert capsys.readouterr() == ("", "")
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_the_generator_is_put_back_after_an_error_too():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002

    def fail():
        np.random.seed(1)  # noqa: NPY002
        raise RuntimeError

    with pytest.raises(RuntimeError), _quiet():
        fail()
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_an_additive_function_is_explained_exactly_against_the_whole_background():
    """f = 2a - b + 1: values are 2(a - mean a) and -(b - mean b), whichever orderings are drawn."""
    rng = np.random.default_rng(0)
    coded, background = rng.normal(size=(5, 2)), rng.normal(size=(150, 2))
    rows = np.array([4, 1])
    values, base = permutation_shap(
        lambda m: 2 * m[:, :1] - m[:, 1:] + 1, coded, background=background, rows=rows, seed=0, progress=None
    )
    expected = (coded[rows] - background.mean(axis=0)) * [2, -1]
    np.testing.assert_allclose(values[:, :, 0], expected, atol=1e-12)
    np.testing.assert_allclose(base, [2 * background[:, 0].mean() - background[:, 1].mean() + 1])


def test_the_version_is_known():
    assert version().startswith("0.5")
