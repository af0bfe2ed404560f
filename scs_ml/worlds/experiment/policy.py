"""A policy: what being scored would do to people. Numbers only, the same for everyone."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

from scs_ml.exceptions import ScsError

_LARGEST = 5.0  # a coefficient is a change of the log of a rate: e**5 is already beyond belief


@dataclass(frozen=True)
class Policy:
    r"""How strongly people and others react to scores, and what a list does.

    Coefficients are changes of the logarithm of a rate of acts, one quarter after the score that causes them.
    **All defaults are assumed**: no source measures them. `feedback` multiplies every one of them.

    Parameters
    ----------
    feedback : float
        0: nobody reacts, the static world. 1: the coefficients as they stand.
    listing : bool
        Whether who is in category 0 stands on a list.
    minimum_stay : int
        Quarters that a listing lasts at least; after them it lasts as long as the category does.
    cross_domain : bool
        Whether a listing closes every area ("trust broken in one area, restrictions in all"). Otherwise it
        closes only the area in which trust was broken: credit, to who has debts in force.
    deterrence : float
        Within `margin` points of any boundary, misconduct falls and charity rises by this. Negative: the
        other way round.
    margin : float
        In points of the score.
    discouragement : float
        In category 0, misconduct rises and charity falls by this. Negative: being there improves conduct.
    jobs : float
        For each 100 points of standing (score less start, within -200..200), titles of exemplary worker rise
        by this: employers ask for the score.
    income : float
        For each 100 points of standing, unpaid debts fall by this: work pays.
    credit : float
        For each 100 points of standing, unpaid debts fall by this: credit is cheaper to who has a high score.
    restriction : float
        Where work is closed, titles fall by this; where credit is closed, unpaid debts rise by this.
    association : float
        With the share of a person's friends who are listed, neighbours' reports rise and charity falls by
        this; only where listing crosses areas.

    Raises
    ------
    ScsError
        If a number is out of range.
    """

    feedback: float = 1.0
    listing: bool = True
    minimum_stay: int = 4
    cross_domain: bool = True
    deterrence: float = 0.10
    margin: float = 25.0
    discouragement: float = 0.20
    jobs: float = 0.20
    income: float = 0.10
    credit: float = 0.10
    restriction: float = 0.40
    association: float = 0.30

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        for name, low, high in (
            ("feedback", 0.0, _LARGEST),
            ("minimum_stay", 1, 1000),
            ("margin", 0.0, 1000.0),
            ("deterrence", -_LARGEST, _LARGEST),
            ("discouragement", -_LARGEST, _LARGEST),
            *((name, 0.0, _LARGEST) for name in ("jobs", "income", "credit", "restriction", "association")),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ScsError(f"a policy's {name} must lie in {low:g}..{high:g}, got {value}")

    @property
    def label(self) -> str:
        """Name it in tables."""
        scope = "no list"
        if self.listing:
            scope = "list, all areas" if self.cross_domain else "list, own area"
        return f"feedback {self.feedback:g}, {scope}"

    @property
    def static(self) -> Self:
        """Give the same policy where nobody reacts: the list is kept and does nothing."""
        return replace(self, feedback=0.0)

    @property
    def coefficients(self) -> dict[str, float]:
        """Give every number, by name."""
        return {f.name: float(getattr(self, f.name)) for f in fields(self)}
