"""One replicate: a county drawn from its own seed, lived through under every policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scs_ml.worlds.experiment.flow_inputs import Sums, flow_sums
from scs_ml.worlds.experiment.living import live
from scs_ml.worlds.experiment.measures import Measured, groups_of, measure
from scs_ml.worlds.experiment.policy import Policy
from scs_ml.worlds.settings import WorldSettings
from scs_ml.worlds.start import start
from scs_ml.worlds.streams import mix, stream_key


@dataclass(frozen=True)
class Replicate:
    """What is kept of a county: figures of groups by policy, and sums for the compartment model."""

    measured: dict[Policy, Measured]
    flows: Sums


def replicate_seed(seed: int, number: int) -> int:
    """Give the seed of a replicate: a hash of the experiment's seed and the replicate's number."""
    return int(mix(stream_key("replicate"), seed, number)[0])


def run_replicate(
    settings: WorldSettings, policies: Sequence[Policy], attribute: str, draws: int
) -> Replicate:
    """Draw a county and let it live under each policy, the same people each time.

    Parameters
    ----------
    settings : WorldSettings
        With the replicate's own seed.
    policies : sequence of Policy
        Each is run, and so is its static twin.
    attribute : str
        By whose values groups are formed.
    draws : int
        Reweightings of families for the compartment model.
    """
    begun = start(settings)
    _, members = groups_of(begun.county.population, attribute)
    measured: dict[Policy, Measured] = {}
    for policy in dict.fromkeys([*policies, *(each.static for each in policies)]):
        lived = live(begun, policy)
        measured[policy] = measure(begun, lived, members)
        if policy == policies[0].static:
            flows = flow_sums(begun, lived, members, margins_of(policies), draws)
    return Replicate(measured, flows)


def margins_of(policies: Sequence[Policy]) -> tuple[float, ...]:
    """List what the policies take for near a boundary."""
    return tuple(sorted({policy.margin for policy in policies}))


def with_seed(settings: WorldSettings, number: int) -> WorldSettings:
    """Give a replicate its own seed."""
    return replace(settings, seed=replicate_seed(settings.seed, number))
