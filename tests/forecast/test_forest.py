from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from scs_ml.forecast import ForestClassifier
from scs_ml.metrics import ranked_probability_score


def test_a_boundary_is_a_random_forest_with_these_settings():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = np.searchsorted([-0.5, 0.8], X[:, 0] + 0.5 * rng.normal(size=400))
    model = ForestClassifier(n_estimators=20, random_state=3).fit(X, y)
    own = RandomForestClassifier(20, min_samples_leaf=5, max_leaf_nodes=128, random_state=3).fit(X, y > 1)
    np.testing.assert_array_equal(model.estimators_[1].predict_proba(X), own.predict_proba(X))
    assert model.n_features_in_ == 3


def test_it_keeps_to_declared_directions_with_gaps_and_without(suining, pilot):
    X, y = pilot
    X = X.copy()
    X.loc[::5, "unpaid_debts"] = np.nan
    model = ForestClassifier(suining, n_estimators=30).fit(X, y)
    free = ForestClassifier(n_estimators=30).fit(X, y)
    known = X[X["unpaid_debts"].notna()]
    for name, sign in (("unpaid_debts", -1), ("exemplary_city", 1)):
        more = known.assign(**{name: known[name] + 2})
        change = model.boundary_log_odds(more) - model.boundary_log_odds(known)
        assert (sign * change >= -1e-12).all()
    steps = free.boundary_log_odds(known.assign(unpaid_debts=known["unpaid_debts"] + 1))
    assert (steps - free.boundary_log_odds(known) > 1e-6).any(), "nothing else holds the trees to it"


def test_a_missing_number_may_say_something_of_its_own():
    rng = np.random.default_rng(1)
    gap = rng.random(600) < 0.4
    X = pd.DataFrame({"dues": np.where(gap, np.nan, rng.normal(size=600)), "noise": rng.normal(size=600)})
    model = ForestClassifier(n_estimators=50, max_features=None).fit(X, gap.astype(int))
    assert model.score(X, gap.astype(int)) == 1


def test_its_forecast_beats_the_shares_of_the_categories(suining, make_pilot):
    X, y = make_pilot(900)
    later, outcome = make_pilot(900, seed=1)
    model = ForestClassifier(suining, n_estimators=50).fit(X, y)
    shares = np.tile(np.bincount(y, minlength=4) / len(y), (len(outcome), 1))
    gain = ranked_probability_score(outcome, shares) - ranked_probability_score(
        outcome, model.predict_proba(later)
    )
    assert gain.mean() > 3 * gain.std() / np.sqrt(len(gain))


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_threads_change_nothing(n_jobs):
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(200, 2)), rng.integers(0, 3, 200)
    one = ForestClassifier(n_estimators=10).fit(X, y).predict_proba(X)
    again = ForestClassifier(n_estimators=10, n_jobs=n_jobs).fit(X, y).predict_proba(X)
    # Threads add up the trees in whatever order they finish.
    np.testing.assert_allclose(again, one, rtol=0, atol=1e-14)


def test_directions_cost_a_forest_little(suining, make_pilot):
    X, y = make_pilot(1500)
    later, outcome = make_pilot(3000, seed=1)
    free, kept = (
        ranked_probability_score(
            outcome, ForestClassifier(scheme, n_estimators=60).fit(X, y).predict_proba(later)
        ).mean()
        for scheme in (None, suining)
    )
    assert kept < 1.05 * free
