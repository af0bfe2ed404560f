"""The walk of the data, room by room and without the workflow: what it composes can be composed by hand."""

from __future__ import annotations

import json

import numpy as np

from scs_ml.audit import CHECKS, run_checks
from scs_ml.core import AuditCase
from scs_ml.data import read_table, split_by_period
from scs_ml.explain import explain
from scs_ml.forecast import FORECASTERS, forecast_categories
from scs_ml.report import write_report
from scs_ml.schemes import load_scheme
from scs_ml.storage import load_bundle, save_bundle


def test_the_walk_of_the_data_room_by_room(office, tmp_path):
    scheme = load_scheme("suining")
    dataset = read_table(office / "table.parquet", scheme)
    train, calibration, test = split_by_period(dataset, horizon=1)
    forecaster = FORECASTERS["hybrid"](scheme=scheme).fit(train.X, train.y)
    forecast = forecast_categories(forecaster, test, calibration, scheme=scheme)
    explanation = explain(forecaster, test.X)
    report = run_checks(AuditCase(scheme, test, forecast, explanation, forecaster), CHECKS)
    write_report(report, tmp_path / "runs" / "2014-q1")
    save_bundle(forecaster, scheme, tmp_path / "models" / "suining" / "2014-q1")

    assert forecast.sets.shape == (len(test), 2)
    assert ((forecast.flip_risk >= 0) & (forecast.flip_risk <= 1)).all()
    assert explanation.background is None  # tree-path-dependent
    assert {f.check for f in report.findings} == set(CHECKS)
    record = json.loads((tmp_path / "runs" / "2014-q1" / "audit.json").read_text(encoding="utf-8"))
    assert len(record["findings"]) == len(report.findings)
    again = load_bundle(tmp_path / "models" / "suining" / "2014-q1").forecaster
    np.testing.assert_array_equal(again.predict_proba(test.X), forecast.probabilities)


def test_an_explanation_may_be_told_its_background(office, suining):
    dataset = read_table(office / "table.parquet", suining)
    train, _, test = split_by_period(dataset, horizon=1)
    forecaster = FORECASTERS["logit"]().fit(train.X, train.y)
    explanation = explain(forecaster, test.X, background=train.X)
    assert len(explanation.background) == 64  # its commitment
    assert explanation.background != explain(forecaster, test.X, background=train.X.head(50)).background
