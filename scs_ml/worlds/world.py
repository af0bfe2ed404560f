"""Simulate the Suining pilot: people, conduct, records, the wrongs that were planted, scores."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from scs_ml.core import Progress
from scs_ml.schemes import load_scheme
from scs_ml.worlds.county import County
from scs_ml.worlds.frames import ledger_frame, table_frame, truth_frames
from scs_ml.worlds.ledger import Events, record_events
from scs_ml.worlds.planting import conduct_records, unclipped_of, wrongs
from scs_ml.worlds.population import populate
from scs_ml.worlds.scoring import unclipped_scores, undeclared_points, windowed_counts
from scs_ml.worlds.settings import WorldSettings
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.truth import Truth

EXPIRY = 1  # quarters, where the card says nothing: an event counts in its own quarter


@dataclass(frozen=True)
class World:
    """A simulated pilot.

    `table` and `ledger` are what an office holds, in the columns that the scheme names; `truth` is for the
    bench alone, and nothing in the other two leads to it.
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
        The same settings give the same world. In a world without mechanisms and decoys, more people leave the
        earlier ones as they were.

    Raises
    ------
    ScsError
        If a strength cannot be reached in this world.
    """
    steps = 4 + len(settings.aims())
    finished = 0

    def step() -> None:
        nonlocal finished
        finished += 1
        if progress is not None:
            progress("simulating the world", finished, steps)

    scheme = load_scheme("suining")
    expiry = (scheme.card and scheme.card.expiry) or EXPIRY
    streams = Streams(settings.seed)
    population = populate(streams, settings.n_people, expiry + settings.n_periods)
    step()
    records, decoys = conduct_records(settings, streams, scheme, population, step)
    county = County(streams, scheme, population, unclipped_of(scheme, records, settings.n_periods))
    step()
    made, mechanisms = wrongs(settings, county, step)
    honest = record_events(streams, scheme, population, records)
    events = Events.join([honest, *made.values()]).in_order()
    step()
    counts = windowed_counts(events, population.shape, expiry)
    unclipped = unclipped_scores(scheme, counts) + undeclared_points(events, population.shape, expiry)
    ledger = ledger_frame(scheme, population, events, expiry)
    world = World(
        table=table_frame(population, counts, scheme.scale.clip(unclipped)),
        ledger=ledger,
        truth=Truth(**truth_frames(county, ledger, events, made), planted=(*mechanisms, *decoys)),
        settings=settings,
    )
    step()
    return world
