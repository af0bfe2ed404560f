"""What stands before every training and forecast: events of situations out, what informants say weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Bools, Dataset, Ledger
from scs_ml.data import net_of_events, weigh_hearsay
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.safeguards import gate_hearsay, gate_situations, opens
from scs_ml.schemes import Scheme

NET = "net_of_situations"  # in a bundle's metadata: a ledger said which events to take out


@dataclass(frozen=True)
class Prepared:
    """A dataset as a model may see it, and its ledger without what was taken out.

    `recorded` are the same rows with the events of situations, where those were taken out. `doubtful` (n,)
    may hold such events, and nothing tells which.
    """

    dataset: Dataset
    ledger: Ledger | None
    doubtful: Bools
    recorded: Dataset | None = None

    def doubts(self, rows: Dataset) -> Bools:
        """Which rows (m,) of a part of the dataset are doubtful."""
        where = [self.dataset.subject[self.doubtful].astype(object), self.dataset.period[self.doubtful]]
        asked = pd.MultiIndex.from_arrays([rows.subject.astype(object), rows.period])
        return np.asarray(asked.isin(pd.MultiIndex.from_arrays(where)), dtype=np.bool_)

    def certain(self, rows: Dataset) -> Dataset:
        """Give the rows of a part of the dataset that are not doubtful."""
        if not self.doubtful.any():
            return rows
        kept = rows.take(~self.doubts(rows))
        if not len(kept):
            raise ScsError(
                "every row to learn from may hold events of a disaster, an accident or an emergency",
                where=f"{len(rows):,} rows, no ledger",
                remedy="give the ledger, which says which events those are",
            )
        return kept


def prepare(
    dataset: Dataset, scheme: Scheme, ledger: Ledger | None = None, *, existing: bool = False, seed: int = 0
) -> Prepared:
    """Take the events of situations out and weigh what informants say; or record that neither was done.

    Parameters
    ----------
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    scheme : Scheme
    ledger : Ledger, optional
        As `scs_ml.data.read_ledger` gives it.
    existing : bool
        A score or model that exists already: nothing is changed, and the breach is recorded.
    seed : int
        Of the dispersion test of informants.

    Returns
    -------
    Prepared

    Raises
    ------
    SafeguardError
        Rule ``situation`` or ``hearsay``, where people are real and the scheme leaves open what to do.
    """
    net = net_of_events(dataset, ledger, scheme, existing=existing)
    heard = weigh_hearsay(net.dataset, scheme, net.ledger, existing=existing, seed=seed)
    recorded = None
    if ledger is not None and net.ledger is not ledger:
        recorded = weigh_hearsay(dataset, scheme, ledger, existing=existing, seed=seed).dataset
    gate_hearsay(scheme, heard.dataset, existing=existing)
    gate_situations(scheme, heard.dataset, existing=existing)
    return Prepared(heard.dataset, heard.ledger, net.doubtful, recorded)


def prepare_as(
    manifest: Mapping[str, Any], dataset: Dataset, scheme: Scheme, ledger: Ledger | None, *, seed: int = 0
) -> Prepared:
    """Prepare a dataset as that was which a bundle learned from.

    Parameters
    ----------
    manifest : mapping
        The bundle's.
    dataset, scheme, ledger, seed
        As for `prepare`.

    Returns
    -------
    Prepared
        The ledger stays whole, and is not asked, where the bundle learned without one.

    Raises
    ------
    SafeguardError
        Rule ``situation``, where people are real, the bundle learned with a ledger, and none is given.
    """
    if not scheme.real_people:
        return prepare(dataset, scheme, ledger, seed=seed)
    if not manifest["metadata"].get(NET, False):
        return replace(prepare(dataset, scheme, seed=seed), ledger=ledger)
    if ledger is None:
        raise SafeguardError(
            "the bundle learned without the events of disasters, accidents and emergencies",
            rule="situation",
            where=f"scheme {scheme.name}, {NET} in the bundle: a ledger said which those are",
            remedy="give the ledger, too: --ledger",
        )
    return prepare(dataset, scheme, ledger, seed=seed)


def prepare_to_forecast(
    manifest: Mapping[str, Any], dataset: Dataset, scheme: Scheme, ledger: Ledger | None, *, seed: int = 0
) -> Prepared:
    """Prepare a dataset as `prepare_as` does, for a forecast, to which a ledger is of no other use.

    Where the basis opens no training the model is somebody's, and its inputs stay as they are.

    Parameters
    ----------
    manifest, dataset, scheme, ledger, seed
        As for `prepare_as`.

    Returns
    -------
    Prepared

    Raises
    ------
    SafeguardError
        Rule ``situation``, where people are real, the bundle learned with a ledger, and none is given.
    ScsError
        Where people are real, a ledger is given, and the bundle learned without one.
    """
    if not opens(scheme, "training"):
        return prepare(dataset, scheme, ledger, existing=True, seed=seed)
    if ledger is not None and scheme.real_people and not manifest["metadata"].get(NET, False):
        raise ScsError(
            "the bundle learned without a ledger, so it cannot forecast with one",
            where=f"scheme {scheme.name}",
            remedy="train again with the ledger (scs-ml train --ledger), or leave it out here",
        )
    return prepare_as(manifest, dataset, scheme, ledger, seed=seed)
