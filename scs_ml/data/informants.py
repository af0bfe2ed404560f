"""Which informants do not pass the dispersion check: who reports too many, or a group too often.

Informants are held against the others of their area. Families count, not reports, so that one quarrel is one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.core import UNKNOWN_GROUP, Dataset, Ledger
from scs_ml.inference import excess_dispersion, holm

LEVEL = 0.01  # of both tests, over all informants and groups
MATERIAL = 1.5  # times the others' rate, from which an informant may be left out
SCATTER = 0.25  # relative variance of the rates of those who remain, from which none of them is trusted
FEWEST = 3  # informants of an area: of two, nobody can say who is the odd one
DRAWS = 500  # simulated tables behind the test of those who remain


def named_events(ledger: Ledger | None, indicator: str) -> pd.DataFrame | None:
    """Give the events of an indicator that informants signed; None where there are none."""
    if ledger is None:
        return None
    events = ledger.events
    chosen = (events["indicator"] == indicator).to_numpy(np.bool_) & events["informant"].notna().to_numpy()
    return events[chosen] if chosen.any() else None


def failing_informants(
    dataset: Dataset, ledger: Ledger | None, indicator: str, *, seed: int = 0
) -> frozenset[str]:
    """Name the informants who do not pass the dispersion check of an indicator.

    An informant is left out who reports more families than the others of the area do (binomial test), or more
    families of one group among those reported than the others do (Fisher's exact test), beyond chance by
    Holm's rule and by half as much again. Each round leaves out the clearest of every area, because one who
    reports too much makes the others look mild. If that takes half of all informants, or if those who remain
    scatter still (test of excess dispersion), none of them passes.

    Parameters
    ----------
    dataset : Dataset
        Its areas, families and groups. Without areas all informants are compared; without families persons
        count; without groups only numbers are compared.
    ledger : Ledger or None
    indicator : str
    seed : int
        Of the test of those who remain.

    Returns
    -------
    frozenset of str
        Pseudonyms.
    """
    events = named_events(ledger, indicator)
    if events is None:
        return frozenset()
    looks = _looks(dataset, events)
    everybody = frozenset(looks["informant"])
    failing: frozenset[str] = frozenset()
    while clearest := _clearest(looks):
        failing |= clearest
        if 2 * len(failing) >= len(everybody):
            return everybody
        looks = looks[~looks["informant"].isin(clearest)]
    whole = looks[looks["attribute"] == ""]
    whole = whole[whole.groupby("area")["informant"].transform("size") >= FEWEST]
    if whole.empty:
        return failing
    counts, areas = whole["families"].to_numpy(), pd.factorize(whole["area"])[0]
    rest = excess_dispersion(counts, np.ones(len(counts)), areas, draws=DRAWS, seed=seed)
    return everybody if rest.p < LEVEL and rest.variance > SCATTER else failing


def _clearest(looks: pd.DataFrame) -> frozenset[str]:
    """Informants who fail, at most one an area: the one against whom most speaks."""
    families, of = looks["families"], looks["of"]
    whole = (looks["attribute"] == "").to_numpy()
    alike = looks.groupby(["area", "attribute", "group"])["families"].transform("sum")
    everything = looks.groupby(["area", "attribute"])["families"].transform("sum")
    here = looks["area"].map(looks["area"][whole].value_counts()).to_numpy(np.int64)
    p = np.where(
        whole,
        stats.binom.sf(families - 1, alike, 1 / here),
        stats.hypergeom.sf(families - 1, everything, alike, of),
    )
    mine = np.where(whole, families, families / of)
    rest = np.where(whole, np.maximum(here - 1, 1), np.maximum(everything - of, 1))
    others: pd.Series[float] = (alike - families) / rest
    p = np.where((here >= FEWEST) & (mine >= MATERIAL * others), p, 1.0)
    found = looks[["area", "informant"]].assign(p=p, fails=holm(p) <= LEVEL)
    found = found[found["fails"]].sort_values("p", kind="stable").drop_duplicates("area")
    return frozenset(found["informant"])


def _looks(dataset: Dataset, events: pd.DataFrame) -> pd.DataFrame:
    """Families that each informant of each area reported: all of them, and by every group of an attribute.

    Columns ``area``, ``informant``, ``attribute`` and ``group`` (empty: all), ``families``, and ``of``: those
    that the informant reported with any group of the attribute.
    """
    people = pd.DataFrame({"subject": dataset.subject.astype(object), "family": dataset.cluster})
    people["area"] = "" if dataset.area is None else dataset.area.astype(object)
    labels = {f"{at}": dataset.sensitive[name] for at, name in enumerate(dataset.sensitive)}
    people = people.assign(**labels).drop_duplicates("subject", keep="last")  # rows are in time order
    reported = events[["subject", "informant"]].astype(object).merge(people, on="subject")
    parts = []
    for attribute in ("", *labels):
        group = reported[attribute] if attribute else pd.Series("", index=reported.index)
        pairs = reported[["area", "informant", "family"]].assign(attribute=attribute, group=group)
        pairs = pairs[pairs["group"] != UNKNOWN_GROUP].drop_duplicates()
        keys = ["area", "informant", "attribute", "group"]
        counted = pairs.groupby(keys, as_index=False).size().rename(columns={"size": "families"})
        counted["of"] = counted.groupby(["area", "informant"])["families"].transform("sum")
        parts.append(counted)
    return pd.concat(parts, ignore_index=True)
