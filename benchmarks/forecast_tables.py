"""The public tables that forecasters are compared on: read in place, never copied.

Category 0 is the worst. Inputs are numbers and ``category`` columns; no protected attribute is among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from scs_ml.core import Dataset, Ints
from scs_ml.data import pair, read_table
from scs_ml.schemes import load_scheme

_CAR_LEVELS = {"unacc": 0, "acc": 1, "good": 2, "vgood": 3}
_CAR_COLUMNS = ("buying", "maint", "doors", "persons", "lug_boot", "safety")
_TAIWAN_PROTECTED = ["SEX", "EDUCATION", "MARRIAGE", "AGE"]
_TAIWAN_OUTCOME = "default payment next month"


@dataclass(frozen=True)
class TableSet:
    """One table: model inputs (n, d), codes (n,), what is forecast."""

    name: str
    X: pd.DataFrame
    y: Ints
    what: str

    @property
    def n_categories(self) -> int:
        """K."""
        return int(self.y.max()) + 1


def _set(name: str, X: pd.DataFrame, y: pd.Series | np.ndarray, what: str) -> TableSet:
    """Give codes ``0..K-1`` in the order of the labels, and a plain index."""
    codes = np.unique(np.asarray(y), return_inverse=True)[1].astype(np.int64)
    return TableSet(name, X.reset_index(drop=True), codes, what)


def _counted(folder: Path, *, name: str, what: str) -> TableSet:
    """ERA, LEV and SWD: whole numbers, the last column the class; the first line is a heading of its own."""
    table = pd.read_csv(folder / "ordinal_benchmarks" / f"{name.lower()}.csv", skiprows=1, header=None)
    X = table.iloc[:, :-1].astype(np.float64)
    return _set(name, X.set_axis([f"x{i + 1}" for i in range(X.shape[1])], axis=1), table.iloc[:, -1], what)


def _car(folder: Path) -> TableSet:
    lines = (folder / "ordinal_benchmarks" / "car.arff").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines if line and line[0] not in "%@"]
    table = pd.DataFrame(rows, columns=[*_CAR_COLUMNS, "class"]).apply(lambda column: column.str.strip())
    X = table[list(_CAR_COLUMNS)].astype("category")
    return _set("car", X, table["class"].map(_CAR_LEVELS), "acceptability of a car, from six categories")


def _wine(folder: Path) -> TableSet:
    table = pd.read_csv(folder / "ordinal_benchmarks" / "winequality-red.csv.gz", sep=";")
    X = table.drop(columns="quality").astype(np.float64)
    return _set("wine", X, table["quality"], "quality of red wine as tasted, from its chemistry")


def _grades(folder: Path, *, file: str, name: str) -> TableSet:
    """Final levels from the second period's row of the panel, and the first period's grade."""
    scheme = load_scheme("students")
    panel = pair(read_table(folder / "student_performance" / file, scheme, key=bytes(32)), scheme)
    first, second = (panel.take(panel.period == t) for t in (0, 1))
    earlier = pd.Series(first.X["current_score"].to_numpy(), index=first.subject)
    X = second.X.assign(earlier_score=earlier.loc[second.subject].to_numpy())
    return _set(name, X, second.y, "final level of a pupil, from two earlier grades and conduct")


def _compas(folder: Path) -> TableSet:
    seen = _known(
        read_table(
            folder / "compas" / "compas_two_years.csv",
            load_scheme("compas"),
            key=bytes(32),
            row_filter="propublica",
        )
    )
    return _set(
        "COMPAS", seen.X, seen.y, "the score's three bands, from the record (an imitation of the score)"
    )


def _taiwan(folder: Path) -> TableSet:
    path = folder / "taiwan_credit" / "default_of_credit_card_clients.tsv.gz"
    table = pd.read_csv(path, sep="\t")
    X = table.drop(columns=["ID", _TAIWAN_OUTCOME, *_TAIWAN_PROTECTED]).astype(np.float64)
    return _set("Taiwan", X, 1 - table[_TAIWAN_OUTCOME], "no default next month (two categories)")


def _known(dataset: Dataset) -> Dataset:
    return dataset.take(dataset.y >= 0)


TABLES: dict[str, Callable[[Path], TableSet]] = {
    "ERA": partial(_counted, name="ERA", what="acceptance of applicants, rated"),
    "LEV": partial(_counted, name="LEV", what="evaluation of lecturers, rated"),
    "SWD": partial(_counted, name="SWD", what="risk to children in a family, rated by social workers"),
    "car": _car,
    "wine": _wine,
    "grades, mathematics": partial(_grades, file="student-mat.csv.gz", name="grades, mathematics"),
    "grades, Portuguese": partial(_grades, file="student-por.csv.gz", name="grades, Portuguese"),
    "COMPAS": _compas,
    "Taiwan": _taiwan,
}
