"""How strong a planted wrong or difference is, and the dose that makes it so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import brentq

from scs_ml.core import Bools, Floats
from scs_ml.exceptions import ScsError
from scs_ml.worlds.settings import Aim
from scs_ml.worlds.truth import SCORE_SD, PlantedStrength

_PRECISION = 1e-4  # of the ceiling: how finely a dose is solved for


def mean_shift(before: Floats, after: Floats, members: Bools) -> float:
    """By how much scores (n, P) fall in a group, in the mean, in standard deviations of `before`.

    All person-quarters of the group are pooled, and so are all of the county's for the standard deviation.
    NaN where the group is empty or nobody differs.
    """
    spread = float(before.std())
    if not members.any() or spread == 0:
        return float("nan")
    return float((before - after)[members].mean()) / spread


def solve_dose(
    aim: Aim, before: Floats, score_at: Callable[[float], Floats], members: Bools, ceiling: float
) -> float:
    """Find the dose in (0, ceiling] that shifts a group by the strength asked for.

    Parameters
    ----------
    aim : Aim
    before : ndarray (n, P)
        Scores at dose 0.
    score_at : callable
        Scores (n, P) at a dose; the group's mean falls as it rises.
    members : ndarray of bool (n, P)
    ceiling : float
        Largest dose there is.

    Raises
    ------
    ScsError
        If not even the largest dose reaches it: nobody to wrong, or too much asked.
    """

    def shift(dose: float) -> float:
        return mean_shift(before, score_at(dose), members) if dose else 0.0

    most = shift(ceiling)
    if np.isnan(most) or most < aim.strength:
        who = ", ".join(f"{name}={value}" for name, value in aim.group)
        reach = "it has no members" if np.isnan(most) else f"{most:.3f} is the most in this world"
        raise ScsError(
            f"{aim.slug} cannot shift the group {who} by {aim.strength:g} standard deviations: {reach}",
            remedy="ask for less, or simulate more people",
        )
    return float(brentq(lambda dose: shift(dose) - aim.strength, 0.0, ceiling, xtol=_PRECISION * ceiling))


def measure(aim: Aim, before: Floats, after: Floats, members: Bools) -> PlantedStrength:
    """Hold what was achieved against what was asked."""
    return PlantedStrength(
        slug=aim.slug,
        kind=aim.kind,
        group=aim.group,
        asked=aim.strength,
        achieved=mean_shift(before, after, members),
        reference_shift=None if members.all() else mean_shift(before, after, ~members),
    )


def in_own_unit(aim: Aim, unit: str, achieved: float, ceiling: float) -> PlantedStrength:
    """Hold what was achieved against what was asked, where that is no shift of the score."""
    if aim.strength > ceiling:
        raise ScsError(
            f"{aim.slug} is measured as the {unit}, up to {ceiling:g}; {aim.strength:g} was asked",
            remedy="ask for less",
        )
    return PlantedStrength(aim.slug, aim.kind, aim.group, aim.strength, achieved, None, unit)


def nothing(aim: Aim, unit: str) -> PlantedStrength:
    """Say that a strength of 0 was asked for, and nothing done."""
    return PlantedStrength(aim.slug, aim.kind, aim.group, 0.0, 0.0, 0.0 if unit == SCORE_SD else None, unit)


def log_spread(multipliers: Mapping[str, Floats], members: Bools) -> float:
    """Standard deviation, in a group, of the logarithm of what its rates (n, T) are multiplied by.

    All acts and person-quarters are pooled; NaN where the group is empty.
    """
    if not members.any():
        return float("nan")
    return float(np.std([np.log(factor[members]) for factor in multipliers.values()]))
