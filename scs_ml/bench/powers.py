"""Power of every mechanism, beside the limit that the same data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.bench.limits import PROOF
from scs_ml.bench.shares import Share, finished, share

LEVEL = 0.05
FEWEST_NULL = (
    40  # worlds by which a limit can be calibrated: twenty to standardise on, twenty for a threshold
)
NEARLY_SURE, MUST_REACH, OF_THE_LIMIT = 0.97, 0.95, 0.90


@dataclass(frozen=True)
class Power:
    """Power on one mechanism at one strength, number of people and arm.

    Attributes
    ----------
    found : Share
        Worlds in which a `mechanism` flag names the wronged group, or a part of it.
    limit : Share or None
        Worlds that the best test finds which knows where to look; None where too few worlds without anything
        calibrate it.
    proof : Share or None
        The same, of statistics that real differences leave alone.
    """

    slug: str
    strength: float
    people: int
    arm: str
    found: Share
    limit: Share | None
    proof: Share | None

    @property
    def ratio(self) -> float | None:
        """Power over the limit; None where there is no limit, or nothing can be found."""
        if self.limit is None or not self.limit.count:
            return None
        return self.found.value / self.limit.value

    @property
    def met(self) -> bool | None:
        """Whether the power is what the targets ask for; None where there is no limit."""
        if self.limit is None:
            return None
        enough = self.found.value >= OF_THE_LIMIT * self.limit.value
        return enough and not (self.limit.value >= NEARLY_SURE and self.found.value < MUST_REACH)


def powers(worlds: pd.DataFrame, statistics: pd.DataFrame) -> tuple[Power, ...]:
    """Measure every power and its limit.

    Parameters
    ----------
    worlds, statistics : DataFrame
        As `running.gather` gives them.

    Returns
    -------
    tuple of Power
    """
    planted = finished(worlds, "mechanism")
    limits = {} if statistics.empty else dict(_limits(worlds, statistics))
    found = []
    keys = ["slug", "strength", "n_people", "arm"]
    for _, rows in planted.groupby(keys, sort=False):
        slug, arm = str(rows["slug"].iloc[0]), str(rows["arm"].iloc[0])
        strength, people = float(rows["strength"].iloc[0]), int(rows["n_people"].iloc[0])
        at = [limits.get((slug, people, arm, proof)) for proof in (False, True)]
        beaten = [
            # A world that shows none of the statistics is not found by them.
            None if each is None else share(each.reindex(rows["id"], fill_value=False).to_numpy(dtype=bool))
            for each in at
        ]
        found.append(Power(slug, strength, people, arm, share(rows["found"]), beaten[0], beaten[1]))
    return tuple(found)


def _limits(
    worlds: pd.DataFrame, statistics: pd.DataFrame
) -> Iterator[tuple[tuple[str, int, str, bool], pd.Series[bool]]]:
    """Give, by mechanism, people, arm and whether proof, which planted worlds (by id) the best test finds."""
    about = worlds.drop_duplicates("id").set_index("id")[["kind", "n_people"]]
    told = statistics.join(about, on="id")
    for (slug, _, arm), rows in told.groupby(["mechanism", "n_people", "arm"], sort=False):
        people = int(rows["n_people"].iloc[0])
        kinds = rows.drop_duplicates("id").set_index("id")["kind"]
        for proof in (False, True):
            kept = rows[rows["statistic"].isin(PROOF)] if proof else rows
            wide = kept.pivot_table(index="id", columns="statistic", values="value").fillna(0.0)
            if wide.empty:
                continue
            null = (kinds.reindex(wide.index) == "null").to_numpy()
            if null.sum() >= FEWEST_NULL:
                yield (
                    (str(slug), people, str(arm), proof),
                    pd.Series(best_test(wide.to_numpy(), null), index=wide.index),
                )


def best_test(
    values: np.typing.NDArray[np.float64], null: np.typing.NDArray[np.bool_]
) -> np.typing.NDArray[np.bool_]:
    """Combine statistics into one test at `LEVEL`, calibrated by worlds without anything.

    Every second null world standardises the statistics; the others set the threshold of the largest one, so
    that no world does both.

    Parameters
    ----------
    values : ndarray (w, s)
        Statistics of worlds; the larger, the more they speak for the mechanism.
    null : ndarray of bool (w,)

    Returns
    -------
    ndarray of bool (w,)
        Which worlds the test finds.
    """
    at = np.flatnonzero(null)
    first, second = values[at[::2]], values[at[1::2]]
    spread = first.std(axis=0, ddof=1)
    # A statistic that is nil in every world without anything, such as an exact remainder, has no spread.
    scale = np.where(spread > 0, spread, 1e-9)
    largest = ((values - first.mean(axis=0)) / scale).max(axis=1)
    reached = np.sort(((second - first.mean(axis=0)) / scale).max(axis=1))
    place = min(len(reached), int(np.ceil((1 - LEVEL) * (len(reached) + 1)))) - 1
    return np.asarray(largest > reached[place], dtype=np.bool_)
