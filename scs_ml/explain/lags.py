"""Lag columns: the score or category a person has now, which the indicators behind it made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.pushing import share_by_slope


@dataclass(frozen=True)
class Lag:
    """A lag column, and how the indicators make it up.

    Attributes
    ----------
    at : int
        Position among the model's inputs.
    contributions : ndarray (n, d)
        Centred; column `at` holds the part that no indicator explains. Rows sum to the centred lag.
    r2 : float
        Share of the lag's variance that the indicators explain, over the reference rows.
    """

    at: int
    contributions: Floats
    r2: float

    def push_linear(self, values: Floats) -> Floats:
        """Push through the values (n, d) of a linear model: all rows must be given, to find the slope."""
        centred = self.contributions.sum(axis=1)
        attribution = values[:, self.at]
        power = float(centred @ centred)
        slope = float(attribution @ centred) / power if power > 0 else 0.0
        pushed = values + slope * self.contributions
        # Whatever is not linear in the lag (a missing value that was filled in, say) stays on it.
        pushed[:, self.at] = attribution - slope * (centred - self.contributions[:, self.at])
        return pushed

    def push_by_slope(self, values: Floats, rows: Ints, reference: slice) -> Floats:
        """Push through the values (m, d) of a model that is not linear.

        Parameters
        ----------
        values : ndarray (m, d)
        rows : ndarray of int (m,)
            Which rows of `contributions` they are.
        reference : slice
            Which of `values` the slopes are learned from.
        """
        stays = np.zeros(values.shape[1])
        stays[self.at] = 1.0
        shared = share_by_slope(values[:, self.at], self.contributions[rows], reference, stays)
        kept = values.copy()
        kept[:, self.at] = 0.0
        return kept + shared


def regress_lags(
    X: pd.DataFrame, background: pd.DataFrame | None, through: Sequence[str]
) -> dict[str, Lag | None]:
    """Regress every lag column of X on the indicators, over the background or `X` itself.

    Parameters
    ----------
    X : DataFrame (n, d)
    background : DataFrame (b, d) or None
    through : sequence of str
        Lags; names that X lacks are ignored.

    Returns
    -------
    dict of str -> Lag or None
        Contributions of the rows of X and, behind them, of the background.
    """
    names = [name for name in through if name in X.columns]
    if not names:
        return {}
    frame = X if background is None else pd.concat([X, background], ignore_index=True)
    return {name: regress_lag(frame, name, names, reference_of(X, background)) for name in names}


def reference_of(X: pd.DataFrame, background: pd.DataFrame | None) -> slice:
    """Where the reference is among the rows of X and, behind them, of the background."""
    return slice(0, len(X)) if background is None else slice(len(X), len(X) + len(background))


def regress_lag(frame: pd.DataFrame, name: str, lags: Sequence[str], reference: slice) -> Lag | None:
    """Learn by ordinary least squares how the indicators make up a lag column.

    Parameters
    ----------
    frame : DataFrame (n, d)
        Model inputs. Categories count by level, and a missing number is a level of its own.
    name : str
        The lag.
    lags : sequence of str
        All lags: no lag is explained by another.
    reference : slice
        Rows to learn from and to centre on.

    Returns
    -------
    Lag, or None
        None where the reference has fewer than twice as many rows as there are coefficients to learn: such a
        fit would explain anything.

    Raises
    ------
    ExplanationError
        If the lag holds no numbers.
    """
    try:
        lag = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ExplanationError(
            f"cannot explain through {name!r}: its values are no numbers ({error})",
            remedy="leave it out of `through`, or give category codes",
        ) from None
    y = _filled(lag[:, None], reference)[:, 0]
    y = y - y[reference].mean()
    design, owner = _design(frame, lags, reference)
    coefficients, _, rank, _ = np.linalg.lstsq(design[reference], y[reference], rcond=1e-10)
    if len(y[reference]) < 2 * (rank + 1):
        return None
    parts = design * coefficients
    at = cast("int", frame.columns.get_loc(name))
    contributions = np.zeros(frame.shape)
    np.add.at(contributions.T, owner, parts.T)
    contributions[:, at] = y - parts.sum(axis=1)
    total = float(np.sum(y[reference] ** 2))
    left = float(np.sum(contributions[reference, at] ** 2))
    return Lag(at, contributions, 1.0 - left / total if total > 0 else 0.0)


def _design(frame: pd.DataFrame, lags: Sequence[str], reference: slice) -> tuple[Floats, Ints]:
    """Columns (n, q) of the indicators, centred and in standard deviations, and the input behind each."""
    columns: list[Floats] = []
    owner: list[int] = []
    for at, (name, column) in enumerate(frame.items()):
        if name in lags:
            continue
        if pd.api.types.is_numeric_dtype(column.dtype):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            made = np.column_stack([numbers, np.isnan(numbers)])
        else:
            made = pd.get_dummies(column, dtype=np.float64).to_numpy()
        columns.append(made)
        owner += [at] * made.shape[1]
    design = _filled(np.hstack([np.empty((len(frame), 0)), *columns]), reference)
    spread = design[reference].std(axis=0)
    varying = spread > 1e-12
    centred = (design - design[reference].mean(axis=0))[:, varying] / spread[varying]
    return centred, np.array(owner, dtype=np.int64)[varying]


def _filled(columns: Floats, reference: slice) -> Floats:
    """Missing values (n, q) become the mean over the reference, or zero where it has no value either."""
    known = ~np.isnan(columns[reference])
    sums = np.where(known, columns[reference], 0.0).sum(axis=0)
    means = sums / np.maximum(known.sum(axis=0), 1)
    return np.where(np.isnan(columns), means, columns)
