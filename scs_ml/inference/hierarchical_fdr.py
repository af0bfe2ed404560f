"""False discovery rate over families of hypotheses that were searched, not declared beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats
from scs_ml.exceptions import ScsError
from scs_ml.inference._arrays import cluster_codes
from scs_ml.inference.multiplicity import p_values


@dataclass(frozen=True)
class HierarchicalFdr:
    """What a two-level search found; arrays are in the order of the hypotheses (m,).

    Attributes
    ----------
    p_adjusted : array of float
        Smallest rate at which the hypothesis would be rejected, its family having been selected.
    rejected : array of bool
        Whether that is within the rate asked for.
    error : array of float
        Error probability of an interval that goes with the decision: it excludes zero exactly where the
        hypothesis is rejected, and over the rejected ones the false coverage rate is the rate asked for.
    """

    p_adjusted: Floats
    rejected: Bools
    error: Floats


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Adjust p-values so that rejecting those up to q keeps the false discovery rate at q.

    Parameters
    ----------
    p : array of shape (m,)
        Independent or positively dependent.

    Returns
    -------
    array of shape (m,)

    References
    ----------
    Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, 289-300.

    Examples
    --------
    >>> print(benjamini_hochberg([0.01, 0.04, 0.03]))
    [0.03 0.04 0.04]
    """
    values = p_values(p)
    order = np.argsort(values, kind="stable")
    scaled = values[order] * len(values) / np.arange(1, len(values) + 1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def hierarchical_fdr(p: npt.ArrayLike, family: npt.ArrayLike, *, level: float = 0.05) -> HierarchicalFdr:
    r"""Select families by their Simes p-values, then reject within the selected ones.

    Of F families R are selected by Benjamini and Hochberg's rule at `level`; within each of them the same
    rule runs at :math:`level \cdot R / F`. The expected false discovery proportion, averaged over the
    selected families, is then at most `level`; with no true effect anywhere, so is the probability of any
    rejection.

    Parameters
    ----------
    p : array of shape (m,)
        P-values of all hypotheses that were tested.
    family : array of shape (m,)
        Label of each hypothesis's family.
    level : float
        False discovery rate.

    Returns
    -------
    HierarchicalFdr

    Raises
    ------
    ScsError
        If a p-value is missing or out of range, or the level is.

    References
    ----------
    Benjamini & Bogomolov (2014), "Selective inference on multiple families of hypotheses", J. R. Stat. Soc.
    B 76, 297-318. Simes (1986), Biometrika 73, 751-754. Benjamini & Yekutieli (2005), "False discovery
    rate-adjusted multiple confidence intervals for selected parameters", JASA 100, 71-81.
    """
    values = p_values(p)
    if not 0 < level < 1 or np.isnan(values).any():
        raise ScsError(
            f"A search needs a level within (0, 1) and every p-value; got level {level} and "
            f"{int(np.isnan(values).sum())} missing p-values."
        )
    codes, n_families = cluster_codes(family, len(values))
    within = np.empty(len(values))
    simes = np.empty(n_families)
    for code in range(n_families):
        members = codes == code
        within[members] = benjamini_hochberg(values[members])
        simes[code] = within[members].min()  # the smallest adjusted p-value of a family is its Simes p-value
    selected_at = benjamini_hochberg(simes)
    # With r families selected, a hypothesis is rejected from rate within * F / r on: take the best r.
    rank = np.arange(1, n_families + 1)
    reached = np.sort(selected_at)
    needed = np.maximum(reached, within[:, None] * n_families / rank)
    adjusted = np.minimum(np.maximum(needed.min(axis=1, initial=np.inf), selected_at[codes]), 1.0)
    rejected = adjusted <= level
    n_selected = max(int((selected_at <= level).sum()), 1)
    size = np.bincount(codes, minlength=n_families)
    found = np.bincount(codes, weights=rejected, minlength=n_families)
    error = level * n_selected / n_families * np.maximum(found, 1) / np.maximum(size, 1)
    return HierarchicalFdr(adjusted, rejected, error[codes])
