"""Measure recourse by family: for whom there is any, how much changes, whether it holds, how long it takes.

    python benchmarks/recourse.py data -o docs/results/recourse.md   # `data`: the folder of real tables
    python benchmarks/recourse.py data --quick    # 20 people each, printed

Forecasters learn from 60 % of the people (the pilot: of the panel's rows before the last origin); recourse to
the next better category is asked for people of the rest who are forecast below the best one.
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Dataset
from scs_ml.data import pair, read_table, split_by_period, split_by_subject
from scs_ml.explain import Recourse, recourse
from scs_ml.forecast import FORECASTERS, category_probabilities
from scs_ml.inference import clopper_pearson
from scs_ml.metrics import median_category
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.storage import atomic_file
from scs_ml.worlds import WorldSettings, simulate

MECHANISMS, DECOYS = {"illness_misread": 0.3, "malicious_informant": 0.3}, {"conduct_gap": 0.3}
# What an applicant can change of an application; the scheme itself calls nothing actionable.
GERMAN_ACTIONABLE = ("duration", "credit_amount", "savings_status", "other_parties", "other_plans")
FAMILIES = ("logit", "proportional_odds", "lda", "boosting", "forest", "network")
WITH_CARD = ("expert", "hybrid")


@dataclass(frozen=True)
class Data:
    """A table split for this benchmark."""

    name: str
    scheme: Scheme
    train: Dataset
    test: Dataset
    families: tuple[str, ...]


def german(folder: Path) -> Data:
    """German credit with five indicators called actionable."""
    scheme = load_scheme("german_credit")
    indicators = tuple(
        i.model_copy(update={"actionable": i.name in GERMAN_ACTIONABLE}) for i in scheme.indicators
    )
    scheme = scheme.model_copy(update={"indicators": indicators})
    table = read_table(folder / "german_credit" / "german_credit_tidy.csv", scheme, key=bytes(32))
    train, _, test = split_by_subject(table)
    return Data("German credit", scheme, train, test, FAMILIES)


def students(folder: Path) -> Data:
    """Final level of the pupils of the Portuguese course, from the second period."""
    scheme = load_scheme("students")
    panel = read_table(folder / "student_performance" / "student-por.csv.gz", scheme, key=bytes(32))
    train, _, test = split_by_subject(pair(panel, scheme))
    last = test.take(test.period == test.period.max())
    return Data("students", scheme, train, last, FAMILIES)


def pilot(_: Path) -> Data:
    """A simulated pilot of Suining county."""
    world = simulate(WorldSettings(n_people=1500, n_periods=6, seed=11, mechanisms=MECHANISMS, decoys=DECOYS))
    train, _, test = split_by_period(read_table(world.table, world.scheme), world.scheme.horizon)
    return Data("simulated pilot", world.scheme, train, test, (*FAMILIES, *WITH_CARD))


TABLES: tuple[Callable[[Path], Data], ...] = (german, students, pilot)


def measure(data: Data, family: str, people: int) -> dict[str, Any]:
    """Ask for recourse for some people, and forecast every answer again."""
    forecaster = FORECASTERS[family](scheme=data.scheme).fit(data.train.X, data.train.y)
    k = data.scheme.scale.n_categories
    below = np.flatnonzero(median_category(category_probabilities(forecaster, data.test.X, k)) < k - 1)
    drawn = np.random.default_rng(0).permutation(below)[:people]
    found, seconds, held = [], [], []
    for at in drawn:
        row = data.test.X.iloc[[at]]
        started = time.perf_counter()
        answer = recourse(forecaster, row, data.scheme, reference=data.train.X)
        seconds.append(time.perf_counter() - started)
        found.append(answer)
        if answer.changes:
            again = category_probabilities(forecaster, applied(row, answer), k)
            held.append(bool(median_category(again)[0] >= answer.target))
    given = [each for each in found if each.changes]
    low, high = clopper_pearson(len(given), max(len(found), 1))
    return {
        "table": data.name,
        "family": family,
        "people": len(found),
        "given": len(given),
        "low": float(low),
        "high": float(high),
        "none": sum(each.why in ("out of reach", "nothing can change") for each in found),
        "not found": sum(each.why == "not found" for each in found),
        "exact": sum(each.exact for each in found),
        "changes": float(np.median([len(each.changes) for each in given])) if given else float("nan"),
        "shift": float(np.median([each.cost for each in given])) if given else float("nan"),
        "median": float(np.median(seconds)) if seconds else float("nan"),
        "slowest": max(seconds, default=float("nan")),
        "held": sum(held),
    }


def applied(row: pd.DataFrame, answer: Recourse) -> pd.DataFrame:
    """Give the row with the changes made."""
    changed = row.copy()
    for each in answer.changes:
        kind = row[each.indicator].dtype
        changed[each.indicator] = pd.Series([each.after], index=row.index).astype(kind)
    return changed


def table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Write what was measured as a table."""
    yield (
        "| table | family | people below the best | with recourse (95 % interval) | none there is "
        "| not found | exact | median changes | median shift | median seconds | slowest "
        "| hold when forecast again |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for each in rows:
        n = each["people"]
        if not n:
            yield f"| {each['table']} | {each['family']} | 0 |" + " - |" * 9
            continue
        share = f"{each['given'] / n:.0%} ({each['low']:.0%} to {each['high']:.0%})"
        held = f"{each['held']} of {each['given']}" if each["given"] else "-"
        changes, shift = ("-", "-") if not each["given"] else (f"{each['changes']:g}", f"{each['shift']:.2f}")
        yield (
            f"| {each['table']} | {each['family']} | {n} | {share} | {each['none']} | {each['not found']} "
            f"| {each['exact'] / n:.0%} | {changes} | {shift} | {each['median']:.2f} "
            f"| {each['slowest']:.1f} | {held} |"
        )


def machine() -> str:
    """Name the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(": ", 1)[1] for line in lines if line.startswith("model name") and ": " in line]
    return names[0] if names else platform.processor() or platform.machine()


def page(rows: list[dict[str, Any]], command: str, took: float) -> str:
    """Write the page."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("scikit-learn", "numpy", "pandas"))
    given, held = sum(each["given"] for each in rows), sum(each["held"] for each in rows)
    return f"""# Recourse

Measured on {dt.datetime.now(dt.UTC).date()} by `{command}`
in {took:.0f} s on {machine()}, one thread; Python {platform.python_version()}, {versions}.

`recourse` looks for the smallest change, of what a person can change, that reaches the next better category
([sheet](../sheet.md) says how). It is asked for people whom a forecaster puts below the best category and has
not learned from. *None there is*: every combination on the grid was tried. *Not found*: the budget of
20,000 predictions ended, and a climb found nothing either. *Exact*: the search was complete. *Shift*: sum
over the changed indicators of the shift in percentiles of the rows learned from; 1 is from the lowest to the
highest.

{chr(10).join(table(rows))}

**{held} of {given}** answers hold when forecast again, apart from the search.

- **German credit** calls nothing actionable in its scheme, and then nobody has recourse. Measured with
  {", ".join(f"`{name}`" for name in GERMAN_ACTIONABLE)} called actionable, without a direction.
- **Students** may change `studytime` (upwards), `absences`, `paid` and `activities`; the grade so far stays.
- **The pilot** lets four counts move, each in the direction that cannot hurt; the present score stays as
  it is. Kept so, it hides what paying a debt would do in later periods: the answers hold for the next one.
"""


def main() -> None:
    """Read the command line, measure, and print or write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of real tables")
    parser.add_argument("--people", type=int, default=100, help="asked of each table and family")
    parser.add_argument("--quick", action="store_true", help="20 people each")
    parser.add_argument("-o", "--out", type=Path, help="file to write; else printed")
    asked = parser.parse_args()
    people = 20 if asked.quick else asked.people
    started, rows = time.perf_counter(), []
    for read in TABLES:
        data = read(asked.data)
        for family in data.families:
            rows.append(measure(data, family, people))
            print(f"{data.name}, {family}: {rows[-1]}", file=sys.stderr, flush=True)
    shown = f"python benchmarks/recourse.py data{' --quick' if asked.quick else ''}"
    shown += f" -o {asked.out.as_posix()}" if asked.out else ""
    text = page(rows, shown, time.perf_counter() - started)
    if asked.out is None:
        print(text)
        return
    with atomic_file(asked.out) as path:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
