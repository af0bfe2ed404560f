"""A verified sample: what indirect indicators truly were, for some rows, beside what was recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.core import Answers, Bools, Dataset, Floats, Ints, Ledger
from scs_ml.exceptions import ScsError
from scs_ml.schemes import Scheme, event_weights


@dataclass(frozen=True)
class VerifiedSample:
    """Rows whose indirect indicators were looked up.

    Attributes
    ----------
    X : DataFrame (v, d)
        Inputs as they were recorded.
    true : DataFrame (v, m)
        True values of the indirect ones among them; NaN where an indicator of a row was not looked up.
    y : array of int (v,)
        What is forecast; negative where it is not known.
    rows : array of int (v,)
        Positions of the rows in the dataset they come from.
    """

    X: pd.DataFrame
    true: pd.DataFrame
    y: Ints
    rows: Ints

    def __post_init__(self) -> None:
        """Check that the parts belong together."""
        lengths = {len(self.X), len(self.true), len(self.y), len(self.rows)}
        strange = [str(name) for name in self.true if name not in self.X]
        if len(lengths) > 1 or strange or not len(self.true.columns):
            raise ScsError(
                "a verified sample needs one recorded row for each true one, and true values of columns that "
                "are recorded",
                where=f"{len(self.X)} recorded rows, {len(self.true)} true ones"
                + (f", columns {', '.join(strange[:5])}" if strange else ""),
                remedy="take it from verified_values(dataset, ledger, answers, scheme)",
            )


def verified_values(dataset: Dataset, ledger: Ledger, answers: Answers, scheme: Scheme) -> VerifiedSample:
    """Turn answers to look-ups into true values: the recorded events less those that did not happen.

    An indicator of a row is verified if every event behind it was looked up, of which there is at least one,
    and there are as many as it counts. A look-up cannot find what nobody recorded: where events are missed,
    the values are still too low.

    Parameters
    ----------
    dataset : Dataset
    ledger : Ledger
        Read beside the dataset.
    answers : Answers
        To look-ups of the ledger's events.
    scheme : Scheme
        Says which counts and flags are indirect, and for how many periods events count (``card.expiry``).

    Returns
    -------
    VerifiedSample

    Raises
    ------
    ScsError
        If no row is verified.
    """
    happened = answers.answers.set_index("event")["happened"]
    events = ledger.events
    true = {}
    for indicator in scheme.indicators:
        if indicator.kind == "indirect" and indicator.dtype != "category" and indicator.name in dataset.X:
            recorded = dataset.X[indicator.name].to_numpy(dtype=np.float64, na_value=np.nan)
            of_it = events[(events["indicator"] == indicator.name).fillna(False).to_numpy(dtype=np.bool_)]
            looked_up = of_it["event"].map(happened).to_numpy(dtype=np.float64, na_value=np.nan)
            values = _counted(dataset, of_it, looked_up, scheme)
            true[indicator.name] = _verified(recorded, values, flag=indicator.dtype == "flag")
    frame = pd.DataFrame(true, index=range(len(dataset)))
    rows = np.flatnonzero(frame.notna().any(axis=1).to_numpy()).astype(np.int64)
    if not len(rows):
        raise ScsError(
            "no row has an indirect indicator all of whose events were looked up",
            where=f"{len(events):,} events, {len(happened):,} of them looked up",
            remedy="look up every event of an indicator of the people in the sample",
        )
    kept = frame.iloc[rows].dropna(axis=1, how="all").reset_index(drop=True)
    return VerifiedSample(dataset.X.iloc[rows].reset_index(drop=True), kept, dataset.y[rows], rows)


def _counted(dataset: Dataset, events: pd.DataFrame, happened: Floats, scheme: Scheme) -> Floats:
    """Events in force, those of them looked up, and those that happened: (n, 3)."""
    rows = pd.DataFrame({"subject": dataset.subject, "now": dataset.period, "row": range(len(dataset))})
    found = (
        events[["subject", "period"]]
        .assign(asked=~np.isnan(happened), happened=np.nan_to_num(happened))
        .merge(rows, on="subject")
    )
    found = found[event_weights(scheme.card, found["now"] - found["period"]) > 0]
    at = found["row"].to_numpy(dtype=np.int64)
    weights = (
        np.ones(len(found)),
        found["asked"].to_numpy(np.float64),
        found["happened"].to_numpy(np.float64),
    )
    return np.column_stack([np.bincount(at, weights=w, minlength=len(dataset)) for w in weights])


def _verified(recorded: Floats, counted: Floats, *, flag: bool) -> Floats:
    """True values (n,), NaN where not every event behind the recorded value was looked up."""
    events, asked, happened = counted.T
    whole: Bools = (events > 0) & (asked == events) & ((recorded > 0) if flag else (recorded == events))
    return np.where(whole, np.minimum(happened, 1.0) if flag else happened, np.nan)
