"""Linear regression of true values on recorded ones, with draws from what it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError
from scs_ml.forecast.verified import VerifiedSample

# Rows of a sample per coefficient: with fewer, the correction is mostly the noise of the sample.
_ROWS_EACH = 3


@dataclass(frozen=True)
class Regression:
    """Least squares of one true value on a design matrix.

    Attributes
    ----------
    slopes : array of shape (p,)
    scale : array of shape (p, p)
        ``(D'D)^-1``, which times the residual variance is the covariance of the slopes.
    rest : float
        Residual sum of squares.
    df : int
        Rows less coefficients.
    """

    slopes: Floats
    scale: Floats
    rest: float
    df: int

    @classmethod
    def of(cls, design: Floats, true: Floats, what: str) -> Self:
        """Fit; an error where the rows (v, p) are too few for their columns."""
        rank = int(np.linalg.matrix_rank(design)) if len(design) else 0
        if len(design) < _ROWS_EACH * max(rank, 1):
            raise ScsError(
                f"too few verified rows to say what {what} truly is",
                where=f"{len(design)} rows for {rank} coefficients, {_ROWS_EACH} each are wanted",
                remedy="verify more rows, or name fewer columns in `given`",
            )
        inverse = np.linalg.pinv(design)
        slopes = inverse @ true
        rest = float(((true - design @ slopes) ** 2).sum())
        return cls(slopes, inverse @ inverse.T, rest, len(design) - rank)

    def mean(self, design: Floats) -> Floats:
        """Expected true value (n,) of design rows (n, p)."""
        return np.asarray(design @ self.slopes)

    def drawn(self, design: Floats, generator: np.random.Generator) -> Floats:
        """Draw true values (n,): the parameters from their posterior, then the values given them."""
        variance = self.rest / generator.chisquare(max(self.df, 1))
        # The scale may be singular, which this decomposition allows for.
        slopes = generator.multivariate_normal(self.slopes, variance * self.scale, method="eigh")
        return np.asarray(design @ slopes + generator.normal(0, np.sqrt(variance), len(design)))


def numbers(
    X: pd.DataFrame, given: Sequence[str] | None, centre: Floats | None = None
) -> tuple[Floats, Floats]:
    """Give the numbers among the columns (n, p), missing ones at the mean, and those means (p,)."""
    frame = X[list(given)] if given is not None else X.select_dtypes(include=["number", "bool"])
    values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    if centre is None:
        known = ~np.isnan(values)
        centre = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(np.isnan(values), centre, values), centre


def design_of(*parts: Floats) -> Floats:
    """Put an intercept and parts, (n,) or (n, p), side by side."""
    return np.column_stack([np.ones(len(parts[0])), *parts])


def inputs_of(verified: VerifiedSample, given: Sequence[str] | None) -> list[str]:
    """Names of the columns that true values are told from: those given and the recorded values themselves."""
    if given is None:
        return [str(name) for name in verified.X.select_dtypes(include=["number", "bool"])]
    return list(dict.fromkeys([*map(str, given), *map(str, verified.true)]))
