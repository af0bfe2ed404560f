from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from scs_ml.forecast import ClimatologyClassifier, fit_to, out_of_period_folds
from scs_ml.forecast.fitting import random_folds


class Watching(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, folds=None):
        self.classes_ = np.unique(y)
        self.folds_ = folds
        return self


def panel(make_dataset, make_pilot, periods=5, people=40, horizon=1):
    X, y = make_pilot(people * periods)
    subject = np.tile([f"s{i}" for i in range(people)], periods)
    data = make_dataset(X, y, subject=subject)
    return replace(data, period=np.repeat(np.arange(periods), people), horizon=horizon)


def test_rows_are_forecast_from_earlier_periods_whose_outcomes_were_known(make_dataset, make_pilot):
    for horizon in (1, 2):
        data = panel(make_dataset, make_pilot, horizon=horizon)
        folds = out_of_period_folds(data)
        assert [np.unique(data.period[test]).tolist() for _, test in folds] == [[2], [3], [4]]
        for train, test in folds:
            assert data.period[train].max() == data.period[test].min() - horizon


def test_one_period_is_split_by_family(make_dataset, make_pilot):
    X, y = make_pilot(90)
    family = np.arange(90) // 3
    folds = out_of_period_folds(make_dataset(X, y, family=family.astype(str)))
    assert sorted(np.concatenate([test for _, test in folds]).tolist()) == list(range(90))
    for train, test in folds:
        assert not set(family[train]) & set(family[test])


def test_few_families_are_split_by_row(make_dataset, make_pilot):
    X, y = make_pilot(9)
    folds = out_of_period_folds(make_dataset(X, y, family=np.array(["one"] * 9)))
    assert [len(test) for _, test in folds] == [3, 3, 3]
    assert len(random_folds(2)) == 2


def test_only_those_who_ask_get_folds_and_unknown_rows_stay_out(make_dataset, make_pilot):
    data = panel(make_dataset, make_pilot)
    data = replace(data, y=np.where(np.arange(len(data)) % 4 == 0, -1, data.y))
    known = data.y >= 0
    asked = fit_to(Watching(), data)
    assert sum(len(test) for _, test in asked.folds_) == known[data.period >= 2].sum()
    assert -1 not in asked.classes_
    plain = fit_to(ClimatologyClassifier(), data)
    np.testing.assert_allclose(plain.climatology_, np.bincount(data.y[known]) / known.sum())
