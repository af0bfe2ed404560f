"""An indicator's entries inside a group or situation, beyond what conduct would explain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.entries import Entries
from scs_ml.core import Bools, Evidence, Finding, Floats, Ints
from scs_ml.inference import Estimate, effective_clusters
from scs_ml.inference.excess import Excess, Marks, excess
from scs_ml.safeguards import hides_count
from scs_ml.schemes import Scheme

TOLERANCE = 1.5  # by how much more than other conduct an indicator may truly rise, on the log scale
SURE = 2.0  # standard errors from which on direct indicators are taken to differ


@dataclass(frozen=True)
class Rise:
    """Entries of an indicator inside, against what the rates outside and other conduct lead to expect.

    Attributes
    ----------
    found : Excess
        Of the indicator, against the rates outside alone.
    conduct : float
        Factor by which direct indicators say that conduct is more frequent inside; at least one.
    conduct_influence : ndarray (G,)
        Influence of each cluster on its logarithm.
    compared : int
        Number of direct indicators that say it.
    leverage : ndarray (G,)
        Each cluster's share of those at risk inside.
    """

    found: Excess
    conduct: float
    conduct_influence: Floats
    compared: int
    leverage: Floats

    @property
    def expected(self) -> float:
        """Entries expected inside."""
        return self.conduct * self.found.expected

    @property
    def beyond(self) -> float:
        """Entries inside beyond those expected."""
        return self.found.observed - self.expected

    @property
    def share(self) -> float:
        """Share of the entries inside that is beyond those expected, from 0 to 1."""
        return max(0.0, self.beyond / self.found.observed) if self.found.observed > 0 else 0.0

    def estimate(self, cost: float) -> Estimate:
        """Judge the entries beyond, each at a cost: an estimate of one value, below zero where they cost."""
        found = self.found
        influence = (
            found.observed_influence
            - self.conduct * found.expected_influence
            - self.expected * self.conduct_influence
            - self.beyond * self.leverage
        )
        shown = float(influence @ influence)
        # Few entries, or none, understate their own spread: it is at least Poisson's.
        variance = max(shown, self.expected)
        skewness = float((influence**3).sum()) / variance**1.5 if variance > 0 else 0.0
        df = np.maximum(effective_clusters(self.leverage) - 1, 1.0)
        return Estimate(
            value=np.array([-cost * self.beyond]),
            influence=-cost * influence[:, None],
            df=df,
            nugget=np.array([cost**2 * (variance - shown)]),
            skewness=np.array([-skewness]),
        )


def rise(entries: Entries, target: int, at_risk: Marks, *, used: Bools, inside: Bools, stratum: Ints) -> Rise:
    r"""Hold an indicator's entries inside against the rates outside and against direct indicators.

    Parameters
    ----------
    entries : Entries
    target : int
        Position of the indicator.
    at_risk : Marks
    used, inside : ndarray of bool (e,)
        Entries of any indicator that count, and those that are inside.
    stratum : ndarray of int (e,)
        Strata of the entries: those of `at_risk`.

    Returns
    -------
    Rise
        Conduct is what all other direct indicators of misconduct show together, or any one of them that is
        above them all by `SURE` standard errors. Fewer of their entries inside lower no expectation, since
        false entries do not follow conduct; and conduct that is more frequent by as many may, by way of the
        indicator, be so by the power `TOLERANCE`: acts of one kind seldom rise alone.
    """
    n_strata = int(at_risk.stratum.max(initial=0)) + 1

    def against(chosen: Bools) -> Excess:
        at = np.flatnonzero(chosen & used & (stratum < n_strata))
        marks = Marks(entries.cluster[entries.who[at]], stratum[at], inside[at], entries.weight[at])
        return excess(marks, at_risk, entries.n_clusters, n_strata)

    direct = [k for k, i in enumerate(entries.indicators) if i.kind == "direct" and k != target]
    together = against(np.isin(entries.what, direct))
    common, error, at_most = _conduct(together)
    best = common
    for k in direct if len(direct) > 1 else ():
        log, own, influence = _conduct(against(entries.what == k))
        apart = influence - _conduct(together)[2]
        if log > best and log - common > SURE * np.sqrt(apart @ apart):
            best, error, at_most = log, own, influence
    if best <= 0:
        best, at_most = 0.0, np.zeros(entries.n_clusters)
    elif best > SURE * error:
        best, at_most = TOLERANCE * best, TOLERANCE * at_most
    leverage = np.bincount(
        at_risk.cluster[at_risk.inside], weights=at_risk.weight[at_risk.inside], minlength=entries.n_clusters
    )
    return Rise(
        found=against(entries.what == target),
        conduct=float(np.exp(best)),
        conduct_influence=at_most,
        compared=len(direct),
        leverage=leverage / leverage.sum() if leverage.any() else leverage.astype(np.float64),
    )


def _conduct(found: Excess) -> tuple[float, float, Floats]:
    """Log ratio, its standard error and influences; nothing is said by no entries."""
    log = found.log_ratio
    if not np.isfinite(log):
        return 0.0, 0.0, np.zeros(len(found.observed_influence))
    influence = found.log_influence
    return log, float(np.sqrt(influence @ influence)), influence


def told(scheme: Scheme, risen: Rise, indicator: str, where: str) -> Evidence:
    """Say how many entries there are, how many were expected, and by what."""
    counts = {"entries": risen.found.observed, "expected": risen.expected}
    if any(hides_count(scheme, int(count)) for count in counts.values()):
        return Evidence("entries", "Too few entries to be counted here.")
    by = (
        f"other conduct is {risen.conduct:.2f} times as frequent by {risen.compared} direct indicators"
        if risen.compared
        else "no direct indicator of misconduct tells whether conduct differs"
    )
    text = (
        f"{risen.found.observed:.0f} entries by {indicator} {where}; "
        f"{risen.expected:.1f} expected from those outside ({by})."
    )
    return Evidence("entries", text, counts | {"conduct": risen.conduct, "share beyond": risen.share})


def accused(finding: Finding, slug: str, spared: str) -> Finding:
    """Name the mechanism of a flag, where its group loses; a gain is no wrong to it."""
    if finding.verdict != "flag" or finding.effect is None:
        return finding
    if finding.effect.value > 0:
        return replace(finding, verdict="cannot tell", next_step=spared)
    return replace(finding, mechanisms=((slug, 1.0),))
