"""Forecast people's next category from a bundle, for the one basis that lets such a table leave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Dataset, Ledger, Progress
from scs_ml.data import pair
from scs_ml.forecast import abstention_reasons, forecast_categories
from scs_ml.safeguards import gate_dataset, gate_target, gate_training, require_open
from scs_ml.storage import Bundle
from scs_ml.workflow.preparing import Prepared, prepare_to_forecast
from scs_ml.workflow.uncertainty import shares_of_indirect
from scs_ml.workflow.unseen import calibration_rows

DOUBT = "events of a disaster, an accident or an emergency may count, and no ledger tells which"


def forecast_table(
    bundle: Bundle,
    dataset: Dataset,
    *,
    ledger: Ledger | None = None,
    row_filter: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Forecast the rows of the last period, whose next category nobody knows yet.

    Parameters
    ----------
    bundle : Bundle
        From `scs_ml.storage.load_bundle`; its scheme is the one the dataset was read with.
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    ledger : Ledger, optional
        Needed where people are real and the bundle was trained with one.
    row_filter : str, optional
        The named filter that the table was read with.
    seed : int
        Seeds the repeated measurement of indirect indicators, and explanations that sample.
    progress : Progress, optional
        Called while explaining and while measuring again.

    Returns
    -------
    DataFrame
        One row per person, ordered by pseudonym: ``subject``, ``period`` (of the indicators), ``category``
        (label), ``p_<label>`` for every category; where the table holds rows to calibrate on, ``lowest`` and
        ``highest`` (labels of the conformal set) and ``coverage`` (its nominal share of hits); where an input
        is indirect, ``flip_risk`` and ``indirect_share`` (missing in rows that were not explained); where the
        scheme says when a person must decide, or a row may hold events of a disaster, an accident or an
        emergency and no ledger tells, ``person_decides`` (true or false) and ``why`` (in words).

    Raises
    ------
    SafeguardError
        If the scheme's basis does not open person-level exports, an input or what is forecast is
        forbidden, or the bundle learned with a ledger and none is given.
    ScsError
        If a ledger is given, and the bundle learned without one.
    """
    scheme = bundle.scheme
    require_open(scheme, "person_export")
    prepared = prepare_to_forecast(bundle.manifest, dataset, scheme, ledger, seed=seed)
    dataset = prepared.dataset
    gate_training(scheme, tuple(dataset.X.columns))
    gate_dataset(scheme, dataset)
    gate_target(scheme)
    paired = pair(dataset, scheme)
    last = paired.take(paired.period == paired.period.max())
    indirect = any(i.kind == "indirect" and i.name in last.X for i in scheme.indicators)
    forecast = forecast_categories(
        bundle.forecaster,
        last,
        certain_rows(calibration_rows(paired, scheme, bundle.manifest, row_filter=row_filter), prepared),
        scheme=scheme,
        indirect_share=shares_of_indirect(bundle.forecaster, last, scheme, seed=seed, progress=progress)
        if indirect
        else None,
        seed=seed,
        progress=progress,
    )
    labels = np.asarray(scheme.scale.categories)
    table = pd.DataFrame(
        {
            "subject": last.subject,
            "period": np.asarray(last.periods)[last.period],
            "category": labels[forecast.categories],
        }
    )
    if forecast.probabilities is not None:
        for k, label in enumerate(labels):
            table[f"p_{label}"] = forecast.probabilities[:, k]
    if forecast.sets is not None:
        table["lowest"], table["highest"] = labels[forecast.sets].T
        table["coverage"] = forecast.coverage
    if forecast.flip_risk is not None:
        table["flip_risk"] = forecast.flip_risk
    if forecast.indirect_share is not None:
        table["indirect_share"] = forecast.indirect_share
    reasons = _with_doubts(abstention_reasons(forecast, scheme), prepared, last)
    if reasons is not None:
        table["person_decides"], table["why"] = reasons != "", reasons
    # Ordered by pseudonym, so that the file is no ranking of people by category.
    return table.sort_values("subject", ignore_index=True)


def certain_rows(rows: Dataset | None, prepared: Prepared) -> Dataset | None:
    """Give the calibration rows that hold no doubtful events; None where there are none."""
    return None if rows is None or prepared.doubts(rows).all() else prepared.certain(rows)


def _with_doubts(
    reasons: npt.NDArray[np.str_] | None, prepared: Prepared, rows: Dataset
) -> npt.NDArray[np.str_] | None:
    """Add where a person must decide because an event may be one of a situation."""
    doubts = prepared.doubts(rows)
    if not doubts.any():
        return reasons
    said = np.full(len(rows), "", dtype=object) if reasons is None else reasons.astype(object)
    said[doubts] = [f"{each}; {DOUBT}" if each else DOUBT for each in said[doubts]]
    return said.astype(np.str_)
