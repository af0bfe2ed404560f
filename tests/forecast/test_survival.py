from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from scs_ml.forecast import MarkovClassifier, ProportionalOddsClassifier, SurvivalClassifier
from scs_ml.metrics import cumulative


def hazards(n, *, seed=0):
    """People whose log hazard of the worst category rises with their debts; the rest fall into 1 or 2."""
    generator = np.random.default_rng(seed)
    debts = generator.normal(size=n)
    falls = generator.random(n) < 1 - np.exp(-np.exp(-1 + 0.7 * debts))
    above = 1 + (generator.random(n) < expit(0.5 - debts))
    return pd.DataFrame({"debts": debts}), np.where(falls, 0, above)


def test_the_first_boundary_is_a_complementary_log_log_model():
    X, y = hazards(800)
    model = SurvivalClassifier(C=1e10).fit(X, y)
    columns = model.encoder_.transform(X)
    link = sm.families.links.CLogLog()
    theirs = sm.GLM(y == 0, sm.add_constant(columns), sm.families.Binomial(link)).fit(tol=1e-12)
    boundary = model.estimators_[0]
    assert boundary.hazard_intercept_ == pytest.approx(theirs.params[0], abs=1e-4)
    assert boundary.hazard_coef_[0] == pytest.approx(theirs.params[1], abs=1e-4)
    np.testing.assert_allclose(model.predict_proba(X)[:, 0], theirs.fittedvalues, atol=1e-5)
    assert boundary.hazard_coef_[0] / X["debts"].std(ddof=0) == pytest.approx(0.7, abs=0.25)


def test_above_the_worst_category_it_is_proportional_odds_among_those_it_spares():
    X, y = hazards(800)
    model, spared = SurvivalClassifier(C=1e10).fit(X, y), y > 0
    above = ProportionalOddsClassifier(C=1e10).fit(X[spared], y[spared])
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(
        probabilities[:, 1:] / probabilities[:, 1:].sum(axis=1, keepdims=True),
        above.predict_proba(X),
        atol=1e-5,
    )


def test_boundaries_never_cross_however_far_out(pilot, suining):
    X, y = pilot
    model = SurvivalClassifier(suining).fit(X, y)
    wide = X.assign(unpaid_debts=X["unpaid_debts"] * 1000, current_score=X["current_score"] * 50 - 30_000)
    log_odds = model.boundary_log_odds(wide)
    assert np.isfinite(log_odds).all()
    assert (np.diff(log_odds, axis=1) <= 0).all()
    np.testing.assert_allclose(
        cumulative(model.predict_proba(X)), expit(model.boundary_log_odds(X)), atol=1e-12
    )


def test_those_in_the_worst_category_have_their_own_intercept(suining):
    generator = np.random.default_rng(3)
    state = generator.integers(0, 4, 2000)
    y = np.where(
        state == 0, generator.choice(4, 2000, p=[0.8, 0.1, 0.05, 0.05]), generator.integers(0, 4, 2000)
    )
    X = pd.DataFrame({"current_category": state.astype(float)})
    model, markov = SurvivalClassifier(suining).fit(X, y), MarkovClassifier(suining).fit(X, y)
    every = pd.DataFrame({"current_category": [0.0, 1.0, 2.0, 3.0]})
    # Without covariates the hazard is saturated: the transition table's own first column.
    np.testing.assert_allclose(model.predict_proba(every)[:, 0], markov.transitions_[:, 0], atol=1e-4)


def test_where_nobody_is_in_the_worst_category_there_is_no_hazard(suining):
    X, y = hazards(300)
    model = SurvivalClassifier(suining).fit(X[y > 0], y[y > 0])
    plain = ProportionalOddsClassifier(suining).fit(X[y > 0], y[y > 0])
    np.testing.assert_allclose(model.predict_proba(X), plain.predict_proba(X), atol=1e-12)
    assert (model.predict_proba(X)[:, 0] == 0).all()


def test_a_boundary_gives_the_log_odds_of_its_probability():
    X, y = hazards(300)
    model = SurvivalClassifier().fit(X, y)
    columns = model.encoder_.transform(X)
    for boundary in model.estimators_:
        probabilities = boundary.predict_proba(columns)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-15)
        np.testing.assert_allclose(
            expit(boundary.decision_function(columns)), probabilities[:, 1], atol=1e-14
        )
