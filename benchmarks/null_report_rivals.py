"""Run vfairness and fairlearn on the tables that ``benchmarks.null_report --write`` wrote.

    pip install vfairness==0.2.0 fairlearn==0.15.0     # in an environment of their own
    python benchmarks/null_report_rivals.py sets [--compas compas_two_years.csv]

Each tool is asked in the way its own front page shows: vfairness's full report (`FairnessAnalyzer(...).
get_report(include_ci=True)`) and its three-state verdicts, and fairlearn's `MetricFrame` with bootstrap
intervals of the difference between groups. Attributes are given one at a time.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

ATTRIBUTES = ("sex", "region")


def fairlearn_excludes_zero(table: pd.DataFrame, attribute: str) -> bool:
    """Whether the 95 % interval of the difference in selection rates leaves zero out."""
    from fairlearn.metrics import MetricFrame, selection_rate

    frame = MetricFrame(
        metrics=selection_rate,
        y_true=table["y_true"],
        y_pred=table["y_pred"],
        sensitive_features=table[attribute],
        n_boot=200,
        ci_quantiles=[0.025, 0.975],
        random_state=0,
    )
    return float(frame.difference_ci()[0]) > 0


def vfairness_says(table: pd.DataFrame, attribute: str) -> set[str]:
    """A failed metric in the full report; ``unfair`` in a three-state verdict."""
    from vfairness import FairnessAnalyzer

    analyzer = FairnessAnalyzer(
        table["y_true"].to_numpy(), table["y_pred"].to_numpy(), table[attribute].to_numpy()
    )
    assessment = analyzer.get_report(include_ci=True)["assessment"]
    passed, total = (int(x) for x in assessment["summary"].split(" ", maxsplit=1)[0].split("/"))
    said = {"a metric beyond its threshold"} if passed < total else set()
    for metric in ("demographic_parity_difference", "equalized_odds_difference"):
        verdict = getattr(analyzer, metric)(include_ci=True, random_state=0).verdict
        said.add(f"three-state verdict {verdict}: {metric}")
    return said


def compas_seconds(path: Path) -> dict[str, float]:
    """Seconds of vfairness's full report with intervals: two races, then all."""
    from vfairness import FairnessAnalyzer

    table = pd.read_csv(path)
    found = {}
    for name, races in (("two races", ["African-American", "Caucasian"]), ("six races", None)):
        rows = table if races is None else table[table["race"].isin(races)]
        started = time.perf_counter()
        FairnessAnalyzer(
            rows["two_year_recid"].to_numpy(),
            (rows["score_text"] != "Low").astype(int).to_numpy(),
            rows["race"].to_numpy(),
        ).get_report(include_ci=True)
        found[name] = time.perf_counter() - started
    return found


def main() -> None:
    """Count and print Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--compas", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    print("| sets | tool says | sets with it |\n|---|---|---|")
    for where in ("null", "proxy"):
        files = sorted(arguments.folder.glob(f"{where}_*.csv"))
        count: Counter[str] = Counter()
        for path in files:
            table = pd.read_csv(path)
            said = set()
            for attribute in ATTRIBUTES:
                if fairlearn_excludes_zero(table, attribute):
                    said.add("fairlearn: interval of the difference excludes 0")
                said |= {f"vfairness: {each}" for each in vfairness_says(table, attribute)}
            count.update(said)
        for what, n in sorted(count.items()):
            print(f"| {where} | {what} | {n} of {len(files)} |")
    if arguments.compas:
        for name, seconds in compas_seconds(arguments.compas).items():
            print(f"\nvfairness, COMPAS, {name}: {seconds:.1f} s")


if __name__ == "__main__":
    main()
