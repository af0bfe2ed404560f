"""SIMEX: what more measurement error would do to a result, extrapolated to none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Floats, Progress
from scs_ml.exceptions import ScsError
from scs_ml.forecast.measurement import redraws_of, restored
from scs_ml.forecast.remeasure import moved_score
from scs_ml.schemes import Scheme

LAMBDAS = (0.5, 1.0, 1.5, 2.0)
SHORTFALL = (
    "SIMEX goes part of the way: the quadratic it extrapolates by is an approximation, and where the error "
    "is large it corrects too little. Read the result as a direction and a least size, not as the truth."
)


@dataclass(frozen=True)
class Simex:
    """A statistic under added measurement error, and without any by extrapolation.

    Attributes
    ----------
    lambdas : array of shape (l,)
        Error added, in multiples of that which the indicators have; 0 first.
    means : array of shape (l, p)
        Mean of the statistic over the draws at each.
    naive : array of shape (p,)
        The statistic of the table as recorded.
    corrected : array of shape (p,)
        The quadratic through the means, at -1.
    shortfall : str
        What to say beside the result, always.
    """

    lambdas: Floats
    means: Floats
    naive: Floats
    corrected: Floats
    shortfall: str = SHORTFALL


def simex(
    X: pd.DataFrame,
    scheme: Scheme,
    statistic: Callable[[pd.DataFrame], npt.ArrayLike],
    *,
    lambdas: Sequence[float] = LAMBDAS,
    draws: int = 50,
    sensitive: pd.DataFrame | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Simex:
    """See how a result moves as indirect indicators get less reliable, and extrapolate to no error.

    A sensitivity analysis for when nothing was verified: all it needs are the measurement models of the
    scheme. **Its shortfall is known**: the quadratic is an approximation of how the result depends on the
    error, so that the correction goes part of the way, and the less of it the larger the error is (of a slope
    attenuated to 0.6 it gives back about 0.85). The models are taken at their word: noise that is rounded or
    kept within a range, as that of small counts, is not quite the noise that was there before.

    Parameters
    ----------
    X : DataFrame (n, d)
        Inputs as recorded.
    scheme : Scheme
        Says which indicators are indirect, and how they err.
    statistic : callable
        Takes such a table, refits whatever it is about, and gives a number or an array (p,).
    lambdas : sequence of float
        Error to add, in multiples of that which the indicators have; two different ones at least.
    draws : int
        Tables at each.
    sensitive : DataFrame (n, a), optional
        Groups, where error rates are declared by group.
    seed : int
    progress : Progress, optional
        Called after every table.

    Returns
    -------
    Simex

    Raises
    ------
    ScsError
        If no input is indirect, or there are too few lambdas for a quadratic.

    References
    ----------
    Cook & Stefanski (1994), "Simulation-extrapolation estimation in parametric measurement error models",
    J. Am. Stat. Assoc. 89, 1314-1328. Kuechenhoff, Mwalili & Lesaffre (2006), "A general method for dealing
    with misclassification in regression: the misclassification SIMEX", Biometrics 62, 85-96.
    """
    added = np.asarray(lambdas, dtype=np.float64)
    if len(np.unique(added)) < 2 or (added <= 0).any():
        raise ScsError(
            "a quadratic needs two different lambdas over 0, beside the result as recorded",
            where=f"lambdas {list(lambdas)}",
        )
    redraws = redraws_of(X, scheme, sensitive)
    if not redraws:
        raise ScsError("no input is indirect, so there is no measurement error to add to")
    naive = np.atleast_1d(np.asarray(statistic(X), dtype=np.float64))
    rows, means = np.arange(len(X), dtype=np.int64), [naive]
    for step, times in enumerate(added):
        sums = np.zeros_like(naive)
        for draw in range(draws):
            generator = np.random.default_rng([seed, step, draw])
            again = X.reset_index(drop=True)
            for name, redraw in redraws.items():
                values = redraw(rows, 1, generator, times=float(times))[:, 0]
                again = again.assign(**{name: restored(values, X[name])})
            again = moved_score(again, X, rows, tuple(redraws), scheme)
            sums = sums + np.atleast_1d(np.asarray(statistic(again), dtype=np.float64))
            if progress:
                progress("simulate error", step * draws + draw + 1, len(added) * draws)
        means.append(sums / draws)
    points = np.concatenate([[0.0], added])
    stacked = np.stack(means)
    coefficients = np.polyfit(points, stacked, 2)
    return Simex(points, stacked, naive, coefficients[0] - coefficients[1] + coefficients[2])
