"""What a subject's sheet says of one row: forecast, pushes, doubts, recourse, and what was not used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.core import Bools, Dataset, Explanation, Forecast, Ints, Progress
from scs_ml.data import pair
from scs_ml.exceptions import ScsError
from scs_ml.explain import explain, indirect_share, nearest_boundary, recourse
from scs_ml.forecast import forecast_categories
from scs_ml.report.sheet import Doubt, NotUsed, Sheet, Used
from scs_ml.report.sheet.model import Kept, Value
from scs_ml.safeguards import InputGate, gate_inputs, opens
from scs_ml.schemes import FORBIDDEN_NATURES, Indicator, Scheme, scheme_fingerprint
from scs_ml.storage import Bundle
from scs_ml.workflow.forecasting import certain_rows
from scs_ml.workflow.preparing import Prepared
from scs_ml.workflow.unseen import calibration_rows

_BY_RULE: dict[str, Kept] = {
    "relatives": "relatives",
    "state_of_mind": "psychological",
    "source_named": "source",
    "other_context": "context",
}


@dataclass(frozen=True)
class Told:
    """The last period of a table, forecast and explained in some of its rows."""

    bundle: Bundle
    last: Dataset
    forecast: Forecast
    explanation: Explanation
    before: pd.DataFrame  # inputs as recorded: before events were taken out, and hearsay weighed
    doubtful: Bools
    drawn: bool


def last_period(dataset: Dataset, scheme: Scheme) -> Dataset:
    """Give the rows that are to be forecast, paired."""
    paired = pair(dataset, scheme)
    return paired.take(paired.period == paired.period.max())


def person_row(dataset: Dataset, person: str) -> Ints:
    """Give the position (1,) of a person's row in one period.

    Parameters
    ----------
    dataset : Dataset
    person : str
        A pseudonym.

    Returns
    -------
    ndarray of int (1,)

    Raises
    ------
    ScsError
        If nobody in it has that pseudonym.
    """
    at = np.flatnonzero(dataset.subject == person)
    if not len(at):
        raise ScsError(
            "nobody in the table has this pseudonym",
            where=f"{len(dataset):,} rows of the last period",
            remedy="take it from the `subject` column of a forecast file made with the same key",
        )
    return at[:1].astype(np.int64)


def tell(
    bundle: Bundle,
    recorded: Dataset,
    prepared: Prepared,
    rows: Ints,
    *,
    row_filter: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Told:
    """Forecast everybody in the last period, as `forecast_table` does, and explain these rows of it."""
    scheme = bundle.scheme
    paired = pair(prepared.dataset, scheme)
    last = last_period(paired, scheme)
    explanation = explain(bundle.forecaster, last.X, rows=rows, seed=seed, progress=progress)
    vague = None
    if any(i.kind == "indirect" and i.name in last.X for i in scheme.indicators):
        vague = np.full(len(last), np.nan)
        vague[rows] = indirect_share(explanation, scheme)
    calibration = calibration_rows(paired, scheme, bundle.manifest, row_filter=row_filter)
    forecast = forecast_categories(
        bundle.forecaster,
        last,
        certain_rows(calibration, prepared),
        scheme=scheme,
        indirect_share=vague,
        seed=seed,
        progress=progress,
    )
    before, doubts = last_period(recorded, scheme).X, prepared.doubts(last)
    return Told(bundle, last, forecast, explanation, before, doubts, not opens(scheme, "person_views"))


def sheets_of(told: Told, progress: Progress | None = None) -> Iterator[Sheet]:
    """Give the sheet of every row that was explained."""
    gate = gate_inputs(told.bundle.scheme)
    for i in range(len(told.explanation.rows)):
        yield _sheet(told, gate, i)
        if progress:
            progress("sheets", i + 1, len(told.explanation.rows))


def _sheet(told: Told, gate: InputGate, i: int) -> Sheet:
    """The sheet of the explanation's row `i`."""
    scheme, last, forecast = told.bundle.scheme, told.last, told.forecast
    at = int(told.explanation.rows[i])
    boundary = nearest_boundary(told.explanation, i)
    found = recourse(told.bundle.forecaster, last.X.iloc[[at]], scheme, reference=last.X)
    assert forecast.probabilities is not None  # noqa: S101 - a forecaster gives them, for the type checker
    sets = forecast.sets
    return Sheet(
        scheme=scheme,
        subject=str(last.subject[at]),
        period=last.periods[int(last.period[at])],
        category=int(forecast.categories[at]),
        boundary=boundary,
        chances=tuple(map(float, forecast.probabilities[at])),
        likely=None if sets is None else (int(sets[at, 0]), int(sets[at, 1])),
        coverage=forecast.coverage,
        flip_risk=_at(forecast.flip_risk, at),
        indirect_share=_at(forecast.indirect_share, at),
        person_decides=_decides(forecast, told, at),
        doubts=_doubts(forecast, scheme, at),
        used=_used(told, gate, i, boundary),
        not_used=(*_not_used(scheme, gate), *_taken_out(told, at)),
        recourse=found,
        marks=marks(told),
        doubtful=bool(told.doubtful[at]),
        drawn=told.drawn,
    )


def _decides(forecast: Forecast, told: Told, at: int) -> bool | None:
    if told.doubtful[at]:
        return True
    return None if forecast.abstains is None else bool(forecast.abstains[at])


def _used(told: Told, gate: InputGate, i: int, boundary: int) -> tuple[Used, ...]:
    explanation, scheme = told.explanation, told.bundle.scheme
    values = explanation.values[i, :, boundary]
    total = float(np.abs(values).sum())
    known = {each.name: each for each in scheme.indicators}
    row = told.last.X.iloc[int(explanation.rows[i])]
    found = []
    for j in np.argsort(-np.abs(values), kind="stable"):
        name = explanation.feature_names[j]
        indicator = known.get(name)
        push = float(values[j]) / total if total else 0.0
        found.append(Used(indicator, _value(row[name], indicator), push, name in gate.forbidden))
    return tuple(found)


def _value(cell: object, indicator: Indicator | None) -> Value:
    if pd.isna(cell):  # type: ignore[call-overload]
        return None
    if indicator is not None and indicator.dtype == "flag":
        return bool(cell)
    return str(cell) if isinstance(cell, str) else float(cell)  # type: ignore[arg-type]


def _not_used(scheme: Scheme, gate: InputGate) -> tuple[NotUsed, ...]:
    rules = {c: r.rule for r in gate.records if r.outcome in ("refused", "kept") for c in r.columns}
    found = []
    for indicator in map(scheme.indicator, gate.withheld):
        why, detail = _why_not(indicator, rules.get(indicator.table_column))
        found.append(NotUsed(indicator.name, why, detail))
    return tuple(found)


def _taken_out(told: Told, at: int) -> tuple[NotUsed, ...]:
    """Name what the model saw otherwise than recorded: hearsay that weighs nothing, events of situations."""
    found: list[NotUsed] = []
    for indicator in told.bundle.scheme.indicators:
        if indicator.name in told.last.X:
            seen, recorded = (frame[indicator.name].iloc[at] for frame in (told.last.X, told.before))
            if seen != recorded and not (pd.isna(seen) and pd.isna(recorded)):
                found.append(NotUsed(indicator.name, "hearsay" if indicator.hearsay else "event"))
    return tuple(found)


def _why_not(indicator: Indicator, rule: str | None) -> tuple[Kept, str]:
    if indicator.concerns != "subject":
        return indicator.concerns, ""
    if indicator.nature in FORBIDDEN_NATURES:
        return indicator.nature, ""  # type: ignore[return-value]
    if indicator.forbidden is not None:
        return "scheme", indicator.forbidden.rstrip(".")
    if rule is None:
        return "offered", ""
    return _BY_RULE.get(rule, "protected"), ""


def _doubts(forecast: Forecast, scheme: Scheme, at: int) -> tuple[Doubt, ...]:
    limits, sets = scheme.person_decides, forecast.sets
    if limits is None:
        return ()
    size = None if sets is None else float(sets[at, 1] - sets[at, 0] + 1)
    asked = (
        Doubt("flip_risk", _or_nan(_at(forecast.flip_risk, at)), _or_nan(limits.flip_risk)),
        Doubt("indirect_share", _or_nan(_at(forecast.indirect_share, at)), _or_nan(limits.indirect_share)),
        Doubt("set_size", _or_nan(size), _or_nan(limits.set_size)),
    )
    return tuple(each for each in asked if each.value > each.limit)  # NaN is over nothing


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _at(values: np.typing.NDArray[np.float64] | None, at: int) -> float | None:
    return None if values is None or np.isnan(values[at]) else float(values[at])


def marks(told: Told) -> dict[str, str]:
    """Fingerprints of the model, the table and the scheme."""
    return {
        "model": str(told.bundle.manifest["seal"]),
        "table": told.last.fingerprint,
        "scheme": scheme_fingerprint(told.bundle.scheme),
    }
