"""Do counts scatter more between units than chance allows? For instance reports per informant.

Counts are judged against exposure within a stratum (an area): given the stratum's total, the null
model deals it out to the units at random in proportion to their exposure, so differences between
strata say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.inference._arrays import cluster_codes


@dataclass(frozen=True)
class ExcessDispersion:
    r"""Result of the dispersion test.

    Attributes
    ----------
    statistic : float
        Pearson's chi-square over all units, :math:`\sum (x-e)^2/e`.
    df : int
        Units less strata, among strata with at least two units and one count.
    ratio : float
        statistic / df: 1 on average under the null model; NaN where nothing can be tested.
    variance : float
        Moment estimate of the variance of units' relative rates beyond chance: 0 where all units
        have one rate, 0.25 where rates scatter by half their mean. Its mean under the null model
        is 0, so it may be negative.
    p : float
        Share of simulated tables (with the observed one) at least as dispersed.
    """

    statistic: float
    df: int
    ratio: float
    variance: float
    p: float


def _table(
    counts: npt.ArrayLike, exposure: npt.ArrayLike, stratum: npt.ArrayLike | None
) -> tuple[Ints, Floats, Ints, int]:
    x, e = np.asarray(counts), np.asarray(exposure, dtype=np.float64)
    if x.ndim != 1 or x.shape != e.shape:
        raise ScsError(f"Counts and exposure must be arrays of one length; got {x.shape} and {e.shape}.")
    if not ((x >= 0) & (x == np.floor(x))).all():
        raise ScsError("Counts must be whole numbers that are not negative.")
    if not ((e >= 0) & np.isfinite(e)).all():
        raise ScsError("Exposure must be finite and not negative.")
    if ((e == 0) & (x > 0)).any():
        rows = np.flatnonzero((e == 0) & (x > 0))[:5].tolist()
        raise ScsError("Some units have counts but no exposure.", where=f"first rows: {rows}")
    codes, n_strata = cluster_codes(np.zeros(len(x)) if stratum is None else stratum, len(x))
    return x.astype(np.int64), e, codes, n_strata


def excess_dispersion(
    counts: npt.ArrayLike,
    exposure: npt.ArrayLike,
    stratum: npt.ArrayLike | None = None,
    *,
    draws: int = 2_000,
    seed: int = 0,
) -> ExcessDispersion:
    """Test whether counts, given their stratum's total, are multinomial in proportion to exposure.

    The p-value comes from simulated tables with the observed totals, not from the chi-square
    distribution, so many units with expected counts far below 5 do no harm.

    Parameters
    ----------
    counts : array of int, shape (n,)
        Events of each unit.
    exposure : array of shape (n,)
        Opportunity of each unit (people watched, days, or probabilities); only its proportions
        within a stratum matter.
    stratum : array of shape (n,), optional
        Labels; one stratum without them.
    draws : int
        Simulated tables; the smallest p-value is 1 / (draws + 1).
    seed : int
        Seed of the simulation.

    Returns
    -------
    ExcessDispersion

    Raises
    ------
    ScsError
        If shapes differ, a count or exposure is impossible, or a unit has counts without exposure.

    References
    ----------
    Hope (1968), "A simplified Monte Carlo significance test procedure", J. R. Stat. Soc. B 30.
    Potthoff & Whittinghill (1966), "Testing for homogeneity II: the Poisson distribution", Biometrika 53.
    """
    x, e, codes, n_strata = _table(counts, exposure, stratum)
    rng = np.random.default_rng(seed)
    observed, df, excess, weight = 0.0, 0, 0.0, 0.0
    simulated = np.zeros(draws)
    order = np.argsort(codes, kind="stable")
    for members in np.split(order, np.cumsum(np.bincount(codes, minlength=n_strata))[:-1]):
        rows = members[e[members] > 0]
        total = int(x[rows].sum())
        if len(rows) < 2 or total == 0:
            continue
        share = e[rows] / e[rows].sum()
        expected = total * share
        observed += float(np.sum((x[rows] - expected) ** 2 / expected))
        tables = rng.multinomial(total, share, size=draws)
        # sum (x - e)^2 / e = sum x^2 / e - total, since both add up to the total
        simulated += (tables.astype(np.float64) ** 2) @ (1 / expected) - total
        df += len(rows) - 1
        excess += float(np.sum((x[rows] - expected) ** 2 - expected * (1 - share)))
        # Variance of each unit's probability when rates have relative variance 1 (first order).
        spread = share**2 * (1 - 2 * share + np.sum(share**2))
        weight += total * (total - 1) * float(np.sum(spread))
    if df == 0:
        nan = float("nan")
        return ExcessDispersion(0.0, 0, nan, nan, nan)
    # A simulated table equal to the observed one must count as a tie whatever the rounding.
    at_least = int(np.sum(simulated >= observed * (1 - 1e-9) - 1e-9))
    variance = excess / weight if weight > 0 else float("nan")
    return ExcessDispersion(observed, df, observed / df, variance, (1 + at_least) / (draws + 1))
