"""Estimates that keep the influence of every independent unit.

Keeping influences rather than standard errors lets contrasts of overlapping people be judged
jointly (`stack`, then `simultaneous`), and lets families share outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError

# Below this skewness the correction moves a limit by less than one part in a million.
_FLAT = 1e-6


@dataclass(frozen=True)
class Estimate:
    """m estimates with what is needed to judge them jointly.

    Attributes
    ----------
    value : array of shape (m,)
        NaN where undefined (an empty side).
    influence : array of shape (G, m)
        Influence of each independent unit (cluster, or row where there are none), corrected for
        leverage: the covariance is ``influence.T @ influence`` with no further factor.
    df : array of shape (m,)
        Degrees of freedom of the variance; NaN where a side has fewer than two units.
    nugget : array of shape (m,)
        Variance beyond what the influences show, where cells are empty or nearly so.
    skewness : array of shape (m,)
        Skewness of the estimate's own distribution, about 1/sqrt(units) of that of the people.
    """

    value: Floats
    influence: Floats
    df: Floats
    nugget: Floats
    skewness: Floats

    @property
    def covariance(self) -> Floats:
        """Covariance of the estimates, shape (m, m)."""
        return np.asarray(self.influence.T @ self.influence + np.diag(self.nugget))

    @property
    def se(self) -> Floats:
        """Standard errors, shape (m,); NaN where a side has fewer than two units."""
        variance = np.einsum("gm,gm->m", self.influence, self.influence) + self.nugget
        return np.where(np.isnan(self.df), np.nan, np.sqrt(variance))

    def statistic(self, truth: npt.ArrayLike = 0.0) -> Floats:
        """Studentise the deviation from a supposed truth, freed of skewness so that t tables fit it.

        Parameters
        ----------
        truth : array, broadcastable to (m,)
            Supposed true values.

        Returns
        -------
        array of shape (m,)
            Infinite for a difference that no unit contradicts (se 0), NaN where there is no se.

        References
        ----------
        Hall (1992), "On the removal of skewness by transformation", J. R. Stat. Soc. B 54, 221-228.
        """
        deviation = self.value - np.asarray(truth, dtype=np.float64)
        size = np.divide(np.abs(deviation), self.se, out=np.full_like(deviation, np.inf), where=self.se != 0)
        t = np.where(deviation == 0, np.where(np.isnan(self.se), np.nan, 0.0), np.copysign(size, deviation))
        a = self.skewness
        skewed = np.abs(a) >= _FLAT
        skewed &= np.isfinite(t)
        cubic = np.where(skewed, t, 0.0)
        return np.where(skewed, cubic + a * cubic**2 / 3 + a**2 * cubic**3 / 27 + a / 6, t)

    def limits(self, critical: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Give the values of truth, low and high (m,), whose `statistic` is just `critical` in size.

        Parameters
        ----------
        critical : array, broadcastable to (m,)
            Critical value of the statistic, for instance Student's at `df`.

        Returns
        -------
        low, high : arrays of shape (m,)
        """
        c = np.asarray(critical, dtype=np.float64)
        return self.value - self.se * self._quantile(c), self.value - self.se * self._quantile(-c)

    def _quantile(self, statistic: Floats) -> Floats:
        """Invert the transformation of `statistic`."""
        skewed = np.abs(self.skewness) >= _FLAT
        a = np.where(skewed, self.skewness, 1.0)
        return np.where(skewed, 3 / a * (np.cbrt(1 + a * (statistic - a / 6)) - 1), statistic)


def stack(estimates: Sequence[Estimate]) -> Estimate:
    """Put estimates over the same units side by side.

    Parameters
    ----------
    estimates : sequence of Estimate
        Made from the same rows with the same clusters.

    Returns
    -------
    Estimate

    Raises
    ------
    ScsError
        If there are none, or they rest on different numbers of units.
    """
    units = {len(estimate.influence) for estimate in estimates}
    if len(units) != 1:
        raise ScsError(f"Estimates to be stacked must share their units; got {sorted(units)} units.")
    return Estimate(
        value=np.concatenate([e.value for e in estimates]),
        influence=np.concatenate([e.influence for e in estimates], axis=1),
        df=np.concatenate([e.df for e in estimates]),
        nugget=np.concatenate([e.nugget for e in estimates]),
        skewness=np.concatenate([e.skewness for e in estimates]),
    )
