"""Simulate the Suining pilot: conduct, records, the wrongs that were planted, scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.core import Bools, Floats, Group, Progress
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.worlds.conduct import act_rates
from scs_ml.worlds.county import County, mean_shift, solve_dose
from scs_ml.worlds.decoys import DECOYS
from scs_ml.worlds.frames import ledger_frame, table_frame, truth_frames
from scs_ml.worlds.ledger import Events, record_events
from scs_ml.worlds.mechanisms import MECHANISMS
from scs_ml.worlds.observation import Records, observe
from scs_ml.worlds.population import Population, populate
from scs_ml.worlds.scoring import undeclared_points, unclipped_scores, window_sums, windowed_counts
from scs_ml.worlds.settings import WorldSettings
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.truth import PlantedStrength, Truth


@dataclass(frozen=True)
class World:
    """A simulated pilot.

    `table` and `ledger` are what an office holds, in the columns that the scheme names; `truth` is for the bench
    alone, and nothing in the other two leads to it.
    """

    table: pd.DataFrame
    ledger: pd.DataFrame
    truth: Truth
    settings: WorldSettings


def simulate(settings: WorldSettings, *, progress: Progress | None = None) -> World:
    """Simulate a world.

    Parameters
    ----------
    settings : WorldSettings
    progress : Progress, optional

    Returns
    -------
    World
        The same settings give the same world; more people leave the earlier ones as they were.

    Raises
    ------
    ScsError
        If a strength cannot be reached in a world of this size.
    """
    steps = _Steps(progress, 4 + len(settings.decoys) + len(settings.mechanisms))
    scheme = load_scheme("suining")
    streams = Streams(settings.seed)
    expiry = (scheme.card.expiry if scheme.card else None) or 1
    population = populate(streams, settings.n_people, expiry + settings.n_periods)
    steps.done()
    records, decoys = _conduct(settings, streams, scheme, population, steps)
    county = County(streams, scheme, population, _unclipped(scheme, records, expiry))
    steps.done()
    planted, made = _wrong(settings, county, steps)
    events = Events.join([record_events(streams, scheme, population, records), *made.values()])
    steps.done()

    counts = windowed_counts(events, population.shape, expiry)
    unclipped = unclipped_scores(scheme, counts) + undeclared_points(events, population.shape, expiry)
    world = World(
        table=table_frame(population, counts, scheme.scale.clip(unclipped)),
        ledger=ledger_frame(scheme, population, events, expiry),
        truth=Truth(
            **truth_frames(county, events, made),
            planted=(*planted, *decoys),
        ),
        settings=settings,
    )
    steps.done()
    return world


class _Steps:
    """Counts the steps for the caller's progress bar."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._finished = progress, total, 0

    def done(self) -> None:
        self._finished += 1
        if self._progress is not None:
            self._progress("simulating the world", self._finished, self._total)


def _unclipped(scheme: Scheme, records: Mapping[str, Records], expiry: int) -> Floats:
    return unclipped_scores(scheme, {act: window_sums(r.total, expiry) for act, r in records.items()})


def _conduct(
    settings: WorldSettings, streams: Streams, scheme: Scheme, population: Population, steps: _Steps
) -> tuple[dict[str, Records], list[PlantedStrength]]:
    """Draw the records of everyone's conduct, once the decoys' doses are solved for."""
    n, quarters = population.shape
    expiry = quarters - settings.n_periods
    multipliers: dict[str, Floats] = {}
    planted = []

    def records_under(more: Mapping[str, Floats]) -> dict[str, Records]:
        return observe(streams, scheme, act_rates(streams, population, more))

    def score_under(more: Mapping[str, Floats]) -> Floats:
        return scheme.scale.clip(_unclipped(scheme, records_under(more), expiry))

    without = score_under({}) if settings.decoys else np.empty((n, 0))
    for slug, (strength, group) in settings.planted_decoys().items():
        decoy, everywhen = DECOYS[slug], population.members(group)
        members = everywhen[:, expiry:]
        dose = _solve(
            lambda dose, decoy=decoy, everywhen=everywhen: score_under(decoy.multipliers(everywhen, dose)),
            without,
            members,
            strength,
            decoy.ceiling,
            slug,
            group,
        )
        chosen = decoy.multipliers(everywhen, dose)
        for act, factor in chosen.items():
            multipliers[act] = multipliers.get(act, 1.0) * factor
        planted.append(_achieved(slug, "decoy", group, strength, without, score_under(chosen), members))
        steps.done()
    return records_under(multipliers), planted


def _wrong(
    settings: WorldSettings, county: County, steps: _Steps
) -> tuple[list[PlantedStrength], dict[str, Events]]:
    """Plant each mechanism against the twin, as if it were alone."""
    before = county.score
    planted, made = [], {}
    for slug, (strength, group) in settings.planted_mechanisms().items():
        mechanism = MECHANISMS[slug]
        acts = mechanism.acts(county, group)
        members = county.population.members(group)[:, -settings.n_periods :]
        dose = _solve(
            lambda dose, acts=acts: county.with_events(acts(dose)),
            before,
            members,
            strength,
            mechanism.ceiling,
            slug,
            group,
        )
        made[slug] = acts(dose)
        after = county.with_events(made[slug])
        planted.append(_achieved(slug, "mechanism", group, strength, before, after, members))
        steps.done()
    return planted, made


def _solve(
    score_at: Callable[[float], Floats],
    before: Floats,
    members: Bools,
    strength: float,
    ceiling: float,
    slug: str,
    group: Group,
) -> float:
    return solve_dose(
        lambda dose: mean_shift(before, score_at(dose), members) if dose else 0.0, strength, ceiling, slug, group
    )


def _achieved(
    slug: str, kind: str, group: Group, asked: float, before: Floats, after: Floats, members: Bools
) -> PlantedStrength:
    return PlantedStrength(
        slug, kind, group, asked, mean_shift(before, after, members), mean_shift(before, after, ~members)
    )
