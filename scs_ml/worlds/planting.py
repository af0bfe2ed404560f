"""Plant the decoys in what people do, and the mechanisms in what is recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scs_ml.core import Floats
from scs_ml.schemes import Scheme
from scs_ml.worlds.conduct import act_rates, multiplied
from scs_ml.worlds.county import County
from scs_ml.worlds.decoys import DECOYS
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms import MECHANISMS
from scs_ml.worlds.observation import Records, observe
from scs_ml.worlds.population import Population
from scs_ml.worlds.scoring import unclipped_scores, window_sums
from scs_ml.worlds.settings import WorldSettings
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.strength import measure, solve_dose
from scs_ml.worlds.truth import PlantedStrength

Step = Callable[[], None]


def conduct_records(
    settings: WorldSettings, streams: Streams, scheme: Scheme, population: Population, step: Step
) -> tuple[dict[str, Records], list[PlantedStrength]]:
    """Draw the records of everyone's conduct, decoys included, and say how strong the decoys came out.

    Each decoy is measured as if it were alone.
    """
    observed = settings.n_periods
    rates = act_rates(streams, population)

    def records(multipliers: Mapping[str, Floats]) -> dict[str, Records]:
        return observe(streams, scheme, multiplied(rates, multipliers))

    def score(multipliers: Mapping[str, Floats]) -> Floats:
        return scheme.scale.clip(unclipped_of(scheme, records(multipliers), observed))

    multipliers: dict[str, Floats] = {}
    planted = []
    for aim in settings.aims("decoy"):
        decoy, everywhen, before = DECOYS[aim.slug], population.members(aim.group), score({})
        members = everywhen[:, -observed:]

        def score_at(dose: float) -> Floats:
            return score(decoy.multipliers(everywhen, dose))  # noqa: B023 - used within this turn only

        dose = solve_dose(aim, before, score_at, members, decoy.ceiling)
        for act, factor in decoy.multipliers(everywhen, dose).items():
            multipliers[act] = multipliers.get(act, 1.0) * factor
        planted.append(measure(aim, before, score_at(dose), members))
        step()
    return records(multipliers), planted


def unclipped_of(scheme: Scheme, records: Mapping[str, Records], observed: int) -> Floats:
    """Give the scores (n, P) of records, before the scale's limits."""
    return unclipped_scores(
        scheme, {act: window_sums(r.total, r.total.shape[1] - observed) for act, r in records.items()}
    )


def wrongs(
    settings: WorldSettings, county: County, step: Step
) -> tuple[dict[str, Events], list[PlantedStrength]]:
    """Make the events of each mechanism, and say how strong each came out against the twin, as if alone."""
    before = county.score
    made, planted = {}, []
    for aim in settings.aims("mechanism"):
        mechanism = MECHANISMS[aim.slug]
        acts = mechanism.acts(county, aim.group)
        members = county.population.members(aim.group)[:, -settings.n_periods :]

        def score_at(dose: float) -> Floats:
            return county.score_with(acts(dose))  # noqa: B023 - used within this turn only

        dose = solve_dose(aim, before, score_at, members, mechanism.ceiling)
        made[aim.slug] = acts(dose)
        planted.append(measure(aim, before, score_at(dose), members))
        step()
    return made, planted
