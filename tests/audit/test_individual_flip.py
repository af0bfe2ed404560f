"""The same person with another protected value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from scs_ml.audit.checks._reliance_by_shap import reliance_by_shap
from scs_ml.audit.checks.forbidden_reliance import ForbiddenReliance
from scs_ml.audit.checks.individual_flip import IndividualFlip
from scs_ml.core import Forecast
from tests.audit import cases

LEVEL = 0.0025
CHECK = IndividualFlip()
PROTECTED = cases.INDICATOR | {"name": "born_here", "dtype": "flag", "nature": "protected"}
RULES = cases.scheme(indicators=[*cases.SCHEME["indicators"], PROTECTED])


class Model:
    """Log-odds linear in debts and in being born here."""

    classes_ = np.arange(3)

    def __init__(self, slope):
        self.slope = slope

    def boundary_log_odds(self, X):
        margin = 1 - 0.5 * X["debts"].to_numpy() + self.slope * X["born_here"].to_numpy()
        return np.column_stack([margin + 1, margin - 1])

    def predict_proba(self, X):
        above = expit(self.boundary_log_odds(X))
        return np.column_stack([1 - above[:, 0], above[:, 0] - above[:, 1], above[:, 1]])


def case(slope, n=2_000, seed=0, *, useless=False):
    """A fifth is born elsewhere; outcomes are drawn from the model, or from debts alone."""
    rng = np.random.default_rng(seed)
    here = rng.random(n) < 0.8
    X = pd.DataFrame({"debts": rng.integers(0, 6, n).astype(float), "born_here": here.astype(float)})
    model = Model(slope)
    truth = Model(0.0 if useless else slope).predict_proba(X)
    y = (rng.random((n, 1)) > truth.cumsum(axis=1)).sum(axis=1).astype(np.int64)
    origin = pd.DataFrame({"origin": np.where(here, "here", "elsewhere")})
    data = cases.dataset(n, X=X, sensitive=origin, category=y, y=y)
    expected = model.predict_proba(X) @ np.arange(3)
    margin = model.boundary_log_odds(X).mean(axis=1)
    values = np.column_stack([-0.5 * (X["debts"] - X["debts"].mean()), slope * (here - here.mean())])
    explained = cases.explanation(values, names=("debts", "born_here"))
    explained = replace(explained, raw=margin[:, None], base_values=np.array([margin.mean()]))
    forecast = Forecast(y, expected, "third party", "by hand")
    return cases.case(data, RULES, forecaster=model, forecast=forecast, explanation=explained)


def test_change_of_each_person_is_measured():
    with_use = case(0.8)
    (found,) = CHECK.run(with_use, level=LEVEL, seed=0).findings
    assert found.group == (("born_here", "0"),)
    assert found.verdict == "flag"
    assert found.mechanisms == (("direct_use", 1.0),)
    X = with_use.dataset.X
    elsewhere = X[X["born_here"] == 0]
    change = (
        (Model(0.8).predict_proba(elsewhere) - Model(0.8).predict_proba(elsewhere.assign(born_here=1.0)))
        @ np.arange(3)
    ).mean()
    assert found.effect.value == pytest.approx(change / with_use.forecast.score.std(ddof=1))
    # One person of 3 debts or so in each step of log-odds crosses 0: 1 - 0.5 d +- 1 with or without 0.8.
    debts = elsewhere["debts"]
    crossed = ((2 - 0.5 * debts <= 0) & (2.8 - 0.5 * debts > 0)) | (
        (-0.5 * debts <= 0) & (0.8 - 0.5 * debts > 0)
    )
    assert found.evidence[0].values["share who change sides"] == pytest.approx(crossed.mean())


def test_a_value_that_helps_is_no_flag():
    (found,) = CHECK.run(case(-0.8), level=LEVEL, seed=0).findings
    assert found.verdict == "cannot tell"
    assert found.effect.value > 0.05
    assert not found.mechanisms


def test_a_model_that_ignores_it_is_clear_of_use():
    (found,) = CHECK.run(case(0.0), level=LEVEL, seed=0).findings
    assert found.effect.value == 0
    assert found.verdict in {"clear", "cannot tell"}


def test_a_useless_column_learned_by_chance_is_no_flag():
    # A coefficient as far off as 1.5 standard errors of 2,000 people's.
    flags = 0
    for seed in range(20):
        off = 1.5 * np.random.default_rng(seed).choice([-1, 1]) * 0.11
        found = CHECK.run(case(off, seed=seed, useless=True), level=LEVEL, seed=0).findings
        found += reliance_by_shap(case(off, seed=seed, useless=True), LEVEL, 0)
        flags += any(f.verdict == "flag" for f in found)
    assert flags == 0


def test_trace_gives_what_each_person_loses():
    with_use = case(0.8)
    (found,) = CHECK.run(with_use, level=LEVEL, seed=0).findings
    trace = CHECK.trace(with_use, found)
    assert (with_use.dataset.X["born_here"].to_numpy()[trace.rows] == 0).all()
    assert trace.taken.mean() == pytest.approx(-found.effect.value * with_use.forecast.score.std(ddof=1))
    assert (trace.taken > 0).all()


def test_not_applicable_without_a_model_or_a_protected_input():
    without = replace(case(0.8), forecaster=None)
    assert CHECK.run(without, level=LEVEL, seed=0).findings[0].verdict == "not applicable"
    few = case(0.8, n=30)
    assert {f.verdict for f in CHECK.run(few, level=LEVEL, seed=0).findings} == {"cannot tell"}
    plain = cases.scheme()
    other = replace(case(0.8), scheme=plain)
    assert CHECK.run(other, level=LEVEL, seed=0).findings[0].verdict == "not applicable"


def test_reliance_by_shap_is_the_gap_of_the_values():
    with_use = case(0.8)
    found = reliance_by_shap(with_use, LEVEL, 0)
    (gap,) = [f for f in found if f.indicator == "born_here" and f.group == (("origin", "elsewhere"),)]
    assert gap.effect.value == pytest.approx(-0.8 / with_use.explanation.raw.std(ddof=1))
    assert gap.verdict == "flag"
    assert gap.mechanisms == (("direct_use", 1.0),)
    assert gap.evidence[0].values["by chance (SD)"] > 0


def test_reliance_by_shap_of_an_imitation_settles_nothing():
    with_use = case(0.8)
    imitation = replace(with_use.explanation, fidelity={"same category": 0.9})
    found = reliance_by_shap(replace(with_use, explanation=imitation), LEVEL, 0)
    assert {f.verdict for f in found} == {"cannot tell"}
    assert reliance_by_shap(replace(with_use, explanation=None), LEVEL, 0) == ()
    spared = reliance_by_shap(case(-0.8), LEVEL, 0)
    assert {f.verdict for f in spared} == {"cannot tell"}


def test_forbidden_reliance_of_a_model_is_read_from_its_answers():
    found = ForbiddenReliance().run(case(0.8), level=LEVEL, seed=0).findings
    assert [(f.indicator, f.mechanisms) for f in found if f.verdict == "flag"] == [
        ("born_here", (("direct_use", 1.0),))
    ]
