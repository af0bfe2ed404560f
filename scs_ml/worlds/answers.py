"""The simulated office answers a verification sample."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from scs_ml.exceptions import ScsError
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.world import World


def office_answers(
    world: World, event_ids: Iterable[str], *, seed: int = 0, error_rate: float = 0.0
) -> pd.DataFrame:
    """Look up whether some events happened.

    Parameters
    ----------
    world : World
    event_ids : iterable of str
        Ids from the ledger.
    seed : int
        Of the office's errors.
    error_rate : float
        Probability that an answer is wrong; an event has the same answer in every sample.

    Returns
    -------
    DataFrame
        ``event`` and ``happened`` (bool), in the order asked.

    Raises
    ------
    ScsError
        If the ledger has no such event, or `error_rate` is no probability.
    """
    if not 0 <= error_rate <= 1:
        raise ScsError(f"error_rate must lie in 0..1, got {error_rate}")
    asked = pd.Series(list(event_ids), dtype="str")
    truth = world.truth.events.set_index("event")["happened"]
    unknown = asked[~asked.isin(truth.index)]
    if len(unknown):
        raise ScsError(
            f"{len(unknown)} of {len(asked)} events are not in this world's ledger",
            where=f"first ones: {', '.join(unknown.head(3))}",
            remedy="ask about events of the ledger's column `event`",
        )
    happened = truth.reindex(asked).to_numpy(np.bool_)
    ids = np.array([int(event, 16) for event in asked], dtype=np.uint64)
    wrong = Streams(seed).keyed_uniform("office answers", ids) < error_rate
    return pd.DataFrame({"event": asked, "happened": happened ^ wrong})
