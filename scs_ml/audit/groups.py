"""Who is compared with whom: the groups of a case, and how many people nobody recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.audit.remembering import remembered
from scs_ml.core import UNKNOWN_GROUP, AuditCase, Bools, Dataset, Forecast, Group, Table
from scs_ml.schemes import Scheme

MINIMUM = 10  # rows, and independent clusters, on either side: below, nothing can be told

YES, NO = "yes", "no"  # labels of a situation


@dataclass(frozen=True)
class Contrast:
    """A group and the reference it is compared with.

    Attributes
    ----------
    group, reference : Group
        Attribute-value pairs; several pairs make an intersection.
    members, others : ndarray of bool (n,)
        Rows of the group and of the reference.
    small : bool
        Whether a side has too few rows or clusters for a verdict.
    """

    group: Group
    reference: Group
    members: Bools
    others: Bools
    small: bool

    @property
    def n(self) -> tuple[int, int]:
        """Rows of the group and of the reference."""
        return int(self.members.sum()), int(self.others.sum())

    @property
    def label(self) -> str:
        """Name the group as reports do."""
        return group_label(self.group)

    def turned(self) -> Contrast:
        """Compare the reference with the group."""
        return Contrast(self.reference, self.group, self.others, self.members, self.small)

    def take(self, rows: npt.ArrayLike, cluster: npt.NDArray[np.int64]) -> Contrast:
        """Keep some rows only (positions or a mask); `cluster` (n,) is that of all rows."""
        at = np.arange(len(cluster))[np.asarray(rows)]
        return contrast_of(self.group, self.reference, self.members[at], self.others[at], cluster[at])


def group_label(group: Group) -> str:
    """Write a group in words: ``sex = female, minority = yes``; everybody where it is empty."""
    return ", ".join(f"{attribute} = {value}" for attribute, value in group) or "everybody"


@remembered
def forecast_only(case: AuditCase) -> AuditCase:
    """Keep the rows for which the forecast says both a score and a category; the case itself if all are."""
    forecast = case.forecast
    known = np.isfinite(forecast.score) & (forecast.categories >= 0)
    if known.all():
        return case
    said = Forecast(forecast.categories[known], forecast.score[known], forecast.origin, forecast.name)
    return AuditCase(case.scheme, case.dataset.take(known), said, None)


@remembered
def contrasts(case: AuditCase) -> tuple[Contrast, ...]:
    """Give every comparison a case allows.

    Each value of each sensitive attribute against the attribute's reference (the scheme's, or else the
    largest known group), each situation against its absence, and every combination of the intersections the
    scheme declares against the combination of references. People whose membership is unknown are in no
    comparison.

    Parameters
    ----------
    case : AuditCase

    Returns
    -------
    tuple of Contrast
        Empty where no attribute has two groups.
    """
    dataset, cluster = case.dataset, case.dataset.cluster
    found = []
    for attribute in map(str, dataset.sensitive):
        labels = _labels(dataset, attribute)
        reference = _reference(case.scheme, attribute, labels) or UNKNOWN_GROUP
        found += [
            contrast_of(
                ((attribute, value),),
                ((attribute, reference),),
                labels == value,
                labels == reference,
                cluster,
            )
            for value in _values(labels)
            if value != reference
        ]
    for situation in map(str, dataset.situations):
        present = dataset.situations[situation].to_numpy(dtype=bool)
        if present.any() and not present.all():
            pair = ((situation, YES),), ((situation, NO),)
            found.append(contrast_of(*pair, present, ~present, cluster))
    for first, second in case.scheme.audit.intersections:
        if {first, second} <= set(dataset.sensitive):
            found += _crossed(case.scheme, dataset, cluster, (first, second))
    return tuple(found)


def masks(compared: Sequence[Contrast], n: int) -> dict[str, Bools]:
    """Everybody, then every reference and group that is compared, by label, once each.

    Parameters
    ----------
    compared : sequence of Contrast
    n : int
        Rows their masks speak of.

    Returns
    -------
    dict of str to ndarray of bool (n,)
    """
    found: dict[str, Bools] = {group_label(()): np.ones(n, dtype=bool)}
    for contrast in compared:
        found.setdefault(group_label(contrast.reference), contrast.others)
        found[contrast.label] = contrast.members
    return found


def groups_table(case: AuditCase) -> Table:
    """Count the rows and subjects of every group, the unknown among them."""
    dataset = case.dataset
    columns = {a: _labels(dataset, a) for a in map(str, dataset.sensitive)}
    for situation in map(str, dataset.situations):
        present = dataset.situations[situation].to_numpy(dtype=bool)
        columns[situation] = np.where(present, YES, NO).astype(object)
    rows: list[tuple[str | int | float | None, ...]] = []
    for attribute, labels in columns.items():
        for value in (*_values(labels), UNKNOWN_GROUP):
            mask = labels == value
            if value != UNKNOWN_GROUP or mask.any():
                subjects = len(np.unique(dataset.subject[mask]))
                rows.append((attribute, value, int(mask.sum()), subjects, float(mask.mean())))
    return Table(
        "groups",
        "Groups compared, with the unknown counted",
        ("attribute", "group", "rows", "subjects", "share"),
        tuple(rows),
    )


def _labels(dataset: Dataset, attribute: str) -> npt.NDArray[np.object_]:
    return dataset.sensitive[attribute].astype(object).fillna(UNKNOWN_GROUP).to_numpy(dtype=object)


def _values(labels: npt.NDArray[np.object_]) -> list[str]:
    return sorted(str(value) for value in pd.unique(labels) if value != UNKNOWN_GROUP)


def _reference(scheme: Scheme, attribute: str, labels: npt.NDArray[np.object_]) -> str | None:
    declared = next((a.reference for a in scheme.sensitive if a.name == attribute), None)
    values = _values(labels)
    if declared in values:
        return declared
    # max keeps the first of equals, and the values are sorted: the order of rows does not matter.
    return max(values, key=lambda value: int((labels == value).sum())) if values else None


def contrast_of(
    group: Group, reference: Group, members: Bools, others: Bools, cluster: npt.NDArray[np.int64]
) -> Contrast:
    """Compare the rows of two masks (n,), under these names; `cluster` (n,) says who is independent."""
    members, others = np.asarray(members, dtype=bool), np.asarray(others, dtype=bool)
    small = any(np.count_nonzero(np.bincount(cluster[mask])) < MINIMUM for mask in (members, others))
    return Contrast(group, reference, members, others, small)


def _crossed(
    scheme: Scheme, dataset: Dataset, cluster: npt.NDArray[np.int64], pair: tuple[str, str]
) -> list[Contrast]:
    first, second = pair
    labels = {name: _labels(dataset, name) for name in (first, second)}
    references = {name: _reference(scheme, name, labels[name]) for name in labels}
    base = tuple((name, str(references[name])) for name in labels)
    others = np.logical_and.reduce([labels[name] == references[name] for name in labels])
    found = []
    for value in _values(labels[first]):
        for other in _values(labels[second]):
            group = ((first, value), (second, other))
            members = (labels[first] == value) & (labels[second] == other)
            if group != base and members.any() and others.any():
                found.append(contrast_of(group, base, members, others, cluster))
    return found
