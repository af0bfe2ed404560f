"""What other fairness tools would say of the same case, by their published rules.

Their metrics are two-sided and know neither families nor several comparisons at once: a flag is a flag
whichever side loses.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scs_ml.audit.points import latest_rows
from scs_ml.bench.rival_cells import cells, groupings, main_boundary
from scs_ml.bench.rival_intervals import vfairness_verdict
from scs_ml.bench.rival_rules import (
    RivalResult,
    aequitas,
    aif360,
    fairlearn,
    proxy_shares,
    vfairness_report,
)
from scs_ml.core import AuditCase

RULES = (
    "fairlearn_four_fifths",
    "fairlearn_difference",
    "aif360",
    "aequitas",
    "aequitas_ppr",
    "vfairness_report",
    "vfairness_verdict",
    "vfairness_proxy",
)
ANY_BOUNDARY = "_any_boundary"  # after a rule's name: flagged at any boundary, not at the main one alone
PROXY_SHARE = 0.15  # vfairness' default


def rival_flags(case: AuditCase, *, seed: int = 0) -> dict[str, bool]:
    """Say for each rule of another tool whether it calls a case unfair.

    Parameters
    ----------
    case : AuditCase
    seed : int
        Of the resampling rule alone.

    Returns
    -------
    dict of str to bool
        By rule: whether any metric of any group is flagged with the favourable outcome above the scale's
        society boundary; and by rule with `ANY_BOUNDARY`: at any boundary. A rule that cannot be applied
        (no explanation, no outcome, one group) flags nothing.
    """
    found = rival_results(case, seed=seed)
    main = main_boundary(case)
    flagged = {(result.rule, result.boundary) for result in found if result.flagged}
    at_main = {rule: (rule, main) in flagged for rule in RULES}
    anywhere = {rule for rule, _ in flagged}
    return at_main | {rule + ANY_BOUNDARY: rule in anywhere for rule in RULES}


def rival_results(case: AuditCase, *, seed: int = 0) -> tuple[RivalResult, ...]:
    """Give every number behind `rival_flags`.

    Every sensitive attribute and situation is a grouping of its own, people of unknown membership left out;
    intersections are not crossed, as none of the tools does unasked.

    Parameters
    ----------
    case : AuditCase
    seed : int
        Of the resampling rule alone.

    Returns
    -------
    tuple of RivalResult
        Empty where no attribute has two groups.
    """
    rng = np.random.default_rng(seed)
    found: list[RivalResult] = []
    for each in cells(case):
        for rule in (fairlearn, aif360, aequitas, vfairness_report):
            found += rule(each)
        found += vfairness_verdict(each, rng)
    return (*found, *_proxies(case))


def _proxies(case: AuditCase) -> Iterator[RivalResult]:
    """Apply vfairness' proxy rule to the SHAP values, each group against its reference."""
    explanation = case.explanation
    if explanation is None:
        return
    current = latest_rows(case.dataset)
    latest = np.isin(explanation.rows, current)
    values, rows = explanation.values[latest], explanation.rows[latest]
    for attribute, (groups, reference, codes) in groupings(case, current).items():
        for at, group in enumerate(groups):
            members, others = codes[rows] == at, codes[rows] == reference
            if at != reference and members.any() and others.any():
                for k in range(values.shape[2]):
                    label = f"{attribute} = {group}"
                    shares = proxy_shares(values[:, :, k], members, others)
                    for name, share in zip(explanation.feature_names, shares.tolist(), strict=True):
                        yield RivalResult(
                            "vfairness",
                            "vfairness_proxy",
                            "proxy_score",
                            label,
                            k,
                            share,
                            PROXY_SHARE,
                            share >= PROXY_SHARE,
                            name,
                        )
