from __future__ import annotations

import json
from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.forecast import (
    BASELINES,
    FORECASTERS,
    Figure,
    Leaderboard,
    LeaderboardRow,
    backtest,
    skill_interval,
)
from scs_ml.metrics import ranked_probability_score

TRANSITIONS = np.array(
    [[0.1, 0.6, 0.2, 0.1], [0.3, 0.2, 0.4, 0.1], [0.1, 0.4, 0.2, 0.3], [0.1, 0.2, 0.6, 0.1]]
)


@pytest.fixture(scope="module")
def folds(make_dataset):
    """People whose category moves by a known table, most of them every time."""
    generator = np.random.default_rng(0)

    def draw(n, first):
        state = generator.integers(0, 4, n)
        after = (generator.random((n, 1)) > TRANSITIONS[state].cumsum(axis=1)).sum(axis=1).clip(max=3)
        X = pd.DataFrame({"debts": generator.normal(size=n), "current_category": state.astype(float)})
        return make_dataset(X, after, subject=[f"s{first + i}" for i in range(n)])

    return [(draw(2000, 0), draw(600, 5000)), (draw(2000, 0), draw(600, 5000))]


class Oracle:
    """Knows the transition table."""

    def get_params(self):
        return {}

    def fit(self, X, y):
        self.classes_ = np.arange(4)
        return self

    def predict_proba(self, X):
        return TRANSITIONS[X["current_category"].astype(int)]


class Failing(Oracle):
    def fit(self, X, y):
        raise ZeroDivisionError("no\n  such luck")


class Doubtful(Oracle):
    def predict_proba(self, X):
        return 1.5 * super().predict_proba(X)


def baselines(suining):
    return {name: partial(cls, scheme=suining) for name, cls in BASELINES.items()}


def test_a_leaderboard_survives_json():
    figures = {
        "rps": Figure(0.05, 0.04, 0.06),
        "rps_skill": Figure(float("nan"), float("nan"), float("nan")),
        **dict.fromkeys(("log_loss", "brier", "macro_mae", "auc", "ece_0", "qwk"), Figure(0.4, 0.3, 0.5)),
    }
    row = LeaderboardRow("logit", False, 1, 2, 1, 1, figures)
    second = replace(row, name="markov", figures=figures | {"rps_skill": Figure(0.0, 0.0, 0.0)})
    board = Leaderboard((row, second), "markov", 0.95, 100, 40, 2, "family")
    again = Leaderboard.from_record(json.loads(json.dumps(board.as_record(), allow_nan=False)))
    assert again.as_records() == board.as_records()
    assert again.as_table() == board.as_table()
    assert again.rows[1] == board.rows[1]
    assert (again.reference, again.n_clusters, again.ranked_by) == ("markov", 40, "family")


@pytest.mark.parametrize(
    "record", ["none", {}, {"rows": [{"name": "logit"}]}, {"rows": ["logit"]}, {"rows": [], "reference": "x"}]
)
def test_what_is_no_leaderboard_is_one_error(record):
    with pytest.raises(ScsError, match="the record of the backtest cannot be read"):
        Leaderboard.from_record(record)


def test_a_record_of_an_older_version_is_that_error_too():
    row = {"name": "logit", "baseline": False, "rps": 0.1, "rps_skill": 0.2, "skill_low": 0.1}
    old = {
        "rows": [row],
        "reference": "markov",
        "confidence": 0.95,
        "n_rows": 9,
        "n_clusters": 9,
        "n_folds": 2,
    }
    with pytest.raises(ScsError, match="train again with this version"):
        Leaderboard.from_record(old)


def test_the_leaderboard_ranks_by_ranked_probability_score(folds, suining):
    steps = []
    board = backtest(
        {"oracle": Oracle, "logit": partial(FORECASTERS["logit"], suining), **baselines(suining)},
        folds,
        suining,
        progress=lambda what, done, total: steps.append((what, done, total)),
    )
    by_name = {row.name: row for row in board.rows}
    assert [row.rps for row in board.rows] == sorted(row.rps for row in board.rows)
    assert steps[0] == ("backtest", 0, 10)
    assert steps[-1] == ("backtest", 10, 10)
    assert (board.reference, board.n_rows, board.n_folds, board.n_clusters) == ("markov", 1200, 2, 600)
    assert (by_name["markov"].rps_skill, by_name["markov"].skill_low, by_name["markov"].skill_high) == (
        0,
        0,
        0,
    )
    # Most people move, so persistence, sure of itself, is far worse than the table and than climatology.
    assert by_name["persistence"].skill_high < -0.5
    assert by_name["persistence"].rps > by_name["climatology"].rps
    assert not by_name["persistence"].tied
    assert board.rows[0].name in {"oracle", "markov"}
    assert by_name["oracle"].tied
    assert by_name["markov"].tied
    assert board.best() == "oracle"
    assert {name for name, row in by_name.items() if row.baseline} == set(BASELINES)
    # Worked by hand for the oracle: the mean score of the rows, and its ratio to the reference's.
    y = np.concatenate([test.y for _, test in folds])
    truth = np.concatenate([Oracle().predict_proba(test.X) for _, test in folds])
    assert by_name["oracle"].rps == pytest.approx(ranked_probability_score(y, truth).mean())
    assert by_name["oracle"].rps_skill == pytest.approx(1 - by_name["oracle"].rps / by_name["markov"].rps)


def test_markov_is_added_unless_the_caller_has_baselines(folds, suining):
    board = backtest({"oracle": Oracle}, folds[:1], suining)
    assert {row.name for row in board.rows} == {"oracle", "markov"}
    only = {"oracle": Oracle, "climatology": partial(BASELINES["climatology"], suining)}
    board = backtest(only, folds[:1], suining)
    assert board.reference == "climatology"
    assert next(row for row in board.rows if row.name == "climatology").rps_skill == 0


def test_baselines_alone_have_a_best_too(folds, suining):
    board = backtest(baselines(suining), folds[:1], suining)
    assert board.best() == board.rows[0].name


def test_two_names_of_one_forecaster_are_tied(folds, suining):
    board = backtest({"a": Oracle, "b": Oracle}, folds, suining)
    first, second = (row for row in board.rows if row.name in {"a", "b"})
    assert first.tied
    assert second.tied
    assert first.rps == second.rps


def test_the_interval_covers_the_skill_of_a_known_forecast():
    generator = np.random.default_rng(3)
    repetitions, hits = 400, 0
    for _ in range(repetitions):
        family = np.repeat(np.arange(60), 5)
        shared = generator.gamma(2.0, 1.0, 60)[family]
        reference = shared * generator.gamma(4.0, 0.25, 300)
        loss = 0.8 * shared * generator.gamma(4.0, 0.25, 300)
        low, high = skill_interval(loss, reference, family)
        hits += low <= 0.2 <= high
    share = hits / repetitions
    assert share > 0.95 - 4 * np.sqrt(0.95 * 0.05 / repetitions)
    assert share < 0.99


def test_copies_of_a_family_s_rows_do_not_narrow_the_interval():
    generator = np.random.default_rng(0)
    a, b = generator.random(200), generator.random(200) + 0.2
    once = skill_interval(a, b, np.arange(200))
    copied = skill_interval(np.repeat(a, 5), np.repeat(b, 5), np.repeat(np.arange(200), 5))
    np.testing.assert_allclose(once, copied)
    low, high = skill_interval(np.repeat(a, 5), np.repeat(b, 5), np.arange(1000))
    assert high - low < 0.5 * (once[1] - once[0])


def test_no_interval_without_two_clusters_or_with_a_perfect_reference():
    assert np.isnan(skill_interval([0.1, 0.2], [0.2, 0.2], [0, 0])).all()
    assert np.isnan(skill_interval([0.1, 0.2], [0.0, 0.0], [0, 1])).all()


def test_families_are_the_clusters_where_they_are_known(folds, suining, make_dataset):
    train, test = folds[0]
    family = np.array([f"f{i // 3}" for i in range(len(test))])
    known = make_dataset(test.X, test.y, subject=test.subject, family=family)
    assert backtest({"oracle": Oracle}, [(train, known)], suining).n_clusters == 200


def test_the_table_and_the_records_are_plain(folds, suining):
    board = backtest({"oracle": Oracle}, folds, suining)
    table = board.as_table()
    assert table.columns[:4] == ("forecaster", "rank", "rows", "RPS")
    assert table.columns[-1] == "QWK"
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert table.rows[0][0] == board.rows[0].name
    assert json.loads(json.dumps(board.as_records()))[0]["name"] == board.rows[0].name


def test_what_is_undefined_is_none_in_records(suining, make_dataset):
    X = pd.DataFrame({"current_category": [0.0, 1.0, 0.0, 1.0]})
    train = make_dataset(X, [0, 0, 0, 0])
    board = backtest({"p": partial(BASELINES["climatology"], suining)}, [(train, train)], suining)
    assert board.as_records()[0]["rps_skill"] is None
    assert board.as_table().rows[0][4] is None


def test_the_seed_reaches_forecasters_that_draw(folds, suining):
    seen = []

    class Watch(FORECASTERS["boosting"]):
        def fit(self, X, y):
            seen.append(self.random_state)
            return super().fit(X, y)

    backtest({"watch": partial(Watch, max_iter=2)}, folds[:1], suining, seed=7)
    assert seen == [7]


@pytest.mark.parametrize("empty", ["no folds", "nothing known"])
def test_folds_without_rows_are_refused(empty, folds, suining, make_dataset):
    train, test = folds[0]
    unknown = make_dataset(test.X, np.full(len(test), -1))
    with pytest.raises(ScsError, match="backtest needs folds"):
        backtest({"oracle": Oracle}, [] if empty == "no folds" else [(train, unknown)], suining)


def test_what_comes_after_the_best_is_scored_on_the_same_rows(folds, suining):
    asked = []

    def then(best):
        asked.append(best)
        return {f"{best}, again": Oracle}

    steps = []
    board = backtest(
        {"oracle": Oracle, "logit": partial(FORECASTERS["logit"], scheme=suining)},
        folds,
        suining,
        then=then,
        progress=lambda what, done, total: steps.append((done, total)),
    )
    assert asked == ["oracle"]
    rows = {row.name: row for row in board.rows}
    assert rows["oracle, again"].rps == rows["oracle"].rps
    assert rows["oracle, again"].rps_skill == rows["oracle"].rps_skill
    # Three contestants (the table is added) on two folds, then one more.
    assert steps == [*((k, 6) for k in range(7)), (6, 8), (7, 8), (8, 8)]


def test_baselines_alone_can_be_followed_too(folds, suining):
    asked = []
    backtest(baselines(suining), folds, suining, then=lambda best: asked.append(best) or {})
    assert asked == ["markov"]


def test_a_failure_inside_a_forecaster_says_whose_it_is_and_where(folds, suining):
    with pytest.raises(ScsError, match="mine failed: ZeroDivisionError: no such luck") as caught:
        backtest({"mine": Failing}, folds, suining)
    assert caught.value.where == "fold 1 of 2, 2,000 rows to learn from, 600 to test"
    assert "leave it out" in caught.value.remedy
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_what_is_no_distribution_is_refused_by_name(folds, suining):
    with pytest.raises(ScsError, match=r"^mine: ") as caught:
        backtest({"mine": Doubtful}, folds, suining)
    assert "fold 1 of 2" in caught.value.where


def test_errors_come_back_whole_from_other_processes():
    plain = copy(ScsError("what", where="there", remedy="so"))  # by __reduce__, as pickle does
    assert (plain.what, plain.where, plain.remedy) == ("what", "there", "so")
    refused = copy(SafeguardError("no", rule="basis", where="here"))
    assert (type(refused), refused.rule, str(refused)) == (SafeguardError, "basis", "no\nwhere: here")


def test_processes_give_the_same_result_and_the_same_errors(folds, suining):
    contestants = {
        "boosting": partial(FORECASTERS["boosting"], scheme=suining, max_iter=5),
        **baselines(suining),
    }
    assert backtest(contestants, folds, suining, n_jobs=2) == backtest(contestants, folds, suining)
    bad = {"bad": partial(FORECASTERS["boosting"], scheme=suining, max_iter="many")}
    with pytest.raises(ScsError, match=r"^bad failed: "):
        backtest(bad, folds, suining, n_jobs=2)
