"""Sums over resampled clusters, many replicates side by side. Imported where it is used: it brings numba.

A replicate draws M of the M clusters with replacement. Only what they hold is asked, so clusters with equal
cells are alike: vector u, which f_u clusters have, comes up N_u times, and (N_u) is multinomial (M; f/M). It
is drawn through independent Poisson counts, which are quick to draw in bulk:

1. N_u ~ Poisson(r f_u), with r < 1. Given that they sum to S, they are multinomial (S; f/M), whatever S is.
2. A replicate with S > M is dropped. That looks at S alone, and so leaves what step 1 says of the rest.
3. M - S more clusters are drawn one by one; two multinomials with the same probabilities add up to one.

A Poisson count is read off 32 random bits by counting the thresholds 2^32 P(N <= k) that they reach. Rounding
a threshold to a whole number moves no probability by more than 2^-33.

References
----------
Steel (1953), "Relation between Poisson and multinomial distributions", Cornell BU-39-M. Blackman & Vigna
(2021), "Scrambled linear pseudorandom number generators", ACM Trans. Math. Softw. 47 (xoshiro128++).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from scipy import special

from scs_ml.core import Ints
from scs_ml.inference.cells import ClusterCells

Words = npt.NDArray[np.uint32]
Tables = tuple[Words, Ints, Words]  # as `_poisson_tables` gives them
Vectors = tuple[Ints, Ints, Words]  # start, cell, amount, as in `ClusterCells`

_SHORT = 1.5  # standard deviations by which r M lies below M: about one replicate in 15 is dropped
_LANES = 640  # most replicates side by side: their sums should stay in the cache
_STEP = 8  # thresholds compared in one pass
_NEVER = 2**32 - 1  # no 32 bits exceed it


def resampled_sums(clusters: ClusterCells, n_cells: int, replicates: int, seed: int) -> Iterator[Ints]:
    """Resample clusters and sum what they hold.

    Parameters
    ----------
    clusters : ClusterCells
        With fewer than 2^28 rows in all: sums are kept in 32 bits, and a large cluster may come up often.
    n_cells : int
        Length of the clusters' vectors.
    replicates, seed : int

    Yields
    ------
    array of int, shape (block, n_cells)
        Blocks that make up `replicates` in all.
    """
    frequency, total = clusters.frequency, clusters.n_clusters
    rate = max(0.0, 1 - _SHORT / np.sqrt(total))
    tables = _poisson_tables(frequency, rate)
    vectors = (clusters.start, clusters.cell, clusters.amount.astype(np.uint32))
    for_lanes, for_picks = np.random.SeedSequence(seed).spawn(2)
    lanes = _lanes(replicates)
    state = for_lanes.generate_state(4 * lanes, np.uint32).reshape(4, lanes)
    rng = np.random.default_rng(for_picks)
    member = np.repeat(np.arange(len(frequency), dtype=np.uint32), frequency)
    missing = replicates
    while missing:
        sums = np.zeros((n_cells + 1, lanes), dtype=np.uint32)
        _add_poisson(tables, vectors, state, sums)
        kept = np.flatnonzero(sums[-1] <= total)[:missing]
        sums = np.ascontiguousarray(sums[:, kept])
        short = total - sums[-1].astype(np.int64)
        picks = member[rng.integers(total, size=int(short.sum()), dtype=np.uint32)]
        _add_picks(picks, short, vectors, sums)
        missing -= len(kept)
        yield sums[:-1].T.astype(np.int64)


def _lanes(replicates: int) -> int:
    """Replicates side by side: equal blocks with room for those that are dropped, in whole registers."""
    wanted = 1.09 * replicates + 8
    blocks = np.ceil(wanted / _LANES)
    return int(np.ceil(wanted / blocks / 16)) * 16


def _poisson_tables(frequency: Ints, rate: float) -> Tables:
    """Thresholds of Poisson(rate f), for each f.

    Returns
    -------
    offset : (U,)
        Count that is certain.
    reach : (U, 2)
        Where each vector's thresholds begin and end.
    threshold : (t,)
        A draw counts one more for each threshold it exceeds.
    """
    distinct, which = np.unique(frequency, return_inverse=True)
    mean = rate * distinct
    # Beyond seven standard deviations (and a dozen, for small means) less than 2^-32 is left.
    first = np.maximum(0.0, np.floor(mean - 7 * np.sqrt(mean)))
    size = (np.floor(mean + 7 * np.sqrt(mean)) + 12 - first).astype(np.int64)
    of = np.repeat(np.arange(len(distinct)), size)
    begin = np.cumsum(size) - size
    k = np.arange(len(of)) - begin[of] + first[of]
    summed = np.cumsum(np.exp(special.xlogy(k, mean[of]) - mean[of] - special.gammaln(k + 1)))
    before = np.concatenate([[0.0], summed])[begin]
    reached = np.rint(2.0**32 * (summed - before[of]))
    # Reached by all draws: part of the offset. Reached by none: no threshold, but padding to whole passes.
    real = (reached > 0) & (reached < 2**32)
    offset = first + np.bincount(of, weights=reached <= 0, minlength=len(distinct))
    count = np.bincount(of[real], minlength=len(distinct))
    padded = -(-count // _STEP) * _STEP
    end = np.cumsum(padded)
    threshold = np.full(end[-1], _NEVER, dtype=np.uint32)
    place = np.arange(count.sum()) + np.repeat(end - padded - np.cumsum(count) + count, count)
    threshold[place] = reached[real] - 1
    reach = np.column_stack([end - padded, end])[which]
    return offset.astype(np.uint32)[which], np.ascontiguousarray(reach), threshold


def _jit(function: Any) -> Any:  # numba has no types
    return numba.njit(cache=True, error_model="numpy")(function)


@_jit
def _random_bits(state: Words, bits: Words) -> None:
    """Advance one generator per lane (xoshiro128++) and write its 32 bits."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    # A length of its own, and every state read once before it is written: else the loop is not vectorised.
    lanes = bits.shape[0]
    for b in range(lanes):
        x0, x1, x2, x3 = s0[b], s1[b], s2[b], s3[b]
        total = np.uint32(x0 + x3)  # numba adds 32 bits up to 64
        bits[b] = ((total << np.uint32(7)) | (total >> np.uint32(25))) + x0
        shifted = x1 << np.uint32(9)
        x2 ^= x0
        x3 ^= x1
        x1 ^= x2
        x0 ^= x3
        x2 ^= shifted
        s0[b], s1[b], s2[b] = x0, x1, x2
        s3[b] = (x3 << np.uint32(11)) | (x3 >> np.uint32(21))


@_jit
def _count_exceeded(bits: Words, threshold: Words, begin: int, end: int, count: Words) -> None:
    """Add to each lane's count how many of the rising thresholds its bits exceed."""
    lanes = count.shape[0]
    smallest, largest = np.uint32(_NEVER), np.uint32(0)
    for b in range(lanes):
        smallest = min(smallest, bits[b])
        largest = max(largest, bits[b])
    for k in range(begin, end, _STEP):
        t0, t1, t2, t3 = threshold[k], threshold[k + 1], threshold[k + 2], threshold[k + 3]
        t4, t5, t6, t7 = threshold[k + 4], threshold[k + 5], threshold[k + 6], threshold[k + 7]
        if t0 >= largest:
            return
        if t7 < smallest:
            count += np.uint32(_STEP)
            continue
        for b in range(lanes):
            x = bits[b]
            low = np.uint32(x > t0) + np.uint32(x > t1) + np.uint32(x > t2) + np.uint32(x > t3)
            high = np.uint32(x > t4) + np.uint32(x > t5) + np.uint32(x > t6) + np.uint32(x > t7)
            count[b] += low + high


@_jit
def _add_scaled(row: Words, amount: int, count: Words) -> None:
    lanes = count.shape[0]
    for b in range(lanes):
        row[b] += amount * count[b]


@_jit
def _add_poisson(tables: Tables, vectors: Vectors, state: Words, sums: Words) -> None:
    """Step 1: add each vector a Poisson number of times; the last row of `sums` counts clusters."""
    offset, reach, threshold = tables
    start, cell, amount = vectors
    lanes = sums.shape[1]
    bits, count = np.empty(lanes, np.uint32), np.empty(lanes, np.uint32)
    for u in range(len(offset)):
        _random_bits(state, bits)
        count[:] = offset[u]
        _count_exceeded(bits, threshold, reach[u, 0], reach[u, 1], count)
        for j in range(start[u], start[u + 1]):
            _add_scaled(sums[cell[j]], amount[j], count)
        _add_scaled(sums[-1], np.uint32(1), count)


@_jit
def _add_picks(picks: Words, short: Ints, vectors: Vectors, sums: Words) -> None:
    """Step 3: add the next `short[b]` picked vectors to lane b."""
    start, cell, amount = vectors
    own = np.empty(sums.shape[0], np.uint32)
    at = 0
    for b in range(len(short)):
        own[:] = 0
        for u in picks[at : at + short[b]]:
            for j in range(start[u], start[u + 1]):
                own[cell[j]] += amount[j]
            own[-1] += np.uint32(1)
        at += short[b]
        for c in range(len(own)):
            sums[c, b] += own[c]
