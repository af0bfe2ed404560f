"""The rules of a score estimated from the table: a line through the admissible indicators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scs_ml.audit.foretelling import foretold_of_everybody, steps
from scs_ml.core import Bools, Floats
from scs_ml.inference.least_squares import least_squares

EXACT = 0.95  # share of the score's variance that is explained, where the rest may be anything
LEAST = 0.5  # share of the variance within groups below which a line is no rule of the score
# A line that explains R2 leaves by errors of measurement at most (1 - R2) / R2 of what it explains of a gap.
# Where R2 is 0.8 that is no more than the usual floor of 0.05 SD of a small real difference (Cohen's 0.2 SD).
SETTLES = 0.8
ROWS_A_COLUMN = 10  # fewest people for each column of a line: fewer cannot show that it bends


@dataclass(frozen=True)
class Line:
    """A line through admissible indicators.

    Attributes
    ----------
    also : ndarray (r, q)
        Its columns.
    unexplained : float
        Share of the variance that neither these nor what was fitted beside them explain.
    explained : float
        Share that these explain of the variance within groups, places and forbidden indicators.
    name : str
    elsewhere : float
        The largest such share where a group is left out: what one group bears makes no line worse for others.
    """

    also: Floats
    unexplained: float
    explained: float
    name: str
    elsewhere: float = 0.0

    @property
    def settles(self) -> bool:
        """Whether what is read beside the line may be a flag or clear."""
        return max(self.explained, self.elsewhere) >= SETTLES or self.unexplained <= 1 - EXACT

    @property
    def attenuation(self) -> float:
        """What errors of measurement may leave of a gap, at most, for each unit that the line explains."""
        return max(1 - self.explained, 0.0) / self.explained if self.explained > 0 else np.inf


def straight_line(value: Floats, beside: Floats, indicators: pd.DataFrame) -> Line | None:
    """Fit a straight line where it explains all but 5 % of a score.

    Parameters
    ----------
    value : ndarray (r,)
        Scores, in SD.
    beside : ndarray (r, k)
        What may carry points besides: an intercept, groups, places and forbidden indicators.
    indicators : DataFrame (r, q)
        Admissible indicators.

    Returns
    -------
    Line or None
    """
    line = _fitted(value, beside, numbers(indicators), "a line through the admissible indicators")
    return line if line is not None and line.unexplained <= 1 - EXACT else None


def estimated_line(
    value: Floats, beside: Floats, indicators: pd.DataFrame, without: Sequence[Bools]
) -> Line | None:
    """Fit a line to a score with noise, bent as far as the table shows that it bends.

    Parameters
    ----------
    value, beside, indicators
        As for `straight_line`.
    without : sequence of ndarray of bool (r,)
        Everybody but the members of a group, for every group.

    Returns
    -------
    Line or None
        A straight line and, each where it foretells what is left: powers of what the line gives, steps by
        level (numbers: by tenth), products of two indicators. None if it explains less than half of the
        variance within groups.

    References
    ----------
    Ramsey (1969), "Tests for specification errors in classical linear least-squares regression analysis", J.
    R. Stat. Soc. B 31, 350-371 (powers of the fitted values). Carroll, Ruppert, Stefanski & Crainiceanu
    (2006), Measurement Error in Nonlinear Models, 2nd ed., ch. 3 (attenuation). Lord (1967), "A paradox in
    the interpretation of group comparisons", Psychol. Bull. 68, 304-305.
    """
    also, name = numbers(indicators), "a line through the admissible indicators"
    for how, more in _bends(value, beside, also, indicators):
        columns = np.column_stack([beside, also])
        enough = (columns.shape[1] + more.shape[1]) * ROWS_A_COLUMN <= len(value)
        if enough and foretold_of_everybody(value, columns, more, without):
            also, name = (
                np.column_stack([also, more]),
                f"{name} {'and' if ' with ' in name else 'with'} {how}",
            )
    line = _fitted(value, beside, also, name)
    if line is None or line.explained < LEAST:
        return None
    parts = () if line.settles else (_fitted(value[s], beside[s], also[s], name) for s in without)
    return replace(line, elsewhere=max((part.explained for part in parts if part is not None), default=0.0))


def numbers(frame: pd.DataFrame) -> Floats:
    """Categories as 0/1 columns, missing values at the mean."""
    if frame.empty:
        return np.empty((len(frame), 0))
    columns = pd.get_dummies(frame, dtype=np.float64).astype(np.float64)
    return columns.fillna(columns.mean()).fillna(0.0).to_numpy(dtype=np.float64)


def _bends(
    value: Floats, beside: Floats, straight: Floats, indicators: pd.DataFrame
) -> Iterator[tuple[str, Floats]]:
    """Give what a line may lack, the likeliest first."""
    if not straight.shape[1]:
        return
    fit = least_squares(value, np.column_stack([beside, straight]))
    given = straight @ fit.coef[beside.shape[1] :]
    given = (given - given.mean()) / max(float(given.std()), 1e-12)
    yield "powers", np.column_stack([given**2, given**3])
    yield "steps", steps(indicators)
    apart = straight - straight.mean(axis=0)
    i, j = np.triu_indices(straight.shape[1], 1)
    if len(i):
        yield "products", apart[:, i] * apart[:, j]


def _fitted(value: Floats, beside: Floats, also: Floats, name: str) -> Line | None:
    alone, together = least_squares(value, beside), least_squares(value, np.column_stack([beside, also]))
    freedom = len(value) - together.rank
    if freedom < 1 or not also.shape[1]:
        return None
    unexplained = float(np.sum(together.left**2)) / freedom
    within = float(np.sum(alone.left**2)) / (len(value) - alone.rank)
    return Line(also, unexplained, 1 - unexplained / within if within > 0 else 0.0, name)
