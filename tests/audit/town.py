"""A town made by hand: people in families and areas, entries at their own rates, and copies where asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.audit.cases import INDICATOR, INDIRECT, case, dataset, ledger, scheme

PERIODS = 12
POINTS = {"debts": -10.0, "reports": -20.0}


def rules(**changes):
    """Debts of finance, reports of order, points that lapse after the town's twelve periods."""
    return scheme(
        **{
            "indicators": [
                INDICATOR | {"name": "debts", "nature": "finance", "context": "finance"},
                INDIRECT | {"name": "reports", "context": "order"},
            ],
            "card": {
                "rules": [{"name": k, "indicator": k, "points": v} for k, v in POINTS.items()],
                "expiry": PERIODS,
            },
            "sensitive": [
                {"name": "origin", "reference": "here"},
                {"name": "years", "reference": "40 to 99"},
            ],
            "situations": [],
        }
        | changes
    )


def town(copy=None, *, n=1_200, seed=0, of=None, rate=0.12, busier=1.0, years=True, **changes):
    """A case; `copy` (rng, entries, people) gives further entries.

    Families of three live next to each other, the first of each is under 40 and the others are older; every
    fourth family is from there; areas hold twenty families. Rates are gamma, shared in part by the family;
    the group's are `busier` times as high.
    """
    rng = np.random.default_rng(seed)
    family = np.arange(n) // 3
    there = family % 4 == 0
    people = pd.DataFrame(
        {"family": family, "there": there, "young": np.arange(n) % 3 == 0, "area": family // 20}
    )
    own = rng.gamma(1.0, 1.0, n) * rng.gamma(4.0, 0.25, family.max() + 1)[family]
    parts = []
    for name in POINTS:
        counts = rng.poisson((own * rate * np.where(there, busier, 1.0))[:, None], (n, PERIODS))
        who, when = np.nonzero(counts)
        parts.append(
            pd.DataFrame({"who": who, "when": when, "what": name}).loc[
                lambda x, c=counts[who, when]: x.index.repeat(c)
            ]
        )
    entries = pd.concat(parts, ignore_index=True).assign(copied=False)
    if copy is not None:
        entries = pd.concat([entries, copy(rng, entries, people).assign(copied=True)], ignore_index=True)
    events = [
        (
            f"e{i}{'c' if row.copied else ''}",
            f"s{row.who}",
            row.when - PERIODS + 1,
            row.what,
            POINTS[row.what],
            None,
        )
        for i, row in enumerate(entries.itertuples())
    ]
    lost = np.bincount(entries["who"], weights=entries["what"].map(POINTS), minlength=n)
    sensitive = {"origin": np.where(there, "there", "here")}
    if years:
        sensitive["years"] = np.where(people["young"], "under 40", "40 to 99")
    data = dataset(
        n,
        sensitive=pd.DataFrame(sensitive, dtype="str"),
        score=100 + lost,
        family=np.array([f"f{j}" for j in family], dtype=object),
        area=np.array([f"a{j}" for j in people["area"]], dtype=object),
        **changes,
    )
    return case(data, of or rules(), ledger=ledger(*events))


def again(dose, what=("debts", "reports")):
    """Entries of the group, a second time."""

    def copy(rng, entries, people):
        mine = entries[people["there"].to_numpy()[entries["who"]] & entries["what"].isin(what)]
        return mine[rng.random(len(mine)) < dose]

    return copy


def to_relatives(dose, *, charged="there", downwards=False):
    """Entries of relatives, against those of a group; `downwards` only those of the old."""

    def copy(rng, entries, people):
        parts = []
        for step in (1, 2):
            to = entries["who"] // 3 * 3 + (entries["who"] + step) % 3
            kept = people[charged].to_numpy()[to]
            if downwards:
                kept &= ~people["young"].to_numpy()[entries["who"]] & people["young"].to_numpy()[to]
            parts.append(entries[kept & (rng.random(len(entries)) < dose)].assign(who=to))
        return pd.concat(parts)

    return copy


def other_domain(dose):
    """Debts of the group, entered as reports too."""

    def copy(rng, entries, people):
        mine = entries[people["there"].to_numpy()[entries["who"]] & (entries["what"] == "debts")]
        return mine[rng.random(len(mine)) < dose].assign(what="reports")

    return copy


def together(what, dose):
    """In some periods of an area, entries against all its members of the group."""

    def copy(rng, entries, people):
        del entries
        struck = rng.random((people["area"].max() + 1, PERIODS)) < dose
        who = np.flatnonzero(people["there"])
        rows = [(i, t) for i in who for t in range(PERIODS) if struck[people["area"][i], t]]
        return pd.DataFrame(rows, columns=["who", "when"]).assign(what=what)

    return copy
