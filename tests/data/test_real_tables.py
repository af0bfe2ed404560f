from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import check_table, pair, read_table, rolling_origins, split_by_period
from scs_ml.schemes import load_scheme

KEY = b"k" * 32


def counts(dataset, scheme):
    """Rows by label of category, best first."""
    found = np.bincount(dataset.category, minlength=scheme.scale.n_categories)
    return dict(zip(reversed(scheme.scale.categories), reversed(found.tolist()), strict=True))


@pytest.mark.parametrize("row_filter, rows", [(None, (3897, 1914, 1403)), ("propublica", (3421, 1607, 1144))])
def test_compas(data_folder, row_filter, rows):
    scheme = load_scheme("compas")
    dataset = read_table(data_folder / "compas/compas_two_years.csv", scheme, key=KEY, row_filter=row_filter)
    assert len(dataset) == sum(rows) == (6172 if row_filter else 7214)
    assert counts(dataset, scheme) == dict(zip(("Low", "Medium", "High"), rows, strict=True))
    assert {"race", "sex"} <= set(dataset.sensitive)
    assert not {"race", "sex"} & set(dataset.X)


def test_compas_confusion_of_the_published_audit(data_folder):
    dataset = read_table(data_folder / "compas/compas_two_years.csv", load_scheme("compas"), key=KEY)
    positive, adverse = dataset.category <= 1, dataset.adverse == 1
    for race, expected in {
        "African-American": (990, 805, 532, 1369),
        "Caucasian": (1139, 349, 461, 505),
    }.items():
        rows = (dataset.sensitive["race"] == race).to_numpy()
        table = [(rows & (positive == p) & (adverse == a)).sum() for p, a in [(0, 0), (1, 0), (0, 1), (1, 1)]]
        assert tuple(table) == expected, "TN, FP, FN, TP"


def test_german_credit(data_folder):
    scheme = load_scheme("german_credit")
    dataset = read_table(data_folder / "german_credit/german_credit_tidy.csv", scheme, key=KEY)
    assert list(counts(dataset, scheme).values()) == [700, 300]
    good = dataset.category == 1
    young = dataset.sensitive["age_group"] == dataset.sensitive["age_group"].unique()[0]
    rates = good[young].mean(), good[~young].mean()
    assert dataset.sensitive["age_group"].nunique() == 2
    assert abs(rates[0] - rates[1]) == pytest.approx(0.149448, abs=5e-7)


def test_taiwan_is_a_panel(data_folder):
    scheme = load_scheme("taiwan")
    dataset = read_table(data_folder / "taiwan_credit/default_of_credit_card_clients.tsv.gz", scheme, key=KEY)
    assert len(dataset) == 180_000
    assert len(set(dataset.subject)) == 30_000
    assert dataset.periods[0] == "2005-04"
    assert len(dataset.periods) == 6
    last = dataset.take(dataset.period == 5)
    assert round(last.adverse.mean(), 4) == 0.2212
    by_sex = pd.Series(last.adverse).groupby(last.sensitive["sex"]).mean()
    assert (round(by_sex["male"], 4), round(by_sex["female"], 4)) == (0.2417, 0.2078)
    train, calibration, test = split_by_period(dataset, scheme.horizon)
    assert [len(part) for part in (train, calibration, test)] == [90_000, 30_000, 30_000]
    assert len(rolling_origins(pair(dataset, scheme), n_folds=3)) == 3


@pytest.mark.parametrize(
    "file, levels", [("student-mat", (40, 60, 62, 103, 130)), ("student-por", (82, 112, 154, 201, 100))]
)
def test_students(data_folder, file, levels):
    scheme = load_scheme("students")
    path = data_folder / f"student_performance/{file}.csv.gz"
    dataset = read_table(path, scheme, key=KEY)
    final = dataset.take(dataset.period == 2)
    assert counts(final, scheme) == dict(zip(("I", "II", "III", "IV", "V"), levels, strict=True))
    paired = pair(dataset, scheme)
    second = paired.take(paired.period == 1)
    by_person = dict(zip(final.subject, final.category, strict=True))
    assert second.y.tolist() == [by_person[each] for each in second.subject]
    with gzip.open(path) as file_:
        grades = pd.read_csv(file_, sep=None, engine="python")
    assert sorted(second.X["current_score"]) == sorted(grades["G2"])


def test_a_check_counts_what_a_table_holds(data_folder):
    scheme = load_scheme("german_credit")
    summary = check_table(data_folder / "german_credit/german_credit_tidy.csv", scheme, key=KEY)
    assert (summary.n_read, summary.n_rows, summary.n_subjects) == (1000, 1000, 1000)
    tables = {each.name: each for each in summary.tables()}
    assert sorted(count for _, count in tables["categories"].rows) == [300, 700]
    assert sum(count for name, _, count in tables["groups"].rows if name == "sex") == 1000
    assert tables["safeguards"].rows
    assert summary.as_record()["n_rows"] == 1000
