"""Was the background of an explanation chosen? Its rows against the people whom it stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scs_ml.audit.checks._additive import Coding, additive
from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.points import latest_rows
from scs_ml.core import AuditCase, Dataset, Floats, Ints
from scs_ml.inference import Estimate, cluster_sums, mean_contrast

_MOST_LEVELS = 0.2  # of the rows: a column of more levels says who somebody is
_READABLE = 0.5  # share of the background's values that must be levels known among the people


@dataclass(frozen=True)
class Composition:
    """A column in the background and among the people.

    Attributes
    ----------
    name : str
        The indicator, or the sensitive attribute.
    attribute : bool
        Whether it is a sensitive attribute.
    suspect : bool
        Whether hiding it hides a wrong: a location, what the scheme forbids, a sensitive attribute.
    given : ndarray (n,)
        What the score gives each of the people through it, centred, in points.
    drawn : ndarray (b,)
        The same for the rows of the background.
    """

    name: str
    attribute: bool
    suspect: bool
    given: Floats
    drawn: Floats

    @property
    def unit(self) -> float:
        """Mean loss, through the column, of the people who lose through it."""
        losing = self.given < 0
        return float(-self.given[losing].mean()) if losing.any() else 0.0

    def beside(self, other: Composition) -> Composition:
        """Take out what goes, on a straight line, with another column."""
        power = float(other.given @ other.given)
        slope = float(self.given @ other.given) / power if power > 0 else 0.0
        return replace(self, given=self.given - slope * other.given, drawn=self.drawn - slope * other.drawn)


@dataclass(frozen=True)
class Background:
    """The people, and every column that can be read in both tables."""

    rows: Ints
    people: Dataset
    compared: tuple[Contrast, ...]
    columns: tuple[Composition, ...]
    size: int
    among: bool  # whether every row of the background is a row of the people

    def hidden(self, columns: tuple[Composition, ...]) -> Estimate:
        """Estimate the share of each column's attribution that the background hides, negative where it does.

        A background of b people, each as likely as any other, has the people's own variance over b: no
        approximation enters but that of a mean of b draws by a normal curve freed of its skewness.
        """
        n, b = len(self.rows), self.size
        given = np.column_stack([c.given / c.unit for c in columns])
        centre = given.mean(axis=0)
        value = np.array([(c.drawn / c.unit).mean() for c in columns]) - centre
        spread = given - centre
        deviation = np.sqrt((spread**2).mean(axis=0))
        third = (spread**3).mean(axis=0)
        skewness = np.divide(third, deviation**3, out=np.zeros_like(third), where=deviation > 0) / np.sqrt(b)
        own = (cluster_sums(spread / n, self.people.cluster) ** 2).sum(axis=0)
        return Estimate(
            value=value,
            influence=spread / np.sqrt(n * b),
            df=np.full(len(columns), float(b - 1)),
            # People who are a sample themselves say what is usual with an error of their own.
            nugget=np.zeros(len(columns)) if self.among else own,
            skewness=skewness,
        )

    def bearing(self, column: Composition) -> Contrast | None:
        """Give the comparison of the group that most surely loses through a column."""
        of = self.compared
        if column.attribute:
            of = tuple(c for c in of if {a for a, _ in c.group} == {column.name})
        best, lowest = None, np.inf
        for contrast in of:
            gap = mean_contrast(column.given, contrast.members, contrast.others, self.people.cluster)
            t = float(gap.statistic()[0])
            if not contrast.small and gap.value[0] < 0 and t < lowest:
                best, lowest = contrast, t
        return best


def read_background(case: AuditCase) -> Background | None:
    """Lay the background beside the people whom it should stand for: each subject's latest row.

    Parameters
    ----------
    case : AuditCase
        The background's columns may be named as indicators or as in the table.

    Returns
    -------
    Background or None
        None without a background of two rows or more, or without scores that tell people apart.
    """
    frame = case.background
    if frame is None or len(frame) < 2:
        return None
    rows = latest_rows(case.dataset)
    rows = rows[np.isfinite(case.forecast.score[rows])]
    people = case.dataset.take(rows)
    score = case.forecast.score[rows]
    if len(rows) < 2 or not np.ptp(score) > 0:
        return None
    of_people = pd.concat([people.X, people.withheld], axis=1)
    codings = {str(name): Coding.of(column) for name, column in of_people.items()}
    codings = {name: each for name, each in codings.items() if each.size <= _MOST_LEVELS * len(rows) + 2}
    codes = {name: coding.codes(of_people[name]) for name, coding in codings.items()}
    given = additive(codings, codes, score)
    drawn = {name: _codes_drawn(case, name, coding, frame) for name, coding in codings.items()}
    suspects = {
        i.name for i in case.scheme.indicators if i.nature == "location" or i.forbidden_reason is not None
    }
    found = [
        _composition(name, given[name], codes[name], at, suspect=name in suspects)
        for name, at in drawn.items()
        if at is not None
    ]
    known = [name for name, at in drawn.items() if at is not None]
    among = _among([codes[n] for n in known], [a for n in known if (a := drawn[n]) is not None])
    for name in map(str, people.sensitive):
        labels = people.sensitive[name].astype(str)
        coding = Coding.of(labels)
        at, codes_of = _codes_drawn(case, name, coding, frame), coding.codes(labels)
        if at is not None:
            alone = additive({name: coding}, {name: codes_of}, score)[name]
            found.append(_composition(name, alone, codes_of, at, suspect=True, attribute=True))
    columns = tuple(c for c in found if c.unit > 0)
    compared = single_groups(replace(case, dataset=people))
    return Background(rows, people, compared, columns, len(frame), among) if columns else None


def single_groups(case: AuditCase) -> tuple[Contrast, ...]:
    """Compare the values of each sensitive attribute: who is named as bearing what is hidden."""
    return tuple(c for c in contrasts(case) if len(c.group) == 1 and c.group[0][0] in case.dataset.sensitive)


def _codes_drawn(case: AuditCase, name: str, coding: Coding, frame: pd.DataFrame) -> Ints | None:
    """Codes of a column in the background; None where it is not there or is written in other words."""
    columns = {i.name: i.table_column for i in case.scheme.indicators}
    columns |= {a.name: a.table_column for a in case.scheme.sensitive}
    names = name, columns.get(name, name)
    column = next((frame[each] for each in names if each in frame.columns), None)
    if column is None:
        return None
    attribute = next((a for a in case.scheme.sensitive if a.name == name), None)
    if attribute is not None and attribute.labels:
        column = column.astype(str).replace(dict(attribute.labels))
    codes = coding.codes(column)
    return codes if (codes >= 0).mean() > _READABLE else None


def _composition(
    name: str, curve: Floats, codes: Ints, drawn: Ints, *, suspect: bool, attribute: bool = False
) -> Composition:
    seen = np.where(drawn >= 0, curve[drawn], 0.0)
    return Composition(name, attribute, suspect, curve[codes], seen)


def _among(people: list[Ints], drawn: list[Ints]) -> bool:
    """Whether every drawn row is, in the columns that can be read, a row of the people."""
    if not people:
        return False
    known = set(map(tuple, np.column_stack(people).tolist()))
    return all(row in known for row in map(tuple, np.column_stack(drawn).tolist()))
