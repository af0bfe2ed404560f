"""The scheme: scale, indicators, rule card, sensitive attributes and basis, as one validated object.

A scheme is one YAML file. Every field is described here once; the JSON Schema in the package is made from this
module. Words are those of the field: an indicator is *direct* (measured objectively) or *indirect* (vague, with a
measurement model); a scale's categories are listed worst first.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

Source = Literal["administrative", "personal", "business", "organization", "webspace"]
Approach = Literal["law_abiding", "employee", "reputation", "social_relations", "environment"]
Nature = Literal[
    "conduct",
    "finance",
    "location",
    "rating",
    "other",
    "protected",
    "opinion",
    "health",
    "psychological",
    "communication",
]
BasisKind = Literal["synthetic", "agreed", "benchmark", "audit"]

# DESIGN: never inputs of anything trained on real people, whatever a scheme says.
FORBIDDEN_NATURES: frozenset[str] = frozenset(
    {"protected", "opinion", "health", "psychological", "communication"}
)
FORBIDDEN_CONCERNS: frozenset[str] = frozenset({"relatives", "friends"})


def as_text(value: object) -> str:
    """Write a table's value as text; a whole number never carries ``.0``, whatever dtype its column got."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


class _Part(BaseModel):
    """Common settings: frozen, and an unknown key is an error rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scale(_Part):
    """Ordered categories, worst first, and the lowest score of every category but the worst."""

    categories: Annotated[tuple[str, ...], Field(min_length=2)]
    lower_bounds: tuple[float, ...] | None = None
    start: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    society_boundary: int = 0  # boundary that parts a society's negative side from its positive side

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        k = len(self.categories)
        if len(set(self.categories)) != k:
            raise ValueError("two categories share a label")
        if self.lower_bounds is not None:
            if len(self.lower_bounds) != k - 1:
                raise ValueError(f"{k} categories need {k - 1} lower_bounds, got {len(self.lower_bounds)}")
            if any(b <= a for a, b in zip(self.lower_bounds, self.lower_bounds[1:], strict=False)):
                raise ValueError("lower_bounds must rise: categories are listed worst first")
        low = -np.inf if self.minimum is None else self.minimum
        high = np.inf if self.maximum is None else self.maximum
        if low >= high:
            raise ValueError("minimum must lie below maximum")
        if any(not low < b <= high for b in self.lower_bounds or ()):
            raise ValueError(
                "lower_bounds must lie above minimum and not above maximum: no category may be out of reach"
            )
        if self.start is not None and not low <= self.start <= high:
            raise ValueError("start must lie between minimum and maximum")
        if not 0 <= self.society_boundary < k - 1:
            raise ValueError(f"society_boundary must be one of 0..{k - 2}")
        return self

    @property
    def n_categories(self) -> int:
        """Count the categories (K)."""
        return len(self.categories)

    def categorise(self, score: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Turn scores (n,) into category codes (n,); NaN becomes -1 (not known)."""
        if self.lower_bounds is None:
            raise ValueError("this scale has no lower_bounds: its categories are read, not computed")
        values = np.asarray(score, dtype=np.float64)
        codes = np.searchsorted(np.asarray(self.lower_bounds), values, side="right").astype(np.int64)
        return np.where(np.isnan(values), -1, codes)

    def clip(self, score: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Keep scores (n,) within the scale's minimum and maximum."""
        low = -np.inf if self.minimum is None else self.minimum
        high = np.inf if self.maximum is None else self.maximum
        return np.clip(np.asarray(score, dtype=np.float64), low, high)

    def boundary_label(self, boundary: int) -> str:
        """Name a boundary by the categories it parts, worse first: ``D | C``."""
        return f"{self.categories[boundary]} | {self.categories[boundary + 1]}"


class GroupError(_Part):
    """Error rates of an indirect indicator in one group, where they are known to differ."""

    attribute: str
    value: str
    false_positive: float | None = Field(default=None, ge=0, le=1)
    false_negative: float | None = Field(default=None, ge=0, le=1)
    reliability: float | None = Field(default=None, gt=0, le=1)


class Measurement(_Part):
    """How an indirect indicator errs: reliability (share of variance that is true), or error rates of its events."""

    reliability: float | None = Field(default=None, gt=0, le=1)
    false_positive: float | None = Field(default=None, ge=0, le=1)
    false_negative: float | None = Field(default=None, ge=0, le=1)
    by_group: tuple[GroupError, ...] = ()


class Indicator(_Part):
    """A column a score may be built from."""

    name: str
    kind: Literal["direct", "indirect"]
    source: Source
    database: str  # who holds it: every indicator names its source
    context: str  # domain in which it was generated
    column: str | None = None  # in the table; the name itself where not given
    dtype: Literal["number", "category", "flag"] = "number"
    levels: tuple[str, ...] | None = None
    range: tuple[float, float] | None = None
    missing: bool = False  # may values be missing?
    approach: Approach | None = None
    nature: Nature = "conduct"
    concerns: Literal["subject", "relatives", "friends"] = "subject"
    input: bool = True  # is it an input of the score, or of models trained here?
    forbidden: str | None = None  # the scheme's own reason why it must not be an input
    monotone: Literal["rising", "falling"] | None = None  # rising: more never lowers the score
    actionable: bool = False
    measurement: Measurement | None = None
    description: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "indirect" and self.measurement is None:
            raise ValueError(
                f"indicator {self.name!r} is indirect: give its measurement (reliability or error rates)"
            )
        if self.dtype == "category" and not self.levels:
            raise ValueError(f"indicator {self.name!r} is a category: list its levels")
        if self.dtype != "category" and self.levels is not None:
            raise ValueError(f"indicator {self.name!r} lists levels: its dtype must be category")
        if self.dtype != "number" and self.range is not None:
            raise ValueError(f"indicator {self.name!r} has a range: its dtype must be number")
        if self.range is not None and self.range[0] > self.range[1]:
            raise ValueError(f"indicator {self.name!r} has a range whose end lies below its start")
        return self

    @property
    def table_column(self) -> str:
        """Name of its column in the table."""
        return self.column or self.name

    @property
    def forbidden_reason(self) -> str | None:
        """Why it must not be a model input; None where it may be one."""
        if self.concerns in FORBIDDEN_CONCERNS:
            return f"it speaks of {self.concerns}, not of the subject"
        if self.nature in FORBIDDEN_NATURES:
            return f"its nature is {self.nature}"
        return self.forbidden


class Rule(_Part):
    """One line of the expert rule card: points per unit of an indicator (flag: when set), or points per level."""

    name: str
    indicator: str
    points: float | None = None
    levels: dict[str, float] | None = None
    cap: float | None = Field(default=None, ge=0)  # largest absolute number of points it may give

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.points is None) == (self.levels is None):
            raise ValueError(
                f"rule {self.name!r} needs either points (per unit) or levels (points per level)"
            )
        return self


class Card(_Part):
    """The expert rule card: score = start + the points of its rules, kept within the scale."""

    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    expiry: int | None = Field(default=None, ge=1)  # periods after which an event's points lapse


class Attribute(_Part):
    """A sensitive attribute: for measuring fairness only, never a model input."""

    name: str
    column: str | None = None
    bins: Annotated[tuple[float, ...], Field(min_length=1)] | None = (
        None  # last value of every group but the highest
    )
    labels: dict[str, str] | None = (
        None  # value in the table, or text of a bin (`<= 25`), -> label in reports
    )
    reference: str | None = None  # label of the reference group; the largest where not given

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        cuts = self.bins or ()
        if any(b <= a for a, b in zip(cuts, cuts[1:], strict=False)):
            raise ValueError(f"attribute {self.name!r}: bins must rise")
        if cuts:
            if unknown := sorted(set(self.labels or {}) - set(self._bin_texts)):
                raise ValueError(
                    f"attribute {self.name!r}: labels for {', '.join(unknown)}, but its bins are {'; '.join(self._bin_texts)}"
                )
            named = [(self.labels or {}).get(text, text) for text in self._bin_texts]
            if self.reference is not None and self.reference not in named:
                raise ValueError(f"attribute {self.name!r}: reference must be one of {'; '.join(named)}")
        return self

    @property
    def _bin_texts(self) -> tuple[str, ...]:
        cuts = [f"{cut:g}" for cut in self.bins or ()]
        between = [f"> {low}, <= {high}" for low, high in zip(cuts, cuts[1:], strict=False)]
        return (f"<= {cuts[0]}", *between, f"> {cuts[-1]}")

    def groups(self, values: pd.Series, unknown: str = "unknown") -> npt.NDArray[np.object_]:
        """Turn a table's values (n,) into group labels (n,); a missing value, or text under `bins`, is `unknown`.

        A value on a cut belongs to the lower group: ``bins: [25]`` parts ``<= 25`` from ``> 25``.
        """
        if self.bins is not None:
            numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
            codes = np.searchsorted(np.asarray(self.bins), numbers, side="left")
            texts = np.asarray(self._bin_texts, dtype=object)[codes]
            missing = np.isnan(numbers)
        else:
            missing = values.isna().to_numpy(np.bool_)
            texts = np.array([as_text(v) for v in values.to_numpy(object)], dtype=object)
        labels = self.labels or {}
        named = np.array([labels.get(text, text) for text in texts], dtype=object)
        return np.where(missing, unknown, named).astype(object)

    @property
    def table_column(self) -> str:
        """Name of its column in the table."""
        return self.column or self.name


class Situation(_Part):
    """A circumstance no one should lose points for: measured and excluded, never a model input."""

    name: str
    kind: Literal["illness", "disaster", "accident", "emergency"]
    column: str | None = None

    @property
    def table_column(self) -> str:
        """Name of its column in the table."""
        return self.column or self.name


class Outcome(_Part):
    """An independently observed outcome that the score claims to foresee."""

    column: str
    adverse: tuple[str, ...]  # values (as text) that are the adverse outcome
    description: str = ""


class Roles(_Part):
    """Which columns of the table say who, when, which score and which category."""

    subject: str | None = None
    period: str | None = None
    score: str | None = None
    category: str | None = None
    category_labels: dict[str, str] | None = None  # value in the table -> label of the scale
    family: str | None = None
    area: str | None = None


class Wide(_Part):
    """How a table with one column a period becomes a panel: new column -> its columns in time order."""

    periods: Annotated[tuple[str, ...], Field(min_length=2)]
    columns: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, columns in self.columns.items():
            if len(columns) != len(self.periods):
                raise ValueError(
                    f"wide column {name!r} lists {len(columns)} columns for {len(self.periods)} periods"
                )
        return self


class RowCondition(_Part):
    """A row is kept when its value lies in a range or a list (or not in one)."""

    column: str
    minimum: float | None = None
    maximum: float | None = None
    any_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"column"}:
            raise ValueError(f"row condition on {self.column!r} needs minimum, maximum, any_of or none_of")
        return self


class Basis(_Part):
    """On what ground people's data may be read at all."""

    kind: BasisKind
    purpose: str
    context: str  # domain in which the score is used
    contact: str  # where a person can contest
    agreement_column: str | None = None  # agreed: true where the person had notice and agreed
    birth_column: str | None = None  # agreed: age in years, so that minors can be refused
    lawful_basis: str | None = None  # audit: the ground, named
    declared: dict[str, str] = {}  # facts the owner declares; printed in every report

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "agreed" and self.agreement_column is None:
            raise ValueError("basis 'agreed' needs agreement_column: which rows carry notice and agreement")
        if self.kind == "audit" and not self.lawful_basis:
            raise ValueError("basis 'audit' needs lawful_basis: the ground on which the outside audit rests")
        return self


class AuditOptions(_Part):
    """What counts as material, and which attributes are crossed."""

    floor: float = Field(default=0.05, gt=0)  # standard deviations of the score
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    intersections: tuple[tuple[str, str], ...] = ()


class Scheme(_Part):
    """A scoring scheme, complete: see the module's docstring."""

    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    citation: str
    scale: Scale
    basis: Basis
    roles: Roles
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]
    subjects: Literal["persons", "organizations"] = "persons"
    horizon: int = Field(
        default=1, ge=0
    )  # periods between the indicators and the category forecast; 0: same row
    card: Card | None = None
    sensitive: tuple[Attribute, ...] = ()
    situations: tuple[Situation, ...] = ()
    outcome: Outcome | None = None
    wide: Wide | None = None
    row_filters: dict[str, tuple[RowCondition, ...]] = {}
    audit: AuditOptions = AuditOptions()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [i.name for i in self.indicators]
        taken = names + [a.name for a in self.sensitive] + [s.name for s in self.situations]
        twice = sorted({n for n in taken if taken.count(n) > 1})
        if twice:
            raise ValueError(f"a name stands for two things: {', '.join(twice)}")
        attributes = {a.name for a in self.sensitive}
        for pair in self.audit.intersections:
            if missing := [name for name in pair if name not in attributes]:
                raise ValueError(f"audit.intersections names no sensitive attribute: {', '.join(missing)}")
        strange = set((self.roles.category_labels or {}).values()) - set(self.scale.categories)
        if strange:
            raise ValueError(
                f"roles.category_labels names no category of the scale: {', '.join(sorted(strange))}"
            )
        if self.roles.category is None and (self.roles.score is None or self.scale.lower_bounds is None):
            raise ValueError("give roles.category, or roles.score and scale.lower_bounds to compute it")
        if self.horizon and self.wide is None and not (self.roles.subject and self.roles.period):
            raise ValueError("a horizon over 0 needs roles.subject and roles.period, or wide")
        if self.basis.kind == "agreed" and self.subjects == "persons" and self.basis.birth_column is None:
            raise ValueError("basis 'agreed' needs birth_column (age in years): minors are refused")
        return self

    @model_validator(mode="after")
    def _card_fits(self) -> Self:
        if self.card is None:
            return self
        if self.scale.start is None:
            raise ValueError("a card needs scale.start: the score before any points")
        rules = [rule.name for rule in self.card.rules]
        if twice := sorted({name for name in rules if rules.count(name) > 1}):
            raise ValueError(f"two card rules share a name: {', '.join(twice)}")
        known = {i.name: i for i in self.indicators}
        for rule in self.card.rules:
            indicator = known.get(rule.indicator)
            if indicator is None:
                raise ValueError(f"card rule {rule.name!r} names an unknown indicator {rule.indicator!r}")
            if (indicator.dtype == "category") != (rule.levels is not None):
                raise ValueError(
                    f"card rule {rule.name!r}: a category takes levels (points per level), a number or flag takes points"
                )
            if strange := sorted(set(rule.levels or {}) - set(indicator.levels or ())):
                raise ValueError(
                    f"card rule {rule.name!r} gives points to unknown levels: {', '.join(strange)}"
                )
        return self

    def indicator(self, name: str) -> Indicator:
        """Give one indicator by name."""
        for each in self.indicators:
            if each.name == name:
                return each
        raise KeyError(name)

    @property
    def real_people(self) -> bool:
        """Whether the scheme speaks of people who exist."""
        return self.basis.kind != "synthetic"
