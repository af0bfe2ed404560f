"""Plant the decoys in what people do, and the mechanisms in what is recorded and scored of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scs_ml.core import Floats, Ints
from scs_ml.schemes import Scheme
from scs_ml.worlds.background import ChoosesBackground, honest_background
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
from scs_ml.worlds.strength import in_own_unit, log_spread, measure, nothing, solve_dose
from scs_ml.worlds.truth import SCORE_SD, PlantedStrength

Step = Callable[[], None]


@dataclass(frozen=True)
class Conduct:
    """What people do (rates (n, T) by act), what is recorded of it, and how strong the decoys came out."""

    rates: dict[str, Floats]
    records: dict[str, Records]
    planted: list[PlantedStrength]


@dataclass(frozen=True)
class Wrongs:
    """The events of each mechanism, the people in the background, and how strong each mechanism came out.

    `doses` has the dose of each mechanism that was given one.
    """

    made: dict[str, Events]
    doses: dict[str, float]
    background: Ints
    planted: list[PlantedStrength]


def conduct(
    settings: WorldSettings, streams: Streams, scheme: Scheme, population: Population, step: Step
) -> Conduct:
    """Draw everyone's conduct, decoys included. Each decoy is measured as if it were alone."""
    observed = settings.n_periods
    rates = act_rates(streams, population, family_shape=settings.family_shape, misconduct=settings.misconduct)

    plain = observe(streams, scheme, rates, settings.misconduct)

    def recorded(multipliers: Mapping[str, Floats]) -> dict[str, Records]:
        changed = {act: rates[act] * factor for act, factor in multipliers.items()}
        return plain | observe(streams, scheme, changed, settings.misconduct)

    def score(multipliers: Mapping[str, Floats]) -> Floats:
        return scheme.scale.clip(unclipped_of(scheme, recorded(multipliers), observed))

    multipliers: dict[str, Floats] = {}
    planted = []
    for aim in settings.aims("decoy"):
        decoy, members = DECOYS[aim.slug], population.members(aim.group)

        def factors(dose: float) -> dict[str, Floats]:
            return decoy.multipliers(streams, population, members, dose)  # noqa: B023 - used within this turn only

        def score_at(dose: float) -> Floats:
            return score(factors(dose))

        if aim.strength == 0:
            planted.append(nothing(aim, decoy.unit))
        else:
            if decoy.unit == SCORE_SD:
                before, inside = score({}), members[:, -observed:]
                dose = solve_dose(aim, before, score_at, inside, decoy.ceiling)
                planted.append(measure(aim, before, score_at(dose), inside))
            else:
                dose = aim.strength
                spread = log_spread(factors(dose), members)
                planted.append(in_own_unit(aim, decoy.unit, spread, decoy.ceiling))
            for act, factor in factors(dose).items():
                multipliers[act] = multipliers.get(act, 1.0) * factor
        step()
    return Conduct(multiplied(rates, multipliers), recorded(multipliers), planted)


def unclipped_of(scheme: Scheme, records: Mapping[str, Records], observed: int) -> Floats:
    """Give the scores (n, P) of records, before the scale's limits."""
    return unclipped_scores(
        scheme, {act: window_sums(r.total, r.total.shape[1] - observed) for act, r in records.items()}
    )


def wrongs(settings: WorldSettings, county: County, step: Step) -> Wrongs:
    """Make the events of each mechanism, and say how strong each came out against the twin, as if alone."""
    before = county.score
    background = honest = honest_background(county)
    made, planted = {}, []
    doses: dict[str, float] = {}
    for aim in settings.aims("mechanism"):
        mechanism = MECHANISMS[aim.slug]
        if aim.strength == 0:
            made[aim.slug] = Events.none()
            planted.append(nothing(aim, mechanism.unit))
        elif isinstance(mechanism, ChoosesBackground):
            background = mechanism.background(county, background, aim.strength)
            hidden = mechanism.hidden(county, honest, background)
            planted.append(in_own_unit(aim, mechanism.unit, hidden, mechanism.ceiling))
            doses[aim.slug] = aim.strength
            made[aim.slug] = mechanism.acts(county, aim.group)(aim.strength)
        else:
            acts = mechanism.acts(county, aim.group)
            members = county.population.members(aim.group)[:, -settings.n_periods :]

            def score_at(dose: float) -> Floats:
                return county.score_with(acts(dose))  # noqa: B023 - used within this turn only

            doses[aim.slug] = solve_dose(aim, before, score_at, members, mechanism.ceiling)
            made[aim.slug] = acts(doses[aim.slug])
            planted.append(measure(aim, before, county.score_with(made[aim.slug]), members))
        step()
    return Wrongs(made, doses, background, planted)
