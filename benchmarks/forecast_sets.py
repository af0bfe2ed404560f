"""Measure how often conformal sets hold the true category: on average, under drift, and in each group.

    python benchmarks/forecast_sets.py -o docs/results/forecast_sets.md   # 200 seeds
    python benchmarks/forecast_sets.py --quick    # 20 seeds of smaller worlds, printed

Exchangeable rows: the people of a simulated pilot at one origin, split at random into calibration and test
rows; the forecaster learned from the periods before. Drift: a made-up scale whose noise grows from period to
period, more so for short records, which the forecaster does not know.
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy import stats

from scs_ml.core import Bools, Floats, Ints
from scs_ml.data import pair, read_table
from scs_ml.forecast import FORECASTERS, adaptive_level, category_probabilities, fit_sets, strata
from scs_ml.forecast.coverage import LEAST_GROUP, covers
from scs_ml.inference import share_interval
from scs_ml.storage import atomic_file
from scs_ml.worlds import WorldSettings, simulate

COVERAGE = 0.9
PERIODS = 6
FAMILY = "logit"
FEW = 300  # calibration rows of the small office
MECHANISMS = {"illness_misread": 0.3, "malicious_informant": 0.3, "thin_file": 0.3}
DECOYS = {"conduct_gap": 0.3}
DRIFT = 0.08  # growth of the noise per period, in categories; three times as much for short records


def world_rows(seed: int, n_people: int) -> pd.DataFrame:
    """Per test row of one world: who it is, and what every kind of sets says of it."""
    world = simulate(
        WorldSettings(
            n_people=n_people,
            n_periods=PERIODS,
            seed=seed,
            mechanisms=MECHANISMS,
            decoys=DECOYS,
            broad=True,
        )
    )
    scheme = world.scheme
    dataset = pair(read_table(world.table, scheme), scheme)
    last = PERIODS - 1 - scheme.horizon
    past = dataset.take((dataset.period < last) & (dataset.y >= 0))
    now = dataset.take(dataset.period == last)
    model = FORECASTERS[FAMILY](scheme=scheme).fit(past.X, past.y)
    at = np.random.default_rng([seed, 7]).permutation(len(now))
    known, new = now.take(at[: len(at) // 2]), now.take(at[len(at) // 2 :])
    p_known, p_new = (
        category_probabilities(model, each.X, scheme.scale.n_categories) for each in (known, new)
    )
    s_known, s_new = strata(known, scheme), strata(new, scheme, known)
    found: dict[str, Floats | Bools | Ints] = {}
    for kind, randomised in (("deterministic", False), ("randomised", True)):
        for rows, name in ((len(known), "all"), (FEW, "few")):
            rule = fit_sets(
                p_known[:rows],
                known.y[:rows],
                s_known[:rows],
                coverage=COVERAGE,
                randomised=randomised,
                seed=seed,
            )
            for how, each, labels in (
                ("pooled", rule.without_strata(), None),
                ("Mondrian", rule, s_new),
            ):
                sets = each.sets(p_new, labels)
                found[f"{kind}, {how}, {name}, held"] = covers(sets, new.y)
                found[f"{kind}, {how}, {name}, size"] = sets[:, 1] - sets[:, 0] + 1
                if name == "all":
                    found[f"{kind}, {how}, level"] = each.levels(p_new, new.y, labels)
    frame = pd.DataFrame(found).assign(world=seed)
    for attribute in new.sensitive:
        groups, groups_known = (part.sensitive[attribute].to_numpy(dtype=str) for part in (new, known))
        frame[attribute] = groups
        own = np.zeros(len(new), dtype=np.bool_)
        for label in np.unique(groups):
            mine, theirs = groups == label, groups_known == label
            rule = fit_sets(p_known[theirs], known.y[theirs], coverage=COVERAGE, randomised=True, seed=seed)
            own[mine] = covers(rule.sets(p_new[mine]), new.y[mine])
        frame[f"{attribute}, by itself"] = own
    return frame


def drifted(seed: int, *, drift: float, n: int = 500, periods: int = 6, k: int = 6) -> Mapping[str, float]:
    """Coverage in the last period of a made-up panel, by each kind of sets and each stratum."""
    generator = np.random.default_rng([seed, 11])
    period = np.repeat(np.arange(periods), n)
    short = generator.random(len(period)) < 0.3
    place = generator.uniform(0, k - 1, len(period))
    noise = 0.7 + drift * period * np.where(short, 3, 1)
    y = np.rint(place + generator.normal(0, noise)).clip(0, k - 1).astype(np.int64)
    weights = np.exp(-((np.arange(k) - place[:, None]) ** 2))
    p = weights / weights.sum(axis=1, keepdims=True)
    labels = np.where(short, "short record", "long record")
    past, now = period < periods - 1, period == periods - 1
    found = {}
    for how, known in (("pooled", None), ("Mondrian", labels)):
        of_past, of_now = (None, None) if known is None else (known[past], known[now])
        rule = fit_sets(p[past], y[past], of_past, coverage=COVERAGE)
        level = adaptive_level(p[past], y[past], period[past], of_past, coverage=COVERAGE)
        for name, each in ((how, rule), (f"{how}, adaptive", rule.at(level))):
            sets = each.sets(p[now], of_now)
            held = covers(sets, y[now])
            found[f"{name}|everybody"] = float(held.mean())
            found[f"{name}|size"] = float((sets[:, 1] - sets[:, 0] + 1).mean())
            for label in ("short record", "long record"):
                found[f"{name}|{label}"] = float(held[labels[now] == label].mean())
    return found


def percent(value: float) -> str:
    """Write a share."""
    return f"{100 * value:.1f} %"


def over_seeds(values: Sequence[float]) -> str:
    """Mean over seeds, with its 95 % interval by Student's quantile."""
    each = np.asarray(values)
    half = stats.t.isf(0.025, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each))
    return f"{percent(each.mean())} ({100 * (each.mean() - half):.1f} to {100 * (each.mean() + half):.1f})"


def overall_table(rows: pd.DataFrame) -> Iterator[str]:
    """Coverage on exchangeable rows."""
    calibration = rows.groupby("world").size().mean()
    yield "| sets | thresholds | calibration rows | coverage (95 % interval over seeds) | mean size | empty |"
    yield "|---|---|---|---|---|---|"
    for kind in ("randomised", "deterministic"):
        for how in ("pooled", "Mondrian"):
            for name in ("all", "few"):
                held = rows.groupby("world")[f"{kind}, {how}, {name}, held"].mean()
                size = rows[f"{kind}, {how}, {name}, size"]
                n = f"{calibration:,.0f}" if name == "all" else f"{FEW}"
                cells = (
                    kind,
                    how,
                    n,
                    over_seeds(held.tolist()),
                    f"{size.mean():.2f}",
                    percent((size == 0).mean()),
                )
                yield f"| {' | '.join(cells)} |"


def group_table(rows: pd.DataFrame, attributes: Sequence[str]) -> Iterator[str]:
    """Coverage in each group with rows enough in a world."""
    yield (
        "| group | rows a world | deterministic | randomised | shortfall (95 % interval) | pooled | "
        f"{FEW} rows | by itself | level it needs | what closes it |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for attribute in attributes:
        for label, mine in rows.groupby(attribute):
            n = mine.groupby("world").size().mean()
            if n < LEAST_GROUP:
                continue
            name = "randomised, Mondrian, all, held"
            held = mine[name].to_numpy()
            low, high = (float(end[0]) for end in share_interval(held, mine["world"].to_numpy()))
            shortfall, most, least = (100 * (COVERAGE - each) for each in (held.mean(), low, high))
            share, pooled = held.mean(), mine["randomised, pooled, all, held"].to_numpy()
            own = float(mine[f"{attribute}, by itself"].mean())
            needs = float(np.quantile(mine["randomised, Mondrian, level"], COVERAGE, method="higher"))
            pooled_high = float(share_interval(pooled, mine["world"].to_numpy())[1][0])
            few = float(mine["randomised, Mondrian, few, held"].mean())
            if high >= COVERAGE:
                closes = "nothing to close" if pooled_high >= COVERAGE else "record and source do"
            else:
                closes = f"a nominal level of {percent(needs)} (its own calibration is not done)"
            cells = (
                f"{attribute} = {label}",
                f"{n:,.0f}",
                percent(mine["deterministic, Mondrian, all, held"].mean()),
                percent(share),
                f"{shortfall:+.1f} ({least:+.1f} to {most:+.1f})",
                percent(pooled.mean()),
                percent(few),
                percent(own),
                percent(needs),
                closes,
            )
            yield f"| {' | '.join(cells)} |"


def drift_table(seeds: Sequence[int], drift: float) -> Iterator[str]:
    """Coverage in a period after drift."""
    each = pd.DataFrame([drifted(seed, drift=drift) for seed in seeds])
    yield "| sets | everybody | short records | long records | mean size |"
    yield "|---|---|---|---|---|"
    for name in ("pooled", "Mondrian", "pooled, adaptive", "Mondrian, adaptive"):
        shown = [
            over_seeds(each[f"{name}|{who}"].tolist()) for who in ("everybody", "short record", "long record")
        ]
        yield f"| {name} | {' | '.join(shown)} | {each[f'{name}|size'].mean():.2f} |"


def machine() -> str:
    """Name the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(": ", 1)[1] for line in lines if line.startswith("model name") and ": " in line]
    return names[0] if names else platform.processor() or platform.machine()


def page(asked: argparse.Namespace, command: str) -> str:
    """Measure, and write what was found."""
    started = time.perf_counter()
    seeds = range(asked.seed, asked.seed + asked.seeds)
    done = Parallel(n_jobs=asked.workers, return_as="generator")(
        delayed(world_rows)(seed, asked.people) for seed in seeds
    )
    frames = []
    for frame in done:
        frames.append(frame)
        print(f"{len(frames)} of {len(seeds)} worlds", file=sys.stderr, flush=True)
    rows = pd.concat(frames, ignore_index=True)
    attributes = [name.removesuffix(", by itself") for name in rows if name.endswith(", by itself")]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("scikit-learn", "numpy", "scipy"))
    parts = {
        "overall": "\n".join(overall_table(rows)),
        "groups": "\n".join(group_table(rows, attributes)),
        "drift": "\n".join(drift_table(seeds, DRIFT)),
        "still": "\n".join(drift_table(seeds, 0.0)),
    }
    took = time.perf_counter() - started
    return f"""# Coverage of conformal sets

Measured on {dt.datetime.now(dt.UTC).date()} by `{command}`
in {took:.0f} s on {machine()}; Python {platform.python_version()}, {versions}.
Seeds {seeds[0]} to {seeds[-1]}; nominal coverage {percent(COVERAGE)}.

## Exchangeable rows

The `{FAMILY}` family on pilots of {asked.people:,} people and {PERIODS} quarters (planted:
{", ".join(MECHANISMS)}; decoy: {", ".join(DECOYS)}), fitted to the quarters
before; the people of one quarter are split at random into calibration and test rows.

{parts["overall"]}

## Groups

Groups of {LEAST_GROUP} test rows or more in a world. The shortfall is that of randomised Mondrian sets from
the nominal share, in points, with worlds as clusters; *{FEW} rows* are the same sets from fewer calibration
rows, *by itself* is calibration of the group alone, which reads the attribute and is measured here only.
*Level it needs*: the nominal level at which {percent(COVERAGE)} of the group would be covered.

{parts["groups"]}

## A period after drift

Six categories, 500 rows a period: five periods calibrate, the sixth is covered. The noise grows by {DRIFT}
categories a period, and by {3 * DRIFT:.2f} where the record is short (30 % of the rows); deterministic sets.

{parts["drift"]}

The same without drift, which is what adapting costs:

{parts["still"]}
"""


def main() -> None:
    """Read the command line, measure, and print or write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261124, help="first of the seeds")
    parser.add_argument("--people", type=int, default=9_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="20 seeds, 3,000 people")
    parser.add_argument("-o", "--out", type=Path, help="file to write; else printed")
    asked = parser.parse_args()
    if asked.quick:
        asked.seeds, asked.people = 20, 3_000
    text = page(asked, " ".join(["python benchmarks/forecast_sets.py", *sys.argv[1:]]))
    if asked.out is None:
        print(text)
        return
    with atomic_file(asked.out) as path:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
