"""What a subject's sheet says, before any words are found for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scs_ml.explain import Recourse
from scs_ml.schemes import Indicator, Scheme

Kept = Literal[
    "relatives",
    "friends",
    "protected",
    "opinion",
    "health",
    "psychological",
    "communication",
    "scheme",
    "source",
    "context",
    "hearsay",
    "event",
    "offered",
]
Value = float | str | bool | None


@dataclass(frozen=True)
class Used:
    """One input of the model: the person's value, and how far it pushed at the nearest boundary.

    `indicator` is None for the score or category that the person has already. `push` is its SHAP value as a
    part of the sum of all absolute ones, above zero where it speaks for the better side. `breach`: it must
    not be an input where people are real.
    """

    indicator: Indicator | None
    value: Value
    push: float
    breach: bool = False


@dataclass(frozen=True)
class NotUsed:
    """An indicator, or a part of it, that no model saw: why, in the scheme's own words where it says so."""

    name: str
    why: Kept
    detail: str = ""


@dataclass(frozen=True)
class Doubt:
    """A threshold of the scheme that the forecast is over, so that a person must decide."""

    what: Literal["flip_risk", "indirect_share", "set_size"]
    value: float
    limit: float


@dataclass(frozen=True)
class Sheet:
    """Everything one person's sheet says.

    Attributes
    ----------
    scheme : Scheme
        Its labels, purpose, context, basis and contact are shown as it writes them.
    subject : str
        Pseudonym.
    period : str
        Of the data.
    category : int
        Forecast.
    boundary : int
        The one nearest to the forecast, at which pushes are measured.
    chances : tuple of float
        Probability of every category, worst first.
    likely : (int, int) or None
        Lowest and highest category of the conformal set; None without rows to calibrate on.
    coverage : float or None
        Nominal share of such sets that hold the true category.
    flip_risk, indirect_share : float or None
        None where no input is indirect.
    person_decides : bool or None
        None where the scheme sets no threshold.
    doubts : tuple of Doubt
    used : tuple of Used
        All inputs, the strongest push first.
    not_used : tuple of NotUsed
    recourse : Recourse
    marks : mapping
        Fingerprints of the ``model``, the ``table`` and the ``scheme``.
    doubtful : bool
        Whether events of a disaster, an accident or an emergency may be in the data, and nothing tells which.
    drawn : bool
        Whether it is shown because the person was drawn into a verification sample.
    """

    scheme: Scheme
    subject: str
    period: str
    category: int
    boundary: int
    chances: tuple[float, ...]
    likely: tuple[int, int] | None
    coverage: float | None
    flip_risk: float | None
    indirect_share: float | None
    person_decides: bool | None
    doubts: tuple[Doubt, ...]
    used: tuple[Used, ...]
    not_used: tuple[NotUsed, ...]
    recourse: Recourse
    marks: Mapping[str, str]
    doubtful: bool = False
    drawn: bool = False
