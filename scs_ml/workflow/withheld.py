"""What a score would be without the indicators that must not be in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scs_ml.core import Dataset, Table
from scs_ml.safeguards import gate_inputs
from scs_ml.schemes import Scheme, card_score


def withheld_effect(scheme: Scheme, dataset: Dataset) -> Table | None:
    """Recompute the card's score without its forbidden indicators and count who changes category.

    Parameters
    ----------
    scheme : Scheme
        Needs a card and a scale with lower bounds; otherwise there is nothing to recompute.
    dataset : Dataset
        Its `withheld` columns still hold what the score's owner fed into it.

    Returns
    -------
    Table or None
        One row for everybody and one per sensitive group: how many, share whose category changes, share who
        would rise, and the mean change of the score in points. None where no forbidden indicator earns any.
    """
    if scheme.card is None or scheme.scale.lower_bounds is None:
        return None
    on_card = {rule.indicator for rule in scheme.card.rules}
    present = pd.concat([dataset.X, dataset.withheld], axis=1)
    forbidden = [name for name in gate_inputs(scheme).forbidden if name in on_card and name in present]
    if not forbidden:
        return None
    with_them = card_score(scheme, present)
    without = card_score(scheme, present.assign(**dict.fromkeys(forbidden, np.nan)))
    before, after = scheme.scale.categorise(with_them), scheme.scale.categorise(without)

    def row(label: str, mask: np.typing.NDArray[np.bool_]) -> tuple[str | int | float | None, ...]:
        return (
            label,
            int(mask.sum()),
            float((before[mask] != after[mask]).mean()),
            float((after[mask] > before[mask]).mean()),
            float((without[mask] - with_them[mask]).mean()),
        )

    rows = [row("everybody", np.ones(len(dataset), dtype=bool))]
    for attribute in dataset.sensitive:
        values = dataset.sensitive[attribute].to_numpy()
        rows += [row(f"{attribute} = {value}", values == value) for value in sorted(set(values))]
    return Table(
        "withheld_effect",
        f"The score without {', '.join(forbidden)}",
        ("group", scheme.subjects, "share changing category", "share rising", "mean change (points)"),
        tuple(rows),
    )
