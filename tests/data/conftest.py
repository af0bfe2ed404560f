from __future__ import annotations

import copy

import pandas as pd
import pytest

from scs_ml.schemes import Scheme

BASE = {
    "format": 1,
    "name": "panel",
    "title": "A small panel",
    "citation": "made up for tests",
    "scale": {"categories": ["low", "middle", "high"], "lower_bounds": [10, 20]},
    "basis": {"kind": "synthetic", "purpose": "tests", "context": "tests", "contact": "nobody"},
    "roles": {"subject": "who", "period": "when", "score": "score"},
    "indicators": [
        {"name": "debts", "range": [0, 9]},
        {"name": "job", "dtype": "category", "levels": ["none", "some"], "missing": True},
        {"name": "owner", "dtype": "flag"},
    ],
    "sensitive": [{"name": "sex"}],
}
INDICATOR = {"kind": "direct", "source": "administrative", "database": "office", "context": "tests"}


def _merge(base, changes):
    for name, value in changes.items():
        if value is None:
            base.pop(name, None)
        elif isinstance(value, dict) and isinstance(base.get(name), dict) and name != "wide":
            base[name] = _merge(base[name], value)
        else:
            base[name] = value
    return base


@pytest.fixture
def make_scheme():
    """Make a scheme from the small panel's; None takes a field out."""

    def make(**changes):
        document = _merge(copy.deepcopy(BASE), changes)
        document["indicators"] = [INDICATOR | each for each in document["indicators"]]
        return Scheme.model_validate(document)

    return make


@pytest.fixture
def frame():
    """Three people, three quarters; b is not seen in the second."""
    return pd.DataFrame(
        [
            ("a", "2014Q1", 5, 1, "none", "yes", "f"),
            ("a", "2014Q2", 15, 2, "some", "no", "f"),
            ("a", "2014Q3", 25, 3, "none", "yes", "f"),
            ("b", "2014Q1", 15, 4, "some", "no", "m"),
            ("b", "2014Q3", 5, 5, "", "yes", "m"),
            ("c", "2014Q1", 25, 6, "none", "yes", ""),
            ("c", "2014Q2", 9.5, 7, "some", "no", ""),
            ("c", "2014Q3", 10, 8, "some", "no", ""),
        ],
        columns=["who", "when", "score", "debts", "job", "owner", "sex"],
    )
