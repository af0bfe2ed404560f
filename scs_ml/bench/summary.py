"""Hold what a bench measured against what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from scs_ml.bench import accuracy, tables
from scs_ml.bench.cases import ARMS
from scs_ml.bench.design import USUAL_PEOPLE
from scs_ml.bench.powers import Power, powers
from scs_ml.bench.shares import Share, finished, share
from scs_ml.core import Table

MOST_FALSE, FIRST_CELL, F1, COVERED, PEOPLE, CAUGHT, ATTACK_FALSE = 0.05, 0.95, 0.90, 0.94, 0.80, 0.95, 0.01
ATTACK = "explanation_attack"


@dataclass(frozen=True)
class Target:
    """One figure that is asked for, and what was measured.

    Attributes
    ----------
    number : int
    title, arm : str
    asked : str
    value, low, high : float or None
        The figure and its 95 % interval, where it is a share; None where nothing measured it.
    n : int
        Worlds (cells of the plan for powers) behind it.
    met : bool or None
        None where nothing measured it.
    """

    number: int
    title: str
    arm: str
    asked: str
    value: float | None
    n: int
    met: bool | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Summary:
    """A bench, summed up: targets, powers and every table."""

    targets: tuple[Target, ...]
    powers: tuple[Power, ...]
    tables: tuple[Table, ...]
    run: Mapping[str, Any]

    def as_record(self) -> dict[str, Any]:
        """Give plain values, as ``summary.json`` holds them."""
        return {
            "run": dict(self.run),
            "targets": [asdict(each) for each in self.targets],
            "tables": {
                each.name: {
                    "title": each.title,
                    "columns": list(each.columns),
                    "rows": [list(r) for r in each.rows],
                }
                for each in self.tables
            },
        }

    def table(self, name: str) -> Table:
        """Give a table by its name."""
        return next(each for each in self.tables if each.name == name)


def summarise(results: Mapping[str, pd.DataFrame], run: Mapping[str, Any]) -> Summary:
    """Sum up a bench.

    Parameters
    ----------
    results : mapping of DataFrame
        As `running.gather` gives them.
    run : mapping
        What the manifest tells of the run.

    Returns
    -------
    Summary
    """
    worlds, findings, people = results["worlds"], results["findings"], USUAL_PEOPLE
    found = powers(worlds, results["statistics"])
    false = tables.false_flags(worlds, people)
    decoys = tables.decoy_flags(worlds, people)
    cells = tables.cells_first(worlds, people)
    confusions = {arm: tables.confusion(worlds, people, arm) for arm in ARMS}
    null = planted = None
    if not findings.empty:
        null = accuracy.null_coverage(worlds, findings, people)
        planted = accuracy.planted_coverage(worlds, findings, people)
    wronged = accuracy.people_table(worlds, people)
    targets = [
        *_power_targets([each for each in found if each.people == people]),
        *_false_targets(false, decoys),
        *_naming_targets(cells, confusions),
        *_coverage_targets(null or [], planted or []),
        *_people_targets(wronged),
        *_attack_targets(worlds, people),
    ]
    shown = [
        tables.power_table(found),
        tables.false_flag_table(false),
        tables.decoy_table(decoys),
        tables.cell_table(cells),
        *(tables.confusion_table(counts, arm) for arm, counts in confusions.items()),
        accuracy.coverage_table(null or [], planted or []),
        wronged,
        tables.rival_table(worlds, people),
        tables.error_table(worlds),
        tables.cost_table(worlds),
    ]
    return Summary(tuple(targets), found, tuple(shown), run)


def _power_targets(found: Sequence[Power]) -> list[Target]:
    targets = []
    for arm in ARMS:
        known = [each.met for each in found if each.arm == arm and each.met is not None]
        reached = sum(known)
        targets.append(
            Target(
                1,
                "power at least 90 % of the limit, and .95 where the limit is .97",
                arm,
                "every mechanism and strength",
                reached / len(known) if known else None,
                len(known),
                reached == len(known) if known else None,
            )
        )
    return targets


def _false_targets(
    false: Sequence[tuple[str, str, Share]], decoys: Sequence[tuple[str, float, str, Share]]
) -> list[Target]:
    targets = []
    for arm in ARMS:
        pooled = next(each for name, stratum, each in false if name == arm and stratum == "all")
        worst = max((each.low for name, _, each in false if name == arm and each.n), default=0.0)
        met = pooled.value <= MOST_FALSE and worst <= MOST_FALSE if pooled.n else None
        asked = "at most .05, and no stratum's lower limit above it"
        targets.append(_of_share(2, "worlds without anything flagged", arm, asked, pooled, met=met))
    for arm in ARMS:
        cells = [(f"{slug} {strength:g}", each) for slug, strength, name, each in decoys if name == arm]
        name, worst_share = max(cells, key=lambda cell: cell[1].value, default=("none", share([])))
        met = worst_share.value <= MOST_FALSE
        title = f"decoys flagged, the worst of {len(cells)} ({name})"
        targets.append(_of_share(3, title, arm, "at most .05 of each", worst_share, met=met))
    return targets


def _naming_targets(
    cells: Sequence[tuple[str, str, Share]], confusions: Mapping[str, pd.DataFrame]
) -> list[Target]:
    targets = []
    for arm in ARMS:
        parts = [(audited, each) for name, audited, each in cells if name == arm]
        for audited, each in parts:
            if audited in ("all", "model with the lagged score"):
                met = each.value >= FIRST_CELL if each.n else None
                title = f"right cell first in flagged worlds ({audited})"
                targets.append(_of_share(4, title, arm, "at least .95", each, met=met))
    for arm in ARMS:
        score = tables.macro_f1(confusions[arm])
        met = None if score is None else score >= F1
        n = int(confusions[arm].to_numpy().sum())
        targets.append(Target(5, "mechanism named right, macro-F1", arm, "at least .90", score, n, met))
    return targets


def _coverage_targets(
    null: Sequence[tuple[str, Share]], planted: Sequence[tuple[str, Share]]
) -> list[Target]:
    targets = []
    for arm, each in null:
        met = each.value >= COVERED if each.n else None
        title = "mechanism intervals cover zero where nothing is planted"
        targets.append(_of_share(6, title, arm, "at least .94", each, met=met))
    for arm in ARMS:
        parts = [each for name, each in planted if name.endswith(f", {arm}")]
        n, count = sum(p.n for p in parts), sum(p.count for p in parts)
        pooled = share([True] * count + [False] * (n - count))
        met = min(p.value for p in parts) >= COVERED if parts else None
        title = "mechanism intervals cover what was planted, all pooled"
        targets.append(_of_share(6, title, arm, "at least .94 for each mechanism", pooled, met=met))
    return targets


def _people_targets(wronged: Table) -> list[Target]:
    at = {name: place for place, name in enumerate(wronged.columns)}
    targets = []
    for arm in ARMS:
        ratios = [row[at["ratio"]] for row in wronged.rows if row[at["arm"]] == arm]
        known = [float(ratio) for ratio in ratios if ratio is not None]
        worst = min(known) if known else None
        met = None if worst is None else worst >= PEOPLE
        title = f"wronged people at .30: precision over the limit, the worst of {len(known)} mechanisms"
        targets.append(Target(7, title, arm, "at least .80", worst, len(known), met))
    return targets


def _attack_targets(worlds: pd.DataFrame, people: int) -> list[Target]:
    """Explanation attacks caught, and called where there is none: wherever a model is explained."""
    rows = finished(worlds)
    rows = rows[(rows["n_people"] == people) & (rows["model"] != "score") & (rows["arm"] == ARMS[0])]
    called = rows["attack_called"].astype(bool)
    caught = share(called[rows["slug"] == ATTACK])
    false = share(called[rows["kind"] == "null"])
    return [
        _of_share(
            8,
            "explanation attacks caught",
            ARMS[0],
            "at least .95",
            caught,
            met=caught.value >= CAUGHT,
        ),
        _of_share(
            8,
            "attacks called where there is none",
            ARMS[0],
            "at most .01",
            false,
            met=false.value <= ATTACK_FALSE,
        ),
    ]


def _of_share(number: int, title: str, arm: str, asked: str, of: Share, *, met: bool | None) -> Target:
    if not of.n:
        return Target(number, title, arm, asked, None, 0, None)
    return Target(number, title, arm, asked, of.value, of.n, met, of.low, of.high)
