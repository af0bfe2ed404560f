"""Lay our version of other tools' rules beside the tools themselves.

    python benchmarks/rivals_agree.py --tables 200 --verdicts 20 --seed 20261124

Compares every number and every verdict of `scs_ml.bench.rivals` with those of fairlearn, AIF360, Aequitas and
vfairness, on random tables, degenerate ones among them, for those of the four that are installed. They do not
all run in one environment (Aequitas 1.1 needs pandas 2): run the script once in each. `--verdicts` counts the
tables for vfairness' resampled verdict, which takes the package seconds each. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.bench.rivals import RivalResult, rival_results
from scs_ml.core import AuditCase, Dataset, Explanation, Floats, Forecast, Ints
from scs_ml.schemes import Scheme

Numbers = dict[tuple[str, str], tuple[float, bool | None]]  # (metric, group) -> value, own verdict if any

INDICATOR = {"kind": "direct", "source": "administrative", "database": "office", "context": "benchmark"}
FEATURES = tuple(f"x{i}" for i in range(9))
SCHEME = Scheme.model_validate(
    {
        "format": 1,
        "name": "agreement",
        "title": "Two categories",
        "citation": "made up",
        "scale": {"categories": ["refused", "granted"]},
        "basis": {"kind": "synthetic", "purpose": "agreement", "context": "benchmark", "contact": "nobody"},
        "roles": {"category": "category"},
        "horizon": 0,
        "indicators": [INDICATOR | {"name": name} for name in FEATURES],
        "sensitive": [{"name": "group", "reference": "g0"}],
    }
)


@dataclass(frozen=True)
class Table:
    """Decisions, outcomes, groups (codes) and SHAP values of n people."""

    decided: Ints
    outcome: Ints
    group: Ints
    shap: Floats

    @property
    def labels(self) -> np.ndarray[Any, Any]:
        """Groups as labels ``g0``, ``g1``, ..."""
        return np.array([f"g{code}" for code in self.group], dtype=object)

    def ours(self, seed: int) -> tuple[RivalResult, ...]:
        """What our rules say."""
        n = len(self.group)
        data = Dataset(
            X=pd.DataFrame(self.shap, columns=list(FEATURES)),
            subject=np.array([f"p{i}" for i in range(n)], dtype=object),
            period=np.zeros(n, dtype=np.int64),
            periods=("now",),
            category=self.decided,
            y=self.outcome,
            sensitive=pd.DataFrame({"group": self.labels}),
            situations=pd.DataFrame(index=range(n)),
            withheld=pd.DataFrame(index=range(n)),
            fingerprint="",
        )
        forecast = Forecast(self.decided, self.decided.astype(float), "third party", "random")
        values = self.shap[:, :, None]
        raw = values.sum(axis=1)
        shown = Explanation(
            values, np.zeros(1), raw, 0 * raw, np.arange(n), FEATURES, "log-odds", "random", 0.0
        )
        return rival_results(AuditCase(SCHEME, data, forecast, shown), seed=seed)


def tables(n_tables: int, rng: np.random.Generator, *, groups: int = 5) -> Iterator[Table]:
    """Draw tables of 60 to 1,500 people; in one of eight a group gets no favourable decision or outcome."""
    for _ in range(n_tables):
        n, g = int(rng.integers(60, 1500)), int(rng.integers(2, groups + 1))
        code = np.concatenate([np.arange(g), rng.choice(g, n - g, p=rng.dirichlet(np.full(g, 2.0)))])
        base, true_rate, false_rate = rng.uniform(0.2, 0.8), rng.uniform(0.3, 0.9), rng.uniform(0.05, 0.6)
        shift = rng.normal(0, 0.05, (3, g))
        shares = np.clip(np.array([[base], [true_rate], [false_rate]]) + shift, 0, 1)
        if rng.random() < 1 / 8:
            shares[rng.integers(0, 3), rng.integers(0, g)] = 0.0
        outcome = (rng.random(n) < shares[0, code]).astype(np.int64)
        decided = (rng.random(n) < np.where(outcome == 1, shares[1, code], shares[2, code])).astype(np.int64)
        gaps = rng.normal(0, 0.3, (g, len(FEATURES)))
        yield Table(decided, outcome, code, rng.standard_normal((n, len(FEATURES))) + gaps[code])


# --- the packages' own numbers ---


def of_fairlearn(table: Table) -> Numbers:
    """Give the three metrics of fairlearn; it has no verdict of its own."""
    from fairlearn import metrics

    names = ("demographic_parity_ratio", "demographic_parity_difference", "equalized_odds_difference")
    of = (table.outcome, table.decided)
    found = {name: getattr(metrics, name)(*of, sensitive_features=table.group) for name in names}
    return {(name, "group"): (float(value), None) for name, value in found.items()}


def of_aif360(table: Table) -> Numbers:
    """AIF360's four metrics, each group against g0; it has no verdict of its own."""
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    frame = pd.DataFrame({"group": table.group.astype(float), "label": table.outcome.astype(float)})
    truth = BinaryLabelDataset(df=frame, label_names=["label"], protected_attribute_names=["group"])
    decided = truth.copy()
    decided.labels = table.decided.astype(float)[:, None]
    found: Numbers = {}
    for code in np.unique(table.group)[1:]:
        sides = [{"group": float(code)}], [{"group": 0.0}]
        metric = ClassificationMetric(truth, decided, *sides)
        for name in (
            "disparate_impact",
            "statistical_parity_difference",
            "equal_opportunity_difference",
            "average_odds_difference",
        ):
            found[name, f"group = g{code}"] = float(getattr(metric, name)()), None
    return found


def of_aequitas(table: Table) -> Numbers:
    """Aequitas' disparities against g0 and its parity verdicts at the default tau."""
    from aequitas.bias import Bias
    from aequitas.fairness import Fairness
    from aequitas.group import Group

    frame = pd.DataFrame({"score": table.decided, "label_value": table.outcome, "group": table.labels})
    counted, _ = Group().get_crosstabs(frame, attr_cols=["group"])
    bias = Bias().get_disparity_predefined_groups(
        counted, original_df=frame, ref_groups_dict={"group": "g0"}, check_significance=False
    )
    judged = Fairness().get_group_value_fairness(bias).set_index("attribute_value")
    parity = {
        "ppr": "Statistical Parity",
        "pprev": "Impact Parity",
        "fdr": "FDR Parity",
        "fpr": "FPR Parity",
        "for": "FOR Parity",
        "fnr": "FNR Parity",
    }
    return {
        (f"{name}_disparity", f"group = {group}"): (
            float(judged.loc[group, f"{name}_disparity"]),
            judged.loc[group, verdict] == 0,
        )
        for name, verdict in parity.items()
        for group in judged.index
        if group != "g0"
    }


def of_vfairness_report(table: Table) -> Numbers:
    """Give the default report of vfairness: each metric's value, and whether it fails."""
    from vfairness import FairnessAnalyzer

    analyzer = FairnessAnalyzer(table.outcome, table.decided, table.labels, task_type="classification")
    verdict = analyzer.get_report()["assessment"]
    failed = {entry["metric"] for entry in verdict["failed_metrics"]}
    return {
        (entry["metric"], "group"): (float(entry["value"]), entry["metric"] in failed)
        for key in ("passed_metrics", "failed_metrics")
        for entry in verdict[key]
    }


def of_vfairness_proxy(table: Table) -> Numbers:
    """Give the proxy scores of vfairness, g1 against g0; it takes the first two groups it meets."""
    from vfairness.xai.decomposition.shap_fairness import (
        lundberg_fairness_decomposition,
    )

    two = table.group < 2
    found = lundberg_fairness_decomposition(
        shap_values=table.shap[two],
        group_labels=table.labels[two],
        feature_names=list(FEATURES),
        metric="demographic_parity",
        protected_attribute="group",
        subject_id="",
        audit_artifact_id="",
    )
    return {
        (name, "group = g1"): (float(score), name in found.flagged_proxies)
        for name, score in found.proxy_scores.items()
    }


def of_vfairness_verdict(table: Table, seed: int) -> Numbers:
    """Lower interval limits of vfairness, and whether its verdict is unfair."""
    from vfairness import FairnessAnalyzer

    analyzer = FairnessAnalyzer(table.outcome, table.decided, table.labels, task_type="classification")
    found: Numbers = {}
    for name in (
        "demographic_parity_difference",
        "equalized_odds_difference",
        "equal_opportunity_difference",
    ):
        result = getattr(analyzer, name)(include_ci=True, random_state=seed)
        found[name, "group"] = float(result.confidence_interval[0]), result.verdict == "unfair"
    return found


PACKAGES: dict[str, tuple[str, Callable[[Table], Numbers]]] = {
    "fairlearn": ("fairlearn", of_fairlearn),
    "aif360": ("aif360", of_aif360),
    "aequitas": ("aequitas", of_aequitas),
    "vfairness_report": ("vfairness", of_vfairness_report),
    "vfairness_proxy": ("vfairness", of_vfairness_proxy),
}


# --- the comparison ---


@dataclass(frozen=True)
class Pair:
    """One number of a package beside ours.

    `difference` is 0 where both are undefined, NaN where ours is not compared; `unfair` is the package's
    verdict.
    """

    difference: float
    agreed: bool
    unfair: bool


def paired(rule: str, theirs: Numbers, results: tuple[RivalResult, ...]) -> list[Pair]:
    """Pair each of a package's numbers with ours."""
    mine = {(r.indicator or r.metric, r.group): r for r in results if rule in (r.rule, r.tool)}
    found = []
    for key, (value, verdict) in theirs.items():
        own, flagged = (mine[key].value, mine[key].flagged) if key in mine else (np.nan, False)
        if rule == "aequitas" and np.isinf(own):
            own = 10.0  # what Aequitas writes for a ratio to zero
        if rule == "vfairness_verdict" and not flagged:
            difference = np.nan  # we stop at the estimate where that settles the verdict
        else:
            same = own == value or (np.isnan(own) and np.isnan(value))
            difference = 0.0 if same else abs(own - value)
        found.append(Pair(difference, verdict is None or flagged == verdict, bool(verdict)))
    return found


def row(rule: str, package: str, n_tables: int, pairs: list[Pair]) -> str:
    """One line of the table."""
    differences = [pair.difference for pair in pairs if not np.isnan(pair.difference)]
    largest = f"{max(differences):.1e}" if differences else "none compared"
    agreed = (
        f"{sum(pair.agreed for pair in pairs)} of {len(pairs)}, {sum(pair.unfair for pair in pairs)} unfair"
    )
    if rule in ("fairlearn", "aif360"):
        agreed = "it has none"
    version = importlib.metadata.version(package)
    return f"| {rule} | {package} {version} | {n_tables} | {len(differences)} | {largest} | {agreed} |"


def installed(package: str) -> bool:
    """Whether a package is there."""
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def main() -> None:
    """Compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--verdicts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    np.seterr(all="ignore")
    print(f"pandas {pd.__version__}, NumPy {np.__version__}\n")
    print("| rule | package | tables | numbers | largest difference | verdicts that agree |")
    print("|---|---|---|---|---|---|")
    for rule, (package, numbers) in PACKAGES.items():
        if not installed(package):
            print(f"| {rule} | {package} | not installed here | | | |")
            continue
        rng = np.random.default_rng(given.seed)
        pairs = []
        for table in tables(given.tables, rng):
            pairs += paired(rule, numbers(table), table.ours(given.seed))
        print(row(rule, package, given.tables, pairs), flush=True)
    if installed("vfairness") and given.verdicts:
        rng = np.random.default_rng(given.seed + 1)
        pairs = []
        for seed, table in enumerate(tables(given.verdicts, rng, groups=3)):
            theirs = of_vfairness_verdict(table, seed)
            pairs += paired("vfairness_verdict", theirs, table.ours(seed))
        print(row("vfairness_verdict", "vfairness", given.verdicts, pairs))


if __name__ == "__main__":
    main()
