from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from scs_ml.data import pair, read_table, rolling_origins
from scs_ml.forecast import BASELINES, FORECASTERS, backtest, forecast_categories
from scs_ml.schemes import load_scheme


@pytest.fixture(scope="module")
def grades(data_folder):
    scheme = load_scheme("students")
    path = data_folder / "student_performance" / "student-por.csv.gz"
    return scheme, read_table(path, scheme, key=bytes(32))


def test_grades_are_forecast_better_than_by_the_transition_table(grades):
    scheme, dataset = grades
    folds = rolling_origins(pair(dataset, scheme), n_folds=1)
    families = {**FORECASTERS, **BASELINES}
    board = backtest({name: partial(cls, scheme=scheme) for name, cls in families.items()}, folds, scheme)
    by_name = {row.name: row for row in board.rows}
    assert len(by_name) == len(families)
    assert by_name["logit"].skill_low > 0
    assert by_name["climatology"].skill_high < 0


def test_a_forecaster_of_grades_forecasts_the_last_period(grades):
    scheme, dataset = grades
    paired = pair(dataset, scheme)
    known = paired.take(paired.y >= 0)
    model = FORECASTERS["hybrid"](scheme=scheme).fit(known.X, known.y)
    last = paired.take(paired.y < 0)
    forecast = forecast_categories(model, last if len(last) else known, scheme=scheme, draws=20)
    assert forecast.probabilities.shape[1] == 5
    np.testing.assert_allclose(forecast.probabilities.sum(axis=1), 1, atol=1e-12)
    assert forecast.flip_risk is not None  # study time is self-reported
