"""The tables of a bench: false flags, cells, names, intervals, wronged people, rivals, cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from scs_ml.bench.cases import ARMS
from scs_ml.bench.powers import Power
from scs_ml.bench.shares import SHARE_COLUMNS, Share, finished, share
from scs_ml.core import Table

NUISANCES = ("family_shape", "misconduct", "false_reports")  # cut at their thirds
LEVELS = ("n_categories", "broad", "model", "lag")


def power_table(found: Sequence[Power]) -> Table:
    """Show every power beside its limits."""
    rows = []
    for each in found:
        limit = None if each.limit is None else each.limit.value
        proof = None if each.proof is None else each.proof.value
        told = (
            each.slug,
            each.strength,
            each.people,
            each.arm,
            *each.found.cells(),
            limit,
            proof,
            each.ratio,
        )
        rows.append((*told, _yes(each.met)))
    columns = (
        "mechanism",
        "strength",
        "people",
        "arm",
        *SHARE_COLUMNS,
        "limit",
        "limit, proof",
        "ratio",
        "met",
    )
    return Table("power", "Power beside the limit", columns, tuple(rows))


def strata(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Split worlds by each nuisance setting: its levels, or thirds of its range."""
    for name in LEVELS:
        for level, part in rows.groupby(name):
            yield f"{name} {level}", part
    for name in NUISANCES:
        if rows[name].nunique() >= 3:
            thirds = pd.qcut(rows[name].rank(method="first"), 3, labels=["low", "middle", "high"])
            for level, part in rows.groupby(thirds, observed=True):
                yield f"{name} {level} ({part[name].min():.2f} to {part[name].max():.2f})", part


def false_flags(worlds: pd.DataFrame, people: int) -> list[tuple[str, str, Share]]:
    """Count worlds without anything that have a `mechanism` flag: arm, stratum, share."""
    null = finished(worlds, "null")
    null = null[null["n_people"] == people]
    found = []
    for arm in ARMS:
        rows = null[null["arm"] == arm]
        found.append((arm, "all", share(rows["mechanism_flags"] > 0)))
        found += [(arm, name, share(part["mechanism_flags"] > 0)) for name, part in strata(rows)]
    return found


def false_flag_table(found: Sequence[tuple[str, str, Share]]) -> Table:
    """Show false flags by stratum."""
    rows = tuple((arm, stratum, *each.cells()) for arm, stratum, each in found)
    title = "Worlds without anything that have a `mechanism` flag"
    return Table("false_flags", title, ("arm", "stratum", *SHARE_COLUMNS), rows)


def decoy_flags(worlds: pd.DataFrame, people: int) -> list[tuple[str, float, str, Share]]:
    """Count worlds with a real difference that have a `mechanism` flag: slug, strength, arm, share."""
    decoys = finished(worlds, "decoy")
    decoys = decoys[decoys["n_people"] == people]
    return [
        (str(slug), float(rows["strength"].iloc[0]), str(arm), share(rows["mechanism_flags"] > 0))
        for (slug, _, arm), rows in decoys.groupby(["slug", "strength", "arm"], sort=False)
    ]


def decoy_table(found: Sequence[tuple[str, float, str, Share]]) -> Table:
    """Show flags on real differences."""
    rows = tuple((slug, strength, arm, *each.cells()) for slug, strength, arm, each in found)
    title = "Worlds with a real difference alone that have a `mechanism` flag"
    return Table("decoys", title, ("decoy", "strength", "arm", *SHARE_COLUMNS), rows)


def flagged(worlds: pd.DataFrame, people: int) -> pd.DataFrame:
    """Give the worlds with something planted, and flagged."""
    rows = finished(worlds, "mechanism")
    return rows[(rows["n_people"] == people) & (rows["mechanism_flags"] > 0)]


def cells_first(worlds: pd.DataFrame, people: int) -> list[tuple[str, str, Share]]:
    """Count flagged worlds whose first flag names the group and the indicator: arm, model, share."""
    rows = flagged(worlds, people)
    lag = np.where(rows["lag"].astype(bool), "model with the lagged score", "model without it")
    rows = rows.assign(audited=np.where(rows["model"] == "score", "existing score", lag))
    found = [(arm, "all", share(rows[rows["arm"] == arm]["cell_first"].astype(bool))) for arm in ARMS]
    for (arm, audited), part in rows.groupby(["arm", "audited"], sort=False):
        found.append((str(arm), str(audited), share(part["cell_first"].astype(bool))))
    return found


def cell_table(found: Sequence[tuple[str, str, Share]]) -> Table:
    """Show how often the right cell comes first."""
    rows = tuple((arm, audited, *each.cells()) for arm, audited, each in found)
    title = "Flagged worlds whose first flag names the right group and indicator"
    return Table("cells", title, ("arm", "audited", *SHARE_COLUMNS), rows)


def confusion(worlds: pd.DataFrame, people: int, arm: str) -> pd.DataFrame:
    """Count flagged worlds by the planted mechanism (rows) and the one named first (columns).

    A tied set that holds the planted mechanism names it: the visible data cannot tell its members apart.
    """
    rows = flagged(worlds, people)
    rows = rows[rows["arm"] == arm]
    tied = [slug in str(ties).split() for slug, ties in zip(rows["slug"], rows["tied"], strict=True)]
    named = rows["named"].fillna("unnamed").where(~np.array(tied, dtype=bool), rows["slug"])
    return pd.crosstab(rows["slug"], named)


def macro_f1(counts: pd.DataFrame) -> float | None:
    """Mean F1 over the planted mechanisms; None where nothing was flagged.

    Parameters
    ----------
    counts : DataFrame
        As `confusion` gives it.
    """
    if counts.empty:
        return None
    scores = []
    for slug in counts.index:
        right = float(counts.loc[slug].get(slug, 0))
        named = float(counts[slug].sum()) if slug in counts else 0.0
        scores.append(2 * right / (float(counts.loc[slug].sum()) + named))
    return float(np.mean(scores))


def confusion_table(counts: pd.DataFrame, arm: str) -> Table:
    """Show which mechanism was named for which."""
    rows: tuple[tuple[str | int, ...], ...] = tuple(
        (str(slug), *(int(n) for n in row)) for slug, row in zip(counts.index, counts.to_numpy(), strict=True)
    )
    title = f"Planted (rows) and named first (columns), {arm}"
    return Table(f"confusion_{arm}", title, ("planted", *map(str, counts.columns)), rows)


def rival_table(worlds: pd.DataFrame, people: int) -> Table:
    """Show how often other tools flag: nothing, real differences, wrongs; beside our own flags."""
    rows = finished(worlds)
    rows = rows[(rows["arm"] == "table") & (rows["n_people"] == people)]
    tools = {n.removeprefix("rival "): rows[n] for n in map(str, rows) if n.startswith("rival ")}
    tools = {"scs_ml (mechanism flags)": rows["mechanism_flags"] > 0, **tools}
    tools["scs_ml (difference flags)"] = rows["difference_flags"] > 0
    shown = []
    for name, flags in tools.items():
        known = flags.notna()
        by_kind = [
            share(flags[known & (rows["kind"] == kind).to_numpy()].astype(bool)).value
            for kind in ("null", "decoy", "mechanism")
        ]
        shown.append((name, int(known.sum()), *(None if np.isnan(v) else v for v in by_kind)))
    columns = ("tool", "worlds", "flags on nothing", "on real differences", "on wrongs")
    return Table("rivals", "Other tools on the same tables", columns, tuple(shown))


def error_table(worlds: pd.DataFrame) -> Table:
    """Show the worlds that could not be simulated or audited, by their error."""
    failed = worlds[worlds["error"].notna()]
    counts = failed.groupby(["kind", failed["slug"].fillna("-"), "error"]).size().sort_values(ascending=False)
    told = counts.reset_index(name="worlds").to_numpy()
    rows = tuple((str(kind), str(slug), str(error), int(n)) for kind, slug, error, n in told)
    return Table("errors", "Worlds that failed", ("kind", "planted", "error", "worlds"), rows)


def cost_table(worlds: pd.DataFrame) -> Table:
    """Show what a world and its audit took of one core."""
    rows: list[tuple[str | int | float, ...]] = []
    done = finished(worlds)
    for (_, model), part in done.groupby(["n_people", "model"]):
        people = part["n_people"].iloc[0]
        simulated = part.drop_duplicates("id")["seconds_simulate"].mean()
        by_arm = [float(part.loc[part["arm"] == arm, "seconds"].mean()) for arm in ARMS]
        rows.append((int(people), str(model), int(part["id"].nunique()), float(simulated), *by_arm))
    columns = (
        "people",
        "audited",
        "worlds",
        "simulate, read and forecast",
        *(f"audit, {arm}" for arm in ARMS),
    )
    return Table("cost", "Seconds of one core a world", columns, tuple(rows))


def _yes(value: bool | None) -> str | None:  # noqa: FBT001 - what a cell shows
    return None if value is None else ("yes" if value else "no")
