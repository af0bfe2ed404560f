"""What other fairness tools are given: yes-or-no decisions, outcomes and one grouping at a time.

They know neither ordered categories nor panels nor families. So each subject counts once, in the latest row,
and a boundary of the scale makes the decision: a category above it is the favourable outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.audit.groups import NO, YES
from scs_ml.audit.points import latest_rows
from scs_ml.core import UNKNOWN_CATEGORY, UNKNOWN_GROUP, AuditCase, Bools, Floats, Ints


@dataclass(frozen=True)
class Cells:
    """Decisions and outcomes of the groups of one attribute at one boundary, counted.

    Attributes
    ----------
    attribute : str
        Sensitive attribute or situation.
    groups : tuple of str (g,)
        Its known values, sorted.
    reference : int
        Position of the group others are compared with: the scheme's, else the largest.
    boundary : int
    selected, total : ndarray of int (g,)
        People above the boundary, and all people.
    confusion : ndarray of int (g, 2, 2)
        People by outcome and decision (0 unfavourable, 1 favourable), where the outcome is known.
    """

    attribute: str
    groups: tuple[str, ...]
    reference: int
    boundary: int
    selected: Ints
    total: Ints
    confusion: Ints

    @property
    def known(self) -> bool:
        """Whether any outcome is known."""
        return bool(self.confusion.any())

    @property
    def selection(self) -> Floats:
        """Share of each group (g,) with the favourable decision."""
        return rate(self.selected, self.total)

    @property
    def tpr(self) -> Floats:
        """Favourable decisions among favourable outcomes (g,)."""
        return rate(self.confusion[:, 1, 1], self.confusion[:, 1].sum(axis=1))

    @property
    def fpr(self) -> Floats:
        """Favourable decisions among unfavourable outcomes (g,)."""
        return rate(self.confusion[:, 0, 1], self.confusion[:, 0].sum(axis=1))

    @property
    def discovery(self) -> Floats:
        """Unfavourable outcomes among favourable decisions (g,): the false-discovery rate."""
        return rate(self.confusion[:, 0, 1], self.confusion[:, :, 1].sum(axis=1))

    @property
    def fnr(self) -> Floats:
        """Unfavourable decisions among favourable outcomes (g,)."""
        return rate(self.confusion[:, 1, 0], self.confusion[:, 1].sum(axis=1))

    @property
    def omission(self) -> Floats:
        """Favourable outcomes among unfavourable decisions (g,): the false-omission rate."""
        return rate(self.confusion[:, 1, 0], self.confusion[:, :, 0].sum(axis=1))

    @property
    def pairs(self) -> Iterator[tuple[int, str]]:
        """Positions of the groups but the reference, each with the label ``attribute = value``."""
        for at, group in enumerate(self.groups):
            if at != self.reference:
                yield at, f"{self.attribute} = {group}"


def rate(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Divide counts; NaN where there is nobody to count, infinite where only the divisor is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.asarray(part, dtype=np.float64) / np.asarray(whole, dtype=np.float64))


def main_boundary(case: AuditCase) -> int:
    """Give the boundary whose upper side is the favourable outcome: the scale's society boundary."""
    return case.scheme.scale.society_boundary


def groupings(case: AuditCase, rows: Ints) -> dict[str, tuple[tuple[str, ...], int, Ints]]:
    """Give the known groups of each attribute and situation.

    Parameters
    ----------
    case : AuditCase
        Its scheme names the reference groups.
    rows : ndarray of int (r,)
        Positions of the dataset's rows that make a group: what is absent there is no group.

    Returns
    -------
    dict of str to (groups, reference, codes)
        `codes` (n,) are positions in `groups` of all rows, -1 where membership is unknown. Attributes with
        fewer than two groups are left out.
    """
    declared = {a.name: a.reference for a in case.scheme.sensitive}
    dataset = case.dataset
    labels = {a: dataset.sensitive[a].fillna(UNKNOWN_GROUP) for a in map(str, dataset.sensitive)}
    for situation in map(str, dataset.situations):
        labels[situation] = dataset.situations[situation].map({True: YES, False: NO})
        declared[situation] = NO
    found = {}
    for attribute, series in labels.items():
        values = series.to_numpy(dtype=object)
        groups = tuple(sorted(set(values[rows]) - {UNKNOWN_GROUP}))
        if len(groups) > 1:
            codes = pd.Index(groups).get_indexer(values).astype(np.int64)
            sizes = np.bincount(codes[rows][codes[rows] >= 0], minlength=len(groups))
            reference = declared.get(attribute)
            at = groups.index(reference) if reference in groups else int(sizes.argmax())
            found[attribute] = (groups, at, codes)
    return found


def cells(case: AuditCase) -> tuple[Cells, ...]:
    """Count decisions and outcomes for every grouping and boundary of a case.

    The outcome is the case's independent one where the dataset records it (not adverse is favourable), else
    the category to forecast, above the same boundary.

    Parameters
    ----------
    case : AuditCase

    Returns
    -------
    tuple of Cells
        By attribute, then boundary.
    """
    dataset, n_boundaries = case.dataset, case.scheme.scale.n_categories - 1
    adverse = dataset.adverse
    known = dataset.y != UNKNOWN_CATEGORY if adverse is None else np.isfinite(adverse)
    rows = latest_rows(dataset)
    judged = np.flatnonzero(known)[latest_rows(dataset.take(known))] if known.any() else rows[:0]
    decided = case.forecast.categories[:, None] > np.arange(n_boundaries)
    if adverse is None:
        outcome = dataset.y[:, None] > np.arange(n_boundaries)
    else:
        outcome = np.broadcast_to((adverse == 0)[:, None], decided.shape)
    found = []
    for attribute, (groups, reference, codes) in groupings(case, rows).items():
        now, then = rows[codes[rows] >= 0], judged[codes[judged] >= 0]
        for k in range(n_boundaries):
            selected = _count(codes[now], decided[now, k][:, None], len(groups))
            crossed = np.column_stack([outcome[then, k], decided[then, k]])
            found.append(
                Cells(
                    attribute,
                    groups,
                    reference,
                    k,
                    selected[:, 1],
                    selected.sum(axis=1),
                    _count(codes[then], crossed, len(groups)).reshape(-1, 2, 2),
                )
            )
    return tuple(found)


def _count(codes: Ints, flags: Bools, n_groups: int) -> Ints:
    """Count rows by group and by the combination of their flags (r, f), shape (g, 2**f)."""
    width = 2 ** flags.shape[1]
    combination = flags @ (2 ** np.arange(flags.shape[1])[::-1])
    return np.bincount(codes * width + combination, minlength=n_groups * width).reshape(n_groups, width)
