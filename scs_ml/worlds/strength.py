"""How strong a planted wrong or difference is, and the dose that makes it so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from scipy.optimize import brentq

from scs_ml.core import Bools, Floats
from scs_ml.exceptions import ScsError
from scs_ml.worlds.settings import Aim
from scs_ml.worlds.truth import SCORE_SD, PlantedStrength

_FARTHEST = 0.5  # of the strength asked: how far off a world may be
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
        If no dose comes near it: nobody to wrong, too much asked, or a group so small that a single entry
        shifts it by far more or less.
    """

    @cache
    def shift(dose: float) -> float:
        return mean_shift(before, score_at(dose), members) if dose else 0.0

    refusal = f"{aim.slug} cannot shift the group {_named(aim)} by {aim.strength:g} standard deviations"
    most = shift(ceiling)
    if np.isnan(most) or most < aim.strength:
        reach = "it has no members" if np.isnan(most) else f"{most:.3f} is the most in this world"
        raise ScsError(f"{refusal}: {reach}", remedy="ask for less, or simulate more people")
    dose = float(brentq(lambda dose: shift(dose) - aim.strength, 0.0, ceiling, xtol=_PRECISION * ceiling))
    if abs(shift(dose) - aim.strength) > _FARTHEST * aim.strength:
        raise ScsError(
            f"{refusal}: so small a group shifts in steps, here to {shift(dose):.3f}",
            remedy="ask for more, or simulate more people",
        )
    return dose


def _named(aim: Aim) -> str:
    return ", ".join(f"{name}={value}" for name, value in aim.group)


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
    if not achieved > 0:
        raise ScsError(
            f"{aim.slug} finds nobody to differ in the group {_named(aim)}", remedy="simulate more people"
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
