from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from scs_ml.forecast import flip_risk
from scs_ml.schemes import Scheme

DRAWS = 200


class Threshold:
    """The better of two categories where a column reaches a cut."""

    classes_ = np.array([0, 1])

    def __init__(self, column, cut):
        self.column, self.cut = column, cut
        self.rows = 0

    def predict_proba(self, X):
        self.rows += len(X)
        values = X[self.column]
        values = values.cat.codes if isinstance(values.dtype, pd.CategoricalDtype) else values
        above = (values.to_numpy(float) >= self.cut).astype(float)
        return np.column_stack([1 - above, above])


@pytest.fixture
def make_scheme(suining):
    """A scheme of two categories whose only indirect indicator is `reports`."""

    def make(measurement, *, card=None, **indicator) -> Scheme:
        common = {"source": "personal", "database": "office", "context": "court"}
        return Scheme.model_validate(
            {
                **suining.model_dump(include={"format", "title", "citation", "basis"}),
                "name": "toy",
                "scale": {"categories": ["low", "high"], "lower_bounds": [500], "start": 1000, "minimum": 0},
                "roles": {"score": "score"},
                "horizon": 0,
                "sensitive": [{"name": "minority"}, {"name": "unmeasured"}],
                "indicators": [
                    {
                        "name": "reports",
                        "kind": "indirect",
                        "measurement": measurement,
                        **common,
                        **indicator,
                    },
                    {"name": "debts", "kind": "direct", **common},
                ],
                "card": card,
            }
        )

    return make


def near(share, expected, n):
    """Within four binomial standard errors."""
    return abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / n) + 1e-12


def test_counts_are_thinned_and_get_false_reports(make_scheme):
    card = {"expiry": 8, "rules": [{"name": "debts", "indicator": "debts", "points": -1}]}
    scheme = make_scheme({"false_positive": 0.02, "false_negative": 0.2}, card=card)
    X = pd.DataFrame({"reports": np.repeat([0.0, 1.0, 2.0], 400), "debts": 0.0})
    risk = flip_risk(Threshold("reports", 1), X, scheme, draws=DRAWS)
    none = np.exp(-0.02 * 8)  # no false report in eight periods
    for count, expected in ((0, 1 - none), (1, 0.2 * none), (2, 0.2**2 * none)):
        assert near(risk[X["reports"] == count].mean(), expected, 400 * DRAWS)


def test_reliability_is_noise_of_the_error_s_share(make_scheme):
    generator = np.random.default_rng(1)
    values = np.concatenate([[0.5] * 300, generator.normal(0, 1, 3000)])
    X = pd.DataFrame({"reports": values, "debts": 0.0})
    scheme = make_scheme({"reliability": 0.64})
    risk = flip_risk(Threshold("reports", 0), X, scheme, draws=DRAWS)
    expected = norm.cdf(-0.5 / (values.std() * 0.6))
    assert near(risk[:300].mean(), expected, 300 * DRAWS)
    np.testing.assert_allclose(risk * DRAWS, np.rint(risk * DRAWS))


def test_whole_numbers_stay_whole_and_within_range(make_scheme):
    class Watch(Threshold):
        def predict_proba(self, X):
            assert (X["reports"] == np.rint(X["reports"])).all()
            assert X["reports"].between(0, 3).all()
            return super().predict_proba(X)

    X = pd.DataFrame({"reports": np.arange(100.0) % 4, "debts": 0.0})
    scheme = make_scheme({"reliability": 0.3}, range=[0, 3])
    assert flip_risk(Watch("reports", 2), X, scheme, draws=20).mean() > 0


def test_flags_and_categories_by_reliability_keep_or_draw_again(make_scheme):
    levels = ["no", "yes"]
    X = pd.DataFrame(
        {"reports": pd.Categorical(["no", "yes"] * 300, categories=levels), "debts": np.arange(600.0)}
    )
    scheme = make_scheme({"reliability": 0.7}, dtype="category", levels=levels)
    risk = flip_risk(Threshold("reports", 1), X, scheme, draws=DRAWS)
    assert near(risk.mean(), 0.3 / 2, 600 * DRAWS)
    flags = X.assign(reports=(X["reports"] == "yes").astype(float))
    scheme = make_scheme({"reliability": 0.7}, dtype="flag")
    assert near(flip_risk(Threshold("reports", 1), flags, scheme).mean(), 0.3 / 2, 600 * DRAWS)


def test_flags_by_error_rates_and_a_group_s_own_rates(make_scheme):
    group = {"attribute": "minority", "value": "yes", "false_positive": 0.3}
    other = {"attribute": "unmeasured", "value": "yes", "false_positive": 0.9}
    scheme = make_scheme(
        {"false_positive": 0.1, "false_negative": 0.05, "by_group": [group, other]}, dtype="flag"
    )
    X = pd.DataFrame({"reports": np.repeat([0.0, 1.0], 400), "debts": 0.0})
    sensitive = pd.DataFrame({"minority": ["yes", "no"] * 400})
    risk = flip_risk(Threshold("reports", 1), X, scheme, sensitive=sensitive, draws=DRAWS)
    minority = sensitive["minority"] == "yes"
    unset = X["reports"] == 0
    assert near(risk[unset & minority].mean(), 0.3, 200 * DRAWS)
    assert near(risk[unset & ~minority].mean(), 0.1, 200 * DRAWS)
    assert near(risk[~unset].mean(), 0.05, 400 * DRAWS)


def test_a_lagged_score_moves_with_the_reports_it_is_made_of(make_scheme):
    rules = [
        {"name": "reports", "indicator": "reports", "points": -100},
        {"name": "debts", "indicator": "debts", "points": -50},
    ]
    scheme = make_scheme({"false_positive": 0.0, "false_negative": 0.5}, card={"rules": rules})
    X = pd.DataFrame({"reports": [1.0] * 400, "debts": 9.0, "current_score": 450.0})
    # One report struck out gives 100 points: 550 passes the cut.
    risk = flip_risk(Threshold("current_score", 500), X, scheme, draws=DRAWS)
    assert near(risk.mean(), 0.5, 400 * DRAWS)
    unmoved = make_scheme({"false_positive": 0.0, "false_negative": 0.5}, card={"rules": [rules[1]]})
    assert (flip_risk(Threshold("current_score", 500), X, unmoved, draws=DRAWS) == 0).all()


def test_missing_values_stay_missing(make_scheme):
    X = pd.DataFrame({"reports": [np.nan, np.nan], "debts": [0.0, 1.0]})
    for measurement in ({"reliability": 0.5}, {"false_positive": 0.5, "false_negative": 0.5}):
        assert (flip_risk(Threshold("reports", 1), X, make_scheme(measurement)) == 0).all()
    empty = pd.DataFrame({"reports": pd.Categorical([None, None], categories=["a"]), "debts": 0.0})
    scheme = make_scheme({"reliability": 0.5}, dtype="category", levels=["a"])
    assert (flip_risk(Threshold("reports", 0), empty, scheme) == 0).all()


def test_nothing_indirect_among_the_inputs_means_no_figure(make_scheme):
    X = pd.DataFrame({"debts": [0.0, 1.0]})
    assert flip_risk(Threshold("debts", 1), X, make_scheme({"reliability": 0.5})) is None


def test_seeded_and_cheap_for_counts(make_scheme):
    scheme = make_scheme({"false_positive": 0.02, "false_negative": 0.2})
    X = pd.DataFrame({"reports": np.arange(5000.0) % 3, "debts": 0.0})
    model = Threshold("reports", 1)
    steps = []
    first = flip_risk(model, X, scheme, draws=DRAWS, seed=1, progress=lambda *step: steps.append(step))
    assert steps[-1] == ("measure again", 5000, 5000)
    assert model.rows < len(X) * DRAWS / 20
    np.testing.assert_array_equal(first, flip_risk(model, X, scheme, draws=DRAWS, seed=1))
    assert (first != flip_risk(model, X, scheme, draws=DRAWS, seed=2)).any()
