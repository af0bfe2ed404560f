"""A search asked for is made in the past of every fold, and never where calibration or test rows are."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.forecast import OrdinalLogitClassifier
from scs_ml.workflow import Tuning, train

FEW = Tuning(n_candidates=3)


def keys(dataset, at=slice(None)):
    return set(zip(dataset.subject[at], dataset.period[at], strict=True))


@pytest.fixture(scope="module")
def tuned(dataset, suining):
    """A training with a search, and the rows that every fit and every score of it saw."""
    seen = []
    module = sys.modules["scs_ml.forecast.search"]  # the room offers its function under the same name
    original = module._task

    def spy(task, forecaster, known, learn, score):
        seen.append((keys(known, learn), keys(known, score), keys(known)))
        return original(task, forecaster, known, learn, score)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_task", spy)
        trained = train(dataset, suining, families=("logit",), tuning=FEW, seed=3)
    return trained, seen


def test_a_tuned_family_stands_beside_the_plain_one(tuned):
    trained, _ = tuned
    names = [row.name for row in trained.leaderboard.rows]
    assert {"logit", "logit, tuned"} <= set(names)


def test_every_search_stays_in_the_past_of_its_fold_and_out_of_what_is_kept_for_later(tuned):
    trained, seen = tuned
    splits = trained.splits
    kept = keys(splits.test) | keys(splits.calibration)
    pasts = [keys(learn) for learn, _ in splits.folds]
    for learn, score, known in seen:
        assert learn
        assert not learn & score
        assert not known & kept
        assert any(known <= past for past in [*pasts, keys(splits.train)])
    # Every fold's past was searched by itself: three candidates on each of its inner folds.
    for past, (_, hold) in zip(pasts, splits.folds, strict=True):
        mine = [known for _, _, known in seen if known <= past]
        assert len(mine) >= 3
        assert not any(known & keys(hold) for known in mine)


def test_the_bundle_gets_the_family_itself_with_what_was_chosen(dataset, suining, tmp_path):
    # So strong a penalty forecasts the shares of the categories, and any other candidate is better.
    stiff = {"logit": OrdinalLogitClassifier(C=1e-9)}
    tuning = replace(FEW, store=tmp_path)
    trained = train(dataset, suining, families=stiff, tuning=tuning, seed=3)
    assert trained.name == "logit, tuned"
    assert type(trained.forecaster) is OrdinalLogitClassifier
    chosen = trained.search.chosen.parameters
    assert trained.forecaster.C == chosen["C"] > 1e-9
    assert trained.search.candidates[0].parameters == {"C": 1e-9}
    assert list(tmp_path.glob("*.npy"))
    again = train(dataset, suining, families=stiff, tuning=tuning, seed=3)
    assert again.search == trained.search
    X = trained.splits.test.X
    assert np.array_equal(again.forecaster.predict_proba(X), trained.forecaster.predict_proba(X))


def test_a_search_that_has_nothing_to_search_is_refused(dataset, suining):
    with pytest.raises(ScsError, match="none of expert has hyper-parameters to search"):
        train(dataset, suining, families=("expert",), tuning=FEW)
