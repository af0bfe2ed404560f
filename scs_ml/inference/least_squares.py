"""Least squares whose functions keep the influence of every independent unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.inference._arrays import cluster_codes, sum_by_code
from scs_ml.inference.clusters import effective_clusters
from scs_ml.inference.estimates import Estimate

_RANK = 1e-9  # eigenvalues below this share of the largest belong to columns that say the same
_SATURATED = 1 - 1e-6  # leverage of a row that is fitted by a column of its own


@dataclass(frozen=True)
class LeastSquares:
    """A fitted line.

    Attributes
    ----------
    coef : ndarray (k,)
        Of smallest norm (columns scaled to unit mean square) where columns say the same.
    left : ndarray (n,)
        What the line leaves of each row.
    weights : ndarray (n, k)
        What a unit of each row's value adds to each coefficient.
    error : ndarray (n,)
        The residuals, corrected for leverage.
    rank : int
    """

    coef: Floats
    left: Floats
    weights: Floats
    error: Floats
    rank: int

    def influence(self, functions: npt.ArrayLike) -> Floats:
        """Give what each row adds (n, m) to linear functions (m, k) of the coefficients."""
        rows = (self.weights @ np.atleast_2d(functions).T) * self.error[:, None]
        return np.asarray(rows, dtype=np.float64)

    def estimate(self, functions: npt.ArrayLike, cluster: Ints) -> Estimate:
        """Estimate linear functions of the coefficients.

        Parameters
        ----------
        functions : array (m, k) or (k,)
        cluster : ndarray of int (n,)

        Returns
        -------
        Estimate
            Of m functions. Degrees of freedom count the clusters that determine the function (cautious: the
            members of a cluster are taken to be alike).
        """
        wanted = np.atleast_2d(np.asarray(functions, dtype=np.float64))
        codes, units = cluster_codes(cluster, len(self.left))
        pull = self.weights @ wanted.T
        influence = sum_by_code(pull * self.error[:, None], codes, units)
        effective = effective_clusters(sum_by_code(np.abs(pull), codes, units))
        df = np.where(effective >= 2, effective - 1, np.nan)
        zero = np.zeros(len(wanted))
        return Estimate(wanted @ self.coef, influence, df, zero, zero)


def least_squares(y: Floats, X: Floats) -> LeastSquares:
    """Fit a line by least squares.

    Parameters
    ----------
    y : ndarray (n,)
    X : ndarray (n, k)
        An intercept is a column of its own.

    Returns
    -------
    LeastSquares
        Residuals are divided by ``1 - leverage`` (HC3): with many columns for the rows they would be too
        small otherwise.

    References
    ----------
    MacKinnon & White (1985), "Some heteroskedasticity-consistent covariance matrix estimators with improved
    finite sample properties", J. Econom. 29, 305-325. Long & Ervin (2000), Am. Stat. 54, 217-224.
    """
    scale = np.sqrt(np.mean(X**2, axis=0))
    scale[scale == 0] = 1.0
    scaled = X / scale
    eigenvalues, vectors = np.linalg.eigh(scaled.T @ scaled)
    kept = eigenvalues > _RANK * max(float(eigenvalues.max(initial=0.0)), 1e-300)
    inverse = (vectors[:, kept] / eigenvalues[kept]) @ vectors[:, kept].T
    pull = scaled @ inverse
    coef = pull.T @ y
    left = y - scaled @ coef
    leverage = np.einsum("nk,nk->n", pull, scaled)
    error = np.where(leverage < _SATURATED, left / np.maximum(1 - leverage, 1 - _SATURATED), 0.0)
    return LeastSquares(coef / scale, left, pull / scale, error, int(kept.sum()))
