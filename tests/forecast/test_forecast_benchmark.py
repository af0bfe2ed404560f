from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks import forecast_folds
from benchmarks.forecast_compare import CHOSEN, best_family, corrected_interval, difference, with_choice
from benchmarks.forecast_folds import Part, compute, run_part, splits
from benchmarks.forecast_rivals import OrderedModelClassifier
from benchmarks.forecast_tables import TABLES, TableSet
from benchmarks.forecast_worlds import across_worlds
from tests.support import ROOT


def scores(**rps):
    """Two repeats of three folds of one table; inner scores for logit and expert."""
    rows = [
        {
            "table": "t",
            "contestant": name.replace("_", " "),
            "repeat": i // 3,
            "fold": i % 3,
            "rps": value,
            "inner_rps": 1 - value if name in {"logit", "expert"} else np.nan,
            "trouble": "",
            "seconds": 1.0,
        }
        for name, values in rps.items()
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_the_interval_allows_for_overlapping_training_parts():
    d = np.array([0.01, 0.02, 0.03, 0.01, 0.02, 0.03])
    found = corrected_interval(d, 0.5)
    half = stats.t.ppf(0.975, 5) * np.sqrt((1 / 6 + 1 / 2) * d.var(ddof=1))
    assert (found.value, found.low, found.high) == pytest.approx((0.02, 0.02 - half, 0.02 + half))
    # Nadeau and Bengio's factor over the naive one: sqrt(1/6 + 1/2) over sqrt(1/6) is 2.
    naive = stats.t.interval(0.95, 5, loc=d.mean(), scale=stats.sem(d))
    assert found.high - found.low == pytest.approx(2 * (naive[1] - naive[0]))


@pytest.mark.parametrize(
    "differences, verdict",
    [
        ([-0.02, -0.021, -0.019], "win"),
        ([0.02, 0.021, 0.019], "loss"),
        ([-0.02, 0.03, 0.0], "tie"),
        ([np.nan] * 3, "failed"),
    ],
)
def test_a_verdict_is_read_off_the_interval(differences, verdict):
    assert corrected_interval(np.array(differences), 0.5).verdict == verdict


def test_folds_that_a_rival_failed_on_are_not_compared():
    folds = scores(logit=[1, 2, 3, 1, 2, 3], rival=[2, np.nan, 4, 2, 3, np.nan])
    gap = difference(folds, "t", "logit", "rival")
    assert (gap.value, gap.folds) == (-1.0, 4)
    assert difference(folds, "t", "logit", "absent").verdict == "failed"


def test_the_chosen_family_is_the_best_on_inner_folds_whatever_the_test_folds_say():
    # Inner scores are turned round on purpose: the choice must follow them and lose.
    folds = scores(logit=[0.1] * 6, expert=[0.2, 0.05] * 3, rival=[0.0] * 6)
    every = with_choice(folds)
    chosen = every[every["contestant"] == CHOSEN].sort_values(["repeat", "fold"])
    assert chosen["rps"].tolist() == [0.2, 0.1] * 3
    assert best_family(folds, "t") == "logit"


def test_contestants_meet_the_same_folds_and_repeats_differ():
    y = np.repeat([0, 1, 2], 20)
    first, again, other = ([test.tolist() for _, test in splits(y, r, 7)] for r in (0, 0, 1))
    assert first == again != other
    assert sorted(row for fold in first for row in fold) == list(range(60))


@pytest.fixture
def small(monkeypatch):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(90, 2)), columns=["a", "b"])
    y = np.digitize(X["a"] + 0.5 * rng.normal(size=90), [-0.5, 0.5])
    forecast_folds.load.cache_clear()
    monkeypatch.setitem(TABLES, "small", lambda _folder: TableSet("small", X, y.astype(np.int64), "test"))
    yield
    forecast_folds.load.cache_clear()


def test_a_part_scores_every_fold_and_parts_are_not_computed_twice(small, tmp_path):
    parts = [Part("small", name, 0) for name in ("logit", "multinomial logit", "climatology")]
    found = compute(parts, tmp_path, tmp_path, seed=0, workers=1)
    mean = found.groupby("contestant")["rps"].mean()
    assert mean["logit"] < mean["climatology"]
    assert found.groupby("contestant").size().tolist() == [3, 3, 3]
    assert found.set_index("contestant")["inner_rps"].notna().groupby(level=0).all().to_dict() == {
        "climatology": False,
        "logit": True,
        "multinomial logit": False,
    }
    told = []
    again = compute(parts, tmp_path, tmp_path, seed=0, workers=1, progress=lambda *a: told.append(a))
    pd.testing.assert_frame_equal(again, found)
    assert told == [("tables", 3, 3)]


def test_a_rival_that_breaks_off_is_told_and_has_no_score(small, tmp_path, monkeypatch):
    def breaks(_seed):
        return {"broken": Broken}

    monkeypatch.setattr(forecast_folds, "rivals", breaks)
    rows = run_part(Part("small", "broken", 0), tmp_path, 0)
    assert rows["rps"].isna().all()
    assert set(rows["trouble"]) == {"ArithmeticError: no"}


class Broken:
    def fit(self, X, y):
        raise ArithmeticError("no")


def test_ordered_model_leaves_out_columns_that_others_imply():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(200, 1))
    side = (rng.random((200, 1)) < 0.5).astype(float)
    y = np.digitize(a[:, 0] + rng.logistic(size=200), [-1.0, 1.0])
    full = OrderedModelClassifier().fit(np.hstack([a, side, 1 - side, np.ones((200, 1))]), y)
    assert len(full.kept_) == 2
    assert full.converged_
    slim = OrderedModelClassifier().fit(np.hstack([a, side]), y)
    np.testing.assert_allclose(
        full.predict_proba(np.hstack([a, side, 1 - side, np.ones((200, 1))])),
        slim.predict_proba(np.hstack([a, side])),
        atol=1e-4,
    )


def test_skill_across_worlds_counts_worlds():
    worlds = pd.DataFrame(
        {
            "world": [1, 2, 3],
            "family": "logit",
            "skill": [0.1, 0.2, 0.3],
            "low": [0.05, -0.1, 0.2],
            "high": [1] * 3,
        }
    )
    (row,) = across_worlds(worlds).itertuples()
    half = stats.t.ppf(0.975, 2) * 0.1 / np.sqrt(3)
    assert (row.skill, row.low, row.high) == pytest.approx((0.2, 0.2 - half, 0.2 + half))
    assert (row.worlds, row.above, row.below) == (3, 2, 0)


@pytest.mark.parametrize("name", TABLES)
def test_no_protected_attribute_is_an_input(name, data_folder):
    table = TABLES[name](data_folder)
    words = {"sex", "age", "race", "education", "marriage", "address", "age_cat", "age_group"}
    assert not words & {str(column).lower() for column in table.X.columns}
    assert len(table.X) == len(table.y)
    assert np.unique(table.y).tolist() == list(range(table.n_categories))


def test_levels_of_grades_are_those_of_the_source(data_folder):
    counts = {name: np.bincount(TABLES[name](data_folder).y).tolist() for name in TABLES}
    assert counts["grades, mathematics"] == [130, 103, 62, 60, 40]
    assert counts["grades, Portuguese"] == [100, 201, 154, 112, 82]
    assert counts["COMPAS"] == [1144, 1607, 3421]
    assert counts["car"] == [1210, 384, 69, 65]
    assert counts["Taiwan"] == [6636, 23364]
    assert counts["ERA"] == [92, 142, 181, 172, 158, 118, 88, 31, 18]


def test_the_benchmark_prints_its_page(data_folder, tmp_path):
    command = [
        sys.executable,
        "benchmarks/forecast.py",
        "--quick",
        "--data",
        str(data_folder),
        "--tables",
        "SWD",
    ]
    few = ["--only", "expert", "logit", "multinomial logit", "OrderedModel, logit", "climatology"]
    done = subprocess.run(
        [*command, *few, "--cache", str(tmp_path / "cache"), "-o", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    page = (tmp_path / "forecast.md").read_text(encoding="utf-8")
    assert page.startswith("# Forecasters on public tables and on simulated pilots\n")
    assert "seed 20261124" in page
    assert "| OrderedModel, logit |" in page
    assert "## 2. Simulated pilots" in page
    assert "--cache" not in page
    figures = pd.read_csv(tmp_path / "forecast.csv").set_index("contestant")
    assert set(figures["table"]) == {"SWD"}
    assert figures.loc["logit", "rps"] < figures.loc["climatology", "rps"]
    assert figures.loc["climatology", "verdict"] in {"win", "tie"}
    assert "of 1: worlds" in done.stderr
