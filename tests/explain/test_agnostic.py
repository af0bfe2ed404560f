from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from scs_ml.exceptions import ExplanationError
from scs_ml.explain import commitment, explain, sample_rows
from scs_ml.forecast import FORECASTERS, CumulativeClassifier
from tests.explain.worlds import shapley, suining_like


@pytest.fixture(scope="module")
def third_party():
    """A pipeline of somebody else's, on a table with a text column, a yes/no column and missing values."""
    rng = np.random.default_rng(0)
    n = 400
    X = pd.DataFrame(
        {
            "debts": rng.poisson(1.0, n),
            "district": pd.Series(rng.choice(["north", "south", "east"], n), dtype="str"),
            "member": rng.random(n) < 0.5,
        }
    )
    X.loc[::40, "district"] = np.nan
    z = -X["debts"] + 2 * (X["district"] == "north") + X["member"]
    y = np.digitize(z + rng.normal(0, 0.5, n), [-1, 0.5])
    pipeline = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["district"]), remainder="passthrough"),
        DecisionTreeClassifier(max_depth=4, random_state=0),
    )
    return pipeline.fit(X, y), X


def test_a_pipeline_with_a_text_column_adds_up_in_probabilities(third_party):
    pipeline, X = third_party
    found = explain(pipeline, X, rows=range(12))
    assert found.target == "probability of exceeding the boundary"
    probabilities = pipeline.predict_proba(X.iloc[:12])
    expected = np.column_stack([1 - probabilities[:, 0], probabilities[:, 2]])
    np.testing.assert_allclose(found.base_values + found.values.sum(axis=1), expected, atol=1e-12)
    assert (found.residual == 0).all()
    assert found.feature_names == ("debts", "district", "member")


def test_its_values_are_shapley_values(third_party):
    """Three columns and ten antithetic orderings: the sampling error is bounded by Shapley's own values."""
    pipeline, X = third_party
    background = X.iloc[100:130].reset_index(drop=True)
    found = explain(pipeline, X, rows=range(6), background=background)

    def value(known):
        means = []
        for at in range(6):
            mixed = background.copy()
            for name in [X.columns[i] for i in known]:
                mixed[name] = X[name].iloc[[at] * len(background)].array
            means.append(pipeline.predict_proba(mixed)[:, 1:].sum(axis=1).mean())
        return np.array(means)

    np.testing.assert_allclose(found.values[:, :, 0], shapley(value, 3), atol=0.03)
    assert found.background == commitment(background)


def test_the_background_sampled_is_said_and_committed_to(third_party):
    pipeline, X = third_party
    found = explain(pipeline, X, rows=[0], seed=5)
    assert "a sample of 100 of 400 (seed 5) rows of the rows given" in found.engine
    assert found.background == commitment(X.iloc[sample_rows(400, 100, seed=5)])
    assert (
        "all 40 rows of the background given" in explain(pipeline, X, rows=[0], background=X.iloc[:40]).engine
    )


def test_a_seed_settles_everything_and_rows_are_independent(third_party):
    pipeline, X = third_party
    first = explain(pipeline, X, rows=[3, 11, 40], seed=1)
    np.random.seed(99)  # noqa: NPY002 - whatever the global generator holds
    again = explain(pipeline, X, rows=[40, 3], seed=1)
    np.testing.assert_array_equal(again.values, first.values[[2, 0]])
    assert not np.array_equal(explain(pipeline, X, rows=[3], seed=2).values, first.values[:1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_ordinal_forecaster_without_log_odds_of_its_own_kind_is_explained_all_the_same():
    X, y, _ = suining_like(400, seed=1, district=False)
    network = MLPClassifier((4,), max_iter=50, solver="lbfgs", random_state=0)
    for estimator in (GaussianNB(), network):
        forecaster = CumulativeClassifier(estimator, n_categories=4).fit(X, y)
        found = explain(forecaster, X, rows=[0, 1], background=X.iloc[:20])
        assert found.target.startswith("probability")
        assert found.values.shape == (2, 5, 3)
        assert found.engine.endswith("; current_score not explained through")


def test_categories_that_no_row_had_keep_their_boundary():
    rng = np.random.default_rng(2)
    X = pd.DataFrame({"debts": rng.normal(size=60)})
    naive = GaussianNB().fit(X, np.where(X["debts"] > 0, 3, 1))
    found = explain(naive, X, rows=[0, 1])
    assert found.values.shape == (2, 1, 3)
    np.testing.assert_allclose(found.raw[:, 0], 1)  # nobody is in category 0
    np.testing.assert_allclose(found.raw[:, 1], found.raw[:, 2])  # nor in 2


def test_progress_is_told_after_every_row(third_party):
    pipeline, X = third_party
    told = []
    explain(pipeline, X, rows=[0, 1], progress=lambda *step: told.append(step))
    assert told == [("explain rows", 1, 2), ("explain rows", 2, 2)]


def test_classes_must_be_category_codes():
    X = pd.DataFrame({"debts": [0.0, 1.0, 2.0, 3.0]})
    with pytest.raises(ExplanationError, match="category codes") as caught:
        explain(GaussianNB().fit(X, ["Low", "Low", "High", "High"]), X)
    assert "'High', 'Low'" in str(caught.value)


def test_what_cannot_be_explained_is_said():
    X, y, _ = suining_like(200, seed=3)
    forecaster = FORECASTERS["logit"]().fit(X, y)
    with pytest.raises(ExplanationError, match="is not fitted"):
        explain(FORECASTERS["logit"](), X)
    with pytest.raises(ExplanationError, match="lacks 2 of the 6 columns") as caught:
        explain(forecaster, X.drop(columns=["debts", "traffic"]))
    assert caught.value.where == "columns traffic, debts"
    with pytest.raises(ExplanationError, match="background lacks 1"):
        explain(forecaster, X, background=X.drop(columns="debts"))
    with pytest.raises(ExplanationError, match="X must be a DataFrame, got ndarray"):
        explain(forecaster, X.to_numpy())
    with pytest.raises(ExplanationError, match="background must be a DataFrame, got ndarray"):
        explain(forecaster, X, background=X.to_numpy())
    with pytest.raises(ExplanationError, match="X has several columns of the same name") as caught:
        explain(forecaster, pd.concat([X, X[["debts"]]], axis=1))
    assert caught.value.where == "columns debts"
    with pytest.raises(ExplanationError, match=r"rows have the shape \(1, 2\)"):
        explain(forecaster, X, rows=[[0, 1]])
    with pytest.raises(ExplanationError, match="has no rows"):
        explain(forecaster, X.iloc[:0])
    with pytest.raises(ExplanationError, match="no rows to explain"):
        explain(forecaster, X, rows=[])
    with pytest.raises(ExplanationError, match="no rows to explain"):
        explain(forecaster, X, rows=np.zeros(200, dtype=bool))
    with pytest.raises(ExplanationError, match="no positions in a table of 200 rows"):
        explain(forecaster, X, rows=[200])
    with pytest.raises(ExplanationError, match=r"explain through 'district'.* no numbers"):
        explain(forecaster, X, through=["district"])
    numbers = X.drop(columns="district")
    unnamed = FORECASTERS["logit"]().fit(numbers.to_numpy(), y)
    with pytest.raises(ExplanationError, match="without column names"):
        explain(unnamed, numbers)
