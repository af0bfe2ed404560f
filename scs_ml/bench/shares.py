"""Shares of worlds with their intervals, as the tables of a bench show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.inference import wilson


@dataclass(frozen=True)
class Share:
    """How many of n, with the 95 % Wilson interval."""

    count: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share; NaN of none."""
        return self.count / self.n if self.n else float("nan")

    def cells(self) -> tuple[int, float | None, float | None, float | None]:
        """Give n, the share and its interval as a row's cells."""
        if not self.n:
            return 0, None, None, None
        return self.n, self.value, self.low, self.high


SHARE_COLUMNS = ("worlds", "share", "low", "high")


def share(of: Any) -> Share:
    """Count what is true.

    Parameters
    ----------
    of : array of bool (n,)

    Examples
    --------
    >>> share([True, False]).cells()[:2]
    (2, 0.5)
    """
    values = np.asarray(of, dtype=np.bool_)
    count, n = int(values.sum()), len(values)
    if not n:
        return Share(0, 0, float("nan"), float("nan"))
    low, high = wilson(count, n)
    return Share(count, n, float(low), float(high))


def finished(worlds: pd.DataFrame, kind: str | None = None) -> pd.DataFrame:
    """Give the rows of worlds that came to an end, of one kind or of all."""
    kept = worlds["arm"].notna()
    if kind is not None:
        kept &= worlds["kind"] == kind
    return worlds[kept]
