"""Run an experiment: many counties, the same people under every policy, and the compartment model beside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scs_ml.core import Floats, Progress
from scs_ml.exceptions import ScsError
from scs_ml.worlds.experiment.policy import Policy
from scs_ml.worlds.experiment.replicate import Replicate, run_replicate, with_seed
from scs_ml.worlds.experiment.result import ExperimentResult
from scs_ml.worlds.experiment.summing import Contrast, flow_figures, people_figures
from scs_ml.worlds.population import GROUP_VALUES, SHARES
from scs_ml.worlds.settings import WorldSettings
from scs_ml.worlds.variants import scheme_of

FEWEST_REPLICATES = 3
FEWEST_DRAWS = 40


def run_experiment(
    settings: WorldSettings,
    policies: Sequence[Policy],
    *,
    attribute: str = "minority",
    replicates: int = 20,
    draws: int = 400,
    workers: int = 1,
    progress: Progress | None = None,
) -> ExperimentResult:
    """Ask what a policy does to groups, on simulated people.

    Parameters
    ----------
    settings : WorldSettings
        Of the counties. ``n_periods`` counts period 0, the first score that anyone learns of; mechanisms are
        planted at the strength they have while nobody reacts. Each replicate has a seed derived from `seed`.
    policies : sequence of Policy
        Each is compared, on the same people, with itself at feedback 0.
    attribute : str
        By whose values groups are formed: one that stays a person's own (``minority``, ``registration``,
        ``sex``, ``age_group``).
    replicates : int
        Counties.
    draws : int
        Reweightings of families for the compartment model's intervals.
    workers : int
        Processes. The result does not depend on it.
    progress : Progress, optional

    Returns
    -------
    ExperimentResult

    Raises
    ------
    ScsError
        If there is nothing to run, or a group is too small to be measured.
    """
    _require(settings, policies, attribute, replicates, draws)
    asked = list(dict.fromkeys(policies))
    scheme = scheme_of(settings)
    reference = next(str(each.reference) for each in scheme.sensitive if each.name == attribute)
    groups = GROUP_VALUES[attribute]
    jobs = [with_seed(settings, number) for number in range(replicates)]
    found = _replicates(jobs, asked, attribute, draws, workers=workers, progress=progress)
    sums = {name: _total([each.flows[name] for each in found]) for name in found[0].flows}
    contrasts = [Contrast(f"{attribute}={value}", at) for at, value in enumerate(groups)]
    contrasts += [
        Contrast(f"{each.name} less {attribute}={reference}", each.group, groups.index(reference))
        for each in contrasts
        if each.group != groups.index(reference)
    ]
    figures = [
        *people_figures(found, _runs(asked), contrasts),
        *flow_figures(sums, _runs(asked), contrasts, settings.n_periods),
    ]
    return ExperimentResult(
        settings, tuple(asked), attribute, reference, groups, replicates, draws, tuple(figures)
    )


def _runs(policies: Sequence[Policy]) -> list[Policy]:
    """List what is run: each policy, and before them each without feedback."""
    return list(dict.fromkeys([*(policy.static for policy in policies), *policies]))


def _require(
    settings: WorldSettings, policies: Sequence[Policy], attribute: str, replicates: int, draws: int
) -> None:
    fixed = [name for name in SHARES if name != "illness"]
    if not policies:
        raise ScsError("an experiment needs a policy", remedy="give one or more")
    if attribute not in fixed:
        raise ScsError(f"groups cannot be formed by {attribute!r}", remedy=f"use one of {', '.join(fixed)}")
    if settings.n_periods < 2:
        raise ScsError("nobody can react within one period", remedy="ask for two or more")
    if replicates < FEWEST_REPLICATES:
        raise ScsError(
            f"an interval needs replicates, got {replicates}", remedy=f"ask for {FEWEST_REPLICATES} or more"
        )
    if draws < FEWEST_DRAWS:
        raise ScsError(
            f"a percentile interval needs draws, got {draws}", remedy=f"ask for {FEWEST_DRAWS} or more"
        )
    runs = _runs(policies)
    if len({policy.label for policy in runs}) < len(runs):
        raise ScsError(
            "two policies differ by coefficients alone, and tables could not tell them apart",
            remedy="run them one at a time",
        )


def _replicates(
    jobs: Sequence[WorldSettings],
    policies: list[Policy],
    attribute: str,
    draws: int,
    *,
    workers: int,
    progress: Progress | None,
) -> list[Replicate]:
    from joblib import Parallel, delayed

    if progress is not None:
        progress("counties", 0, len(jobs))
    parallel = Parallel(n_jobs=workers, return_as="generator")
    found = []
    for done in parallel(delayed(_one)(each, policies, attribute, draws) for each in jobs):
        found.append(done)
        if progress is not None:
            progress("counties", len(found), len(jobs))
    return found


def _one(settings: WorldSettings, policies: list[Policy], attribute: str, draws: int) -> Replicate:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # one core a worker, and sums in one order
        return run_replicate(settings, policies, attribute, draws)


def _total(parts: list[Floats]) -> Floats:
    return np.asarray(sum(parts[1:], start=parts[0]))
