"""Counter-based random numbers: every draw is fixed by the seed, the stream's name and its position.

Arrays are laid out person-major, so that a person's draws are the same however many people follow, and a
mechanism that changes a threshold never consumes anybody else's numbers. Distributions are reached by inverse
CDF: one uniform, one value.

References
----------
Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3 (Philox).
Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators (the mixing function of ids).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv, ndtri

from scs_ml.core import Floats, Ints

Ids = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF_STEP = 2.0**-54  # half the spacing of the generator's uniforms: keeps them off 0
_TAIL = 1e-17  # a Poisson probability too small to move its CDF


@dataclass(frozen=True)
class Streams:
    """Named streams of uniforms of one world.

    Parameters
    ----------
    seed : int
        ``0 <= seed < 2**64``.
    """

    seed: int

    def uniform(self, name: str, *shape: int) -> Floats:
        """Give the first uniforms of a stream, each in (0, 1), in an array of `shape` filled row by row."""
        key = np.array([self.seed, stream_key(name)], dtype=np.uint64)
        draws = np.random.Generator(np.random.Philox(key=key)).random(shape)
        return np.maximum(draws, _HALF_STEP)

    def keyed_uniform(self, name: str, ids: Ids) -> Floats:
        """Give one uniform in (0, 1) per id (n,), the same in whatever company the id comes."""
        mixed = mix(stream_key(name), self.seed, ids)
        return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def stream_key(name: str) -> int:
    """Hash a stream's name to 64 bits."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def mix(*parts: Any) -> Ids:
    """Hash broadcastable unsigned integers into 64-bit ids (splitmix64, one round per part)."""
    # Arrays, not scalars: numpy warns of the overflow that the mixing relies on only for scalars.
    state = np.full(1, _GOLDEN)
    for part in parts:
        z = (state ^ np.asarray(part).astype(np.uint64)) + _GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = z ^ (z >> np.uint64(31))
    return state


def gamma(uniform: Floats, shape: float) -> Floats:
    """Turn uniforms into gamma variates of mean 1 and variance ``1 / shape``."""
    return np.asarray(gammaincinv(shape, uniform) / shape, dtype=np.float64)


def normal(uniform: Floats) -> Floats:
    """Turn uniforms into standard normal variates."""
    return np.asarray(ndtri(uniform), dtype=np.float64)


def choose(uniform: Floats, weights: npt.ArrayLike) -> Ints:
    """Turn uniforms (n,) into positions of `weights` (k,), each as likely as its weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    at: Ints = np.searchsorted(edges[:-1], uniform * edges[-1], side="right").astype(np.int64)
    return at


def poisson(uniform: Floats, rate: Floats | float) -> Ints:
    """Turn uniforms into Poisson counts of `rate` (broadcast): the smallest k with ``uniform <= CDF(k)``.

    A higher rate never gives a lower count for the same uniform.
    """
    u = uniform.ravel()
    rates = np.broadcast_to(np.asarray(rate, dtype=np.float64), uniform.shape).ravel()
    counts = np.zeros(u.shape, dtype=np.int64)
    probability = np.exp(-rates)
    at = np.flatnonzero(u > probability)
    u, rates, probability = u[at], rates[at], probability[at]
    cumulative, k = probability.copy(), 0
    while at.size:
        k += 1
        probability = probability * rates / k
        cumulative = cumulative + probability
        counts[at] = k
        more = (u > cumulative) & ((k < rates) | (probability > _TAIL))
        at, u, rates = at[more], u[more], rates[more]
        probability, cumulative = probability[more], cumulative[more]
    return counts.reshape(uniform.shape)
