"""How many attacks on an explanation are caught, and how many honest explanations are taken for one.

    python -m benchmarks.explanation_attacks backgrounds --worlds 150 --seed 20000
    python -m benchmarks.explanation_attacks models --worlds 25 --seed 30000 --families logit

`backgrounds`: an existing score that takes points from residents of certain districts, without a model.
Honest backgrounds are drawn at random; in chosen ones a share of those who live elsewhere makes room for
residents. `models`: a model that takes the district as an input. Its SHAP values are given as they are, moved
from the district to another indicator, scaled, or shuffled over people; it is explained against a chosen
background; or it is wrapped so that it answers without the district wherever a forest takes a row for a
mixture of rows (Slack et al. 2020). Every case is judged by `explanation_attack` alone, at a level of 1 %.
Prints Markdown with 95 % Wilson intervals.
"""

from __future__ import annotations

import argparse
import platform
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from scs_ml.audit.checks._queries import Model, mixture, read_model, shapley_by_queries
from scs_ml.audit.checks.explanation_attack import MATERIAL, UNIT, ExplanationAttack
from scs_ml.core import AuditCase, Dataset, Explanation, Finding, Floats, Forecast
from scs_ml.data import pair, read_table
from scs_ml.exceptions import ScsError
from scs_ml.explain import explain
from scs_ml.forecast import FORECASTERS
from scs_ml.inference import wilson
from scs_ml.schemes import load_scheme
from scs_ml.worlds import WorldSettings, simulate
from scs_ml.worlds.population import CONCENTRATED, DISTRICTS

SCHEME = load_scheme("suining")
CHECK = ExplanationAttack()
LEVEL, PEOPLE = 0.01, 2_000
SHARES, SIZES = (0.1, 0.2, 0.3, 0.4, 0.5), (100, 200, 500)
HONEST = (0.0, 0.0, 0.0, 0.0)  # honest backgrounds of each size, of each world
RESIDENTS = np.array(DISTRICTS, dtype=object)[list(CONCENTRATED)]
CELL = ("district", (("minority", "yes"),))


@dataclass
class Count:
    """How many cases of a row of the table, how many flagged, and how many with the right cell first."""

    n: int = 0
    caught: int = 0
    cell: int = 0

    def add(self, flags: list[Finding]) -> None:
        """Count one case."""
        self.n += 1
        self.caught += bool(flags)
        self.cell += bool(flags) and (flags[0].indicator, flags[0].group) == CELL


@dataclass
class Counts:
    """All rows of the table."""

    rows: dict[str, Count] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, case: AuditCase) -> None:
        """Run the check on a case and count it in a row."""
        found = CHECK.run(case, level=LEVEL, seed=0).findings
        self.rows.setdefault(name, Count()).add([f for f in found if f.verdict == "flag"])

    def print(self) -> None:
        """Print the table."""
        print("| case | n | flagged | share | 95 % interval | right cell, of flagged |")
        print("|---|---|---|---|---|---|")
        for name, row in sorted(self.rows.items()):
            low, high = wilson(row.caught, row.n)
            right = f"{row.cell} of {row.caught}" if row.caught else "-"
            share = row.caught / row.n
            print(f"| {name} | {row.n} | {row.caught} | {share:.3f} | {low:.3f}-{high:.3f} | {right} |")
        for name, count in sorted(self.left_out.items()):
            print(f"\n{name}: {count}")


def chosen(rng: np.random.Generator, residents: Floats, size: int, share: float) -> Floats:
    """Draw a background, and let a share of those who live elsewhere make room for residents."""
    drawn = rng.integers(0, len(residents), size)
    elsewhere = np.flatnonzero(~residents[drawn])
    leave = rng.permutation(elsewhere)[: round(share * len(elsewhere))]
    drawn[leave] = rng.choice(np.flatnonzero(residents), len(leave))
    return drawn


def backgrounds(worlds: int, seed: int, counts: Counts) -> None:
    """Audit an existing score with honest and with chosen backgrounds."""
    for number in range(worlds):
        # The mechanism makes the reliance; the backgrounds are drawn here.
        settings = WorldSettings(
            n_people=PEOPLE, n_periods=2, seed=seed + number, mechanisms={"explanation_attack": 0.3}
        )
        table = read_table(simulate(settings).table, SCHEME)
        last = table.take(table.period == table.period.max())
        frame = pd.concat([last.X, last.withheld, last.sensitive], axis=1)
        score = Forecast(last.category, np.asarray(last.score), "existing score", "recorded")
        case = AuditCase(SCHEME, last, score, None)
        residents = np.isin(frame["district"].astype(object), RESIDENTS)
        rng = np.random.default_rng(seed + number)
        for size in SIZES:
            for share in (*HONEST, *SHARES):
                name = (
                    f"chosen background, {share:.0%} hidden, {size} rows" if share else f"honest, {size} rows"
                )
                drawn = frame.iloc[chosen(rng, residents, size, share)].reset_index(drop=True)
                counts.add(name, replace(case, background=drawn))
        smaller = last.take(rng.permutation(len(last))[:500])
        elsewhere = frame.iloc[rng.integers(0, len(frame), 200)].reset_index(drop=True)
        score = Forecast(smaller.category, np.asarray(smaller.score), "existing score", "recorded")
        counts.add(
            "honest, 200 rows, 500 people audited",
            AuditCase(SCHEME, smaller, score, None, background=elsewhere),
        )


class Scaffold:
    """Answers as one model on what looks like a real row, as another on the rest."""

    def __init__(self, model: Any, innocuous: Any, train: pd.DataFrame, seed: int) -> None:
        self.model, self.innocuous, self.classes_ = model, innocuous, model.classes_
        self.feature_names_in_ = np.array(train.columns, dtype=object)
        rng, n = np.random.default_rng(seed), len(train)
        own = {name: rng.random(3 * n) < 0.5 for name in train.columns}
        mixed = mixture(train, np.tile(np.arange(n), 3), rng.integers(0, n, 3 * n), own)
        both = self._numbers(pd.concat([train, mixed], ignore_index=True))
        real = np.arange(4 * n) < n
        self.eye = RandomForestClassifier(30, min_samples_leaf=3, random_state=seed, class_weight="balanced")
        self.eye.fit(both, real)

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Answer."""
        real = self.eye.predict(self._numbers(X))[:, None]
        return np.where(real, self.model.predict_proba(X), self.innocuous.predict_proba(X))

    @staticmethod
    def _numbers(X: pd.DataFrame) -> Floats:
        columns = [c.cat.codes if isinstance(c.dtype, pd.CategoricalDtype) else c for _, c in X.items()]
        return np.column_stack(columns).astype(np.float64)


class WithoutDistrict:
    """A model that takes everybody to live in the first district."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Answer."""
        first = X["district"].cat.categories[0] if hasattr(X["district"], "cat") else 0.0
        column = pd.Series(first, index=X.index).astype(X["district"].dtype)
        return self.model.predict_proba(X.assign(district=column))


def learned(seed: int, family: str, *, lag: bool, reliance: bool) -> tuple[Any, Dataset, pd.DataFrame]:
    """Simulate a world, train on one period, and give the model with the next period's rows."""
    planted = {"postcode_proxy": 0.4} if reliance else {}
    world = simulate(WorldSettings(n_people=PEOPLE, n_periods=4, seed=seed, mechanisms=planted))
    paired = pair(read_table(world.table, SCHEME), SCHEME)
    X = paired.X if lag else paired.X.drop(columns="current_score")
    if family == "forest":
        X = X.assign(district=X["district"].cat.codes.astype(float))
    paired = replace(paired, X=X)
    paired = paired.take(paired.y >= 0)
    newest = paired.period.max()
    train, test = paired.take(paired.period == newest - 1), paired.take(paired.period == newest)
    model = (
        RandomForestClassifier(60, min_samples_leaf=5, random_state=seed)
        if family == "forest"
        else FORECASTERS[family](scheme=SCHEME)
    )
    return model.fit(train.X, train.y), test, train.X


def case_of(
    model: Any, test: Dataset, explanation: Explanation | None, background: pd.DataFrame | None = None
) -> AuditCase:
    """Put a case together."""
    probabilities = np.asarray(model.predict_proba(test.X))
    forecast = Forecast(
        model.classes_[probabilities.argmax(axis=1)], probabilities @ model.classes_, "third party", "model"
    )
    return AuditCase(SCHEME, test, forecast, explanation, model, background)


def tampered(given: Explanation, rng: np.random.Generator) -> Iterator[tuple[str, Explanation]]:
    """Values that are not the model's but still add up."""
    j = given.feature_names.index("district")
    other = given.feature_names.index("unpaid_debts")
    for share in (0.5, 1.0):
        values = given.values.copy()
        values[:, other] += share * values[:, j]
        values[:, j] *= 1 - share
        yield f"values moved to another indicator, {share:.0%}", replace(given, values=values)
    values = given.values.copy()
    values[:, j] *= 0.25
    off = (given.values - values).sum(axis=1)
    yield "values scaled to a quarter, outputs to fit", replace(given, values=values, raw=given.raw - off)
    values = given.values.copy()
    values[:, j] = rng.permutation(values[:, j])
    values[:, other] += given.values[:, j] - values[:, j]
    yield "values shuffled over people", replace(given, values=values)


def models(worlds: int, seed: int, counts: Counts, families: tuple[str, ...]) -> None:
    """Audit models with honest and with attacked explanations."""
    for number in range(worlds):
        rng = np.random.default_rng(seed + number)
        for family in families:
            for lag, reliance in ((False, False), (True, number % 2 == 0)):
                model, test, _ = learned(seed + number, family, lag=lag, reliance=reliance)
                name = f"honest, {family}{', lag' if lag else ''}, {'reliance' if reliance else 'none'}"
                counts.add(name, case_of(model, test, explain(model, test.X)))
            model, test, train = learned(seed + number, family, lag=False, reliance=True)
            given = explain(model, test.X)
            honest = case_of(model, test, given)
            counts.add(f"honest, {family}, reliance", honest)
            if family == "logit":
                drawn = test.X.iloc[rng.integers(0, len(test), 200)].reset_index(drop=True)
                counts.add(
                    "honest, logit, reliance, interventional",
                    replace(honest, explanation=explain(model, test.X, background=drawn), background=drawn),
                )
            asked = _model(honest)
            everybody = np.arange(len(test))
            twice = [shapley_by_queries(asked, everybody, "district", seed=s) for s in (1, 2)]
            twice = [v - v.mean() for v in twice]
            power = float(np.mean(twice[0] * twice[1]))
            if power < (MATERIAL * asked.answer(asked.inputs).std()) ** 2:
                counts.left_out[f"{family}: models that rely on the district by less than {MATERIAL} SD"] += 1
                continue
            for what, lie in tampered(given, rng):
                counts.add(f"{what}, {family}", replace(honest, explanation=lie))
            residents = np.isin(simulated_districts(test), RESIDENTS)
            drawn = test.X.iloc[chosen(rng, residents, 200, 0.3)].reset_index(drop=True)
            counts.add(
                f"chosen background, 30% hidden, 200 rows, {family}", replace(honest, background=drawn)
            )
            wrapped = Scaffold(model, WithoutDistrict(model), train, seed + number)
            case = case_of(wrapped, test, None)
            answered, plain = _model(case), _model(case_of(model, test, None))
            phi = [shapley_by_queries(plain, everybody, "district", seed=s) for s in (1, 2)]
            psi = shapley_by_queries(answered, everybody, "district", seed=3)
            phi = [v - v.mean() for v in phi]
            hidden = 1 - float(np.mean(phi[0] * (psi - psi.mean())) / np.mean(phi[0] * phi[1]))
            depth = "half or more" if hidden >= 0.5 else "less than half"
            counts.add(f"scaffold that hides {depth}, {family}", case)
        print(f"<!-- {number + 1} of {worlds} worlds -->", flush=True)


def _model(case: AuditCase) -> Model:
    found = read_model(case)
    if found is None:
        raise ScsError("the benchmark's own model cannot be asked")
    return found


def simulated_districts(test: Dataset) -> np.ndarray:
    """Names of the districts, also where a forest was given codes."""
    column = test.X["district"]
    return (
        np.array(DISTRICTS, dtype=object)[column.astype(int)]
        if column.dtype == float
        else column.astype(object)
    )


def main() -> None:
    """Run a part and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("backgrounds", "models"))
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument("--families", nargs="+", default=["logit", "boosting", "forest"])
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    counts = Counts()
    if given.part == "backgrounds":
        backgrounds(given.worlds, given.seed, counts)
    else:
        models(given.worlds, given.seed, counts, tuple(given.families))
    print(f"Python {platform.python_version()}, NumPy {np.__version__}; effects in {UNIT}\n")
    counts.print()


if __name__ == "__main__":
    main()
