"""SHAP values of groups: means, standard errors and gaps, from sums that can be merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.blocks import N_BLOCKS, SegmentSums
from scs_ml.inference import effective_clusters


@dataclass(frozen=True)
class GroupSums:
    """Weighted sums of SHAP values over the rows of groups; those of different rows may be merged.

    Attributes
    ----------
    groups : tuple of str (G,)
        Labels, sorted.
    n : ndarray of int (G,)
        Rows.
    weight : ndarray (G,)
        Sum of the rows' weights.
    total : ndarray (G, d, outputs)
        Weighted sum of values.
    block_weight : ndarray (N_BLOCKS, G) or None
    block_total : ndarray (N_BLOCKS, G, d + 1, outputs) or None
        Weight and sum of values within blocks of whole clusters; after the features stands their sum. None
        where errors were not asked for.
    """

    groups: tuple[str, ...]
    n: Ints
    weight: Floats
    total: Floats
    block_weight: Floats | None
    block_total: Floats | None

    def merge(self, other: GroupSums) -> GroupSums:
        """Sums over the rows of both.

        Parameters
        ----------
        other : GroupSums
            Of the same model, over other rows; no cluster may have rows in both unless its label is the same.

        Returns
        -------
        GroupSums

        Raises
        ------
        ExplanationError
            If they are sums of different numbers of features or outputs, or one has no errors.
        """
        if self.total.shape[1:] != other.total.shape[1:]:
            raise ExplanationError("sums of different models cannot be merged")
        if (self.block_total is None) != (other.block_total is None):
            raise ExplanationError(
                "one of the sums was made without errors", remedy="make both with errors, or both without"
            )
        groups = tuple(sorted({*self.groups, *other.groups}))
        mine, its = self._over(groups), other._over(groups)
        return GroupSums(
            groups=groups,
            n=mine.n + its.n,
            weight=mine.weight + its.weight,
            total=mine.total + its.total,
            block_weight=_sum(mine.block_weight, its.block_weight),
            block_total=_sum(mine.block_total, its.block_total),
        )

    def _over(self, groups: tuple[str, ...]) -> GroupSums:
        """Give the same sums over more groups."""
        place = {name: at for at, name in enumerate(groups)}
        places = np.array([place[each] for each in self.groups], dtype=np.int64)

        def spread(sums: Any, axis: int) -> Any:
            shape = list(sums.shape)
            shape[axis] = len(groups)
            wide = np.zeros(shape, dtype=sums.dtype)
            wide[(slice(None),) * axis + (places,)] = sums
            return wide

        return GroupSums(
            groups,
            spread(self.n, 0),
            spread(self.weight, 0),
            spread(self.total, 0),
            None if self.block_weight is None else spread(self.block_weight, 1),
            None if self.block_total is None else spread(self.block_total, 1),
        )

    def means(self, names: Sequence[str]) -> GroupMeans:
        """Means, and standard errors where there are blocks."""
        error = None
        if self.block_weight is not None and self.block_total is not None:
            error = _standard_errors(self.block_weight, self.block_total, self.weight)
        return GroupMeans(
            groups=self.groups,
            n=self.n,
            names=tuple(names),
            mean=_over(self.total, self.weight),
            standard_error=error,
            sums=self,
        )


@dataclass(frozen=True)
class GroupMeans:
    """Mean SHAP value of every feature in every group.

    Attributes
    ----------
    groups : tuple of str (G,)
    n : ndarray of int (G,)
        Rows.
    names : tuple of str (d,)
        Features.
    mean : ndarray (G, d, outputs)
        Summed over features, and added to the expected value, they give the group's mean output. NaN where
        all rows of a group weigh nothing.
    standard_error : ndarray (G, d, outputs) or None
        Cluster-robust where clusters were given; NaN with fewer than two blocks of clusters. None where
        errors were not asked for.
    sums : GroupSums
    """

    groups: tuple[str, ...]
    n: Ints
    names: tuple[str, ...]
    mean: Floats
    standard_error: Floats | None
    sums: GroupSums

    def frame(self) -> pd.DataFrame:
        """One line for each group, output and feature: ``mean``, ``standard_error`` and ``n``."""
        return _frame(self.groups, self.names, self.n, mean=self.mean, standard_error=self.standard_error)

    def gaps(
        self,
        reference: str | None = None,
        *,
        confidence: float = 0.95,
        replicates: int = 1000,
        seed: int = 0,
    ) -> GroupGaps:
        r"""How far each group's mean values lie from those of the reference: its gap, by feature.

        The gaps of all features sum to the gap of the output. Blocks of whole clusters are resampled with
        replacement; the interval is the gap :math:`\pm` the t quantile, with the effective number of blocks
        less one as its degrees of freedom, times the standard deviation of the replicates.

        Parameters
        ----------
        reference : str, optional
            Label of a group; all other groups together when None.
        confidence : float
            Of each interval by itself.
        replicates : int
        seed : int

        Returns
        -------
        GroupGaps

        Raises
        ------
        ExplanationError
            If there are no errors, no such reference, or fewer than two groups.

        References
        ----------
        Cameron, Gelbach & Miller (2008), Bootstrap-based improvements for inference with clustered errors,
        Review of Economics and Statistics 90. Carter, Schnepel & Steigerwald (2017), as `effective_clusters`.
        """
        sums = self.sums
        if sums.block_weight is None or sums.block_total is None:
            raise ExplanationError(
                "these means were made without errors", remedy="ask for group_means(..., errors=True)"
            )
        if len(self.groups) < 2:
            raise ExplanationError("a gap needs two groups", where=f"groups: {', '.join(self.groups)}")
        if reference is not None and reference not in self.groups:
            raise ExplanationError(
                f"there is no group {reference!r}", remedy=f"choose among {', '.join(self.groups[:20])}"
            )
        if not 0 < confidence < 1 or replicates < 2:
            raise ExplanationError("confidence must lie between 0 and 1, and replicates be at least 2")
        shown = [g for g, name in enumerate(self.groups) if name != reference]
        weight, total = sums.block_weight, sums.block_total
        if reference is None:
            other_weight = weight.sum(axis=1, keepdims=True) - weight
            other_total = total.sum(axis=1, keepdims=True) - total
        else:
            at = self.groups.index(reference)
            other_weight, other_total = weight[:, [at]], total[:, [at]]
            weight, total = weight[:, shown], total[:, shown]
        gap = _mean(weight, total) - _mean(other_weight, other_total)
        used = weight.sum(axis=1) + other_weight.sum(axis=1) > 0
        spread = _replicated(
            [each[used] for each in (weight, total, other_weight, other_total)], replicates, seed
        )
        df = np.minimum(effective_clusters(weight), effective_clusters(other_weight)) - 1
        half = spread * _t_quantile(confidence, df)[:, None, None]
        return GroupGaps(
            groups=tuple(self.groups[g] for g in shown),
            reference=reference,
            n=self.n[shown],
            names=self.names,
            gap=gap[:, :-1],
            low=(gap - half)[:, :-1],
            high=(gap + half)[:, :-1],
            total=gap[:, -1],
            total_low=(gap - half)[:, -1],
            total_high=(gap + half)[:, -1],
            confidence=confidence,
        )


@dataclass(frozen=True)
class GroupGaps:
    """A group's gap in the output, taken apart by feature.

    Attributes
    ----------
    groups : tuple of str (G,)
    reference : str or None
        The group that the others are compared with; None: each group with all others.
    n : ndarray of int (G,)
    names : tuple of str (d,)
    gap, low, high : ndarray (G, d, outputs)
        Gap in each feature's mean value, and its interval.
    total, total_low, total_high : ndarray (G, outputs)
        Gap in the mean output: the sum of the features' gaps.
    confidence : float
        Of each interval by itself.
    """

    groups: tuple[str, ...]
    reference: str | None
    n: Ints
    names: tuple[str, ...]
    gap: Floats
    low: Floats
    high: Floats
    total: Floats
    total_low: Floats
    total_high: Floats
    confidence: float

    def frame(self) -> pd.DataFrame:
        """One line for each group, output and feature: ``gap``, ``low``, ``high`` and ``n``."""
        return _frame(self.groups, self.names, self.n, gap=self.gap, low=self.low, high=self.high)


def sum_blocks(parts: Sequence[SegmentSums], groups: Sequence[str], n: Ints) -> GroupSums:
    """Put the sums of segments together, in their order.

    Parameters
    ----------
    parts : sequence of SegmentSums
    groups : sequence of str (G,)
    n : ndarray of int (G,)
        Rows of each group.

    Returns
    -------
    GroupSums
    """
    shape = parts[0].total.shape[1:]
    weight = np.zeros(len(groups) * N_BLOCKS)
    total = np.zeros((len(groups) * N_BLOCKS, *shape))
    for part in parts:
        weight[part.segment] += part.weight
        total[part.segment] += part.total
    block_weight = weight.reshape(len(groups), N_BLOCKS).T
    block_total = total.reshape(len(groups), N_BLOCKS, *shape).swapaxes(0, 1)
    return GroupSums(
        groups=tuple(groups),
        n=n,
        weight=block_weight.sum(axis=0),
        total=block_total.sum(axis=0)[:, :-1],
        block_weight=block_weight,
        block_total=block_total,
    )


def _sum(one: Floats | None, other: Floats | None) -> Floats | None:
    return None if one is None or other is None else one + other


def _over(total: Floats, weight: Floats) -> Floats:
    """Sums (..., d, outputs) by their weights (...); NaN where there is none."""
    weight = weight[..., None, None]
    return np.asarray(np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0))


def _mean(weight: Floats, total: Floats) -> Floats:
    """Means over all blocks (G, d + 1, outputs)."""
    return _over(total.sum(axis=0), weight.sum(axis=0))


def _standard_errors(weight: Floats, total: Floats, group_weight: Floats) -> Floats:
    """Square root of the sum of squared block influences on each mean, by B / (B - 1) for B blocks."""
    residual = total - weight[:, :, None, None] * _mean(weight, total)
    influence = _over(residual, np.broadcast_to(group_weight, weight.shape))
    n_blocks = (weight > 0).sum(axis=0).astype(np.float64)
    n_blocks[n_blocks < 2] = np.nan
    scale = n_blocks / (n_blocks - 1)
    return np.asarray(np.sqrt((influence**2).sum(axis=0) * scale[:, None, None])[:, :-1])


def _replicated(sides: Sequence[Floats], replicates: int, seed: int) -> Floats:
    """Standard deviation of gaps over replicates, whose blocks are drawn with replacement."""
    weight, total, other_weight, other_total = sides
    n_blocks = len(weight)
    if n_blocks < 2:
        return np.full(np.broadcast_shapes(total.shape[1:], other_total.shape[1:]), np.nan)
    drawn = np.random.default_rng(seed).multinomial(
        n_blocks, np.full(n_blocks, 1 / n_blocks), size=replicates
    )
    drawn = drawn.astype(np.float64)

    def means(weight: Floats, total: Floats) -> Floats:
        summed = (drawn @ total.reshape(n_blocks, -1)).reshape(replicates, *total.shape[1:])
        return _over(summed, drawn @ weight)

    gaps = means(weight, total) - means(other_weight, other_total)
    known = ~np.isnan(gaps)  # a replicate without any block of a group says nothing of it
    n_known = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    deviation = np.where(known, gaps - np.where(known, gaps, 0.0).sum(axis=0) / n_known, 0.0)
    return np.asarray(np.sqrt((deviation**2).sum(axis=0) / n_known * n_blocks / (n_blocks - 1)))


def _t_quantile(confidence: float, df: Floats) -> Floats:
    from scipy import stats

    return np.asarray(stats.t.isf((1 - confidence) / 2, np.where(df > 0, df, np.nan)))


def _frame(groups: Sequence[str], names: Sequence[str], n: Ints, **columns: Floats | None) -> pd.DataFrame:
    shape = next(each.shape for each in columns.values() if each is not None)
    index = pd.MultiIndex.from_product([groups, range(shape[2]), names], names=["group", "output", "feature"])
    long = {name: each.transpose(0, 2, 1).ravel() for name, each in columns.items() if each is not None}
    return pd.DataFrame(long | {"n": np.repeat(n, shape[1] * shape[2])}, index=index).reset_index()
