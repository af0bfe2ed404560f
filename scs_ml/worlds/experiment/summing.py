"""From replicates to figures: means over seeds, pooled spells, the flow model over reweighted families."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scs_ml.core import Floats
from scs_ml.worlds.experiment.flow import Flow, run_flow
from scs_ml.worlds.experiment.flow_inputs import Sums, flow_inputs
from scs_ml.worlds.experiment.intervals import (
    Interval,
    jackknife_interval,
    percentile_interval,
    t_interval,
    within,
)
from scs_ml.worlds.experiment.measures import MEASURES
from scs_ml.worlds.experiment.policy import Policy
from scs_ml.worlds.experiment.replicate import Replicate, margins_of
from scs_ml.worlds.experiment.result import BACK, COMPARED, FLOW, PEOPLE, TIME_LISTED, Figure
from scs_ml.worlds.experiment.spells import mean_duration, share_over


@dataclass(frozen=True)
class Contrast:
    """A group, or a gap between it and a reference, by their positions."""

    name: str
    group: int
    reference: int | None = None

    def of(self, groups: Floats) -> Floats:
        """Take its figures from those of all groups (..., G)."""
        here: Floats = groups[..., self.group]
        return here if self.reference is None else here - groups[..., self.reference]

    def bounded(self, measure: str, interval: Interval) -> Interval:
        """Keep a group's share within 0 and 1."""
        if self.reference is not None or measure in ("mean score", TIME_LISTED):
            return interval
        return within(interval, 0.0, 1.0)


def people_figures(
    replicates: Sequence[Replicate], policies: Sequence[Policy], contrasts: Sequence[Contrast]
) -> Iterator[Figure]:
    """Give the figures of the simulated people.

    Parameters
    ----------
    replicates : sequence of Replicate
    policies : sequence of Policy
        Those asked for, and their static twins.
    contrasts : sequence
        Groups and gaps.
    """
    for policy in policies:
        series = np.stack([each.measured[policy].series for each in replicates])  # (R, M, G, P)
        still = np.stack([each.measured[policy.static].series for each in replicates])
        for m, measure in enumerate(MEASURES):
            for contrast in contrasts:
                here, there = (contrast.of(np.moveaxis(x[:, m], 1, -1)) for x in (series, still))
                change = None if policy.feedback == 0 else t_interval(here - there)
                yield from _by_period(policy, PEOPLE, measure, contrast, t_interval(here), change=change)
        yield from _spell_figures(replicates, policy, contrasts)


def _spell_figures(
    replicates: Sequence[Replicate], policy: Policy, contrasts: Sequence[Contrast]
) -> Iterator[Figure]:
    told: tuple[tuple[str, str, Callable[[Floats], Floats]], ...] = (
        (TIME_LISTED, "listed", lambda sums: mean_duration(sums)[..., None]),
        # A spell whose beginning was seen began in period 1 at the earliest.
        (BACK, "worst", lambda sums: share_over(sums)[..., :-1]),
    )
    for measure, field, statistic in told:
        if measure == TIME_LISTED and not policy.listing:
            continue
        sums = np.stack(
            [[getattr(each.measured[p], field) for p in (policy, policy.static)] for each in replicates]
        )  # (R, 2 policies, 2, G, D)
        for contrast in contrasts:

            def of_one(both: Floats, which: int) -> Floats:
                return contrast.of(np.moveaxis(statistic(both[which]), 0, -1))  # noqa: B023 - used within this turn

            level = jackknife_interval(lambda both: of_one(both, 0), sums)
            change = None
            if policy.feedback:
                change = jackknife_interval(lambda both: of_one(both, 0) - of_one(both, 1), sums)
            periods = sums.shape[-1]
            first = periods if measure == TIME_LISTED else 1
            yield from _by_period(policy, PEOPLE, measure, contrast, level, change=change, first=first)


def flow_figures(
    sums: Sums, policies: Sequence[Policy], contrasts: Sequence[Contrast], periods: int
) -> Iterator[Figure]:
    """Give the figures of the compartment model.

    Parameters
    ----------
    sums : mapping of ndarray
        `flow_sums` of all replicates together.
    policies : sequence of Policy
    contrasts : sequence
    periods : int
        P.
    """
    margins = margins_of(policies)
    for policy in policies:
        inputs = flow_inputs(sums, margins.index(policy.margin))
        here, there = run_flow(policy, inputs, periods), run_flow(policy.static, inputs, periods)
        for measure in COMPARED:
            for contrast in contrasts:
                level, still = (contrast.of(_answer(flow, measure)) for flow in (here, there))
                change = None if policy.feedback == 0 else percentile_interval(level - still)
                yield from _by_period(
                    policy, FLOW, measure, contrast, percentile_interval(level), change=change
                )


def _answer(flow: Flow, measure: str) -> Floats:
    """Give a measure of the flow model: (B, P, G)."""
    return {"mean score": flow.mean_score, "in category 0": flow.shares[..., 0], "listed": flow.listed}[
        measure
    ]


def _by_period(
    policy: Policy,
    model: str,
    measure: str,
    contrast: Contrast,
    level: Interval,
    *,
    change: Interval | None,
    first: int = 0,
) -> Iterator[Figure]:
    level = contrast.bounded(measure, level)
    for at in range(len(level.value)):
        against = [None] * 3 if change is None else [float(limit[at]) for limit in change]
        yield Figure(
            policy.label,
            model,
            measure,
            contrast.name,
            first + at,
            *(float(limit[at]) for limit in level),
            *against,
        )
