"""Do the values given say what the model does? Two comparisons with the model's own answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.audit.checks._additive import Coding, additive, lines_of
from scs_ml.audit.checks._queries import Model, raw_margin, shapley_by_queries
from scs_ml.audit.judge import standard_deviation
from scs_ml.core import LAGS, AuditCase, Floats, Ints
from scs_ml.inference import Estimate, cluster_sums, effective_clusters
from scs_ml.metrics.scales import LOG_ODDS, PROBABILITY, to_probability

TOLERANCE = 1e-4  # of sums and of probabilities; engines in float32 reach 1e-5
MOST_ROWS = 2_000  # asked about, shared by the inputs


@dataclass(frozen=True)
class Asked:
    """Two independent estimates of an input's Shapley values (m,), centred, and what stands beside them.

    `lagged` is what the input gets of the attribution of lags when these are explained through, along lines
    as explanations do it, `on_curves` the same on curves, `through` whether the explanation does so; `given`
    what the explanation gives, `real` what the input goes with on real rows while the others are held;
    `deviation` that of the model's answers.
    """

    name: str
    first: Floats
    second: Floats
    lagged: Floats
    on_curves: Floats
    through: bool
    given: Floats | None
    real: Floats
    deviation: float

    @property
    def told(self) -> tuple[Floats, Floats]:
        """What the explanation should give (m,), twice."""
        if not self.through:
            return self.first, self.second
        return self.first + self.lagged, self.second + self.lagged

    @property
    def size(self) -> float:
        """Spread of what the explanation should give, in SD of the model's answers."""
        first, second = self.told
        return float(np.sqrt(max(float(np.mean(first * second)), 0.0)) / self.deviation)

    @property
    def real_size(self) -> float:
        """Spread of what the input goes with on real rows, in SD of the model's answers."""
        return float(self.real.std() / self.deviation)

    def withheld(self, cluster: Ints) -> Estimate:
        """Share of the input's attribution that the explanation does not tell, negative.

        How much of a lag's attribution is the input's depends on how it is passed on, so an explanation that
        goes through a lag may agree with the model's answers with that part or without it.
        """
        given = np.zeros_like(self.first) if self.given is None else self.given
        whole = _share(self.told, given, self.told, cluster)
        if not self.through:
            return whole
        direct = _share((self.first, self.second), given, (self.first, self.second), cluster)
        return direct if direct.value[0] > whole.value[0] else whole

    def off_rows(self, cluster: Ints) -> Estimate:
        """Share of what the input goes with on real rows that mixtures of rows do not show, negative."""
        whole = self.first + self.on_curves, self.second + self.on_curves
        return _share(whole, self.real, (self.real, self.real), cluster)


def _share(one: Sequence[Floats], other: Floats, base: Sequence[Floats], cluster: Ints) -> Estimate:
    """Products of two attributions over that of the base with itself, less one."""
    product = (one[0] + one[1]) / 2 * other
    whole = base[0] * base[1]
    ratio = product.sum() / whole.sum()
    influence = cluster_sums((product - ratio * whole) / whole.sum(), cluster)
    units = effective_clusters(np.bincount(cluster)[np.unique(cluster)])
    return Estimate(np.array([ratio - 1]), influence, units - 1, np.zeros(1), np.zeros(1))


def ask(case: AuditCase, model: Model, names: Sequence[str], *, seed: int) -> tuple[Ints, list[Asked]]:
    """Ask the model about some inputs.

    Parameters
    ----------
    case : AuditCase
    model : Model
    names : sequence of str
        Inputs.
    seed : int

    Returns
    -------
    rows : ndarray of int (m,)
        Positions asked about.
    asked : list of Asked
    """
    explanation = case.explanation
    rows = np.arange(len(case.dataset)) if explanation is None else explanation.rows
    most = max(MOST_ROWS // max(len(names), 1), 500)
    at = np.arange(len(rows))
    if len(rows) > most:
        at = np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False))
    rows = rows[at]
    answers = model.answer(model.inputs.iloc[rows])
    inputs = model.inputs.iloc[rows]
    codings = {str(name): Coding.of(column) for name, column in inputs.items() if name not in LAGS}
    codes = {name: coding.codes(inputs[name]) for name, coding in codings.items()}
    held = {name: coding for name, coding in codings.items() if name not in names}
    real = additive(codings, codes, answers, lines_of(held, inputs))
    values_of_lags = _of_lags(model, rows, seed)
    passed = _passed_on(inputs, values_of_lags)
    bent = additive(codings, codes, values_of_lags)
    through = explanation is not None and "explained through to" in explanation.engine
    found = []
    for order, name in enumerate(names):
        pair = [shapley_by_queries(model, rows, name, seed=seed + 1 + 2 * order + each) for each in (0, 1)]
        given = None
        if explanation is not None and explanation.fidelity is None and name in explanation.feature_names:
            column = explanation.values[at, explanation.feature_names.index(name)].mean(axis=1)
            given = column - column.mean()
        direct = pair[0] - pair[0].mean(), pair[1] - pair[1].mean()
        lagged = passed.get(name, np.zeros(len(rows)))
        found.append(
            Asked(
                name,
                *direct,
                lagged,
                bent[name][codes[name]],
                through,
                given,
                real[name][codes[name]],
                standard_deviation(answers),
            )
        )
    return rows, found


def off_the_sum(case: AuditCase, model: Model) -> dict[str, Floats]:
    """How far each explained row is from adding up, and from what the model says.

    Parameters
    ----------
    case : AuditCase
    model : Model

    Returns
    -------
    dict of str to ndarray (m,)
        Distance over what is allowed, by what was compared: above 1 it does not hold.
    """
    explanation = case.explanation
    if explanation is None:
        return {}
    allowed = TOLERANCE * max(1.0, float(np.abs(explanation.raw).max(initial=0.0)))
    sums = explanation.base_values + explanation.values.sum(axis=1) - explanation.raw
    found = {"base value + values = output": np.abs(sums).max(axis=1) / allowed}
    if explanation.fidelity is not None:
        return found
    inputs = model.inputs.iloc[explanation.rows]
    scale = explanation.target
    told = explanation.raw + explanation.residual
    exceed = model.exceed(inputs)
    if told.shape == exceed.shape:
        distance = np.abs(to_probability(told, scale) - exceed).max(axis=1)
        found["output + residual = the model's forecast"] = distance / TOLERANCE
    margin = None if scale == PROBABILITY else raw_margin(case.forecaster, inputs)
    if margin is not None and margin.shape == explanation.raw.shape:
        own = to_probability(margin, LOG_ODDS)
        distance = np.abs(own - to_probability(explanation.raw, scale)).max(axis=1)
        found["output = the model's own log-odds"] = distance / TOLERANCE
    return found


def _of_lags(model: Model, rows: Ints, seed: int) -> Floats:
    """SHAP values (m,) of all lags together, centred; zero without a lag."""
    values = np.zeros(len(rows))
    for order, lag in enumerate(name for name in LAGS if name in model.inputs):
        values = values + shapley_by_queries(model, rows, lag, seed=seed + 1_000 + order)
    return np.asarray(values - values.mean())


def _passed_on(inputs: pd.DataFrame, values: Floats) -> dict[str, Floats]:
    """What each indicator gets of the lags' attributions (m,), by least squares."""
    lags = [name for name in LAGS if name in inputs]
    if not lags or len(lags) == len(inputs.columns):
        return {}
    made: list[pd.DataFrame] = []
    for name, column in inputs.drop(columns=lags).items():
        if pd.api.types.is_numeric_dtype(column.dtype):
            numbers = pd.DataFrame({"value": column.to_numpy(dtype=np.float64, na_value=np.nan)})
            made.append(numbers.fillna(numbers.mean()).assign(missing=numbers["value"].isna()))
        else:
            made.append(pd.get_dummies(column).reset_index(drop=True))
        made[-1].columns = pd.MultiIndex.from_product([[str(name)], made[-1].columns.astype(str)])
    design = pd.concat(made, axis=1).astype(np.float64)
    design = design - design.mean()
    given = np.linalg.lstsq(design.to_numpy(), values, rcond=1e-10)[0]
    parts = (design * given).T.groupby(level=0).sum().T
    return {str(name): part.to_numpy() for name, part in parts.items()}
