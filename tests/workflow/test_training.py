"""Splits never leak, the best family is fitted, and what may not be learned from is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from scs_ml.data import read_table
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.forecast import CalibratedForecaster
from scs_ml.metrics import ranked_probability_score
from scs_ml.schemes import load_scheme
from scs_ml.workflow import split, train
from tests.workflow.brought import pipeline


def keys(dataset):
    return set(zip(dataset.subject, dataset.period, strict=True))


@pytest.fixture(scope="module")
def students(data_folder):
    scheme = load_scheme("students")
    return read_table(data_folder / "student_performance" / "student-mat.csv.gz", scheme), scheme


@pytest.fixture(scope="module")
def compas(data_folder):
    scheme = load_scheme("compas")
    return read_table(data_folder / "compas" / "compas_two_years.csv", scheme), scheme


def test_long_panel_is_split_in_time_and_no_fold_knows_an_outcome_of_the_test(trained):
    splits = trained.splits
    assert splits.by == "period"
    assert set(splits.test.period) == {4}
    assert set(splits.calibration.period) == {3}
    assert set(splits.train.period) == {0, 1, 2}
    assert len(splits.folds) == 2
    for learn, hold in splits.folds:
        # Rows of origin 4 have the outcomes of period 5: no fold reaches them, to learn or to score.
        assert max(*learn.period, *hold.period) < 4
        assert learn.period.max() < hold.period.min()


def test_outcomes_of_the_test_period_change_nothing_that_is_learned(dataset, suining, trained):
    turned = dataset.period == 5
    category = np.where(turned, (dataset.category + 1) % 4, dataset.category)
    other = train(replace(dataset, category=category), suining, families=("logit", "boosting"), seed=3)
    assert other.leaderboard.as_records() == trained.leaderboard.as_records()
    X = trained.splits.test.X
    assert np.array_equal(other.forecaster.predict_proba(X), trained.forecaster.predict_proba(X))
    assert not np.array_equal(other.splits.test.y, trained.splits.test.y)


def test_short_panel_is_split_by_subject(students):
    splits = split(*students, seed=1)
    assert splits.by == "subject"
    people = [set(part.subject) for part in (splits.train, splits.calibration, splits.test)]
    assert len(set.union(*people)) == sum(map(len, people)) == 395
    # G1 foretells G2, and G2 foretells G3.
    assert set(splits.test.period) == {0, 1}
    for learn, hold in splits.folds:
        assert not set(learn.subject) & set(hold.subject)
        assert (keys(learn) | keys(hold)) == keys(splits.train)


def test_short_panel_is_measured_against_the_transition_table(students):
    trained = train(*students, families=("logit", "expert"), seed=0)
    names = {row.name: row.baseline for row in trained.leaderboard.rows}
    best = trained.name.removesuffix(", calibrated")
    assert names == {"logit": False, "expert": False, f"{best}, calibrated": False} | dict.fromkeys(
        ("persistence", "climatology", "markov"), True
    )
    assert trained.leaderboard.reference == "markov"
    assert trained.name == trained.leaderboard.best()


def test_single_period_is_split_by_subject_and_measured_against_climatology(compas):
    trained = train(*compas, families=("logit",), seed=0)
    splits = trained.splits
    sizes = tuple(map(len, (splits.train, splits.calibration, splits.test)))
    assert sizes == (4328, 1443, 1443)
    assert len(keys(splits.train) | keys(splits.calibration) | keys(splits.test)) == 7214
    assert {row.name for row in trained.leaderboard.rows} == {"logit", "logit, calibrated", "climatology"}
    assert sum(len(hold) for _, hold in splits.folds) == len(splits.train)
    for learn, hold in splits.folds:
        assert not keys(learn) & keys(hold)
        assert not (keys(learn) | keys(hold)) & (keys(splits.calibration) | keys(splits.test))


def test_progress_counts_every_fit(dataset, suining):
    steps = []
    train(
        dataset,
        suining,
        families=("expert",),
        progress=lambda what, done, total: steps.append((what, done, total)),
    )
    # Four contestants (three are baselines) on two folds, the best calibrated, then the fit that is kept.
    told = [(done, total) for what, done, total in steps if what == "backtest"]
    assert told == [*((k, 8) for k in range(9)), *((k, 10) for k in (8, 9, 10))]
    assert steps[-2:] == [("final fit", 0, 1), ("final fit", 1, 1)]


def test_unknown_family_is_named(dataset, suining):
    with pytest.raises(ScsError, match="no forecaster is called oracle") as error:
        train(dataset, suining, families=("oracle",))
    assert "boosting" in error.value.remedy


def test_protected_column_is_refused_for_real_people(compas):
    dataset, scheme = compas
    leaking = replace(dataset, X=dataset.X.assign(sex=1.0))
    with pytest.raises(SafeguardError, match="must not be model inputs") as error:
        train(leaking, scheme, families=("logit",))
    assert error.value.rule == "forbidden_input"


def test_nothing_to_learn_from_is_said(compas):
    dataset, scheme = compas
    with pytest.raises(ScsError, match="nothing to learn from"):
        train(replace(dataset, X=dataset.X[[]]), scheme)


def test_no_model_is_made_for_one_group_of_real_people(compas, data_folder):
    _, scheme = compas
    scheme = type(scheme).model_validate(
        scheme.model_dump() | {"row_filters": {"men": [{"column": "sex", "any_of": ["Male"]}]}}
    )
    men = read_table(data_folder / "compas" / "compas_two_years.csv", scheme, row_filter="men")
    assert men.gates[-1].rule == "protected_filter"
    with pytest.raises(SafeguardError, match="rows chosen by a protected column"):
        train(men, scheme, families=("expert",))


def test_the_best_is_kept_calibrated_where_that_forecasts_no_worse(dataset, suining):
    """A tree grown to single rows is certain of every forecast, and wrong about some."""
    wild = DecisionTreeClassifier(random_state=0)
    trained = train(dataset, suining, families={"wild": pipeline(wild)}, seed=3)
    board = {row.name: row for row in trained.leaderboard.rows}
    assert board["wild, calibrated"].rps < 0.95 * board["wild"].rps
    assert trained.name == "wild, calibrated"
    assert isinstance(trained.forecaster, CalibratedForecaster)
    # Folds of later periods taught it: the rows to learn from end before the rows that the test forecasts.
    X = trained.splits.test.X
    raw = trained.forecaster.forecaster_.predict_proba(X)
    y = trained.splits.test.y
    gain = ranked_probability_score(y, raw) - ranked_probability_score(y, trained.forecaster.predict_proba(X))
    assert gain.mean() > 0


def test_the_plain_forecaster_is_kept_where_calibration_loses(dataset, suining, trained):
    rps = {row.name: row.rps for row in trained.leaderboard.rows}
    best = min((name for name in rps if "logit" in name or "boosting" in name), key=lambda name: rps[name])
    assert trained.name == best
    assert isinstance(trained.forecaster, CalibratedForecaster) == best.endswith(", calibrated")
