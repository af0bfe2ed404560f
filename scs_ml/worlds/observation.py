"""How acts become records: direct indicators count them, indirect ones err as their measurement model says.

Errors fall on everyone alike: without a mechanism, no group is reported wrongly more often than another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import SchemeError
from scs_ml.schemes import Scheme
from scs_ml.worlds.conduct import MERIT, MISCONDUCT
from scs_ml.worlds.streams import Streams, poisson

ACTS = (*MISCONDUCT, *MERIT)


@dataclass(frozen=True)
class Records:
    """Records (n, T) of one indicator per quarter: of acts that were done, and of acts that were not."""

    true: Ints
    false: Ints

    @property
    def total(self) -> Ints:
        """Count what the office sees."""
        return self.true + self.false


def observe(
    streams: Streams, scheme: Scheme, rates: Mapping[str, Floats], misconduct: float = 1.0
) -> dict[str, Records]:
    """Draw the records of every indicator.

    Parameters
    ----------
    streams : Streams
    scheme : Scheme
        Its indirect indicators carry the measurement models.
    rates : mapping of ndarray (n, T)
        True acts per quarter, from `act_rates`.
    misconduct : float
        What the base rates of misconduct were multiplied by there.

    Notes
    -----
    Acts are Poisson, and each is recorded with probability ``1 - false_negative`` independently of the
    others, so recorded acts are Poisson with the rate thinned. `false_positive` is the rate per quarter at
    which anyone is reported for nothing. A `reliability` r is the share of reports that are true (for Poisson
    counts the share of variance too), so false reports come at ``(1 - r) / r`` times the base rate of true
    ones: where a decoy makes some people do more, no more of them are reported falsely.
    """
    records = {}
    for act, rate in rates.items():
        recorded, false_rate = recording(scheme, act, misconduct)
        true = poisson(streams.uniform(f"{act} true", *rate.shape), rate * recorded)
        if false_rate > 0:
            false = poisson(streams.uniform(f"{act} false", *rate.shape), false_rate)
        else:
            false = np.zeros(rate.shape, dtype=np.int64)
        records[act] = Records(true=true, false=false)
    return records


def recording(scheme: Scheme, act: str, misconduct: float = 1.0) -> tuple[float, float]:
    """Give the share of acts recorded, and the rate of false records per person and quarter."""
    indicator = scheme.indicator(act)
    model = indicator.measurement
    if indicator.kind == "direct" or model is None:
        return 1.0, 0.0
    if model.reliability is not None:
        return 1.0, MISCONDUCT[act] * misconduct * (1 - model.reliability) / model.reliability
    if model.false_positive is None or model.false_negative is None:
        raise SchemeError(
            f"{act} is indirect, and its measurement has neither reliability nor both error rates"
        )
    return 1 - model.false_negative, model.false_positive
