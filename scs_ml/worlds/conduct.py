"""What people truly do: acts per person and quarter.

Every act has a base rate; a person's own rate is the base times a trait of the person (gamma), a trait of the
family (gamma) and a mood that changes slowly (a log-normal first-order autoregression), so that the past
foretells the future as far as it does in life and no further. Good and bad acts have separate traits. Nothing
here looks at a protected attribute, a district or an illness: groups differ by chance alone, unless a decoy
multiplies the rates.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scs_ml.core import Floats
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import Streams, gamma, normal

# Acts per person and quarter, in the mean, by the indicator that counts them.
MISCONDUCT = {
    "traffic_violations": 0.13,
    "unpaid_debts": 0.066,
    "disorder_reports": 0.07,
    "informant_reports": 0.06,
}
MERIT = {"exemplary_county": 0.012, "exemplary_city": 0.004, "charity_days": 0.20}

PERSON_SHAPE = {"misconduct": 0.7, "merit": 3.0}  # gamma shapes: lower is more unequal
FAMILY_SHAPE = 6.0  # unless a world's settings have another
MOOD_MEMORY, MOOD_SPREAD = 0.85, 0.3  # autocorrelation per quarter; standard deviation of the log rate


def act_rates(
    streams: Streams, population: Population, *, family_shape: float = FAMILY_SHAPE, misconduct: float = 1.0
) -> dict[str, Floats]:
    """Give the rate of every act.

    Parameters
    ----------
    streams : Streams
    population : Population
    family_shape : float
        Gamma shape of the family's trait: lower makes relatives more alike.
    misconduct : float
        What the base rates of `MISCONDUCT` are multiplied by.

    Returns
    -------
    dict of ndarray (n, T)
        Expected acts per quarter, by the indicator that counts them.
    """
    rates = {}
    for trait, acts, times in (("misconduct", MISCONDUCT, misconduct), ("merit", MERIT, 1.0)):
        propensity = _propensity(streams, population, trait, family_shape)
        rates.update({act: base * times * propensity for act, base in acts.items()})
    return rates


def multiplied(rates: Mapping[str, Floats], multipliers: Mapping[str, Floats]) -> dict[str, Floats]:
    """Multiply the rates (n, T) of some acts."""
    return {act: rate * multipliers[act] if act in multipliers else rate for act, rate in rates.items()}


def _propensity(streams: Streams, population: Population, trait: str, family_shape: float) -> Floats:
    """Mean one, shape (n, T)."""
    n, quarters = population.shape
    person = gamma(streams.uniform(f"{trait} of the person", n), PERSON_SHAPE[trait])
    household = gamma(streams.uniform(f"{trait} of the family", n), family_shape)[population.family]
    mood = normal(streams.uniform(f"{trait} mood", n, quarters))
    fresh = np.sqrt(1 - MOOD_MEMORY**2)
    for t in range(1, quarters):
        mood[:, t] = MOOD_MEMORY * mood[:, t - 1] + fresh * mood[:, t]
    stable = (person * household)[:, None]
    propensity: Floats = stable * np.exp(MOOD_SPREAD * mood - MOOD_SPREAD**2 / 2)
    return propensity
