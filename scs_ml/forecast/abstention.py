"""Where a forecast leaves the decision to a person, by the thresholds that the scheme sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Forecast
from scs_ml.schemes import Scheme


def abstention_reasons(forecast: Forecast, scheme: Scheme) -> npt.NDArray[np.str_] | None:
    """Say of each row why a person must decide.

    Parameters
    ----------
    forecast : Forecast (n rows)
        Its flip risk, share of indirect indicators and sets are held against ``scheme.person_decides``; what
        was not computed (None, or NaN in a row) is no reason.
    scheme : Scheme

    Returns
    -------
    array of str, shape (n,), or None
        Such as ``"flip risk 0.31 over 0.25"``, several joined by ``"; "``; empty where nothing speaks against
        the forecast. None where the scheme sets no threshold.
    """
    limits = scheme.person_decides
    if limits is None:
        return None
    size = (
        None if forecast.sets is None else (forecast.sets[:, 1] - forecast.sets[:, 0] + 1).astype(np.float64)
    )
    measured: tuple[tuple[str, Floats | None, float | None], ...] = (
        ("flip risk", forecast.flip_risk, limits.flip_risk),
        ("indirect share", forecast.indirect_share, limits.indirect_share),
        ("set of categories", size, limits.set_size),
    )
    reasons: npt.NDArray[Any] = np.full(len(forecast.categories), "", dtype=object)
    for what, values, limit in measured:
        if values is None or limit is None:
            continue
        for row in np.flatnonzero(values > limit):  # NaN is over nothing
            reason = f"{what} {values[row]:.4g} over {limit:.4g}"
            reasons[row] = f"{reasons[row]}; {reason}" if reasons[row] else reason
    return reasons.astype(np.str_)
