"""Forecast people's next category from a bundle, for the one basis that lets such a table leave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from scs_ml.core import Dataset
from scs_ml.data import pair
from scs_ml.forecast import forecast_categories
from scs_ml.safeguards import gate_training, require_open
from scs_ml.storage import Bundle, atomic_file
from scs_ml.workflow.training import is_panel


def forecast_table(bundle: Bundle, dataset: Dataset, *, seed: int = 0) -> pd.DataFrame:
    """Forecast the rows of the last period, whose next category nobody knows yet.

    Parameters
    ----------
    bundle : Bundle
        From `scs_ml.storage.load_bundle`; its scheme is the one the dataset was read with.
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    seed : int
        Seeds the repeated measurement of indirect indicators.

    Returns
    -------
    DataFrame
        One row per person: ``subject`` (pseudonym), ``period`` (of the indicators), ``category`` (label),
        ``p_<label>`` for every category, and ``flip_risk``.

    Raises
    ------
    SafeguardError
        If the scheme's basis does not open person-level exports, or an input is forbidden.
    """
    scheme = bundle.scheme
    require_open(scheme, "person_export")
    gate_training(scheme, tuple(dataset.X.columns))
    paired = pair(dataset, scheme) if is_panel(dataset, scheme) else dataset
    last = paired.take(paired.period == paired.period.max())
    forecast = forecast_categories(bundle.forecaster, last, scheme=scheme, seed=seed)
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
    if forecast.flip_risk is not None:
        table["flip_risk"] = forecast.flip_risk
    # Ordered by pseudonym, so that the file is no ranking of people by category.
    return table.sort_values("subject", ignore_index=True)


def write_forecasts(table: pd.DataFrame, path: Path) -> Path:
    """Write forecasts as Parquet, or as CSV where the name ends so; the whole file or nothing."""
    with atomic_file(path) as temporary:
        if path.suffix == ".csv":
            table.to_csv(temporary, index=False)
        else:
            table.to_parquet(temporary, index=False)
    return path
