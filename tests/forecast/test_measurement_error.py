"""Regression calibration, multiple imputation and SIMEX on a table whose true effects are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from scs_ml.exceptions import ScsError
from scs_ml.forecast import (
    FORECASTERS,
    MultipleImputationClassifier,
    RegressionCalibration,
    VerifiedSample,
    multiple_imputation,
    pool_estimates,
    simex,
)
from scs_ml.forecast.measurement import Redraw
from scs_ml.forecast.simex import SHORTFALL
from scs_ml.metrics import ranked_probability_score
from scs_ml.schemes import Measurement, Scheme

RELIABILITY = 0.6
TRUE = np.array([1.0, 0.5])  # slopes of the indicator that errs, and of one that does not


def table(n, seed, *, n_verified=0):
    """Recorded inputs (n, 2), outcome (n,), true values (n,), and a verified sample of further rows."""
    generator = np.random.default_rng(seed)
    m = n + n_verified
    true = generator.normal(0, 1, m)
    debts = 0.5 * true + generator.normal(0, 1, m)
    recorded = true + generator.normal(0, np.sqrt(1 / RELIABILITY - 1), m)
    y = TRUE[0] * true + TRUE[1] * debts + generator.normal(0, 1, m)
    X = pd.DataFrame({"reports": recorded, "debts": debts})
    sample = VerifiedSample(
        X[n:].reset_index(drop=True), pd.DataFrame({"reports": true[n:]}), y[n:] + 100, np.arange(n, m)
    )
    return X[:n], y[:n] + 100, true[:n], sample


def slopes(X, y):
    """Least squares slopes of reports and debts, and their squared standard errors."""
    design = np.column_stack([np.ones(len(X)), X[["reports", "debts"]].to_numpy(float)])
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ np.asarray(y)
    rest = ((y - design @ found) ** 2).sum() / (len(y) - 3)
    return found[1:], rest * np.diag(inverse)[1:]


def rps(p, y):
    return ranked_probability_score(y, p).mean()


@pytest.fixture
def scheme(suining):
    common = {"source": "personal", "database": "office", "context": "court"}
    errs = {"name": "reports", "kind": "indirect", "measurement": {"reliability": RELIABILITY}, **common}
    return Scheme.model_validate(
        {
            **suining.model_dump(include={"format", "title", "citation", "basis"}),
            "name": "toy",
            "scale": {"categories": ["low", "high"], "lower_bounds": [500], "start": 1000, "minimum": 0},
            "roles": {"score": "score"},
            "horizon": 0,
            "indicators": [errs, {"name": "debts", "kind": "direct", **common}],
        }
    )


def test_error_attenuates_and_regression_calibration_gives_the_slope_back():
    X, y, _, sample = table(20_000, 0, n_verified=4_000)
    naive, _ = slopes(X, y)
    assert naive[0] < 0.6
    assert naive[1] > 0.6  # the other one stands in for it
    calibrated, variance = slopes(RegressionCalibration(sample).fit_transform(X), y)
    # The standard error leaves out the noise of the sample's own slope, of about 1 / sqrt(4000).
    error = 4 * (np.sqrt(variance) + TRUE / np.sqrt(4_000))
    assert (np.abs(calibrated - TRUE) < error).all()


def test_regression_calibration_by_hand():
    # Of two recorded events one happened, of four two, ...: the expectation is one half.
    recorded = pd.DataFrame({"reports": np.arange(2.0, 18.0, 2.0)})
    sample = VerifiedSample(recorded, recorded / 2, np.zeros(8, int), np.arange(8))
    X = pd.DataFrame({"reports": [0.0, 3.0, np.nan], "district": pd.Categorical(["a", "b", "a"])})
    correct = RegressionCalibration(sample, given=[]).fit(X)
    np.testing.assert_allclose(correct.transform(X)["reports"], [0, 1.5, np.nan], atol=1e-12)
    assert correct.transform(X)["district"].equals(X["district"])
    assert correct.get_feature_names_out().tolist() == ["reports", "district"]
    # What was not looked up in a row is not learned from it.
    holes = VerifiedSample(recorded, (recorded / 2).where(recorded > 2), np.zeros(8, int), np.arange(8))
    np.testing.assert_allclose(RegressionCalibration(holes).fit(X).transform(X)["reports"][1], 1.5)
    assert RegressionCalibration().fit(X).transform(X) is X


def test_it_stands_in_front_of_any_forecaster():
    X, y, _, sample = table(3_000, 1, n_verified=600)
    codes = np.digitize(y - 100, [-1, 0, 1])
    model = make_pipeline(RegressionCalibration(sample), FORECASTERS["logit"]())
    again = clone(model).fit(X, codes)
    assert again.predict_proba(X).shape == (3_000, 4)
    # To a logit the expectations are other coordinates of the same plane: they forecast alike.
    plain = FORECASTERS["logit"]().fit(X, codes)
    np.testing.assert_allclose(again.predict_proba(X), plain.predict_proba(X), atol=5e-3)


def test_few_verified_rows_are_refused():
    X, _, _, sample = table(50, 2, n_verified=7)
    with pytest.raises(ScsError, match="too few verified rows") as error:
        RegressionCalibration(sample).fit(X)
    assert "7 rows for 3 coefficients" in error.value.where
    assert RegressionCalibration(sample, given=[]).fit(X).regressions_["reports"].df == 5


def test_a_sample_whose_parts_do_not_belong_together_is_refused():
    X, _, _, sample = table(5, 3, n_verified=5)
    with pytest.raises(ScsError, match="one recorded row for each true one"):
        VerifiedSample(X[:3], sample.true, sample.y, sample.rows)
    with pytest.raises(ScsError, match="columns that are recorded") as error:
        VerifiedSample(X, sample.true.rename(columns={"reports": "rumours"}), sample.y, sample.rows)
    assert "rumours" in error.value.where


def test_rubin_s_rules_by_hand():
    pooled = pool_estimates([[1.0], [3.0]], [[0.5], [1.5]])
    # Within 1, between 2: total 1 + 1.5 * 2 = 4; df = (1 + 1 / 3)^2.
    assert (pooled.estimate[0], pooled.standard_error[0]) == (2.0, 2.0)
    assert pooled.df[0] == pytest.approx(16 / 9)
    assert pooled.high[0] - 2.0 == pytest.approx(2.0 - pooled.low[0])
    alike = pool_estimates([[2.0], [2.0]], [[1.0], [1.0]])
    assert alike.high[0] == pytest.approx(2 + norm.isf(0.025))
    with pytest.raises(ScsError, match="two imputed tables"):
        pool_estimates([[1.0]], [[1.0]])


def test_imputation_intervals_hold_the_true_slopes_as_often_as_they_say():
    repetitions = 300
    held, naive = [], []
    for seed in range(repetitions):
        X, y, _, sample = table(300, seed, n_verified=100)
        pooled = multiple_imputation(X, y, sample, slopes, draws=20, seed=seed)
        held.append((pooled.low <= TRUE) & (pooled.high >= TRUE))
        estimate, variance = slopes(X, y)
        naive.append(np.abs(estimate - TRUE) < 1.96 * np.sqrt(variance))
    # Four binomial standard errors of 300 repetitions.
    margin = 4 * np.sqrt(0.95 * 0.05 / repetitions)
    assert (np.abs(np.mean(held, axis=0) - 0.95) < margin).all()
    assert (np.mean(naive, axis=0) < 0.5).all()


def test_several_indicators_are_drawn_together():
    generator = np.random.default_rng(4)
    true = generator.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 3_000)
    recorded = pd.DataFrame(true + generator.normal(0, 1, true.shape), columns=["a", "b"])
    y = true[:, 0] - true[:, 1] + generator.normal(0, 0.5, 3_000)
    sample = VerifiedSample(
        recorded[2_000:].reset_index(drop=True),
        pd.DataFrame(true[2_000:], columns=["a", "b"]),
        y[2_000:] + 100,
        np.arange(2_000, 3_000),
    )

    def correlation(X, outcome):
        return np.corrcoef(X["a"], X["b"])[0, 1], 1e-4

    pooled = multiple_imputation(recorded[:2_000], y[:2_000] + 100, sample, correlation, draws=5)
    assert pooled.estimate[0] == pytest.approx(0.8, abs=0.04)


def test_forecasts_over_imputations_use_what_is_known_of_the_error():
    X, y, true, sample = table(2_000, 5, n_verified=300)
    codes = np.digitize(y - 100, [-1, 0, 1])
    sample = VerifiedSample(sample.X, sample.true, np.digitize(sample.y - 100, [-1, 0, 1]), sample.rows)
    model = MultipleImputationClassifier(FORECASTERS["logit"](), sample, draws=10, random_state=3)
    p = clone(model).fit(X, codes).predict_proba(X)
    np.testing.assert_array_equal(p, model.fit(X, codes).predict_proba(X))
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (model.predict(X) == p.argmax(axis=1)).all()
    assert len(model.estimators_) == 10
    plain = FORECASTERS["logit"]().fit(X, codes)
    # Neither can know more than was recorded: as good, but for the noise of ten draws.
    lost = rps(p, codes) - rps(plain.predict_proba(X), codes)
    assert lost < 0.01
    # Each copy knows how the true values matter.
    known = X.assign(reports=true)
    assert rps(model.estimators_[0].predict_proba(known), codes) < rps(plain.predict_proba(known), codes)


def test_without_a_sample_the_forecaster_is_as_it_is():
    X, y, _, _ = table(200, 6)
    codes = (y > 100).astype(int)
    bare = MultipleImputationClassifier(LogisticRegression()).fit(X, codes)
    np.testing.assert_array_equal(bare.predict_proba(X), LogisticRegression().fit(X, codes).predict_proba(X))
    assert MultipleImputationClassifier().fit(X, codes).predict_proba(X).shape == (200, 2)


def test_simex_goes_part_of_the_way(scheme):
    X, y, _, _ = table(20_000, 7)
    steps = []
    found = simex(
        X, scheme, lambda again: slopes(again, y)[0], draws=5, progress=lambda *step: steps.append(step)
    )
    assert found.lambdas.tolist() == [0, 0.5, 1, 1.5, 2]
    assert (np.diff(found.means[:, 0]) < 0).all()
    np.testing.assert_array_equal(found.means[0], found.naive)
    naive, _ = slopes(X, y)
    np.testing.assert_allclose(found.naive, naive)
    gained = (found.corrected - naive) / (TRUE - naive)
    assert ((gained > 0.4) & (gained < 0.9)).all()
    assert found.shortfall == SHORTFALL
    assert steps[-1] == ("simulate error", 20, 20)
    same = simex(X, scheme, lambda again: slopes(again, y)[0], draws=5)
    np.testing.assert_array_equal(found.corrected, same.corrected)


def test_simex_of_a_simple_slope_gives_back_what_its_docstring_says(scheme):
    generator = np.random.default_rng(8)
    true = generator.normal(size=200_000)
    X = pd.DataFrame(
        {"reports": true + generator.normal(0, np.sqrt(1 / RELIABILITY - 1), 200_000), "debts": 0.0}
    )
    found = simex(
        X, scheme, lambda again: np.cov(again["reports"], true)[0, 1] / again["reports"].var(), draws=2
    )
    assert found.naive[0] == pytest.approx(0.6, abs=0.01)
    assert found.corrected[0] == pytest.approx(0.845, abs=0.02)


def test_simex_needs_an_indirect_input_and_a_quadratic(scheme):
    X, _, _, _ = table(50, 9)
    with pytest.raises(ScsError, match="no input is indirect"):
        simex(X[["debts"]], scheme, lambda again: 0.0)
    for lambdas in ((1.0,), (0.0, 1.0), (-1.0, 1.0)):
        with pytest.raises(ScsError, match="two different lambdas"):
            simex(X, scheme, lambda again: 0.0, lambdas=lambdas)


def measured(scheme, model, values, times, **indicator):
    """What a column measured again `times` times over is."""
    of = scheme.indicator("reports").model_copy(update=indicator)
    redraw = Redraw(of, Measurement(**model), pd.Series(values), None, periods=4)
    rows = np.arange(len(values))
    return redraw(rows, 1, np.random.default_rng(int(10 * times)), times=times)[:, 0]


def test_error_added_twice_is_error_added_two_times(scheme):
    n = 40_000
    noise = measured(scheme, {"reliability": 0.6}, np.random.default_rng(0).normal(size=n), 2.0)
    assert noise.var() == pytest.approx(1 + 2 * 0.4, rel=0.05)
    flag = measured(
        scheme, {"false_positive": 0.1, "false_negative": 0.3}, np.repeat([1.0, 0.0], n), 2.0, dtype="flag"
    )
    # P(1 | 1) = 0.7 * 0.7 + 0.3 * 0.1; P(1 | 0) = 0.1 * 0.7 + 0.9 * 0.1.
    margin = 4 * np.sqrt(0.25 / n)
    assert flag[:n].mean() == pytest.approx(0.52, abs=margin)
    assert flag[n:].mean() == pytest.approx(0.16, abs=margin)
    count = measured(scheme, {"false_positive": 0.05, "false_negative": 0.2}, np.full(n, 3.0), 2.0)
    # 3 * 0.8^2, and false ones of 0.05 * 4 in the second measurement and 0.8 of them in the first.
    assert count.mean() == pytest.approx(3 * 0.64 + 0.2 * 1.8, abs=4 * 1.2 / np.sqrt(n))
    unmissed = measured(scheme, {"false_positive": 0.05}, np.zeros(n), 0.5)
    assert unmissed.mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.1 / n))
    kept = measured(scheme, {"reliability": 0.5}, np.repeat([1.0, 0.0], n), 2.0, dtype="flag")
    assert kept[:n].mean() == pytest.approx(0.25 + 0.75 * 0.5, abs=margin)


def test_tables_that_agree_without_error_have_an_interval_of_one_point():
    pooled = pool_estimates([[2.0], [2.0]], [[0.0], [0.0]])
    assert pooled.df[0] == np.inf
    assert (pooled.low[0], pooled.high[0]) == (2.0, 2.0)
