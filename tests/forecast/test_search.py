from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import ParameterSampler

from scs_ml.data import rolling_origins
from scs_ml.exceptions import ScsError
from scs_ml.forecast import (
    FORECASTERS,
    SPACES,
    OrdinalLogitClassifier,
    Space,
    TunedForecaster,
    backtest,
    fit_to,
    search,
)
from scs_ml.forecast.registry import EXTRAS
from tests.support import ROOT

LISTED = Space({"share": [0.2, 0.3, 0.5, 0.8]}, {"share": "lower"})


class Constant(ClassifierMixin, BaseEstimator):
    """Forecasts category 1 with probability `share`, and keeps count of the rows it has seen."""

    seen: list = []  # noqa: RUF012 - shared by all, on purpose
    fits = 0
    breaks_at = None

    def __init__(self, share=0.9, random_state=0):
        self.share = share
        self.random_state = random_state

    def fit(self, X, y):
        if type(self).fits == self.breaks_at:
            raise KeyboardInterrupt
        type(self).fits += 1
        self.seen.append((set(X["row"]), None))
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        self.seen[-1] = (self.seen[-1][0], set(X["row"]))
        return np.tile([1 - self.share, self.share], (len(X), 1))


@pytest.fixture(autouse=True)
def forget():
    Constant.seen.clear()
    Constant.fits, Constant.breaks_at = 0, None


@pytest.fixture
def panel(make_dataset):
    """Six periods of 20 people; 12 of them are in category 1 at every time."""
    rows = np.arange(120)
    y = (rows % 20 < 12).astype(np.int64)
    data = make_dataset(pd.DataFrame({"row": rows.astype(float)}), y, subject=(rows % 20).astype(str))
    return replace(data, period=rows // 20, periods=tuple("abcdef"), horizon=1)


def test_candidates_are_scored_as_by_hand(panel):
    result = search(Constant, panel, {"share": [0.2, 0.6]})
    assert [c.parameters for c in result.candidates] == [{"share": 0.9}, {"share": 0.2}, {"share": 0.6}]
    # Of 20 people 12 are in category 1: RPS is (1 - p)^2 for them and p^2 for the others.
    expected = [0.6 * (1 - p) ** 2 + 0.4 * p**2 for p in (0.9, 0.2, 0.6)]
    np.testing.assert_allclose([c.rps for c in result.candidates], expected, atol=1e-12)
    assert result.best.parameters == {"share": 0.6}
    assert result.chosen is result.best
    np.testing.assert_allclose(result.candidates[1].behind, expected[1] - expected[2], atol=1e-12)
    assert (result.n_rows, result.n_clusters, result.n_folds) == (60, 20, 3)
    assert all(c.low < c.rps < c.high for c in result.candidates if c.parameters != {"share": 0.5})


def test_the_standard_error_counts_people_and_not_their_rows(panel):
    (worse,) = search(Constant, panel, {"share": [0.6]}).candidates[:1]
    differences = np.where(np.arange(20) < 12, 0.1**2 - 0.4**2, 0.9**2 - 0.6**2)
    assert worse.behind_se == pytest.approx(differences.std(ddof=1) / np.sqrt(20))


def test_the_simplest_within_one_standard_error_is_chosen(panel):
    factory = partial(Constant, share=0.95)
    result = search(factory, panel, LISTED)
    assert result.best.parameters == {"share": 0.5}
    within = {c.parameters["share"] for c in result.candidates if c.behind <= c.behind_se}
    # 0.3 is behind by .08 with a standard error of .045, 0.8 by .03 with .067, 0.95 by .11 with .10.
    assert within == {0.5, 0.8}
    assert result.chosen.parameters == {"share": 0.5}
    eased = search(factory, panel, Space(LISTED.values, {"share": "higher"}))
    assert eased.best.parameters == {"share": 0.5}
    assert eased.chosen.parameters == {"share": 0.8}
    table = eased.as_table()
    assert table.columns[0] == "share"
    assert [row[0] for row in table.rows if row[-1]] == ["0.8"]
    assert [row[1] for row in table.rows] == sorted(row[1] for row in table.rows)


def test_candidates_are_drawn_by_the_seed(panel):
    drawn = {
        seed: [
            c.parameters["share"]
            for c in search(Constant, panel, {"share": uniform()}, n_candidates=4, seed=seed).candidates
        ]
        for seed in (0, 1)
    }
    assert drawn[0][0] == drawn[1][0] == 0.9
    assert len(set(drawn[0])) == 4
    assert drawn[0] != drawn[1]
    again = search(Constant, panel, {"share": uniform()}, n_candidates=4, seed=0)
    assert [c.parameters["share"] for c in again.candidates] == drawn[0]


def test_no_candidate_learns_from_a_row_it_is_scored_on_or_from_a_later_one(panel):
    search(Constant, panel.take(panel.period < 5), LISTED)
    assert Constant.seen
    for learned, tested in Constant.seen:
        assert max(learned) < min(tested)
        assert max(tested) < 100  # rows of the last period were not given


def test_rows_with_unknown_categories_are_left_out(panel):
    y = np.where(panel.period == 5, -1, panel.y)
    known = search(Constant, panel.take(panel.period < 5), LISTED)
    assert search(Constant, replace(panel, y=y), LISTED) == known


def test_a_search_that_was_stopped_goes_on_with_the_same_result(panel, tmp_path):
    whole = search(Constant, panel, LISTED)
    n_fits = Constant.fits
    Constant.breaks_at = n_fits + 7
    with pytest.raises(KeyboardInterrupt):
        search(Constant, panel, LISTED, store=tmp_path)
    assert len(list(tmp_path.iterdir())) == 7
    Constant.breaks_at = None
    seen = []
    resumed = search(
        Constant,
        panel,
        LISTED,
        store=tmp_path,
        progress=lambda _what, done, total: seen.append((done, total)),
    )
    assert resumed == whole
    assert Constant.fits == 2 * n_fits
    assert seen[0] == (7, n_fits)
    assert seen[-1] == (n_fits, n_fits)
    assert search(Constant, panel, LISTED, store=tmp_path) == whole
    assert Constant.fits == 2 * n_fits


def test_a_damaged_store_is_named(panel, tmp_path):
    search(Constant, panel, LISTED, store=tmp_path)
    damaged = min(tmp_path.iterdir())
    damaged.write_bytes(b"half a f")
    with pytest.raises(ScsError, match="cannot be read") as caught:
        search(Constant, panel, LISTED, store=tmp_path)
    assert caught.value.where == str(damaged)


def test_losses_of_other_rows_seeds_or_parameters_are_not_taken_for_these(panel, tmp_path):
    search(Constant, panel, LISTED, store=tmp_path)
    once = Constant.fits
    others = [
        {"dataset": panel.take(panel.period < 5)},
        {"dataset": replace(panel, y=1 - panel.y)},
        {"seed": 1},
        {"space": {"share": [0.25]}, "n_candidates": 2},
    ]
    for other in others:
        settings = {"dataset": panel, "space": LISTED} | other
        fits = Constant.fits
        assert search(Constant, **settings, store=tmp_path) == search(Constant, **settings)
        assert Constant.fits > fits + once // 5
    # The defaults of the last one were known already: three folds of one candidate remained.
    assert Constant.fits - fits == 3 + 6


def test_a_killed_search_goes_on(tmp_path):
    code = """
import sys, time
import numpy as np, pandas as pd
from scs_ml.core import Dataset
from scs_ml.forecast import OrdinalLogitClassifier, search
class Slow(OrdinalLogitClassifier):
    def fit(self, X, y):
        time.sleep(float(sys.argv[2]))
        return super().fit(X, y)
rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(90, 2)), columns=["a", "b"])
y = np.digitize(X["a"] + rng.normal(size=90), [-0.5, 0.5])
none = pd.DataFrame(index=range(90))
data = Dataset(X=X, subject=np.arange(90).astype(str), period=np.zeros(90, int), periods=("1",), category=y,
               y=y, sensitive=none, situations=none, withheld=none, fingerprint="")
found = search(Slow, data, {"C": [0.01, 1.0, 100.0]}, store=sys.argv[1])
print([c.rps for c in found.candidates], found.best.parameters)
"""

    def start(folder, seconds):
        return subprocess.Popen(
            [sys.executable, "-c", code, str(folder), str(seconds)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    stopped, folder = start(tmp_path / "killed", 0.3), tmp_path / "killed"
    deadline = time.monotonic() + 60
    while len(list(folder.glob("[!.]*.npy"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    stopped.send_signal(signal.SIGKILL)
    stopped.wait()
    done = sorted(folder.glob("[!.]*.npy"))
    assert 2 <= len(done) < 9
    stamps = [file.stat().st_mtime_ns for file in done]
    resumed, whole = start(folder, 0), start(tmp_path / "whole", 0)
    assert resumed.communicate()[0] == whole.communicate()[0] != ""
    assert [file.stat().st_mtime_ns for file in done] == stamps


def test_processes_change_nothing(make_dataset, make_pilot):
    data = make_dataset(*make_pilot(200))
    space = SPACES["logit"]
    one, two = (search(OrdinalLogitClassifier, data, space, n_candidates=3, n_jobs=j) for j in (1, 2))
    assert one == two


@pytest.mark.parametrize("name", [name for name in SPACES if name in FORECASTERS])
def test_a_space_fits_its_family(name, make_pilot):
    X, y = make_pilot(80)
    space = SPACES[name]
    assert set(space.simpler) <= set(space.values) <= set(FORECASTERS[name]().get_params())
    (drawn,) = ParameterSampler(space.values, 1, random_state=1)
    fitted = FORECASTERS[name]().set_params(**drawn).fit(X, y)
    assert np.isfinite(fitted.predict_proba(X)).all()
    for parameter in space.simpler:
        assert all(isinstance(v, int | float) for v in np.ravel(drawn[parameter]).tolist())


def test_every_space_is_that_of_a_family():
    assert set(SPACES) <= set(FORECASTERS) | set(EXTRAS)


def test_a_tuned_family_searches_in_the_past_of_every_fold(panel, suining):
    folds = rolling_origins(panel, n_folds=2)
    tuned = partial(TunedForecaster, Constant(), space=LISTED)
    board = backtest({"tuned": tuned, "plain": partial(Constant, share=0.01)}, folds, suining)
    assert board.best() == "tuned"
    tests = [set(test.X["row"]) for _, test in folds]
    # 5 candidates on three folds each, then the fit to all of the past; two more fits are the plain ones.
    for fold, tested in enumerate(tests):
        own = Constant.seen[16 * fold : 16 * (fold + 1)] if len(Constant.seen) >= 32 else []
        assert own
        assert own[-1][1] == tested
        assert all(max(learned) < min(tested) for learned, _ in own)
        assert all(max(scored) < min(tested) for _, scored in own[:-1])


def test_what_was_chosen_is_fitted_to_all_rows(make_dataset, make_pilot):
    X, y = make_pilot(150)
    tuned = fit_to(
        TunedForecaster(OrdinalLogitClassifier(), space=SPACES["logit"], n_candidates=3), make_dataset(X, y)
    )
    alone = OrdinalLogitClassifier(**tuned.result_.chosen.parameters).fit(X, y)
    np.testing.assert_array_equal(tuned.predict_proba(X), alone.predict_proba(X))
    np.testing.assert_array_equal(tuned.predict(X), alone.predict(X))
    np.testing.assert_array_equal(tuned.classes_, alone.classes_)


def test_what_cannot_be_searched_is_refused(panel):
    with pytest.raises(ScsError, match="has no parameter depth"):
        search(Constant, panel, {"depth": [1]})
    with pytest.raises(ScsError, match="at least one candidate"):
        search(Constant, panel, LISTED, n_candidates=0)
    with pytest.raises(ScsError, match="share cannot say which candidate is simpler: 'half' is no number"):
        search(Constant, panel, Space({"share": ["half"]}, {"share": "lower"}))
    with pytest.raises(ScsError, match="at least one fold"):
        search(Constant, panel, LISTED, folds=[])
