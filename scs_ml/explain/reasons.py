"""One person's forecast and the reasons for it: what moved it, by how much, from which source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Dataset, Explanation, Forecast, Ints, PersonView
from scs_ml.exceptions import ExplanationError
from scs_ml.metrics.scales import PROBABILITY, PROBIT_INDEX, even
from scs_ml.safeguards import require_open
from scs_ml.schemes import Scheme

# Of an input that is no indicator of the scheme: the score or category that the person has now.
OWN_SCORE = "the scheme's own score"


def person_view(  # noqa: PLR0917 - what is shown, in the order in which it came about
    explanation: Explanation,
    dataset: Dataset,
    forecast: Forecast,
    scheme: Scheme,
    position: int,
    boundary: int | None = None,
) -> PersonView:
    """What moved one person's forecast at one boundary.

    Parameters
    ----------
    explanation : Explanation
    dataset, forecast
        Those that were explained, rows aligned.
    scheme : Scheme
        Its basis must open person-level views.
    position : int
        Row of the dataset, one of ``explanation.rows``.
    boundary : int, optional
        The one nearest to the person's forecast (log-odds or index near 0, probability near 1/2) when None.

    Returns
    -------
    PersonView
        Contributions by falling size; `forecast` is before rearrangement.

    Raises
    ------
    SafeguardError
        If the scheme's basis opens no person-level views.
    ExplanationError
        If the row was not explained, or there is no such boundary.
    """
    require_open(scheme, "person_views")
    at = np.flatnonzero(explanation.rows == position)
    if not len(at):
        raise ExplanationError(
            f"row {position} was not explained",
            where=f"{len(explanation.rows)} of {len(dataset)} rows were",
            remedy="add it to `rows` of explain()",
        )
    row, outputs = int(at[0]), explanation.values.shape[2]
    if boundary is None:
        boundary = nearest_boundary(explanation, row)
    if not 0 <= boundary < outputs:
        raise ExplanationError(f"there is no boundary {boundary}", remedy=f"give one of 0..{outputs - 1}")
    values = explanation.values[row, :, boundary]
    order: Ints = np.argsort(-np.abs(values), kind="stable")
    base = float(explanation.base_values[boundary])
    names = explanation.feature_names
    inputs = dataset.X.iloc[position]
    return PersonView(
        subject=str(dataset.subject[position]),
        period=dataset.periods[int(dataset.period[position])],
        category=int(forecast.categories[position]),
        boundary=boundary,
        base_value=base,
        contributions=tuple(
            (names[i], _shown(inputs[names[i]]), _source(names[i], scheme), float(values[i])) for i in order
        ),
        forecast=base + float(values.sum()),
        target=explanation.target,
    )


def nearest_boundary(explanation: Explanation, row: int) -> int:
    """Find the boundary that is nearest to a person's forecast, where little would matter most.

    Parameters
    ----------
    explanation : Explanation
    row : int
        Position among ``explanation.rows``.

    Returns
    -------
    int
    """
    forecast_at = explanation.raw[row] + explanation.residual[row]
    return int(np.argmin(np.abs(forecast_at - even(explanation.target))))


def reason_sentences(view: PersonView, scheme: Scheme, *, limit: int = 5) -> tuple[str, ...]:
    """Say a person's forecast and its reasons in plain language, the largest first.

    Parameters
    ----------
    view : PersonView
    scheme : Scheme
        Gives the categories their labels.
    limit : int
        Indicators named one by one; the rest is said in sum.

    Returns
    -------
    tuple of str
    """
    labels = scheme.scale.categories
    above = labels[view.boundary + 1]
    forecast = f"For {view.period} the forecast is {labels[view.category]}."
    sentences = [f"{forecast} What moved it towards {above} or better:"]
    moving = [each for each in view.contributions if each[3] != 0]
    for name, value, source, shap in moving[:limit]:
        sentences.append(f"{_readable(name)} is {value} ({source}): {_moved(shap, view.target)}.")
    if rest := moving[limit:]:
        total = sum(each[3] for each in rest)
        indicators = f"{len(rest)} other indicator{'s' if len(rest) > 1 else ''}"
        sentences.append(f"{indicators} together: {_moved(total, view.target)}.")
    if not moving:
        sentences.append("No indicator moved it: it is the forecast for everyone.")
    return tuple(sentences)


def _moved(shap: float, target: str) -> str:
    """Direction and size of a SHAP value; log-odds also as the factor by which they change the odds."""
    direction = "for it" if shap > 0 else "against it"
    if target == PROBABILITY:
        return f"{direction}, {abs(shap) * 100:.1f} percentage points"
    if target == PROBIT_INDEX:
        return f"{direction}, {abs(shap):.2f} standard deviations of what the model cannot tell"
    return f"{direction}, odds × {np.exp(shap):.2f} (log-odds {shap:+.2f})"


def _readable(name: str) -> str:
    """Name of an indicator at the start of a sentence."""
    return name.replace("_", " ").capitalize()


def _source(name: str, scheme: Scheme) -> str:
    """Sphere and database that an indicator comes from."""
    known = {each.name: each for each in scheme.indicators}
    return f"{known[name].source}: {known[name].database}" if name in known else OWN_SCORE


def _shown(value: Any) -> str:
    """Value of an indicator as text: numbers without needless digits."""
    if pd.isna(value):
        return "missing"
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)
