"""A score of people who agreed, named in clear, with everything that may be written about them."""

from __future__ import annotations

import numpy as np
import pandas as pd

SCHEME = """\
format: 1
name: club
title: Points of a club
citation: made for tests
scale: {categories: [C, B, A], lower_bounds: [50, 60], start: 55, minimum: 0, maximum: 100}
basis:
  kind: agreed
  purpose: tests
  context: leisure
  contact: the club's office
  agreement_column: agreed
  notice_column: told
  birth_column: age
  retention_days: 30
roles: {subject: member, period: year, score: points, family: household}
horizon: 1
indicators:
  - {name: late, kind: direct, source: business, database: lending desk, context: leisure, range: [0, 20]}
  - name: helped
    kind: indirect
    source: organization
    database: notes of members
    context: leisure
    range: [0, 20]
    measurement: {reliability: 0.9}
card:
  rules:
    - {name: returned late, indicator: late, points: -1}
    - {name: helped someone, indicator: helped, points: 1}
sensitive: [{name: district}]
"""


def identifier(number):
    return f"IDENT-{number:05d}-Ömer"


def write(folder, n_people=260, n_years=6, seed=1):
    """Write scheme, table and ledger into a folder."""
    rng = np.random.default_rng(seed)
    careless, helping = rng.uniform(0, 8, n_people), rng.uniform(0, 8, n_people)
    parts = []
    for year in range(n_years):
        late, helped = rng.poisson(careless).clip(0, 20), rng.poisson(helping).clip(0, 20)
        parts.append(
            pd.DataFrame(
                {
                    "member": [identifier(number) for number in range(n_people)],
                    "household": [f"HOUSE-{number // 2}" for number in range(n_people)],
                    "year": 2020 + year,
                    "late": late,
                    "helped": helped,
                    "points": np.clip(55 - late + helped, 0, 100),
                    "district": np.where(np.arange(n_people) % 3, "north", "south"),
                    "agreed": "yes",
                    "told": "yes",
                    "age": 40,
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    rows = table[table["year"] == table["year"].max()].head(120)
    events = pd.DataFrame(
        {
            "event": [f"e{number}" for number in range(len(rows))],
            "subject": rows["member"].to_numpy(),
            "period": rows["year"].to_numpy(),
            "rule": "helped someone",
            "indicator": "helped",
            "points": 1,
            "source": "organization",
            "informant": [identifier((number + 7) % 40) for number in range(len(rows))],
            "situation": None,
        }
    )
    (folder / "club.yaml").write_text(SCHEME, encoding="utf-8")
    table.to_csv(folder / "table.csv", index=False)
    events.to_csv(folder / "events.csv", index=False)
    return table, events
