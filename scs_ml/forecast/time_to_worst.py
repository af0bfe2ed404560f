"""How long people stay out of the worst category: Kaplan-Meier curves by group, for reviewers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from scs_ml.core import UNKNOWN_CATEGORY, Bools, Dataset, Floats, Ints, Table
from scs_ml.exceptions import ScsError
from scs_ml.inference import effective_clusters


@dataclass(frozen=True)
class TimeToWorst:
    """Shares that have not reached the worst category, one row per group and period.

    Attributes
    ----------
    group, period : tuple of str (m,)
    at_risk : ndarray of int (m,)
        People seen in this period and the one before, and never in the worst category until then.
    reached : ndarray of int (m,)
        Of those, how many are in the worst category now.
    not_reached, low, high : ndarray of float (m,)
        The curve, and its interval at each period.
    already : int
        People who were in the worst category when they were first seen: no curve counts them.
    by : str or None
        Attribute that the groups are of.
    confidence : float
    """

    group: tuple[str, ...]
    period: tuple[str, ...]
    at_risk: Ints
    reached: Ints
    not_reached: Floats
    low: Floats
    high: Floats
    already: int
    by: str | None
    confidence: float

    def as_table(self) -> Table:
        """Give the curves as a table: counts beside every share."""
        level = f"{100 * self.confidence:g} %"
        counted = zip(self.group, self.period, self.at_risk.tolist(), self.reached.tolist(), strict=True)
        shares = zip(self.not_reached.tolist(), self.low.tolist(), self.high.tolist(), strict=True)
        return Table(
            name="time_to_worst",
            title=f"Not yet in the worst category (Kaplan-Meier); {self.already:,} were when first seen",
            columns=(
                self.by or "group",
                "period",
                "at risk",
                "reached it",
                "not reached",
                f"low ({level})",
                f"high ({level})",
            ),
            rows=tuple((*counts, *curve) for counts, curve in zip(counted, shares, strict=True)),
        )


@dataclass(frozen=True)
class _AtRisk:
    """Person-periods at risk (n,)."""

    period: Ints
    event: Bools
    cluster: Ints
    rows: Ints


def time_to_worst(dataset: Dataset, *, by: str | None = None, confidence: float = 0.95) -> TimeToWorst:
    r"""Estimate, period by period, the share of people who have not reached the worst category.

    .. math:: \hat S(t) = \prod_{s \le t} \Bigl(1 - \frac{d_s}{n_s}\Bigr)

    Time is the calendar of the panel. A person is at risk in a period if they are seen in it and in the one
    before and were never in the worst category until then: so they enter after their first period (left
    truncation), leave with their last one (right censoring), and a gap counts for nothing. Both must have no
    bearing on the category. Intervals are log-log, with a variance that is robust to families (to subjects
    where no family is recorded). Where nobody or everybody at risk has reached the worst category they are
    exact for as many families as are at risk.

    Parameters
    ----------
    dataset : Dataset
        A panel; the category of the row's own period counts, where it is known.
    by : str, optional
        Sensitive attribute whose groups get a curve each; everybody is one group without.
    confidence : float
        Of every interval by itself.

    Returns
    -------
    TimeToWorst
        Periods in which nobody of a group is at risk are left out.

    Raises
    ------
    ScsError
        If the attribute is not recorded, or nobody is seen in two periods in a row.

    References
    ----------
    Kaplan & Meier (1958), J. Am. Stat. Assoc. 53, 457-481. Kalbfleisch & Prentice (1980), The Statistical
    Analysis of Failure Time Data, section 1.3: the log-log interval. Williams (1995), "Product-limit survival
    functions with correlated survival times", Lifetime Data Anal. 1, 171-186.
    """
    if not 0 < confidence < 1:
        raise ScsError(f"confidence must lie between 0 and 1; got {confidence}")
    if by is not None and by not in dataset.sensitive:
        raise ScsError(
            f"{by} is no sensitive attribute of this table",
            remedy=f"give one of {', '.join(map(str, dataset.sensitive.columns)) or 'none: it has none'}",
        )
    found, already = _at_risk(dataset)
    if not len(found.rows):
        raise ScsError(
            "nobody is seen in two periods in a row outside the worst category",
            where=f"{len(dataset)} rows in {len(np.unique(dataset.period))} periods",
            remedy="give a panel of at least two periods",
        )
    labels: npt.NDArray[np.str_] = (
        np.full(len(found.rows), "everybody")
        if by is None
        else dataset.sensitive[by].to_numpy(dtype=str)[found.rows]
    )
    groups: list[str] = []
    periods: list[str] = []
    curves: list[Floats] = []
    for group in np.unique(labels):
        own = labels == group
        when, curve = _curve(found.period[own], found.event[own], found.cluster[own], 1 - confidence)
        groups += [str(group)] * len(when)
        periods += [dataset.periods[t] for t in when]
        curves.append(curve)
    at_risk, reached, not_reached, low, high = np.vstack(curves).T
    return TimeToWorst(
        group=tuple(groups),
        period=tuple(periods),
        at_risk=at_risk.astype(np.int64),
        reached=reached.astype(np.int64),
        not_reached=not_reached,
        low=low,
        high=high,
        already=already,
        by=by,
        confidence=confidence,
    )


def _at_risk(dataset: Dataset) -> tuple[_AtRisk, int]:
    """Person-periods at risk, and how many people were in the worst category when first seen."""
    _, subject = np.unique(dataset.subject, return_inverse=True)
    known = np.flatnonzero(dataset.category != UNKNOWN_CATEGORY)
    rows = known[np.lexsort((dataset.period[known], subject[known]))]
    who, when, worst = subject[rows], dataset.period[rows], dataset.category[rows] == 0
    first = np.diff(who, prepend=-1) != 0
    before = np.cumsum(worst) - worst
    # What had been counted when the person's rows began is other people's.
    before = before - np.maximum.accumulate(np.where(first, before, 0))
    counts = ~first & (np.diff(when, prepend=0) == 1) & (before == 0)
    at = rows[counts]
    return (
        _AtRisk(dataset.period[at], worst[counts], dataset.cluster[at], at),
        int((first & worst).sum()),
    )


def _curve(period: Ints, event: Bools, cluster: Ints, alpha: float) -> tuple[Ints, Floats]:
    """Periods (T,) of one group, and (T, 5): at risk, reached, curve, low, high."""
    when, t = np.unique(period, return_inverse=True)
    families, f = np.unique(cluster, return_inverse=True)
    shape = (len(families), len(when))
    cell = f * len(when) + t
    n_in = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    d_in = np.bincount(cell[event], minlength=shape[0] * shape[1]).reshape(shape)
    n, d = n_in.sum(axis=0), d_in.sum(axis=0)
    hazard = d / n
    curve = np.cumprod(1 - hazard)
    low, high = _interval(n_in, d_in, curve, alpha)
    return when, np.column_stack([n, d, curve, low, high])


def _interval(n_in: Ints, d_in: Ints, curve: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Log-log limits (T,) from counts at risk and reached (families, T)."""
    n_families = len(n_in)
    n, d = n_in.sum(axis=0), d_in.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # A family's influence on log S: its excess events over those left, summed over periods.
        influence = np.cumsum((n_in * (d / n) - d_in) / (n - d), axis=1)
        variance = (influence**2).sum(axis=0) * n_families / (n_families - 1)
        df = np.maximum(effective_clusters(np.cumsum(n_in, axis=1)) - 1, 1.0)
        spread = stats.t.isf(alpha / 2, df) * np.sqrt(variance) / np.abs(np.log(curve))
        low, high = curve ** np.exp(spread), curve ** np.exp(-spread)
    families_at_risk = (n_in > 0).sum(axis=0)
    nobody, everybody = np.cumsum(d) == 0, curve == 0
    # Without an event in any period the probability of that is at most S to the power of the fewest at risk.
    low[nobody] = (alpha / 2) ** (1 / np.minimum.accumulate(families_at_risk)[nobody])
    high[nobody] = 1.0
    low[everybody] = 0.0
    for t in np.flatnonzero(everybody):
        before = high[t - 1] if t else 1.0
        high[t] = min(before, 1 - (alpha / 2) ** (1 / families_at_risk[t]))
    # One family alone has no variance: nothing is known of the share.
    low = np.where(np.isnan(low), 0.0, low)
    high = np.where(np.isnan(high), 1.0, high)
    return low, high
