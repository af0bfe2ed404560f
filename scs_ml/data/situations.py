"""A table and a ledger without the events of disasters, accidents and emergencies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import numpy as np
import pandas as pd

from scs_ml.core import CURRENT_SCORE, Bools, Dataset, GateRecord, Ledger
from scs_ml.data.in_force import events_in_force, summed
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import count_text, excluded_situations, flagged_words, hides_count, with_records

if TYPE_CHECKING:
    from scs_ml.schemes import Indicator, Scheme

RULE = "situation"
BY_LEDGER = ("situation",)  # columns of the record of a dataset whose events were taken out: the ledger's own


@dataclass(frozen=True)
class Net:
    """A dataset and its ledger without the events of situations.

    `concerned` (n,) are the rows in which such events are in force. `doubtful` (n,) are those that may hold
    some where nothing tells which: they are not learned from, and a person decides on them.
    """

    dataset: Dataset
    ledger: Ledger | None
    concerned: Bools
    doubtful: Bools


def net_of_events(
    dataset: Dataset, ledger: Ledger | None, scheme: Scheme, *, existing: bool = False, take_out: bool = False
) -> Net:
    """Take the events of disasters, accidents and emergencies out of a ledger and of what a table counts.

    An event is one of them where the ledger says so, by a situation's name or kind, or where the table says
    that the subject was in the situation in the event's period.

    Parameters
    ----------
    dataset : Dataset (n rows)
        As `read_table` gives it; one that is net already stays as it is.
    ledger : Ledger or None
        Without one nobody can tell the events apart: every row is doubtful whose subject was in such a
        situation in a period whose events the card still counts (as far as the table goes back).
    scheme : Scheme
    existing : bool
        A score or model that exists already: nothing is taken out, and the breach is recorded.
    take_out : bool
        Take out all the same where a breach is only recorded, to show what difference it makes.

    Returns
    -------
    Net
        Numbers lose the units of their events that are still in force, never beyond the range; a flag falls
        where no other event of it is in force; a category becomes neutral, or missing. The score, and the lag
        that pairing made of it, lose the points. Everything stays where the breach is only recorded.

    Raises
    ------
    SafeguardError
        Rule ``situation``, for real people: where the ledger names circumstances that the scheme does not
        declare, or a category holds such an event and has neither a neutral level nor may be missing.
    """
    enforced = scheme.real_people and not existing
    clean = np.zeros(len(dataset), dtype=np.bool_)
    if ledger is None:
        if _is_net(dataset):
            return Net(dataset, None, clean, clean)
        held = _in_window(dataset, scheme)
        doubted = _doubted(dataset, scheme, held, enforced=enforced)
        return Net(doubted, None, held, held if enforced else clean)
    dataset, events = _undoubted(dataset), ledger.events
    flagged, unknown = flagged_words(scheme, events["situation"])
    if unknown.any() and enforced:
        words = events.loc[unknown, "situation"].nunique()
        raise SafeguardError(
            "the ledger names circumstances that the scheme does not declare, and nobody can tell them apart",
            rule=RULE,
            where=f"column situation, {int(unknown.sum()):,} events, {words:,} different texts",
            remedy="declare them under `situations`, each with its kind: illness, disaster, accident or "
            "emergency",
        )
    flagged = flagged | _told_by_table(dataset, events, scheme)
    without = Ledger(events[~flagged].reset_index(drop=True), ledger.fingerprint)
    laid = events_in_force(dataset, events, scheme)
    out = flagged[laid["at"].to_numpy(np.int64)]
    rows = np.isin(np.arange(len(dataset)), laid["row"].to_numpy()[out])
    if not (enforced or take_out):
        record = _record(scheme, flagged, rows, unknown, enforced=False)
        return Net(replace(dataset, gates=with_records(dataset, record)), ledger, rows, clean)
    if _is_net(dataset):
        return Net(dataset, without, rows, clean)
    records = _record(scheme, flagged, rows, unknown, enforced=enforced)
    netted = replace(
        _without_points(dataset, laid, out, scheme),
        withheld=_without_units(dataset.withheld, laid, out, scheme, strict=False),
        gates=with_records(dataset, records),
    )
    netted = replace(netted, X=_without_units(netted.X, laid, out, scheme, strict=enforced))
    # A category that is told and not computed still holds them, and so does the lag made of it.
    doubtful = rows & (np.ones_like(rows) if dataset.score is None else np.isnan(dataset.score))
    return Net(netted, without, rows, doubtful if enforced and scheme.horizon else clean)


def _is_net(dataset: Dataset) -> bool:
    return any(gate.rule == RULE and gate.columns == BY_LEDGER for gate in dataset.gates if _acted(gate))


def _undoubted(dataset: Dataset) -> Dataset:
    """Take back what was recorded without a ledger: that nobody can tell the events apart."""
    kept = (each for each in dataset.gates if each.rule != RULE or _acted(each) or each.columns == BY_LEDGER)
    return replace(dataset, gates=tuple(kept))


def _acted(gate: GateRecord) -> bool:
    return gate.outcome in ("left out", "kept")


def _in_situation(dataset: Dataset, scheme: Scheme) -> Bools:
    named = [name for name in excluded_situations(scheme) if name in dataset.situations]
    return np.asarray(dataset.situations[named].to_numpy(dtype=np.bool_).any(axis=1), dtype=np.bool_)


def _in_window(dataset: Dataset, scheme: Scheme) -> Bools:
    """Rows (n,) in which events of a period count in which the subject was in such a situation."""
    held = _in_situation(dataset, scheme)
    spells = pd.DataFrame({"subject": dataset.subject[held], "period": dataset.period[held]})
    spells = spells.assign(rule="", indicator="", points=0.0)
    rows = events_in_force(dataset, spells, scheme)["row"].to_numpy()
    return held | np.isin(np.arange(len(dataset)), rows)


def _told_by_table(dataset: Dataset, events: pd.DataFrame, scheme: Scheme) -> Bools:
    held = _in_situation(dataset, scheme)
    spells = pd.MultiIndex.from_arrays([dataset.subject[held].astype(object), dataset.period[held]])
    when = pd.MultiIndex.from_arrays(
        [events["subject"].to_numpy(object), events["period"].to_numpy(np.int64)]
    )
    return np.asarray(when.isin(spells), dtype=np.bool_)


def _without_units(
    frame: pd.DataFrame, laid: pd.DataFrame, out: Bools, scheme: Scheme, *, strict: bool
) -> pd.DataFrame:
    changed: dict[str, Any] = {}
    about = laid["indicator"].to_numpy(object)
    for indicator in scheme.indicators:
        mine = about == indicator.name
        if indicator.name not in frame or not (mine & out).any():
            continue
        if indicator.dtype == "category" and indicator.neutral is None and not indicator.missing:
            if strict:
                _no_neutral_level(indicator, laid, mine & out)
        else:
            changed[indicator.name] = _one_without(frame[indicator.name], indicator, laid, mine, out)
    return frame.assign(**changed)


def _no_neutral_level(indicator: Indicator, laid: pd.DataFrame, chosen: Bools) -> NoReturn:
    raise SafeguardError(
        "a category holds events of a disaster, accident or emergency, and has no neutral level",
        rule=RULE,
        where=f"indicator {indicator.name}, {laid.loc[chosen, 'row'].nunique():,} rows",
        remedy="give the indicator a neutral level, or let values be missing",
    )


def _one_without(
    values: pd.Series[Any], indicator: Indicator, laid: pd.DataFrame, mine: Bools, out: Bools
) -> Any:
    n = len(values)
    if indicator.dtype == "category":
        held = np.isin(np.arange(n), laid["row"].to_numpy()[mine & out])
        return values.mask(held, np.nan if indicator.neutral is None else indicator.neutral)
    number = values.to_numpy(np.float64, na_value=np.nan)
    if indicator.dtype == "flag":
        held, other = (np.isin(np.arange(n), laid["row"].to_numpy()[mine & s]) for s in (out, ~out))
        return np.where(held & ~other & (number == 1), 0.0, number)
    low, high = indicator.range or (-np.inf, np.inf)
    # A count that nobody gave a range still has nothing below nothing.
    lowest = np.where(number >= 0, max(low, 0.0), low) if low < 0 else np.full(n, low)
    return np.clip(number - summed(laid, mine & out, "units", n), lowest, high)


def _without_points(dataset: Dataset, laid: pd.DataFrame, out: Bools, scheme: Scheme) -> Dataset:
    """Take the points out of the score, and out of the lag, rule by rule, because a rule may have a cap."""
    rules = scheme.card.rules if scheme.card else ()
    caps = {rule.name: rule.cap for rule in rules if rule.cap is not None}
    points = laid["points"].to_numpy(np.float64) * laid["left"].to_numpy(np.float64)
    by_rule = pd.DataFrame(
        {"row": laid["row"], "rule": laid["rule"], "all": points, "rest": np.where(out, 0.0, points)}
    )
    sums = by_rule.groupby(["row", "rule"], as_index=False)[["all", "rest"]].sum()
    cap = sums["rule"].map(caps).to_numpy(np.float64, na_value=np.inf)
    cap = np.where(np.isnan(cap), np.inf, cap)
    taken = np.clip(sums["all"], -cap, cap) - np.clip(sums["rest"], -cap, cap)
    loss = np.bincount(sums["row"].to_numpy(np.int64), weights=taken, minlength=len(dataset)).astype(
        np.float64
    )
    score = None if dataset.score is None else scheme.scale.clip(dataset.score - loss)
    X = dataset.X
    if CURRENT_SCORE in X and score is not None:
        lag = X[CURRENT_SCORE].to_numpy(np.float64) - loss
        X = X.assign(**{CURRENT_SCORE: scheme.scale.clip(lag)})
    return replace(dataset, score=score, X=X)


def _record(
    scheme: Scheme, flagged: Bools, rows: Bools, unknown: Bools, *, enforced: bool
) -> tuple[GateRecord, ...]:
    detail, shown = "no event of the ledger is known to be of a disaster, an accident or an emergency", 0
    outcome: Literal["kept", "left out", "recorded"] = "kept"
    if flagged.any():
        outcome, shown = "left out" if enforced else "recorded", int(rows.sum())
        detail = f"{_count(scheme, flagged)} events of a disaster, an accident or an emergency, in force in "
        detail += f"{_count(scheme, rows)} rows: "
        detail += "left out of the ledger and of the rows" if enforced else "they count against people"
    records = [GateRecord(RULE, outcome, detail, BY_LEDGER, 0 if hides_count(scheme, shown) else shown)]
    if unknown.any():
        what = f"{_count(scheme, unknown)} events carry circumstances that the scheme does not declare"
        records.append(GateRecord(RULE, "recorded", what, ("situation", "unknown")))
    return tuple(records)


def _doubted(dataset: Dataset, scheme: Scheme, held: Bools, *, enforced: bool) -> Dataset:
    named = excluded_situations(scheme)
    if not named:
        return dataset
    if not held.any():
        record = GateRecord(RULE, "kept", f"nobody in the table is in {' or '.join(named)}", named)
    else:
        n = int(held.sum())
        what = (
            f"events of {', '.join(named)} may count in {_count(scheme, held)} rows, and cannot be excluded: "
        )
        what += "no ledger tells which they are"
        if enforced:
            what += "; those rows are not learned from, and a person decides on them"
        shown = 0 if hides_count(scheme, n) else n
        record = GateRecord(RULE, "left out" if enforced else "recorded", what, named, shown)
    return replace(dataset, gates=with_records(dataset, [record]))


def _count(scheme: Scheme, mask: Bools) -> str:
    return count_text(scheme, int(mask.sum()))
