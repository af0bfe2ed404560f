"""What conformal sets may be conditioned on: how long a record is, and what kinds of source it rests on.

Nothing here reads a protected attribute, so that sets are made the same way for everybody whose record
looks the same.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Dataset, Floats
from scs_ml.safeguards import gate_inputs
from scs_ml.schemes import Scheme

_SHORT = 1 / 3  # share of the calibration rows whose records count as short


def strata(dataset: Dataset, scheme: Scheme, calibration: Dataset | None = None) -> npt.NDArray[np.str_]:
    """Give the stratum of each row, for Mondrian sets.

    A record is **short** if it is among the shortest third of the calibration rows, else **long**. Its length
    is the scheme's first number of nature ``history`` that is not forbidden; without one, the share of the
    periods so far in which the subject is on record. A record rests on **nothing**, on **direct** indicators
    only, or on an **indirect** one as well: numbers and flags that are neither zero nor missing count;
    categories do not, for everybody has one, nor does what is forbidden as an input.

    Parameters
    ----------
    dataset : Dataset (n rows)
    scheme : Scheme
    calibration : Dataset, optional
        Rows that say what is short; the dataset's own where not given.

    Returns
    -------
    array of str, shape (n,)
        Such as ``"short record, with indirect"``.
    """
    length = _record_length(dataset, scheme)
    known = length if calibration is None else _record_length(calibration, scheme)
    known = known[~np.isnan(known)]
    short = np.zeros(len(dataset), dtype=np.bool_)
    if len(known):
        cut = float(np.quantile(known, _SHORT, method="inverted_cdf"))
        short = length <= cut if cut < known.max() else length < cut
    direct, indirect = (_rests_on(dataset, scheme, kind) for kind in ("direct", "indirect"))
    source = np.where(indirect, "with indirect", np.where(direct, "direct only", "nothing recorded"))
    record = np.where(
        np.isnan(length), "record of unknown length", np.where(short, "short record", "long record")
    )
    return np.char.add(np.char.add(record, ", "), source)


def _record_length(dataset: Dataset, scheme: Scheme) -> Floats:
    """Length (n,) of each row's record, NaN where not known."""
    forbidden = gate_inputs(scheme).forbidden
    for indicator in scheme.indicators:
        if indicator.nature == "history" and indicator.dtype == "number" and indicator.name not in forbidden:
            for frame in (dataset.X, dataset.withheld):
                if indicator.name in frame:
                    return frame[indicator.name].to_numpy(dtype=np.float64, na_value=np.nan)
    if dataset.record is None:
        return np.full(len(dataset), np.nan)
    # Counted within the table, a record grows with every period for everybody alike.
    return dataset.record / (dataset.period + 1.0)


def _rests_on(dataset: Dataset, scheme: Scheme, kind: str) -> npt.NDArray[np.bool_]:
    """Whether each row (n,) has something recorded by an indicator of one kind."""
    found = np.zeros(len(dataset), dtype=np.bool_)
    forbidden = gate_inputs(scheme).forbidden
    for indicator in scheme.indicators:
        if (
            indicator.kind == kind
            and indicator.dtype != "category"
            and indicator.nature != "history"
            and indicator.name not in forbidden
            and indicator.name in dataset.X
        ):
            values = dataset.X[indicator.name].to_numpy(dtype=np.float64, na_value=np.nan)
            found |= np.nan_to_num(values) != 0
    return found
