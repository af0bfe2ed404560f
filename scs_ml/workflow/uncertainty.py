"""What a report says of a forecast's uncertainty: its sets, and whom it leaves to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from scs_ml.core import AuditCase, Dataset, Floats, Forecast, Progress, Table
from scs_ml.explain import affordable_rows, explain, explained_exactly, indirect_share, sample_rows
from scs_ml.forecast import SetRule, coverage_table
from scs_ml.inference import share_interval
from scs_ml.schemes import Scheme

_SHOWN = ("covered", "low", "high", "size", "pooled", "shortfall", "needs")


def shares_of_indirect(
    forecaster: Any, dataset: Dataset, scheme: Scheme, *, seed: int = 0, progress: Progress | None = None
) -> Floats:
    """Give the share of each row's explanation that rests on indirect indicators.

    Parameters
    ----------
    forecaster : fitted classifier
    dataset : Dataset (n rows)
    scheme : Scheme
    seed : int
    progress : Progress, optional

    Returns
    -------
    array of shape (n,)
        Of every row where values are exact; where they are sampled, NaN but for as many rows, drawn with
        `seed`, as take seconds.
    """
    n, most = len(dataset), affordable_rows(forecaster)
    shares = np.full(n, np.nan)
    if explained_exactly(forecaster):
        blocks = [np.arange(first, min(first + most, n)) for first in range(0, n, most)]
    else:
        blocks = [sample_rows(n, most, seed=seed)]
    for rows in blocks:
        explanation = explain(forecaster, dataset.X, rows=rows, seed=seed, progress=progress)
        shares[rows] = indirect_share(explanation, scheme)
    return shares


def sets_summary(forecast: Forecast) -> Mapping[str, Any]:
    """Say in plain values how a forecast's sets were made."""
    sets, rule = forecast.sets, forecast.set_rule
    if sets is None:
        return {}
    found: dict[str, Any] = {
        "coverage": forecast.coverage,
        "mean size": float((sets[:, 1] - sets[:, 0] + 1).mean()),
    }
    if isinstance(rule, SetRule):
        found["level"] = rule.level
        found["strata"] = "; ".join(sorted(rule.by_stratum)) or None
        found["too few"] = "; ".join(rule.too_few) or None
    return found


def uncertainty_tables(case: AuditCase) -> tuple[Table, ...]:
    """Give the coverage of the sets, and who is left to a person, by group; none where there is neither."""
    tables = []
    forecast, dataset = case.forecast, case.dataset
    if forecast.sets is not None and (dataset.y >= 0).any():
        tables.append(_coverage(case))
    if forecast.abstains is not None:
        rows = []
        for label, members in _groups(dataset):
            left = forecast.abstains[members]
            low, high = share_interval(left, dataset.cluster[members])
            count = int(left.sum())
            rows.append(
                (
                    label,
                    len(left),
                    count,
                    len(left) - count,
                    float(left.mean()),
                    float(low[0]),
                    float(high[0]),
                )
            )
        tables.append(
            Table(
                "abstentions",
                "Forecasts that the scheme leaves to a person, by group",
                ("group", "rows", "a person must decide", "forecast stands", "share", "low", "high"),
                tuple(rows),
            )
        )
    return tuple(tables)


def _coverage(case: AuditCase) -> Table:
    dataset = case.dataset
    rows: list[tuple[str | int | float | None, ...]] = []
    for attribute in (None, *map(str, dataset.sensitive)):
        labels = _labels(dataset, attribute)
        found = coverage_table(case.forecast, dataset.y, labels, dataset.cluster)
        for each in found.to_dict("records"):
            held = round(each["covered"] * each["n"])
            shown = [each[name] for name in _SHOWN]
            numbers = [None if np.isnan(value) else float(value) for value in shown]
            rows.append((each["group"], each["n"], held, each["n"] - held, *numbers, each["closes"]))
    nominal = 100 * (case.forecast.coverage or 0)
    return Table(
        "set_coverage",
        f"How often the forecast sets hold the true category (nominal {nominal:.0f} %), by group",
        (
            "group",
            "rows",
            "held",
            "not held",
            "share held",
            "low",
            "high",
            "mean size",
            "share held with one threshold",
            "shortfall",
            "level it needs",
            "what closes it",
        ),
        tuple(rows),
    )


def _groups(dataset: Dataset) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    for attribute in (None, *map(str, dataset.sensitive)):
        labels = _labels(dataset, attribute)
        for label in np.unique(labels):
            yield str(label), labels == label


def _labels(dataset: Dataset, attribute: str | None) -> npt.NDArray[np.str_]:
    if attribute is None:
        return np.full(len(dataset), "everybody")
    values = dataset.sensitive[attribute].to_numpy(dtype=np.str_)
    return np.char.add(f"{attribute} = ", values)
