"""A surrogate explains each row by a model that never saw it, and says how faithful it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit
from sklearn.model_selection import GroupKFold

from scs_ml.forecast import FORECASTERS
from scs_ml.workflow import explain_existing_score
from scs_ml.workflow.surrogate import N_FOLDS


@pytest.fixture(scope="module")
def last(dataset):
    return dataset.take(dataset.period == 5)


@pytest.fixture(scope="module")
def rows(last):
    return np.arange(0, len(last), 7)


@pytest.fixture(scope="module")
def explanation(last, suining, rows):
    return explain_existing_score(last, suining, rows, seed=3)


@pytest.fixture(scope="module")
def out_of_fold(last, suining):
    """Probabilities (n, 4), fitted again by hand."""
    probabilities = np.full((len(last), 4), np.nan)
    folds = GroupKFold(N_FOLDS, shuffle=True, random_state=3).split(last.X, groups=last.cluster)
    for learn, hold in folds:
        assert not set(last.family[learn]) & set(last.family[hold])
        model = FORECASTERS["boosting"](scheme=suining, random_state=3)
        model.fit(last.X.iloc[learn], last.category[learn])
        probabilities[hold] = model.predict_proba(last.X.iloc[hold])
    return probabilities


def test_sum_holds_exactly_after_the_folds_are_joined(explanation, rows):
    total = explanation.base_values + explanation.values.sum(axis=1)
    assert np.abs(total - explanation.raw).max() < 1e-8
    assert np.array_equal(explanation.rows, rows)
    assert explanation.additivity_error < 1e-8


def test_each_row_is_explained_by_the_model_that_never_saw_it(explanation, out_of_fold, rows):
    exceed = 1 - np.cumsum(out_of_fold[rows], axis=1)[:, :-1]
    inside = (exceed > 1e-9) & (exceed < 1 - 1e-9)
    said = (explanation.raw + explanation.residual)[inside]
    assert np.allclose(said, logit(exceed[inside]), atol=1e-5)


def test_fidelity_by_hand(explanation, out_of_fold, last):
    y, p = last.category, out_of_fold
    median = (np.cumsum(p, axis=1) < 0.5).sum(axis=1)
    below = np.arange(4) >= y[:, None]
    rps = ((np.cumsum(p, axis=1) - below)[:, :-1] ** 2).sum(axis=1).mean()
    shares = np.bincount(y, minlength=4) / len(y)
    rps_shares = ((np.cumsum(shares) - below)[:, :-1] ** 2).sum(axis=1).mean()
    assert explanation.fidelity["same category"] == pytest.approx((median == y).mean())
    assert explanation.fidelity["RPS skill over its shares"] == pytest.approx(1 - rps / rps_shares)
    # On its own rule card a score is easy to imitate; a surrogate that saw nothing would have skill 0.
    assert explanation.fidelity["RPS skill over its shares"] > 0.5


def test_nothing_to_imitate_gives_no_explanation(last, suining):
    some = np.arange(3)
    assert explain_existing_score(replace(last, X=last.X[[]]), suining, some) is None
    assert explain_existing_score(last.take(last.category == 1), suining, some) is None
    assert explain_existing_score(last.take(np.arange(N_FOLDS - 1)), suining, some) is None
