"""The scheme: scale, indicators, rule card, sensitive attributes and basis, as one validated object.

A scheme is one YAML file. Every field is described once, beneath it, here and in the modules of its parts;
the JSON Schema in the package is made from them. Words are those of the field: an indicator is *direct*
(measured objectively) or *indirect* (vague, with a measurement model); a scale's categories are listed
worst first.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from scs_ml.schemes.columns import Attribute, Outcome, Roles, RowCondition, Situation, Wide
from scs_ml.schemes.indicators import Card, Indicator
from scs_ml.schemes.parts import Part
from scs_ml.schemes.scale import Scale

BasisKind = Literal["synthetic", "agreed", "benchmark", "audit"]


class Basis(Part):
    """On what ground people's data may be read at all."""

    kind: BasisKind
    """docs/safeguards.md says what each opens"""
    purpose: str
    """what the table is read for"""
    context: str
    """domain in which the score is used"""
    contact: str
    """where a person can contest"""
    agreement_column: str | None = None
    """agreed: true where the person had notice and agreed"""
    birth_column: str | None = None
    """agreed: age in years, so that minors can be refused"""
    notice_column: str | None = None
    """agreed: true where the person had notice, where that is recorded apart from the agreement"""
    publication_column: str | None = None
    """agreed: true where the person consents to publication of what concerns them alone"""
    lawful_basis: str | None = None
    """audit: the ground, named"""
    other_contexts: dict[str, str] = {}
    """domain that an indicator comes from, other than the context: the reason why it may be used here"""
    retention_days: int | None = Field(default=None, ge=1)
    """days after which what was written about persons must not be read any more, and is deleted"""
    declared: dict[str, str] = {}
    """facts the owner declares; printed in every report"""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        empty = [name for name in ("purpose", "context", "contact") if not getattr(self, name).strip()]
        if empty:
            raise ValueError(f"a basis is declared in words: {', '.join(empty)} must not be empty")
        if unsaid := [name for name, reason in self.other_contexts.items() if not reason.strip()]:
            raise ValueError(f"other_contexts needs a reason in words for {', '.join(unsaid)}")
        consents = {"notice_column": self.notice_column, "publication_column": self.publication_column}
        if self.kind != "agreed" and (named := [name for name, column in consents.items() if column]):
            raise ValueError(f"only basis 'agreed' knows {', '.join(named)}")
        if self.kind == "agreed" and not self.agreement_column:
            raise ValueError("basis 'agreed' needs agreement_column: which rows carry notice and agreement")
        if self.kind == "audit" and not (self.lawful_basis or "").strip():
            raise ValueError("basis 'audit' needs lawful_basis: the ground on which the outside audit rests")
        return self


class AuditOptions(Part):
    """What counts as material, and which attributes are crossed."""

    floor: float = Field(default=0.05, gt=0)
    """smallest effect that matters, in standard deviations of the score"""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """of all intervals"""
    intersections: tuple[tuple[str, str], ...] = ()
    """pairs of sensitive attributes that are crossed"""


class PersonDecides(Part):
    """Thresholds over which a forecast abstains, and a person must decide; one left out is not looked at."""

    flip_risk: float | None = Field(default=None, ge=0, le=1)
    """chance that indirect indicators, measured again, give another category"""
    indirect_share: float | None = Field(default=None, ge=0, le=1)
    """share of the explanation that rests on indirect indicators"""
    set_size: int | None = Field(default=None, ge=1)
    """categories in the conformal set"""


class Scheme(Part):
    """A scoring scheme, complete: see the module's docstring."""

    format: Literal[1]
    """version of this format"""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """small letters, digits and underscores"""
    title: str
    """what reports call it"""
    citation: str
    """where the rules are published"""
    scale: Scale
    """ordered categories"""
    basis: Basis
    """on what ground the table may be read"""
    roles: Roles
    """which columns say who, when and which score"""
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]
    """columns a score may be built from"""
    subjects: Literal["persons", "organizations"] = "persons"
    """who is scored"""
    horizon: int = Field(default=1, ge=0)
    """periods between the indicators and the category forecast; 0: same row"""
    card: Card | None = None
    """expert rule card"""
    sensitive: tuple[Attribute, ...] = ()
    """attributes by which fairness is measured"""
    situations: tuple[Situation, ...] = ()
    """circumstances no one should lose points for"""
    outcome: Outcome | None = None
    """what the score claims to foresee"""
    wide: Wide | None = None
    """how a table with one column a period becomes a panel"""
    row_filters: dict[str, tuple[RowCondition, ...]] = {}
    """named choices of rows; every condition of one must hold"""
    audit: AuditOptions = AuditOptions()
    """what counts as material"""
    person_decides: PersonDecides | None = None
    """when a forecast abstains; without it, never"""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [i.name for i in self.indicators] + [a.name for a in self.sensitive]
        names += [s.name for s in self.situations]
        if twice := _repeated(names):
            raise ValueError(f"a name stands for two things: {twice}")
        if twice := _repeated(i.table_column for i in self.indicators):
            raise ValueError(f"two indicators are read from one column: {twice}")
        attributes = {a.name for a in self.sensitive}
        groups = [e.attribute for i in self.indicators if i.measurement for e in i.measurement.by_group]
        for name in (*groups, *(name for pair in self.audit.intersections for name in pair)):
            if name not in attributes:
                raise ValueError(f"audit.intersections or by_group names no sensitive attribute: {name}")
        return self

    @model_validator(mode="after")
    def _roles_fit(self) -> Self:
        strange = set((self.roles.category_labels or {}).values()) - set(self.scale.categories)
        if strange:
            raise ValueError(f"roles.category_labels names no category: {', '.join(sorted(strange))}")
        if self.roles.category is None and (self.roles.score is None or self.scale.lower_bounds is None):
            raise ValueError("give roles.category, or roles.score and scale.lower_bounds to compute it")
        if self.horizon and self.wide is None and not (self.roles.subject and self.roles.period):
            raise ValueError("a horizon over 0 needs roles.subject and roles.period, or wide")
        if self.basis.kind == "agreed" and self.subjects == "persons" and not self.basis.birth_column:
            raise ValueError("basis 'agreed' needs birth_column (age in years): minors are refused")
        columns = {self.basis.birth_column, *(i.table_column for i in self.indicators)}
        for indicator in self.indicators:
            if indicator.informants_column in columns - {None}:
                raise ValueError(
                    f"indicator {indicator.name!r}: informants_column must count informants and nothing else"
                )
        for role in ("agreement_column", "notice_column", "publication_column"):
            if (column := getattr(self.basis, role)) is not None and column in columns:
                raise ValueError(f"basis.{role} must hold what its name says and nothing else")
        return self

    @model_validator(mode="after")
    def _groups_name_nobody(self) -> Self:
        roles = self.roles
        people = {each for role in (roles.subject, roles.family) if role for each in self.sources(role)}
        groupings = [a.table_column for a in self.sensitive] + [s.table_column for s in self.situations]
        for column in [*groupings, *filter(None, (roles.area,))]:
            if self.sources(column) & people:
                raise ValueError(
                    f"{column} says who a person or family is: it cannot be a group, situation or area"
                )
        return self

    @model_validator(mode="after")
    def _card_fits(self) -> Self:
        if self.card is None:
            return self
        if self.scale.start is None:
            raise ValueError("a card needs scale.start: the score before any points")
        if twice := _repeated(rule.name for rule in self.card.rules):
            raise ValueError(f"two card rules share a name: {twice}")
        known = {i.name: i for i in self.indicators}
        for rule in self.card.rules:
            who = f"card rule {rule.name!r}"
            if rule.indicator not in known:
                raise ValueError(f"{who} names an unknown indicator {rule.indicator!r}")
            indicator = known[rule.indicator]
            if (indicator.dtype == "category") != (rule.levels is not None):
                raise ValueError(f"{who}: a category takes levels, a number or a flag takes points")
            if strange := sorted(set(rule.levels or {}) - set(indicator.levels or ())):
                raise ValueError(f"{who} gives points to unknown levels: {', '.join(strange)}")
        return self

    @cached_property
    def known_as(self) -> dict[str, tuple[Indicator, ...]]:
        """Every name that indicators go by, their own or that of their column, with those that go by it."""
        found: dict[str, tuple[Indicator, ...]] = {}
        for each in self.indicators:
            for name in {each.name, each.table_column}:
                found[name] = (*found.get(name, ()), each)
        return found

    def model_copy(self, **changes: Any) -> Self:
        """Copy with changes; what was looked up before does not go along."""
        copied = super().model_copy(**changes)
        copied.__dict__.pop("known_as", None)
        return copied

    def indicator(self, name: str) -> Indicator:
        """Give one indicator by name."""
        for each in self.known_as[name]:
            if each.name == name:
                return each
        raise KeyError(name)

    def sources(self, column: str) -> frozenset[str]:
        """Give a column and, where `wide` makes it, the table's columns it is made of."""
        return frozenset({column, *(self.wide.columns.get(column, ()) if self.wide else ())})

    @property
    def real_people(self) -> bool:
        """Whether the scheme speaks of people who exist."""
        return self.basis.kind != "synthetic"


def _repeated(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(sorted({name for name in listed if listed.count(name) > 1}))
