"""The published rules of fairlearn, AIF360, Aequitas and vfairness, on counted cells.

None of these packages is needed: each rule is written out here, and ``benchmarks/rivals_agree.py`` compares
every number with the package's own. A metric that a tool leaves undefined flags nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.bench.rival_cells import Cells, rate
from scs_ml.core import Floats

FOUR_FIFTHS = 0.8
DIFFERENCE = 0.1
VFAIRNESS_SMALLEST = 30  # people; vfairness leaves smaller groups out
VFAIRNESS_REPORT = {  # its report's default thresholds
    "demographic_parity_difference": 0.10,
    "demographic_parity_ratio": 0.80,
    "equalized_odds_difference": 0.10,
    "equal_opportunity_difference": 0.05,
    "predictive_parity_difference": 0.05,
}


@dataclass(frozen=True)
class RivalResult:
    """One number of another tool, and whether its usual threshold calls it unfair.

    Attributes
    ----------
    tool, rule, metric : str
        `rule` names the verdict the metric counts towards; `metric` is the tool's own name.
    group : str
        ``attribute = value`` against the reference, or the attribute where all its groups are spanned.
    boundary : int
        Of the scale: above it is favourable.
    value, threshold : float
        NaN value where the tool leaves the metric undefined. For a two-sided ratio the lower threshold.
    flagged : bool
    indicator : str or None
        For rules on SHAP values.
    """

    tool: str
    rule: str
    metric: str
    group: str
    boundary: int
    value: float
    threshold: float
    flagged: bool
    indicator: str | None = None


# A gap that sits on its threshold to the twelfth decimal does not pass it, whatever binary fractions make of
# it: vfairness rounds so, and fairlearn and AIF360 leave the comparison to the reader.
def _above(value: float, threshold: float) -> bool:
    return bool(np.round(value - threshold, 12) > 0)


def _below(value: float, threshold: float) -> bool:
    return bool(np.round(value - threshold, 12) < 0)


@dataclass(frozen=True)
class _Bound:
    """A threshold, and which values pass it."""

    threshold: float
    unfair: Callable[[float, float], bool]

    def result(self, cells: Cells, rule: str, metric: str, value: float, group: str = "") -> RivalResult:
        where = group or cells.attribute, cells.boundary
        tool, flagged = rule.split("_", maxsplit=1)[0], self.unfair(value, self.threshold)
        return RivalResult(tool, rule, metric, *where, value, self.threshold, flagged)


_RATIO = _Bound(FOUR_FIFTHS, _below)
_EITHER_WAY = _Bound(FOUR_FIFTHS, lambda value, low: _below(value, low) or _above(value, 1 / low))
_TAU = _Bound(FOUR_FIFTHS, lambda value, tau: value < tau or value > 1 / tau)  # Aequitas does not round
_SPAN = _Bound(DIFFERENCE, _above)
_SIGNED = _Bound(DIFFERENCE, lambda value, most: _above(abs(value), most))


def fairlearn(cells: Cells) -> Iterator[RivalResult]:
    """Give fairlearn's demographic parity and equalized odds, worst case over groups.

    The package gives no verdict: the four-fifths ratio and a difference of 0.1 are the usual ones. Its rates
    are 0, not undefined, where there is nobody to count.

    References
    ----------
    Weerts, Dudík, Edgar, Jalali, Lutz & Madaio (2023), "Fairlearn: Assessing and improving fairness of AI
    systems", J. Mach. Learn. Res. 24(257). 29 CFR 1607.4(D), the four-fifths rule.
    """
    rates = cells.selection
    ratio = float(rate(rates.min(), rates.max()))
    yield _RATIO.result(cells, "fairlearn_four_fifths", "demographic_parity_ratio", ratio)
    spans = {"demographic_parity_difference": float(np.ptp(rates))}
    if cells.known:
        judged = cells.confusion.any(axis=(1, 2))
        odds = np.nan_to_num(np.stack([cells.tpr, cells.fpr])[:, judged])
        spans["equalized_odds_difference"] = float(np.ptp(odds, axis=1).max())
    for metric, value in spans.items():
        yield _SPAN.result(cells, "fairlearn_difference", metric, value)


def aif360(cells: Cells) -> Iterator[RivalResult]:
    """Give AIF360's disparate impact and differences, each group (unprivileged) against the reference.

    Fair are 0.8 to 1.25 for disparate impact and -0.1 to 0.1 for the differences, as the toolkit's own
    demonstration has it.

    References
    ----------
    Bellamy et al. (2019), "AI Fairness 360", IBM J. Res. Dev. 63(4/5).
    """
    selection, tpr, fpr, at = cells.selection, cells.tpr, cells.fpr, cells.reference
    for group, label in cells.pairs:
        impact = float(rate(selection[group], selection[at]))
        yield _EITHER_WAY.result(cells, "aif360", "disparate_impact", impact, label)
        differences = {"statistical_parity_difference": selection[group] - selection[at]}
        if cells.known:
            opportunity, false = tpr[group] - tpr[at], fpr[group] - fpr[at]
            differences["equal_opportunity_difference"] = opportunity
            differences["average_odds_difference"] = (opportunity + false) / 2
        for metric, value in differences.items():
            yield _SIGNED.result(cells, "aif360", metric, float(value), label)


def aequitas(cells: Cells) -> Iterator[RivalResult]:
    """Give Aequitas' disparities against the reference group, unfair outside 0.8 to 1.25 (its default tau).

    ``ppr``, a group's share of all favourable decisions, differs wherever groups differ in size; it is kept
    apart as the rule ``aequitas_ppr``.

    References
    ----------
    Saleiro et al. (2018), "Aequitas: A bias and fairness audit toolkit", arXiv:1811.05577.
    """
    measures = {"pprev": cells.selection}
    if cells.known:
        measures |= {
            "fpr": cells.fpr,
            "fdr": cells.discovery,
            "for": cells.omission,
            "fnr": cells.fnr,
        }
    shares = rate(cells.selected, cells.selected.sum())
    for group, label in cells.pairs:
        for metric, rates in measures.items():
            value = _disparity(rates, group, cells.reference)
            yield _TAU.result(cells, "aequitas", f"{metric}_disparity", value, label)
        value = _disparity(shares, group, cells.reference)
        yield _TAU.result(cells, "aequitas_ppr", "ppr_disparity", value, label)


def vfairness_metrics(selected: npt.ArrayLike, total: npt.ArrayLike, confusion: Floats) -> dict[str, Floats]:
    """Give the five metrics of vfairness' report, for one or many tables of counts.

    Parameters
    ----------
    selected, total : array of shape (..., g)
    confusion : array of shape (..., g, 2, 2)
        By group, outcome and decision.

    Returns
    -------
    dict of str to ndarray (...)
        NaN where any group has nobody to count.
    """
    selection = rate(selected, total)
    tpr = rate(confusion[..., 1, 1], confusion[..., 1, :].sum(axis=-1))
    fpr = rate(confusion[..., 0, 1], confusion[..., 0, :].sum(axis=-1))
    precision = rate(confusion[..., 1, 1], confusion[..., :, 1].sum(axis=-1))
    span = {name: np.ptp(each, axis=-1) for name, each in (("tpr", tpr), ("fpr", fpr))}
    return {
        "demographic_parity_difference": np.ptp(selection, axis=-1),
        "demographic_parity_ratio": rate(selection.min(axis=-1), selection.max(axis=-1)),
        "equalized_odds_difference": np.maximum(span["tpr"], span["fpr"]),
        "equal_opportunity_difference": span["tpr"],
        "predictive_parity_difference": np.ptp(precision, axis=-1),
    }


def vfairness_report(cells: Cells) -> Iterator[RivalResult]:
    """Give the point verdicts of vfairness 0.2's default report: a metric beyond its threshold fails.

    Groups below 30 people are left out, as there. Where no outcome is known, only the two metrics that need
    none are given.

    References
    ----------
    Glinz & Company (2026), vfairness 0.2.0, ``FairnessAnalyzer.get_report``.
    """
    large = cells.total >= VFAIRNESS_SMALLEST
    if large.sum() > 1:
        counted = cells.selected[large], cells.total[large], cells.confusion[large].astype(np.float64)
        for metric, value in vfairness_metrics(*counted).items():
            if cells.known or metric.startswith("demographic"):
                bound = _Bound(VFAIRNESS_REPORT[metric], _below if metric.endswith("ratio") else _above)
                yield bound.result(cells, "vfairness_report", metric, float(value))


def proxy_shares(values: Floats, members: npt.ArrayLike, others: npt.ArrayLike) -> Floats:
    """Give vfairness' proxy score of each feature: its share of the absolute mean SHAP differences.

    Parameters
    ----------
    values : ndarray (m, d)
        SHAP values.
    members, others : ndarray of bool (m,)

    Returns
    -------
    ndarray (d,)
        Zeros where no feature differs.

    References
    ----------
    Glinz & Company (2026), vfairness 0.2.0, ``lundberg_fairness_decomposition``: features from 0.15 on are
    flagged as proxies.
    """
    gaps = np.abs(values[np.asarray(members)].mean(axis=0) - values[np.asarray(others)].mean(axis=0))
    total = gaps.sum()
    return np.asarray(gaps / total if total > 0 else gaps)


def _disparity(rates: Floats, group: int, reference: int) -> float:
    return float(rate(rates[group], rates[reference]))
