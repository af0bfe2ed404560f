"""What an experiment found: figures of groups with their intervals, as tables and in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scs_ml.core import Table
from scs_ml.worlds.experiment.measures import MEASURES
from scs_ml.worlds.experiment.policy import Policy
from scs_ml.worlds.settings import WorldSettings

PEOPLE, FLOW = "people", "flow"  # the two models
COMPARED = ("mean score", "in category 0", "listed")  # what both answer
TIME_LISTED, BACK = "quarters on the list", "back above category 0"

Cells = tuple[str | int | float | None, ...]


@dataclass(frozen=True)
class Figure:
    """One figure of a group, with a 95 % interval, beside what it would be without feedback.

    Attributes
    ----------
    policy : str
        Label.
    model : str
        ``people`` (simulated one by one) or ``flow`` (compartments).
    measure : str
        One of `MEASURES`, ``quarters on the list`` (a mean, counted up to the periods run) or ``back above
        category 0`` (share, within `period` quarters of falling into it).
    group : str
        ``attribute=value``, or for a gap ``attribute=value less attribute=reference``.
    period : int
        Quarters after the first score.
    value, low, high : float
        NaN where it is not defined.
    change, change_low, change_high : float or None
        Against the same people without feedback; None where there is none to compare with.
    """

    policy: str
    model: str
    measure: str
    group: str
    period: int
    value: float
    low: float
    high: float
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None


@dataclass(frozen=True)
class ExperimentResult:
    """The answer of an experiment, of groups alone.

    Attributes
    ----------
    settings : WorldSettings
        Of the counties; `n_periods` counts period 0.
    policies : tuple of Policy
        As asked for; each is held against itself without feedback.
    attribute, reference : str
        Groups are formed by the attribute's values, and gaps taken to the reference.
    groups : tuple of str
        The values.
    replicates, draws : int
        Counties, each with its own seed; reweightings of their families for the flow model.
    figures : tuple of Figure
    """

    settings: WorldSettings
    policies: tuple[Policy, ...]
    attribute: str
    reference: str
    groups: tuple[str, ...]
    replicates: int
    draws: int
    figures: tuple[Figure, ...]

    @property
    def last(self) -> int:
        """Give the last period."""
        return self.settings.n_periods - 1

    def named(self, value: str) -> str:
        """Name a group."""
        return f"{self.attribute}={value}"

    def gap_named(self, value: str) -> str:
        """Name a gap."""
        return f"{self.named(value)} less {self.named(self.reference)}"

    @property
    def others(self) -> tuple[str, ...]:
        """Give the values that are not the reference."""
        return tuple(value for value in self.groups if value != self.reference)

    def find(
        self,
        *,
        policy: str | None = None,
        model: str | None = None,
        measure: str | None = None,
        group: str | None = None,
        period: int | None = None,
    ) -> Iterator[Figure]:
        """Give the figures that match, in order.

        Parameters
        ----------
        policy, model, measure, group, period : optional
            As in `Figure`.

        Returns
        -------
        iterator of Figure
        """
        asked = {"policy": policy, "model": model, "measure": measure, "group": group, "period": period}
        wanted = {name: value for name, value in asked.items() if value is not None}
        return (f for f in self.figures if all(getattr(f, name) == value for name, value in wanted.items()))

    def as_tables(self) -> tuple[Table, ...]:
        """Give the tables: comparison, gaps, groups, spells, policies.

        Returns
        -------
        tuple of Table
        """
        gaps = {self.gap_named(value) for value in self.others}
        people = [f for f in self.figures if f.model == PEOPLE and f.measure in MEASURES]
        spells = [f for f in self.figures if f.measure in (TIME_LISTED, BACK)]
        return (
            self._comparison(),
            _figures("gaps", "Gaps between groups", [f for f in people if f.group in gaps]),
            _figures("groups", "Groups", [f for f in people if f.group not in gaps]),
            _figures("spells", "How long a listing lasts, and who gets back above category 0", spells),
            self._policies(),
        )

    def _comparison(self) -> Table:
        flow = {(f.policy, f.measure, f.group, f.period): f for f in self.find(model=FLOW)}
        rows: list[Cells] = []
        for each in self.find(model=PEOPLE):
            other = flow.get((each.policy, each.measure, each.group, each.period))
            if other is not None:
                apart = each.low > other.high or other.low > each.high
                rows.append(
                    (
                        *(each.policy, each.measure, each.group, each.period),
                        *(each.value, each.low, each.high, other.value, other.low, other.high),
                        "yes" if apart else "no",
                    )
                )
        columns = ("policy", "measure", "group", "period", PEOPLE, "low", "high", FLOW, "flow low")
        title = "The two models side by side"
        return Table("comparison", title, (*columns, "flow high", "intervals apart"), tuple(rows))

    def _policies(self) -> Table:
        names = list(Policy().coefficients)
        rows: list[Cells] = [(p.label, *(p.coefficients[name] for name in names)) for p in self.policies]
        return Table("policies", "Policies (all coefficients are assumed)", ("policy", *names), tuple(rows))


def _figures(name: str, title: str, figures: list[Figure]) -> Table:
    columns = ("policy", "measure", "group", "period", "value", "low", "high", "change", "change low")
    rows: list[Cells] = [
        (
            *(f.policy, f.measure, f.group, f.period, _known(f.value), _known(f.low), _known(f.high)),
            *(_known(f.change), _known(f.change_low), _known(f.change_high)),
        )
        for f in figures
    ]
    return Table(name, title, (*columns, "change high"), tuple(rows))


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else value  # noqa: PLR0124 - NaN is what differs from itself
