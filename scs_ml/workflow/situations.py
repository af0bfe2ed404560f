"""What a forecast or score would be without the events of disasters, accidents and emergencies."""

from __future__ import annotations

import numpy as np

from scs_ml.core import AuditCase, Bools, Dataset, Floats, Ints, Table
from scs_ml.data import net_of_events
from scs_ml.metrics import median_category

_Row = tuple[str | int | float | None, ...]


def situation_effect(case: AuditCase) -> Table | None:
    """Forecast again without the events of situations, or take their points out of an existing score.

    Parameters
    ----------
    case : AuditCase
        With a ledger, which says which events those are. A case without them (`recorded` holds its rows with
        them) is compared the other way round.

    Returns
    -------
    Table or None
        One row for everybody and one per sensitive group: how many, how many of them such events count
        against, and of these the share whose category changes without them, the share who would rise, and the
        mean change of the score (points) or of the expected category. None without such events, or where an
        existing score has no card or no bounds.
    """
    if case.ledger is None:
        return None
    if case.recorded is not None:
        before, after = case.recorded, case.dataset
        concerned = _differs(before, after)
    else:
        net = net_of_events(case.dataset, case.ledger, case.scheme, existing=True, take_out=True)
        before, after, concerned = case.dataset, net.dataset, net.concerned
    if not concerned.any():
        return None
    told = _existing(case, before, after) if case.forecaster is None else _again(case, before, after)
    if told is None:
        return None
    (score, category), (score_without, category_without) = told
    unit = "points" if case.forecaster is None else "expected category"

    def row(label: str, members: Bools) -> _Row:
        asked = members & concerned
        if not asked.any():
            return label, int(members.sum()), 0, None, None, None
        change = category_without[asked] - category[asked]
        moved = float((score_without - score)[asked].mean())
        return (
            label,
            int(members.sum()),
            int(asked.sum()),
            float((change != 0).mean()),
            float((change > 0).mean()),
            moved,
        )

    rows = [row("everybody", np.ones(len(concerned), dtype=np.bool_))]
    for attribute in case.dataset.sensitive:
        values = case.dataset.sensitive[attribute].to_numpy()
        rows += [row(f"{attribute} = {value}", values == value) for value in sorted(set(values))]
    return Table(
        "situation_effect",
        "Forecast with and without events of disasters, accidents and emergencies",
        (
            "group",
            case.scheme.subjects,
            "with such events",
            "share changing category without them",
            "share rising",
            f"mean change ({unit})",
        ),
        tuple(rows),
    )


def _differs(before: Dataset, after: Dataset) -> Bools:
    differs = np.zeros(len(after), dtype=np.bool_)
    for name in after.X:
        one, other = before.X[name].astype(object), after.X[name].astype(object)
        differs |= ~((one == other) | (one.isna() & other.isna())).to_numpy(np.bool_)
    return differs


_Told = tuple[tuple[Floats, Ints], tuple[Floats, Ints]]


def _existing(case: AuditCase, before: Dataset, after: Dataset) -> _Told | None:
    scale = case.scheme.scale
    if case.scheme.card is None or scale.lower_bounds is None or before.score is None or after.score is None:
        return None
    score, without = (np.nan_to_num(each, nan=0.0) for each in (before.score, after.score))
    return (score, scale.categorise(score)), (without, scale.categorise(without))


def _again(case: AuditCase, before: Dataset, after: Dataset) -> _Told:
    def told(dataset: Dataset) -> tuple[Floats, Ints]:
        probabilities = case.forecaster.predict_proba(dataset.X)
        expected = probabilities @ np.arange(probabilities.shape[1])
        return np.asarray(expected, dtype=np.float64), median_category(probabilities)

    return told(before), told(after)
