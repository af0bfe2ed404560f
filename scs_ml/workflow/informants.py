"""How much one informant weighs in a score, before and after the bound."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scs_ml.core import AuditCase, Table
from scs_ml.data import failing_informants, what_is_said
from scs_ml.safeguards import INFORMANTS


def informant_influence(case: AuditCase, *, seed: int = 0) -> Table | None:
    """Say, for every hearsay indicator, how many values rest on informants and what one of them can give.

    Parameters
    ----------
    case : AuditCase
        With a ledger that names informants.
    seed : int
        Of the dispersion test.

    Returns
    -------
    Table or None
        One row per indicator, over the latest row of every subject: whose value rests on informants; of whom
        fewer than three speak, by number and share; the most points (units, where the card prices none) and
        the largest share of a value from one informant, as recorded and as bounded (a third at most); and of
        how many people one informant less would leave nothing. None without such a ledger.
    """
    if case.ledger is None:
        return None
    last = pd.Series(np.arange(len(case.dataset))).groupby(case.dataset.subject).last().to_numpy()
    dataset = case.dataset.take(np.sort(last))
    rules = case.scheme.card.rules if case.scheme.card else ()
    rows: list[tuple[str | int | float | None, ...]] = []
    for indicator in case.scheme.indicators:
        said = what_is_said(dataset, case.ledger, case.scheme, indicator.name) if indicator.hearsay else None
        if said is None:
            continue
        failing = failing_informants(dataset, case.ledger, indicator.name, seed=seed)
        kept = what_is_said(dataset, case.ledger, case.scheme, indicator.name, failing)
        bounded = said if kept is None else kept
        spoken = said.informants > 0
        few = spoken & (bounded.informants < INFORMANTS)
        price = abs(sum(rule.points or 0.0 for rule in rules if rule.indicator == indicator.name)) or 1.0
        n = int(spoken.sum())
        rows.append(
            (
                indicator.name,
                n,
                int(few.sum()),
                float(few.sum() / n) if n else None,
                float(said.largest.max(initial=0.0) * price),
                float(bounded.largest_counted.max(initial=0.0) * price),
                _largest_share(said.largest, said.total),
                _largest_share(bounded.largest_counted, bounded.counted),
                int((bounded.informants == INFORMANTS).sum()),
            )
        )
    if not rows:
        return None
    return Table(
        "informant_influence",
        "Influence of one informant on one person",
        (
            "indicator",
            f"{case.scheme.subjects} of whom informants speak",
            f"of them by fewer than {INFORMANTS}",
            "share",
            "most points from one, recorded",
            "most points from one, bounded",
            "largest share of one, recorded",
            "largest share of one, bounded",
            "nothing left without one of them",
        ),
        tuple(rows),
    )


def _largest_share(most: np.typing.NDArray[np.float64], total: np.typing.NDArray[np.float64]) -> float | None:
    some = total > 0
    return float((most[some] / total[some]).max()) if some.any() else None
