"""What informants say, weighed: three independent ones who pass the dispersion check, none for too much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from scs_ml.core import Bools, Dataset, Floats, GateRecord, Ledger
from scs_ml.data.in_force import events_in_force
from scs_ml.data.informants import failing_informants, named_events
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import INFORMANTS, Bounded, bounded_sums, count_text, hides_count, with_records

if TYPE_CHECKING:
    from scs_ml.schemes import Indicator, Scheme

RULE = "hearsay"


@dataclass(frozen=True)
class Heard:
    """A dataset and its ledger in which what informants say is weighed."""

    dataset: Dataset
    ledger: Ledger | None


def weigh_hearsay(
    dataset: Dataset, scheme: Scheme, ledger: Ledger | None = None, *, existing: bool = False, seed: int = 0
) -> Heard:
    """Weigh what informants say: nothing without three of them, and never much for one.

    How many stand behind a value is what the ledger shows (informants of events of that indicator that are in
    force, who pass the dispersion check), and what the column says that the scheme names; the smaller of the
    two where there are both.

    Parameters
    ----------
    dataset : Dataset (n rows)
        As `read_table` gives it.
    scheme : Scheme
    ledger : Ledger, optional
    existing : bool
        A score or model that exists already: nothing is changed, and the breach is recorded.
    seed : int
        Of the dispersion test.

    Returns
    -------
    Heard
        A number keeps at most what `scs_ml.safeguards.bounded_sums` leaves of it (where a ledger shows who
        said what); any value with fewer than three informants becomes neutral, or missing. Where nothing says
        how many there are, the indicator is withheld. Events of informants who do not pass are left out of
        the ledger. Everything stays where the breach is only recorded.

    Raises
    ------
    SafeguardError
        Rule ``hearsay``, for real people: where the ledger names informants of an indicator that the scheme
        does not call hearsay.
    """
    enforced = scheme.real_people and not existing
    records: list[GateRecord] = []
    _undeclared(dataset, scheme, ledger, records, enforced=enforced)
    asked = (gate for gate in dataset.gates if gate.rule == RULE and gate.outcome != "recorded")
    done = {column for gate in asked for column in gate.columns}
    for at, indicator in enumerate(scheme.indicators):
        if not indicator.hearsay or indicator.name not in dataset.X or indicator.table_column in done:
            continue
        failing = failing_informants(dataset, ledger, indicator.name, seed=seed)
        said = what_is_said(dataset, ledger, scheme, indicator.name, failing)
        told = None if dataset.informants is None else dataset.informants[:, at]
        if indicator.informants_column is None:
            told = None
        values = dataset.X[indicator.name]
        if said is None and told is None:
            records.append(_unknown(indicator, enforced=enforced))
            if enforced:
                dataset = _withhold(dataset, indicator.name)
            continue
        # A row in which nobody counted has no informants.
        few = np.zeros(len(dataset), dtype=np.bool_) if told is None else ~(told >= INFORMANTS)
        if said is not None:
            few |= said.informants < INFORMANTS
        speaks = _speaks(values, indicator)
        weighed = _weighed(values, indicator, few, None if said is None else said.counted)
        found = {
            "few": int((speaks & few).sum()),
            "failing": len(failing),
            "changed": int((speaks & ~_same(values, weighed)).sum()),
        }
        sources = [] if said is None else ["the ledger"]
        if told is not None:
            sources.append(f"the column {indicator.informants_column}, which the owner declares")
        records.append(_weighing(scheme, indicator, found, " and by ".join(sources), enforced=enforced))
        if enforced:
            dataset = replace(dataset, X=dataset.X.assign(**{indicator.name: weighed}))
            ledger = _without(ledger, indicator.name, failing)
    return Heard(replace(dataset, gates=with_records(dataset, records)), ledger)


def what_is_said(
    dataset: Dataset,
    ledger: Ledger | None,
    scheme: Scheme,
    indicator: str,
    failing: frozenset[str] = frozenset(),
) -> Bounded | None:
    """Sum what informants say of the subject of every row, by the ledger.

    Parameters
    ----------
    dataset : Dataset (n rows)
    ledger : Ledger or None
    scheme : Scheme
        Its card says how long, and how much, an event counts.
    indicator : str
    failing : frozenset of str
        Pseudonyms of informants who are not heard.

    Returns
    -------
    Bounded or None
        None where the ledger names no informant of the indicator.
    """
    events = named_events(ledger, indicator)
    if events is None:
        return None
    laid = events_in_force(dataset, events[~events["informant"].isin(failing)], scheme)
    who = pd.factorize(laid["informant"].to_numpy(object))[0].astype(np.int64)
    return bounded_sums(laid["row"].to_numpy(np.int64), who, laid["units"].to_numpy(), len(dataset))


def _without(ledger: Ledger | None, indicator: str, failing: frozenset[str]) -> Ledger | None:
    if ledger is None or not failing:
        return ledger
    out = (ledger.events["indicator"] == indicator) & ledger.events["informant"].isin(failing)
    return Ledger(ledger.events[~out].reset_index(drop=True), ledger.fingerprint)


def _undeclared(
    dataset: Dataset, scheme: Scheme, ledger: Ledger | None, records: list[GateRecord], *, enforced: bool
) -> None:
    """Find indicators that the scheme does not call hearsay, and that informants signed."""
    inputs = [i.name for i in scheme.indicators if not i.hearsay and i.name in dataset.X]
    signed = [name for name in inputs if named_events(ledger, name) is not None]
    if not signed:
        return
    listed = ", ".join(signed)
    if enforced:
        raise SafeguardError(
            "informants signed what the scheme does not call hearsay",
            rule=RULE,
            where=f"ledger, column informant, events of {listed}",
            remedy="set `hearsay: true` and a `neutral` value for it: then three informants are asked for",
        )
    what = f"informants signed events of {listed}, which the scheme does not call hearsay"
    records.append(GateRecord(RULE, "recorded", what, tuple(signed)))


def _withhold(dataset: Dataset, name: str) -> Dataset:
    withheld = dataset.withheld.assign(**{name: dataset.X[name]})
    return replace(dataset, X=dataset.X.drop(columns=name), withheld=withheld)


def _speaks(values: pd.Series[Any], indicator: Indicator) -> Bools:
    """Rows (n,) in which a value weighs something."""
    nothing = 0 if indicator.neutral is None and indicator.dtype == "number" else indicator.neutral
    spoken = values.notna().to_numpy(np.bool_, copy=True)
    if nothing is not None:
        spoken &= (values.astype(object) != nothing).to_numpy(np.bool_)
    return spoken


def _same(values: pd.Series[Any], weighed: pd.Series[Any]) -> Bools:
    one, other = values.astype(object), weighed.astype(object)
    return ((one == other) | (one.isna() & other.isna())).to_numpy(np.bool_)


def _weighed(
    values: pd.Series[Any], indicator: Indicator, few: Bools, counted: Floats | None
) -> pd.Series[Any]:
    nothing = np.nan if indicator.neutral is None else indicator.neutral
    weighed = values.mask(few & _speaks(values, indicator), nothing)
    if indicator.dtype == "number" and counted is not None:
        base = 0.0 if indicator.neutral is None else float(indicator.neutral)
        beyond = weighed - base
        weighed = base + np.sign(beyond) * np.minimum(beyond.abs(), counted)
    return weighed


def _unknown(indicator: Indicator, *, enforced: bool) -> GateRecord:
    what = (
        f"{indicator.name} is what informants say, and neither a ledger nor informants_column says how many"
    )
    if enforced:
        what += "; it is withheld from every model"
    return GateRecord(RULE, "refused" if enforced else "recorded", what, (indicator.table_column,))


def _weighing(
    scheme: Scheme, indicator: Indicator, found: dict[str, int], sources: str, *, enforced: bool
) -> GateRecord:
    few, failing, changed = (count_text(scheme, found[name]) for name in ("few", "failing", "changed"))
    what = (
        f"{indicator.name}: {few} values rest on fewer than {INFORMANTS} informants by {sources}; {failing} "
    )
    what += f"informants do not pass the dispersion check; {changed} values are "
    what += "neutral or bounded" if enforced else "not as they would be if they were weighed"
    outcome: Literal["kept", "recorded", "left out"] = "recorded"
    if enforced:
        outcome = "left out" if found["changed"] else "kept"
    rows = 0 if hides_count(scheme, found["changed"]) else found["changed"]
    return GateRecord(RULE, outcome, what, (indicator.table_column,), rows)
