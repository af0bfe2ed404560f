"""The frames that a world is handed over in: the office's table and ledger, and the truth apart from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Bools, Floats
from scs_ml.schemes import Scheme
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import BOOKED, UNDECLARED, Events
from scs_ml.worlds.population import DISTRICTS, INFORMANTS_PER_DISTRICT, Population

FIRST_YEAR = 2014  # of the observed quarters

Objects = npt.NDArray[np.object_]


def text(values: Sequence[str] | Objects) -> pd.Series[str]:
    """Make a text column; None stays missing."""
    return pd.Series(np.asarray(values, dtype=object), dtype="str")


def quarter_names(burn_in: int, observed: int) -> list[str]:
    """Name the simulated quarters, so that the first observed one is 2014Q1."""
    first = 4 * FIRST_YEAR - burn_in
    return [f"{t // 4}Q{t % 4 + 1}" for t in range(first, first + burn_in + observed)]


def person_names(n: int) -> Objects:
    """Name the people: objects (n,)."""
    return np.array([f"p{number:06d}" for number in range(1, n + 1)], dtype=object)


def informant_names() -> list[str]:
    """Name every informant of the county, district by district."""
    return [f"informant-{d}-{seat + 1}" for d in DISTRICTS for seat in range(INFORMANTS_PER_DISTRICT)]


def row_names(n: int, quarters: int, observed: int) -> dict[str, pd.Series[str]]:
    """Give the person and quarter of each row of the table: one row per person and observed quarter."""
    names = np.array(quarter_names(quarters - observed, observed)[-observed:], dtype=object)
    return {"person": text(np.repeat(person_names(n), observed)), "quarter": text(np.tile(names, n))}


def table_frame(
    population: Population,
    counts: Mapping[str, Floats],
    score: Floats,
    register: Mapping[str, Floats | Bools],
) -> pd.DataFrame:
    """Give the table as an office holds it: one row per person and observed quarter.

    Parameters
    ----------
    population : Population
    counts : mapping of ndarray (n, P)
        Events in force, by indicator.
    score : ndarray (n, P)
    register : mapping of ndarray (n, P)
        Further columns of indicators.
    """
    (n, quarters), observed = population.shape, score.shape[1]
    families = np.array([f"f{number:06d}" for number in range(1, population.family.max() + 2)], dtype=object)
    columns: dict[str, Any] = {
        **row_names(n, quarters, observed),
        "score": score.ravel(),
        "family": text(np.repeat(families[population.family], observed)),
        "district": text(np.repeat(np.array(DISTRICTS, dtype=object)[population.district], observed)),
        **{name: values.ravel() for name, values in {**counts, **register}.items()},
    }
    for name, labels in population.attributes.items():
        columns[name] = text(np.repeat(labels.astype(object), observed))
    for name, holds in population.situations.items():
        columns[name] = holds[:, -observed:].ravel()
    return pd.DataFrame(columns)


def ledger_frame(scheme: Scheme, population: Population, events: Events, burn_in: int) -> pd.DataFrame:
    """Give the ledger as an office holds it: one row per event, its id as 16 hexadecimal digits.

    The burn-in's events are in it: the first observed quarters still count them.
    """
    quarters = population.shape[1]
    named = {rule.indicator: rule.name for rule in scheme.card.rules} if scheme.card else {}
    indicators = [scheme.indicator("district" if rule in UNDECLARED else rule) for rule in BOOKED]
    situations = np.full(len(events), None, dtype=object)
    for situation in ("disaster", "illness"):
        situations[population.situations[situation][events.person, events.quarter]] = situation

    def by_rule(values: list[str]) -> pd.Series[str]:
        return text(np.array(values, dtype=object)[events.rule])

    periods = np.array(quarter_names(burn_in, quarters - burn_in), dtype=object)
    return pd.DataFrame(
        {
            "event": text([f"{number:016x}" for number in events.id.tolist()]),
            "subject": text(person_names(population.shape[0])[events.person]),
            "period": text(periods[events.quarter]),
            "rule": by_rule([named.get(rule, rule) for rule in BOOKED]),
            "indicator": by_rule([indicator.name for indicator in indicators]),
            "points": events.points,
            "source": by_rule([indicator.source for indicator in indicators]),
            # NOBODY is -1: the last entry.
            "informant": text(np.array([*informant_names(), None], dtype=object)[events.informant]),
            "situation": text(situations),
        }
    )


def truth_frames(
    county: County, ledger: pd.DataFrame, events: Events, made: Mapping[str, Events]
) -> dict[str, pd.DataFrame]:
    """Give the frames of `Truth`: events (rows as the ledger's); twin, wronged and points (as the table's).

    Parameters
    ----------
    county : County
        The twin.
    ledger : DataFrame
    events : Events
        All events, as they stand in the ledger.
    made : mapping of Events
        Events by the mechanism that made them.
    """
    score = county.score
    rows = row_names(*county.population.shape, score.shape[1])
    makers = np.full(len(events), None, dtype=object)
    for slug, of_one in made.items():
        makers[np.isin(events.id, of_one.of_rules(*BOOKED).id)] = slug
    points = {slug: county.in_force(of_one).ravel() for slug, of_one in made.items()}
    return {
        "events": pd.DataFrame(
            {"event": ledger["event"], "happened": events.happened, "mechanism": text(makers)}
        ),
        "twin": pd.DataFrame(
            {**rows, "score": score.ravel(), "category": county.scheme.scale.categorise(score.ravel())}
        ),
        "wronged": pd.DataFrame({**rows, **{slug: of_one < 0 for slug, of_one in points.items()}}),
        "points": pd.DataFrame({**rows, **points}),
    }
