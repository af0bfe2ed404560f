"""Indicators, how the indirect ones err, and the rule card that gives points for them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scs_ml.schemes.parts import Part

Source = Literal["administrative", "personal", "business", "organization", "webspace"]
Approach = Literal["law_abiding", "employee", "reputation", "social_relations", "environment"]
Nature = Literal[
    "conduct",
    "finance",
    "location",
    "rating",
    "other",
    "history",
    "protected",
    "opinion",
    "health",
    "psychological",
    "communication",
]

# Never inputs of anything trained on real people, whatever a scheme says.
FORBIDDEN_NATURES: frozenset[str] = frozenset(
    {"protected", "opinion", "health", "psychological", "communication"}
)
FORBIDDEN_CONCERNS: frozenset[str] = frozenset({"relatives", "friends"})


class GroupError(Part):
    """Error rates of an indirect indicator in one group, where they are known to differ."""

    attribute: str
    """name of a sensitive attribute"""
    value: str
    """its group label"""
    false_positive: float | None = Field(default=None, ge=0, le=1)
    """share of what did not happen that is recorded all the same"""
    false_negative: float | None = Field(default=None, ge=0, le=1)
    """share of what happened that is not recorded"""
    reliability: float | None = Field(default=None, gt=0, le=1)
    """share of variance that is true"""


class Measurement(Part):
    """How an indirect indicator errs: reliability, or error rates of its events."""

    reliability: float | None = Field(default=None, gt=0, le=1)
    """share of variance that is true"""
    false_positive: float | None = Field(default=None, ge=0, le=1)
    """share of what did not happen that is recorded all the same"""
    false_negative: float | None = Field(default=None, ge=0, le=1)
    """share of what happened that is not recorded"""
    by_group: tuple[GroupError, ...] = ()
    """groups whose error rates are known to differ"""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.reliability is None and self.false_positive is None and self.false_negative is None:
            raise ValueError("a measurement needs reliability, false_positive or false_negative")
        return self


class Indicator(Part):
    """A column a score may be built from."""

    name: str
    """what reports call it"""
    kind: Literal["direct", "indirect"]
    """direct: measured objectively; indirect: vague, and carries a measurement"""
    source: Source
    """sphere it comes from"""
    database: str
    """who holds it: every indicator names its source"""
    context: str
    """domain in which it was generated"""
    column: str | None = None
    """its column in the table; the name itself where not given"""
    dtype: Literal["number", "category", "flag"] = "number"
    """number, one of its levels, or true and false"""
    levels: tuple[str, ...] | None = None
    """values of a category"""
    range: tuple[float, float] | None = None
    """lowest and highest possible number"""
    missing: bool = False
    """may values be missing?"""
    approach: Approach | None = None
    """approach of assessment that it belongs to"""
    nature: Nature = "conduct"
    """what it speaks of (history: the record itself); the last five are never inputs where people are real"""
    concerns: Literal["subject", "relatives", "friends"] = "subject"
    """whom it speaks of; relatives and friends are never model inputs where people are real"""
    input: bool = True
    """is it offered to models at all?"""
    forbidden: str | None = None
    """the scheme's own reason why it must not be an input"""
    monotone: Literal["rising", "falling"] | None = None
    """rising: more of it never lowers the score"""
    actionable: bool = False
    """can the subject change it?"""
    measurement: Measurement | None = None
    """how it errs; an indirect indicator needs it"""
    hearsay: bool = False
    """is it what informants say of the subject? then it weighs nothing without three independent ones"""
    informants_column: str | None = None
    """hearsay: column of how many independent informants stand behind it; else the ledger says"""
    neutral: float | str | None = None
    """value or level that weighs nothing, put where a value must not count; missing where not given"""
    derived_from: tuple[str, ...] = ()
    """columns or indicators it was computed from, also by a join; what they must not be it must not be"""
    description: str = ""
    """what a value means, and from where"""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        who = f"indicator {self.name!r}"
        if self.kind == "indirect" and self.measurement is None:
            raise ValueError(f"{who} is indirect: give its measurement (reliability or error rates)")
        if self.dtype == "category" and not self.levels:
            raise ValueError(f"{who} is a category: list its levels")
        if self.dtype != "category" and self.levels is not None:
            raise ValueError(f"{who} lists levels: its dtype must be category")
        if self.levels is not None and len(set(self.levels)) != len(self.levels):
            raise ValueError(f"{who} lists a level twice")
        if self.dtype != "number" and self.range is not None:
            raise ValueError(f"{who} has a range: its dtype must be number")
        if self.range is not None and self.range[0] > self.range[1]:
            raise ValueError(f"{who} has a range that ends below its start")
        return self

    @model_validator(mode="after")
    def _may_weigh_nothing(self) -> Self:
        who = f"indicator {self.name!r}"
        if self.informants_column is not None and not self.hearsay:
            raise ValueError(f"{who} names informants_column: then hearsay must be true")
        if self.informants_column == self.table_column:
            raise ValueError(f"{who}: informants_column must count informants, not be the value itself")
        if self.hearsay and self.neutral is None and not self.missing:
            raise ValueError(f"{who} is hearsay: give its neutral value, or let values be missing")
        if self.neutral is None:
            return self
        if self.dtype == "category":
            if self.neutral not in (self.levels or ()):
                raise ValueError(f"{who}: neutral must be one of its levels")
            return self
        low, high = self.range or ((0.0, 1.0) if self.dtype == "flag" else (-float("inf"), float("inf")))
        if isinstance(self.neutral, str) or not low <= self.neutral <= high:
            raise ValueError(f"{who}: neutral must be a number within its range")
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


class Rule(Part):
    """One line of the rule card: points per unit of an indicator (flag: when set), or points per level."""

    name: str
    """what a ledger calls it"""
    indicator: str
    """name of the indicator it gives points for"""
    points: float | None = None
    """points per unit of a number, or of a flag that is set"""
    levels: dict[str, float] | None = None
    """points of every level of a category; a level left out gives none"""
    cap: float | None = Field(default=None, ge=0)
    """largest absolute number of points it may give"""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.points is None) == (self.levels is None):
            raise ValueError(
                f"rule {self.name!r} needs either points (per unit) or levels (points per level)"
            )
        return self


class Card(Part):
    """The expert rule card: score = start + the points of its rules, kept within the scale."""

    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    """its lines"""
    expiry: int | None = Field(default=None, ge=1)
    """periods after which an event's points lapse"""
    half_life: float | None = Field(default=None, gt=0)
    """periods after which an event's points count half; they stay whole until they lapse where not given"""
