"""Simulate the Suining pilot: people, conduct, records, the wrongs that were planted, scores."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from scs_ml.core import Progress
from scs_ml.schemes import Scheme
from scs_ml.worlds.frames import ledger_frame, table_frame, truth_frames
from scs_ml.worlds.ledger import BOOKED, Events
from scs_ml.worlds.register import broad_register
from scs_ml.worlds.scoring import unclipped_scores, undeclared_points, windowed_counts
from scs_ml.worlds.settings import WorldSettings
from scs_ml.worlds.start import start
from scs_ml.worlds.truth import Truth


@dataclass(frozen=True)
class World:
    """A simulated pilot.

    `table` and `ledger` are what an office holds, in the columns that its `scheme` names, and `background`
    the rows of the table with which it explains its score by comparison. `truth` is for the bench alone, and
    nothing in the others leads to it.
    """

    table: pd.DataFrame
    ledger: pd.DataFrame
    background: pd.DataFrame
    truth: Truth
    settings: WorldSettings
    scheme: Scheme


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

    begun = start(settings, step)
    county, done, wrong, expiry = begun.county, begun.conduct, begun.wrongs, begun.expiry
    scheme, population = county.scheme, county.population
    events = Events.join([county.honest, *wrong.made.values()])
    step()
    counts = windowed_counts(events, population.shape, expiry)
    score = unclipped_scores(scheme, counts) + undeclared_points(events, population.shape, expiry)
    register = broad_register(settings, county, counts, events) if settings.broad else {}
    table = table_frame(population, counts, scheme.scale.clip(score), register)
    booked = events.of_rules(*BOOKED).in_order()
    ledger = ledger_frame(scheme, population, booked, expiry)
    last = wrong.background * settings.n_periods + settings.n_periods - 1
    world = World(
        table=table,
        ledger=ledger,
        background=table.iloc[last].reset_index(drop=True),
        truth=Truth(
            **truth_frames(county, ledger, booked, wrong.made), planted=(*wrong.planted, *done.planted)
        ),
        settings=settings,
        scheme=scheme,
    )
    step()
    return world
