"""The start of a world: people, what they do, the county before anyone was wronged, and the wrongs."""

from __future__ import annotations

from dataclasses import dataclass

from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import record_events
from scs_ml.worlds.planting import Conduct, Step, Wrongs, conduct, unclipped_of, wrongs
from scs_ml.worlds.population import populate
from scs_ml.worlds.settings import WorldSettings
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.variants import scheme_of

EXPIRY = 1  # quarters, where the card says nothing: an event counts in its own quarter


@dataclass(frozen=True)
class Start:
    """What a world is written from, and what an experiment starts from."""

    settings: WorldSettings
    county: County
    conduct: Conduct
    wrongs: Wrongs

    @property
    def expiry(self) -> int:
        """Quarters that an event stays in force, which is also the burn-in."""
        return self.county.population.shape[1] - self.settings.n_periods


def start(settings: WorldSettings, step: Step = lambda: None) -> Start:
    """Draw the people and their conduct, and plant what the settings ask for.

    Parameters
    ----------
    settings : WorldSettings
    step : callable
        Called twice, and once for each thing planted.
    """
    scheme = scheme_of(settings)
    expiry = (scheme.card and scheme.card.expiry) or EXPIRY
    streams = Streams(settings.seed)
    quarters = expiry + settings.n_periods
    population = populate(streams, settings.n_people, quarters, settings.disaster_rate, settings.shares)
    step()
    done = conduct(settings, streams, scheme, population, step)
    honest = record_events(streams, scheme, population, done.records)
    unclipped = unclipped_of(scheme, done.records, settings.n_periods)
    county = County(streams, scheme, population, done.rates, honest, unclipped, settings.broad)
    step()
    return Start(settings, county, done, wrongs(settings, county, step))
