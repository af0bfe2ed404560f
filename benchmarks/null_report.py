"""Measure what a default report says of tables in which nothing is wrong, and of one planted proxy.

    python -m benchmarks.null_report --sets 20 --seed 20261124
    python -m benchmarks.null_report --sets 20 --seed 20261124 --write sets   # CSV files for other tools
    python benchmarks/null_report_rivals.py sets                              # in an environment of their own
    python -m benchmarks.null_report --compas compas_two_years.csv            # time of the COMPAS audit

Each set has 2,000 people with a binary and a four-level attribute, five indicators and four categories.
Another 2,000 train a forecaster; its forecasts are audited as those of a third-party model, with every check.
In a null set nothing depends on the attributes. In a proxy set one indicator is lower in one of two groups,
so that the true score of that group is 0.3 SD lower through this indicator alone. It is audited twice: as a
scheme that says nothing of the indicator, and as one that forbids it.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from scs_ml.audit import run_checks
from scs_ml.core import AuditCase, AuditReport, Forecast
from scs_ml.data import read_table
from scs_ml.forecast import FORECASTERS
from scs_ml.inference import clopper_pearson
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.workflow import audit, case_of_existing_score, case_of_forecaster

N = 2_000
STRENGTH = 0.3  # SD of the true score
INDICATORS = tuple(f"x{i}" for i in range(1, 6))
PROXY = "x5"


def scheme(*, forbidden: bool) -> Scheme:
    """Five indicators, two attributes, four categories; the proxy forbidden or not."""
    common = {"kind": "direct", "source": "administrative", "database": "office", "context": "benchmark"}
    reason = {"nature": "location", "forbidden": "it stands for a group"} if forbidden else {}
    return Scheme.model_validate(
        {
            "format": 1,
            "name": "null_report",
            "title": "Null report",
            "citation": "none: a simulated table",
            "scale": {"categories": ["D", "C", "B", "A"]},
            "basis": {"kind": "synthetic", "purpose": "benchmark", "context": "none", "contact": "nobody"},
            "roles": {"category": "category"},
            "horizon": 0,
            "indicators": [common | {"name": x} | (reason if x == PROXY else {}) for x in INDICATORS],
            "sensitive": [{"name": "sex"}, {"name": "region"}],
        }
    )


def people(rng: np.random.Generator, strength: float) -> pd.DataFrame:
    """Draw people (N rows); the true score of group f is `strength` SD lower, through the proxy."""
    sex = rng.choice(["m", "f"], size=N)
    x = rng.standard_normal((N, len(INDICATORS)))
    x[sex == "f", -1] -= strength * np.sqrt(len(INDICATORS))
    score = x.sum(axis=1) / np.sqrt(len(INDICATORS))
    latent = score + rng.standard_normal(N)
    frame = pd.DataFrame(x, columns=list(INDICATORS))
    frame["sex"], frame["region"] = sex, rng.choice(["north", "east", "south", "west"], size=N)
    cuts = np.sqrt(2) * np.array([-0.6745, 0.0, 0.6745])
    frame["category"] = np.array(["D", "C", "B", "A"])[np.searchsorted(cuts, latent)]
    return frame


def report_of(train: pd.DataFrame, test: pd.DataFrame, rules: Scheme) -> tuple[AuditReport, pd.DataFrame]:
    """Train on one table, audit the forecasts of the other; the second also as other tools want them."""
    learn, seen = read_table(train, rules), read_table(test, rules)
    forecaster = FORECASTERS["boosting"](scheme=rules).fit(learn.X, learn.y)
    case = case_of_forecaster(forecaster, seen, rules, third_party=True)
    plain = test.assign(y_true=(seen.y >= 2).astype(int), y_pred=(case.forecast.categories >= 2).astype(int))
    return audit(case), plain


def flags_of(report: AuditReport) -> set[tuple[str, str]]:
    """Kind and check of every flag."""
    return {(f.kind, f.check) for f in report.findings if f.verdict == "flag"}


def finds_proxy(report: AuditReport, kind: str) -> bool:
    """Whether a flag of this kind names the attribute and the proxy."""
    return any(
        f.kind == kind and [a for a, _ in f.group] == ["sex"] and f.indicator == PROXY for f in report.flags()
    )


def compas_seconds(path: Path) -> str:
    """Time the COMPAS audit, all intervals, after import: without and with the surrogate's SHAP."""
    rules = load_scheme("compas")
    told = []
    for what in (
        "read and checked, no SHAP view",
        "read and checked, no SHAP view, again",
        "with the SHAP view",
    ):
        wall, cpu = time.perf_counter(), time.process_time()
        seen = read_table(path, rules)
        if what == "with the SHAP view":
            report = audit(case_of_existing_score(seen, rules, name="COMPAS"))
        else:
            forecast = Forecast(seen.category, seen.category.astype(float), "existing score", "COMPAS")
            report = run_checks(AuditCase(rules, seen, forecast, None))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        told.append(f"| {what} | {len(report.findings)} | {cpu:.2f} | {wall:.2f} |")
    return "| COMPAS | findings | CPU seconds | wall seconds |\n|---|---|---|---|\n" + "\n".join(told)


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--write", type=Path, help="folder for the audited tables, as CSV")
    parser.add_argument("--compas", type=Path, help="time the audit of this table instead")
    arguments = parser.parse_args()
    if arguments.compas:
        print(compas_seconds(arguments.compas))
        return
    if arguments.write:
        arguments.write.mkdir(parents=True, exist_ok=True)
    counts: dict[str, Counter[str]] = {"null": Counter(), "proxy": Counter(), "proxy, forbidden": Counter()}
    started, comparisons = time.process_time(), 0
    for number in range(arguments.sets):
        for where, strength in (("null", 0.0), ("proxy", STRENGTH)):
            rng = np.random.default_rng([arguments.seed, number, int(strength > 0)])
            train, test = people(rng, strength), people(rng, strength)
            variants = [(where, False)] + ([("proxy, forbidden", True)] if strength else [])
            for name, forbidden in variants:
                report, plain = report_of(train, test, scheme(forbidden=forbidden))
                flagged = flags_of(report)
                counts[name].update(f"{kind}: {check}" for kind, check in flagged)
                counts[name].update({f"any {kind} flag" for kind, _ in flagged})
                counts[name].update(
                    f"proxy named by a {kind} flag"
                    for kind in ("difference", "mechanism")
                    if finds_proxy(report, kind)
                )
                if where == "null":
                    comparisons += sum(
                        f.kind == "difference" and f.effect is not None for f in report.findings
                    )
                    counts["null"]["difference flags, single"] += len(report.flags("difference"))
            if arguments.write:
                plain.to_csv(arguments.write / f"{where}_{number:03d}.csv", index=False)
    print(
        f"{arguments.sets} sets of {N:,} rows, seed {arguments.seed}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}; {time.process_time() - started:.0f} s of one core.\n"
    )
    print("| sets | what | sets with it | 95 % interval |")
    print("|---|---|---|---|")
    for name, count in counts.items():
        wanted = {f"any {kind} flag" for kind in ("difference", "mechanism")}
        for what in sorted(set(count) | wanted):
            if what == "difference flags, single":
                continue
            low, high = clopper_pearson(count[what], arguments.sets)
            print(f"| {name} | {what} | {count[what]} of {arguments.sets} | {low:.3f}-{high:.3f} |")
    single = counts["null"]["difference flags, single"]
    print(f"\nOf {comparisons:,} comparisons in the null sets {single} were flagged as differences.")


if __name__ == "__main__":
    main()
