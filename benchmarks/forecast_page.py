"""The page and the file of figures that `benchmarks/forecast.py` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.forecast_compare import CHOSEN, Difference, best_family, difference
from benchmarks.forecast_folds import CLIMATOLOGY, N_FOLDS
from benchmarks.forecast_tables import TableSet
from benchmarks.forecast_worlds import across_worlds
from scs_ml.forecast import FORECASTERS

MARK = {"win": "+", "tie": "=", "loss": "**-**", "failed": "x"}


@dataclass(frozen=True)
class Found:
    """All that was measured."""

    sets: tuple[TableSet, ...]
    folds: pd.DataFrame
    worlds: pd.DataFrame
    contender: str
    rivals: tuple[str, ...]


def page(found: Found, heading: str) -> str:
    """Give the page in Markdown."""
    parts = [
        "# Forecasters on public tables and on simulated pilots",
        heading,
        "## 1. Public tables",
        _about_tables(found),
        _headline(found),
        "### Every comparison",
        _matrix(found),
        "### Mean RPS",
        _scores(found),
        *_troubles(found),
        "### Seconds",
        _seconds(found),
    ]
    if len(found.worlds):
        parts += ["## 2. Simulated pilots", _worlds(found.worlds)]
    return "\n\n".join(parts) + "\n"


def figures(found: Found) -> pd.DataFrame:
    """One row per table and contestant, with what the contender's score differs from it by."""
    rows = []
    for table in found.sets:
        mine = found.folds[found.folds["table"] == table.name]
        for name, each in mine.groupby("contestant", sort=False):
            gap = difference(found.folds, table.name, found.contender, str(name))
            itself = name == found.contender
            rows.append(
                {
                    "table": table.name,
                    "contestant": name,
                    "kind": _kind(str(name)),
                    "rps": each["rps"].mean(),
                    "folds": int(each["rps"].notna().sum()),
                    "failed": int(each["rps"].isna().sum()),
                    "seconds": each["seconds"].mean(),
                    "difference": np.nan if itself else gap.value,
                    "low": np.nan if itself else gap.low,
                    "high": np.nan if itself else gap.high,
                    "verdict": "" if itself else gap.verdict,
                }
            )
    return pd.DataFrame(rows)


def _kind(name: str) -> str:
    if name in FORECASTERS or name == CHOSEN:
        return "family"
    return "baseline" if name == CLIMATOLOGY else "rival"


def _about_tables(found: Found) -> str:
    repeats = found.folds.groupby("table")["repeat"].nunique()
    lines = [
        f"| {t.name} | {len(t.y):,} | {t.X.shape[1]} | {t.n_categories} | "
        f"{repeats[t.name]} x {N_FOLDS} | {t.what} |"
        for t in found.sets
    ]
    return _table("table | rows | inputs | categories | folds | what is forecast", lines)


def _headline(found: Found) -> str:
    text = f"""The contender, `{found.contender}`, was named before it was built. What families are made of
and have as defaults was settled while results on these same tables had been seen: a win or a tie here
is no promise for a new table. Shown is its difference from the
rival with the lowest RPS on the table, and from all rivals: + it wins, = a tie (the interval
holds zero), - it loses, x the rival failed on every fold. `{CHOSEN}` takes, in every fold, the
family with the lowest mean RPS on inner folds of the training part. The best family afterwards
is chosen by the very folds it is compared on, and is shown for what it is: how far a single
family could get.

"""
    lines = []
    for table in found.sets:
        best = _best_rival(found, table.name)
        for role, name in (
            ("contender", found.contender),
            ("chosen", CHOSEN),
            ("afterwards", best_family(found.folds, table.name)),
        ):
            if role == "chosen" and name == found.contender:
                continue
            gap = difference(found.folds, table.name, name, best)
            counts = _counts(found, table.name, name)
            lines.append(
                f"| {table.name} | {role}: {name} | {_mean(found, table.name, name)} | {best} | "
                f"{_mean(found, table.name, best)} | {_gap(gap)} | {counts} |"
            )
    header = "table | ours | RPS | best rival | RPS | difference (95 %) | + / = / - / x"
    return text + _table(header, lines) + "\n\n" + _verdict(found)


def _verdict(found: Found) -> str:
    """Say on how many tables the target is met, by whom."""
    told = []
    for role, name in (("The contender", found.contender), ("The family chosen by inner folds", CHOSEN)):
        if name == CHOSEN and found.contender == CHOSEN and role != "The contender":
            continue
        lost = {
            t.name: [r for r in found.rivals if difference(found.folds, t.name, name, r).verdict == "loss"]
            for t in found.sets
        }
        beaten = [f"{t} (to {', '.join(names)})" for t, names in lost.items() if names]
        told.append(
            f"{role} loses to no rival on {len(found.sets) - len(beaten)} of {len(found.sets)} tables"
            + (f"; it loses on {'; '.join(beaten)}." if beaten else ".")
        )
    return " ".join(told)


def _best_rival(found: Found, table: str) -> str:
    mine = found.folds[(found.folds["table"] == table) & found.folds["contestant"].isin(list(found.rivals))]
    return str(mine.groupby("contestant")["rps"].mean().idxmin())


def _counts(found: Found, table: str, name: str) -> str:
    verdicts = [difference(found.folds, table, name, rival).verdict for rival in found.rivals]
    return " / ".join(str(verdicts.count(each)) for each in ("win", "tie", "loss", "failed"))


def _matrix(found: Found) -> str:
    lines = []
    for rival in found.rivals:
        cells = [difference(found.folds, t.name, found.contender, rival) for t in found.sets]
        told = [f"{MARK[c.verdict]} {_signed(c.value)}" if c.folds else MARK["failed"] for c in cells]
        lines.append(f"| {rival} | {' | '.join(told)} |")
    names = " | ".join(t.name for t in found.sets)
    return (
        f"`{found.contender}` minus every rival, in thousandths of RPS (below zero it is better).\n\n"
        + _table(f"rival | {names}", lines)
    )


def _scores(found: Found) -> str:
    means = found.folds.pivot_table(index="contestant", columns="table", values="rps", dropna=False)
    order = [*FORECASTERS, CHOSEN, *found.rivals, CLIMATOLOGY]
    lines = []
    for name in [each for each in order if each in means.index]:
        cells = [means.loc[name, t.name] for t in found.sets]
        lowest = [means[t.name].min() for t in found.sets]
        told = [
            "failed" if np.isnan(c) else f"**{c:.5f}**" if c == low else f"{c:.5f}"
            for c, low in zip(cells, lowest, strict=True)
        ]
        lines.append(f"| {name} | {_kind(name)} | {' | '.join(told)} |")
    return _table(f"contestant | kind | {' | '.join(t.name for t in found.sets)}", lines)


def _troubles(found: Found) -> list[str]:
    bad = found.folds[(found.folds["trouble"] != "") & (found.folds["contestant"] != CHOSEN)]
    if not len(bad):
        return []
    lines = []
    for (name, table), each in bad.groupby(["contestant", "table"], sort=False):
        total = ((found.folds["contestant"] == name) & (found.folds["table"] == table)).sum()
        reason = each["trouble"].value_counts().index[0].replace("|", "/").replace("\n", " ")
        scored = int(each["rps"].notna().sum())
        lines.append(f"| {name} | {table} | {len(each)} of {total} | {scored} | {reason} |")
    return [
        "### What went wrong",
        "Forecasts of a fit that did not converge count as they are; a fold without a forecast is left "
        "out of the comparison.\n\n"
        + _table("contestant | table | folds | of them with a forecast | most often", lines),
    ]


def _seconds(found: Found) -> str:
    spent = found.folds[found.folds["contestant"] != CHOSEN].pivot_table(
        index="contestant", columns="table", values="seconds"
    )
    lines = [
        f"| {name} | {' | '.join(f'{spent.loc[name, t.name]:.2f}' for t in found.sets)} |"
        for name in spent.index
    ]
    return "Fit and forecast of a fold, one core, mean.\n\n" + _table(
        f"contestant | {' | '.join(t.name for t in found.sets)}", lines
    )


def _worlds(worlds: pd.DataFrame) -> str:
    across = across_worlds(worlds[worlds["family"] != "markov"])
    lines = [
        f"| {row.family} | {row.skill:.4f} ({row.low:.4f} to {row.high:.4f}) | {row.above} | {row.below} | "
        f"{'-' if np.isnan(row.low) else 'yes' if row.low > 0 else 'no'} |"
        for row in across.itertuples()
    ]
    n = worlds["world"].nunique()
    each = [
        f"| {seed} | "
        + " | ".join(
            f"{r.family} {r.skill:.3f} ({r.low:.3f} to {r.high:.3f})" for r in rows.head(4).itertuples()
        )
        + " |"
        for seed, rows in worlds.groupby("world")
    ]
    about = f"""RPS skill over the transition table (`markov`), {n} worlds,
{int(worlds["rows"].iloc[0]):,} forecasts of the last three quarters each. The interval
across worlds is that of t over worlds; within a world it is robust to families.

"""
    return (
        about
        + _table("family | mean skill (95 %) | worlds above zero | worlds below | above zero", lines)
        + "\n\n"
        + _table("world | first | second | third | fourth", each)
    )


def _table(header: str, lines: Sequence[str]) -> str:
    rule = "|".join("---" for _ in header.split(" | "))
    return "\n".join([f"| {header} |", f"|{rule}|", *lines])


def _mean(found: Found, table: str, name: str) -> str:
    mine = found.folds[(found.folds["table"] == table) & (found.folds["contestant"] == name)]
    return f"{mine['rps'].mean():.5f}"


def _signed(value: float) -> str:
    return f"{1000 * value:+.2f}"


def _gap(gap: Difference) -> str:
    return f"{gap.value:+.5f} ({gap.low:+.5f} to {gap.high:+.5f}), {gap.verdict}"
