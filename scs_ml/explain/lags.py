"""Lag columns: the score or category a person has now, which the indicators behind it made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Floats, Ints
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


def regress_lag(
    lag: Floats, encoded: Floats, owner: Ints, *, at: int, d: int, reference: slice
) -> Lag | None:
    """Learn by ordinary least squares how the other indicators make up a lag column.

    Parameters
    ----------
    lag : ndarray (n,)
    encoded : ndarray (n, q)
        Encoded columns of the other indicators; missing values count as a level of their own.
    owner : ndarray of int (q,)
        Input behind each encoded column.
    at, d : int
        Position of the lag among the `d` inputs.
    reference : slice
        Rows to learn from and to centre on.

    Returns
    -------
    Lag, or None
        None where the reference has fewer than twice as many rows as there are coefficients to learn: such a
        fit would explain anything.
    """
    absent = np.isnan(encoded)
    some = absent.any(axis=0)
    design = _filled(np.hstack([encoded, absent[:, some].astype(np.float64)]), reference)
    owner = np.concatenate([owner, owner[some]])
    design = design - design[reference].mean(axis=0)
    y = _filled(lag[:, None], reference)[:, 0]
    y = y - y[reference].mean()
    spread = design[reference].std(axis=0)
    varying = spread > 1e-12
    design, owner = design[:, varying] / spread[varying], owner[varying]
    coefficients, _, rank, _ = np.linalg.lstsq(design[reference], y[reference], rcond=1e-10)
    if len(y[reference]) < 2 * (rank + 1):
        return None
    parts = design * coefficients
    contributions = np.zeros((len(y), d))
    np.add.at(contributions.T, owner, parts.T)
    contributions[:, at] = y - parts.sum(axis=1)
    total = float(np.sum(y[reference] ** 2))
    left = float(np.sum(contributions[reference, at] ** 2))
    return Lag(at, contributions, 1.0 - left / total if total > 0 else 0.0)


def _filled(columns: Floats, reference: slice) -> Floats:
    """Missing values (n, q) become the mean over the reference, or zero where it has no value either."""
    known = ~np.isnan(columns[reference])
    sums = np.where(known, columns[reference], 0.0).sum(axis=0)
    means = sums / np.maximum(known.sum(axis=0), 1)
    return np.where(np.isnan(columns), means, columns)
