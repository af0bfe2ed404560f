"""How a table's other columns are read: who and when, groups, situations, outcome, and which rows."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scs_ml.schemes.parts import Part


class Attribute(Part):
    """A sensitive attribute: for measuring fairness only, never a model input."""

    name: str
    """what reports call it"""
    column: str | None = None
    """its column in the table; the name itself where not given"""
    bins: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    """cuts that turn a number into groups; a value on a cut belongs to the lower group"""
    labels: dict[str, str] | None = None
    """value in the table, or text of a bin (``<= 25``), to label in reports"""
    reference: str | None = None
    """label of the reference group; the largest where not given"""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        who = f"attribute {self.name!r}"
        if any(b <= a for a, b in pairwise(self.bins or ())):
            raise ValueError(f"{who}: bins must rise")
        if self.bins is not None:
            labels = self.labels or {}
            if unknown := sorted(set(labels) - set(self.bin_labels)):
                listed = "; ".join(self.bin_labels)
                raise ValueError(f"{who}: labels for {', '.join(unknown)}, but its bins are {listed}")
            named = [labels.get(text, text) for text in self.bin_labels]
            if self.reference is not None and self.reference not in named:
                raise ValueError(f"{who}: reference must be one of {'; '.join(named)}")
        return self

    @property
    def table_column(self) -> str:
        """Name of its column in the table."""
        return self.column or self.name

    @property
    def bin_labels(self) -> tuple[str, ...]:
        """Names of the groups that `bins` make, each closed above: ``<= 25``, ``> 25 to 45``, ``> 45``."""
        cuts = [f"{cut:.15g}" for cut in self.bins or ()]
        if not cuts:
            return ()
        return (f"<= {cuts[0]}", *(f"> {low} to {high}" for low, high in pairwise(cuts)), f"> {cuts[-1]}")


class Situation(Part):
    """A circumstance no one should lose points for: measured and excluded, never a model input."""

    name: str
    """what reports call it"""
    kind: Literal["illness", "disaster", "accident", "emergency"]
    """what happened"""
    column: str | None = None
    """its column of true and false; the name itself where not given"""

    @property
    def table_column(self) -> str:
        """Name of its column in the table."""
        return self.column or self.name


class Outcome(Part):
    """An independently observed outcome that the score claims to foresee."""

    column: str
    """its column in the table"""
    adverse: Annotated[tuple[str, ...], Field(min_length=1)]
    """values, as text, that are the adverse outcome"""
    description: str = ""
    """what was observed, when and by whom"""


class Roles(Part):
    """Which columns of the table say who, when, which score and which category."""

    subject: str | None = None
    """who; every row is a subject of its own where not given"""
    period: str | None = None
    """when"""
    score: str | None = None
    """numeric score"""
    category: str | None = None
    """category, where it is read and not computed from the score"""
    category_labels: dict[str, str] | None = None
    """value in the table to label of the scale"""
    family: str | None = None
    """cluster whose members share outcomes"""
    area: str | None = None
    """where"""


class Wide(Part):
    """How a table with one column a period becomes a panel."""

    periods: Annotated[tuple[str, ...], Field(min_length=2)]
    """labels of the periods in time order"""
    columns: dict[str, tuple[str, ...]]
    """new column to its columns in the table, in time order"""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        k = len(self.periods)
        if len(set(self.periods)) != k:
            raise ValueError("two periods share a label")
        for name, columns in self.columns.items():
            if len(columns) != k:
                raise ValueError(f"wide column {name!r} lists {len(columns)} columns for {k} periods")
        return self


class RowCondition(Part):
    """A row is kept when its value lies in a range or a list (or not in one)."""

    column: str
    """its column in the table"""
    minimum: float | None = None
    """lowest value kept"""
    maximum: float | None = None
    """highest value kept"""
    any_of: tuple[str, ...] | None = None
    """values kept, as text"""
    none_of: tuple[str, ...] | None = None
    """values left out, as text"""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"column"}:
            raise ValueError(f"condition on {self.column!r} needs minimum, maximum, any_of or none_of")
        return self
