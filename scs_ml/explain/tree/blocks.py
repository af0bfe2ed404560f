"""Sums of SHAP values over blocks: whole clusters of rows, put together so that memory does not grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Floats, Ints

# Clusters are put together into so many blocks, by a hash of their label that is the same on every machine.
# Standard errors then rest on 255 degrees of freedom at most, and memory does not grow with the rows.
N_BLOCKS = 256
_HASH_KEY = "scs_ml group sum"  # 16 characters, as pandas wants them


def block_of(clusters: npt.NDArray[Any] | None, n: int, first: int) -> Ints:
    """Block of each of n rows: that of its cluster, or of its own number, counted from `first`."""
    labels = np.arange(first, first + n) if clusters is None else clusters
    codes, names = pd.factorize(labels, use_na_sentinel=False)
    hashed = pd.util.hash_array(
        np.asarray(names).astype(str).astype(object), hash_key=_HASH_KEY, categorize=False
    )
    return np.asarray((hashed % N_BLOCKS).astype(np.int64)[codes])


@dataclass(frozen=True)
class SegmentSums:
    """Sums over the rows of segments: of one group and block each.

    Attributes
    ----------
    segment : ndarray of int (s,)
        ``group * N_BLOCKS + block``.
    weight : ndarray (s,)
    total : ndarray (s, d + 1, outputs)
        Weighted sums of values; after the features stands their sum.
    """

    segment: Ints
    weight: Floats
    total: Floats


def sum_segments(values: Floats, segment: Ints, weights: Floats | None) -> SegmentSums:
    """Sum rows by segment.

    Parameters
    ----------
    values : ndarray (outputs, d, m)
    segment : ndarray of int (m,)
        Ascending.
    weights : ndarray (m,) or None

    Returns
    -------
    SegmentSums
    """
    starts = np.flatnonzero(np.diff(segment, prepend=-1))
    if weights is None:
        weight = np.diff(starts, append=len(segment)).astype(np.float64)
    else:
        values, weight = values * weights, np.add.reduceat(weights, starts)
    sums = np.add.reduceat(values, starts, axis=2).transpose(2, 1, 0)
    total = np.concatenate([sums, sums.sum(axis=1, keepdims=True)], axis=1)
    return SegmentSums(segment[starts], weight, total)
