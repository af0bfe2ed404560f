from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from scs_ml.exceptions import ScsError
from scs_ml.explain import explain
from scs_ml.forecast import (
    FORECASTERS,
    BoostingClassifier,
    IndicatorEncoder,
    LightGBMClassifier,
    XGBoostClassifier,
    find_family,
    native_boosting,
)
from scs_ml.forecast import registry as families
from scs_ml.workflow.candidates import find_candidates

OURS = {"lightgbm": LightGBMClassifier, "xgboost": XGBoostClassifier}
NATIVE = [BoostingClassifier, *OURS.values()]


def scattered(n, seed=0):
    """A category of twelve levels, four of which are good, in no order; some unknown."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 12, n)
    X = pd.DataFrame(
        {
            "debts": rng.normal(size=n),
            "district": pd.Categorical.from_codes(level, [f"d{i:02}" for i in range(12)]),
        }
    )
    y = np.isin(level, [0, 3, 4, 9]).astype(int) + (X["debts"].to_numpy() > 1)
    X.loc[::17, "district"] = None
    return X, y


@pytest.fixture(params=sorted(OURS))
def family(request):
    pytest.importorskip(request.param)
    return OURS[request.param]


@pytest.mark.parametrize("cls", NATIVE)
def test_a_category_is_one_column_that_one_split_can_divide_at_will(cls):
    pytest.importorskip(getattr(cls, "_extra", "sklearn"))
    X, y = scattered(1500)
    model = cls().fit(X, y)
    assert model.encoder_.column_indicator_ == ("debts", "district")
    assert model.encoder_.coded_columns_ == [1]
    known = X["district"].notna()
    assert model.score(X[known], y[known]) > 0.99
    found = explain(model, X, rows=np.arange(50))
    assert "exact" in found.engine
    assert found.feature_names == ("debts", "district")


@pytest.mark.parametrize("cls", NATIVE)
def test_levels_that_the_fit_did_not_see_are_forecast_all_the_same(cls):
    pytest.importorskip(getattr(cls, "_extra", "sklearn"))
    X, y = scattered(600)
    seen = X["district"] != "d11"
    probabilities = cls().fit(X[seen], y[seen]).predict_proba(X)
    assert np.isfinite(probabilities).all()


def test_categories_of_too_many_levels_become_0_1_columns():
    rng = np.random.default_rng(0)
    levels = [f"d{i}" for i in range(300)]
    X = pd.DataFrame({"place": pd.Categorical(rng.choice(levels, 900), categories=levels)})
    model = BoostingClassifier().fit(X, rng.integers(0, 3, 900))
    assert model.encoder_.coded_columns_ == []
    assert len(model.encoder_.column_indicator_) == 300


def test_codes_are_places_among_the_levels_and_none_is_missing():
    X = pd.DataFrame(
        {
            "home": pd.Categorical(["own", None, "free"], categories=["free", "own", "rent"]),
            "debts": [1.0, 2.0, 3.0],
            "empty": pd.Categorical([None, None, None], categories=[]),
        }
    )
    encoder = IndicatorEncoder(coded_levels=3).fit(X)
    np.testing.assert_array_equal(encoder.transform(X), [[1, 1], [np.nan, 2], [0, 3]])
    assert encoder.get_feature_names_out().tolist() == ["home", "debts"]
    fewer = X.assign(home=pd.Categorical(["rent", "own", "own"], categories=["rent", "own"]))
    np.testing.assert_array_equal(encoder.transform(fewer)[:, 0], [2, 1, 1])


def test_declared_directions_are_kept(family, suining, pilot):
    X, y = pilot
    model = family(suining).fit(X, y)
    for name, sign in (("unpaid_debts", -1), ("exemplary_city", 1)):
        for more in (1, 3):
            change = model.boundary_log_odds(X.assign(**{name: X[name] + more})) - model.boundary_log_odds(X)
            assert (sign * change >= 0).all()


def test_log_odds_are_the_margins_of_the_library(family, pilot):
    X, y = pilot
    model = family().fit(X, y)
    encoded = model.encoder_.transform(X)
    own = np.column_stack([each.predict_proba(encoded)[:, 1] for each in model.estimators_])
    np.testing.assert_allclose(expit(model.boundary_log_odds(X)), own, rtol=0, atol=1e-6)
    raw = explain(model, X, rows=np.arange(40)).raw
    np.testing.assert_array_equal(raw, model.boundary_log_odds(X)[:40])


def test_it_prints_and_warns_nothing(family, capfd, recwarn, pilot):
    X, y = pilot
    family().fit(X, y).predict_proba(X)
    assert capfd.readouterr() == ("", "")
    assert [str(each.message) for each in recwarn] == []


def test_a_library_that_is_not_installed_is_named_with_the_extra(monkeypatch, pilot):
    monkeypatch.setattr(native_boosting, "find_spec", lambda name: None)
    monkeypatch.setattr(families, "FORECASTERS", {"logit": FORECASTERS["logit"]})
    for name, cls in OURS.items():
        for action in (lambda name=name: find_family(name), lambda cls=cls: cls().fit(*pilot)):
            with pytest.raises(ScsError, match=f"{name} needs the library") as caught:
                action()
            assert f"scs_ml[{name}]" in caught.value.remedy
    with pytest.raises(ScsError, match="no forecaster is called oracle") as caught:
        find_family("oracle")
    assert "logit" in caught.value.remedy
    assert find_family("logit") is FORECASTERS["logit"]


def test_a_training_says_what_to_install(monkeypatch, suining):
    monkeypatch.setattr(families, "FORECASTERS", {"logit": FORECASTERS["logit"]})
    with pytest.raises(ScsError, match="xgboost needs the library"):
        find_candidates(["logit", "xgboost"], suining, 0)


def test_neither_library_is_imported_with_the_package():
    code = "import sys, scs_ml.forecast; print({'lightgbm', 'xgboost'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
