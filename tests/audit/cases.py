"""Audit cases: small ones made by hand, and those of simulated pilots."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from scs_ml.audit import verification_plan
from scs_ml.core import Answers, AuditCase, Dataset, Explanation, Forecast, Ledger
from scs_ml.data import read_answers, read_ledger, read_table
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.worlds import Planted, WorldSettings, office_answers, simulate

LEVEL = 0.05 / 3  # a mechanism check's share of five percent
INDICATOR = {"kind": "direct", "source": "administrative", "database": "office", "context": "tests"}
PLACE = INDICATOR | {"name": "place", "dtype": "category", "levels": ["north", "south"]}
INDIRECT = INDICATOR | {"kind": "indirect", "measurement": {"reliability": 0.5}}

SCHEME = {
    "format": 1,
    "name": "small",
    "title": "A small scheme",
    "citation": "made up for tests",
    "scale": {"categories": ["bad", "middling", "good"], "lower_bounds": [40, 60], "start": 100},
    "basis": {"kind": "synthetic", "purpose": "tests", "context": "tests", "contact": "nobody"},
    "roles": {"score": "score"},
    "horizon": 0,
    "indicators": [
        INDICATOR | {"name": "debts"},
        PLACE | {"nature": "location", "forbidden": "it stands for origin"},
        INDIRECT | {"name": "reports"},
    ],
    "card": {"rules": [{"name": "debt", "indicator": "debts", "points": -10}], "expiry": 2},
    "sensitive": [{"name": "origin", "reference": "here"}],
    "situations": [{"name": "illness", "kind": "illness"}],
}


def scheme(**changes) -> Scheme:
    """The small scheme, with top-level fields replaced (None: left out)."""
    fields = {name: value for name, value in (SCHEME | changes).items() if value is not None}
    return Scheme.model_validate(fields)


def dataset(n: int, **changes) -> Dataset:
    """A dataset of one period whose rows are n subjects; every column may be replaced."""
    everything = {
        "X": pd.DataFrame({"debts": np.zeros(n)}),
        "subject": np.array([f"s{i}" for i in range(n)], dtype=object),
        "period": np.zeros(n, dtype=np.int64),
        "periods": ("2014Q1",),
        "category": np.ones(n, dtype=np.int64),
        "y": np.ones(n, dtype=np.int64),
        "sensitive": pd.DataFrame(index=range(n)),
        "situations": pd.DataFrame(index=range(n)),
        "withheld": pd.DataFrame(index=range(n)),
        "fingerprint": "made by hand",
    }
    return Dataset(**(everything | changes))


def case(data: Dataset, rules: Scheme | None = None, **changes) -> AuditCase:
    """A case of an existing score, unless told otherwise."""
    score = data.category.astype(float) if data.score is None else data.score
    forecast = Forecast(data.category, score, "existing score", "by hand")
    return replace(AuditCase(rules or scheme(), data, forecast, None), **changes)


def ledger(*events: tuple) -> Ledger:
    """A ledger of (event, subject, period, indicator, points, informant or None)."""
    columns = ["event", "subject", "period", "indicator", "points", "informant"]
    frame = pd.DataFrame(list(events), columns=columns)
    return Ledger(frame.assign(rule=frame["indicator"], source="administrative", situation=None), "by hand")


def answers(**happened: bool) -> Answers:
    """Verification answers by event id."""
    return Answers(pd.DataFrame({"event": list(happened), "happened": list(happened.values())}), "by hand")


def explanation(values, rows=None, names=("debts", "reports"), **changes) -> Explanation:
    """An additive explanation of (m, d) values with one boundary."""
    values = np.asarray(values, dtype=float)[:, :, None]
    m = len(values)
    made = Explanation(
        values=values,
        base_values=np.zeros(1),
        raw=values.sum(axis=1),
        residual=np.zeros((m, 1)),
        rows=np.arange(m) if rows is None else np.asarray(rows),
        feature_names=tuple(names),
        target="log-odds of exceeding the boundary",
        engine="by hand",
        additivity_error=0.0,
    )
    return replace(made, **changes)


@lru_cache(maxsize=32)
def pilot(
    mechanisms: tuple = (),
    decoys: tuple = (),
    *,
    seed: int = 0,
    n_people: int = 5_000,
    answered: bool = False,
) -> AuditCase:
    """The last quarter of a simulated pilot, its recorded score audited with the ledger.

    `mechanisms` holds (slug, strength); `decoys` (slug, strength, group).
    """
    world = simulate(
        WorldSettings(
            n_people=n_people,
            n_periods=2,
            seed=seed,
            mechanisms=dict(mechanisms),
            decoys={slug: Planted(strength, group) for slug, strength, group in decoys},
        )
    )
    rules = load_scheme("suining")
    table = read_table(world.table, rules)
    events = read_ledger(world.ledger, rules, table)
    found = case(table.take(table.period == 1), rules, ledger=events)
    if answered:
        plan = verification_plan(found, seed=seed)
        found = replace(found, verified=read_answers(office_answers(world, plan["event"]), rules))
    return found


def few(of: AuditCase, n: int = 30) -> AuditCase:
    """The first n rows of a case that has no explanation."""
    at = np.arange(n)
    forecast = replace(of.forecast, categories=of.forecast.categories[at], score=of.forecast.score[at])
    return replace(of, dataset=of.dataset.take(at), forecast=forecast)


def by_group(findings, *, metric=None, boundary=None):
    """Findings by the value of their group, intersections left out."""
    return {
        f.group[0][1]: f
        for f in findings
        if len(f.group) == 1
        and f.boundary == boundary
        and (metric is None or (f.effect and f.effect.metric == metric))
    }


def of_group(findings, group, boundary=None):
    """The first finding about a group (one without a boundary, unless told otherwise)."""
    return next(f for f in findings if f.group == group and f.boundary == boundary)
