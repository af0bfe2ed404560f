"""Which informants do not pass the dispersion check."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.core import Dataset, Ledger
from scs_ml.data import failing_informants


def town(n=400, areas=1):
    """People of whom every fifth is of the minority, each a family of one."""
    none = pd.DataFrame(index=range(n))
    people = np.arange(n)
    return Dataset(
        X=none,
        subject=np.array([f"s{i}" for i in people], dtype=object),
        period=np.zeros(n, dtype=np.int64),
        periods=("1",),
        category=np.zeros(n, dtype=np.int64),
        y=np.zeros(n, dtype=np.int64),
        sensitive=pd.DataFrame({"minority": np.where(people % 5 == 0, "yes", "no")}),
        situations=none,
        withheld=none,
        fingerprint="",
        area=np.array([f"d{i % areas}" for i in people], dtype=object),
    )


def ledger(reports):
    """A ledger of (informant, people reported)."""
    rows = [(f"s{who}", name) for name, people in reports for who in people]
    events = pd.DataFrame(rows, columns=["subject", "informant"])
    return Ledger(events.assign(indicator="reports", period=0), "")


def alike(names="abcdefgh", n=20, seed=0):
    rng = np.random.default_rng(seed)
    return [(name, rng.choice(400, n, replace=False)) for name in names]


def failing(*reports, dataset=None):
    return failing_informants(town() if dataset is None else dataset, ledger(reports), "reports")


@pytest.mark.parametrize("seed", range(5))
def test_informants_who_report_alike_pass(seed):
    assert failing(*alike(seed=seed)) == frozenset()


def test_who_reports_far_more_than_the_others_does_not_pass():
    rng = np.random.default_rng(1)
    assert failing(*alike(), ("zealot", rng.choice(400, 60, replace=False))) == {"zealot"}


def test_who_reports_one_group_far_more_often_does_not_pass():
    assert failing(*alike(n=40), ("hater", np.arange(0, 200, 5))) == {"hater"}


def test_two_of_them_do_not_hide_one_another():
    rng = np.random.default_rng(2)
    both = [(name, rng.choice(400, n, replace=False)) for name, n in (("big", 150), ("less", 70))]
    assert failing(*alike(), *both) == {"big", "less"}


def test_many_reports_of_one_person_are_one_quarrel():
    feud = ("quarrel", [7] * 300 + list(range(19)))
    assert failing(*alike(), feud) == frozenset(), "the bound on one person is what stops this one"


def test_areas_are_compared_apart():
    # Twice as many are reported in one area as in the other, by all informants there.
    rng = np.random.default_rng(3)
    dataset = town(areas=2)
    even, odd = np.arange(0, 400, 2), np.arange(1, 400, 2)
    reports = [(f"e{k}", rng.choice(even, 30, replace=False)) for k in range(5)]
    reports += [(f"o{k}", rng.choice(odd, 90, replace=False)) for k in range(5)]
    assert failing(*reports, dataset=dataset) == frozenset()


def test_where_half_would_not_pass_none_does():
    few, many = alike("abc", n=5), alike("xyz", n=90, seed=4)
    assert failing(*few, *many) == {"a", "b", "c", "x", "y", "z"}


def test_of_two_informants_nobody_can_say_who_is_the_odd_one():
    assert failing(("a", range(200)), ("b", range(3))) == frozenset()


def test_without_ledger_informants_or_known_people_nobody_fails():
    assert failing_informants(town(), None, "reports") == frozenset()
    assert failing_informants(town(), ledger(alike()), "other") == frozenset()
    strangers = ledger([("a", range(900, 990)), ("b", range(900, 905)), ("c", range(900, 905))])
    assert failing_informants(town(), strangers, "reports") == frozenset()
