"""How true intervals and lists of wronged people are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scs_ml.bench.cases import ARMS
from scs_ml.bench.shares import SHARE_COLUMNS, Share, finished, share
from scs_ml.bench.truth import right_indicator
from scs_ml.core import Table

UNIT = "SD of the score"
_ROUNDING = 1e-9  # of sums of points: exact intervals have no width
FEWEST = 30  # people in a group, from which intervals must keep what they promise


def null_coverage(worlds: pd.DataFrame, findings: pd.DataFrame, people: int) -> list[tuple[str, Share]]:
    """Count intervals of mechanism effects that cover zero where nothing is planted: arm, share."""
    null = finished(worlds, "null")
    ids = set(null.loc[null["n_people"] == people, "id"])
    rows = findings[findings["id"].isin(ids) & (findings["n_group"] >= FEWEST)]
    covers = (rows["low"] <= 0) & (rows["high"] >= 0)
    return [(arm, share(covers[rows["arm"] == arm])) for arm in ARMS]


def planted_coverage(worlds: pd.DataFrame, findings: pd.DataFrame, people: int) -> list[tuple[str, Share]]:
    """Count intervals of the right cell that cover what was planted there: by mechanism and arm.

    The truth is what the mechanism took from the group at the time of the audit, per member, beyond what it
    took from everyone else (all of it where the mechanism reads everybody: `FROM_ZERO`). An intersection's
    effect is a contrast of four groups, which is not that, and is left out.
    """
    planted = finished(worlds, "mechanism")
    planted = planted[(planted["n_people"] == people) & planted["true_effect"].notna()]
    about = planted[["id", "arm", "slug", "group", "broad", "true_effect"]].rename(
        columns={"group": "wronged"}
    )
    rows = findings.merge(about, on=["id", "arm"])
    rows = rows[(rows["group"] == rows["wronged"]) & (rows["unit"] == UNIT) & (rows["n_group"] >= FEWEST)]
    right = [
        right_indicator(slug, _group(group), None if pd.isna(indicator) else indicator, broad=bool(broad))
        for slug, group, indicator, broad in zip(
            rows["slug"], rows["group"], rows["indicator"], rows["broad"], strict=True
        )
    ]
    rows = rows[np.array(right, dtype=bool)].drop_duplicates(["id", "arm"])  # the first that a report shows
    rows = rows[rows["slug"] != "intersection_only"]
    truth = rows["true_effect"]
    covers = (rows["low"] - _ROUNDING <= truth) & (truth <= rows["high"] + _ROUNDING)
    return [
        (f"{slug}, {arm}", share(covers[part.index]))
        for (slug, arm), part in rows.groupby(["slug", "arm"], sort=False)
    ]


def coverage_table(null: list[tuple[str, Share]], planted: list[tuple[str, Share]]) -> Table:
    """Show the coverage of intervals."""
    rows = [(f"nothing planted, {arm}", *each.cells()) for arm, each in null]
    rows += [(name, *each.cells()) for name, each in planted]
    title = f"Intervals of mechanism effects that cover the truth (groups from {FEWEST} people up)"
    return Table("coverage", title, ("where", "intervals", *SHARE_COLUMNS[1:]), tuple(rows))


def people_table(worlds: pd.DataFrame, people: int) -> Table:
    """Show the precision at k of wronged people beside the limit: means over worlds with any."""
    columns = ("mechanism", "arm", "worlds", "recategorised, mean", "precision", "limit", "ratio")
    title = "Wronged people: precision at k, k = those whom the twin recategorises"
    rows = finished(worlds, "mechanism")
    if "precision_limit" not in rows:
        return Table("people", title, columns, ())
    rows = rows[(rows["n_people"] == people) & rows["precision_limit"].notna()]
    shown = []
    for (slug, arm), part in rows.groupby(["slug", "arm"], sort=False):
        limit, precision = float(part["precision_limit"].mean()), float(part["precision"].mean())
        ratio = precision / limit if limit > 0 else None
        told = (str(slug), str(arm), len(part), float(part["wronged"].mean()))
        shown.append((*told, precision, limit, ratio))
    return Table("people", title, columns, tuple(shown))


def _group(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (each.split("=", 1) for each in text.split(" & "))
    return tuple((name, value) for name, value in pairs)
