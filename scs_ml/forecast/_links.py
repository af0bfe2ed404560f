"""Link functions of cumulative models: the log of an interval's probability, safe in both tails."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import expit, log_expit, log_ndtr, logit, ndtri

from scs_ml.core import Floats

_LOG_ROOT_TAU = 0.5 * float(np.log(2 * np.pi))
_LARGEST_EXPONENT = 700.0  # exp of it is still finite


class LogMass(NamedTuple):
    """log(F(b) - F(a)) of n rows with its first and second derivatives, 0 where a bound is infinite."""

    value: Floats
    da: Floats
    db: Floats
    daa: Floats
    dab: Floats
    dbb: Floats


class Link(Protocol):
    """A distribution function F on the line, whose density is log-concave."""

    def quantile(self, p: Floats) -> Floats:
        """Give F⁻¹."""

    def log_mass(self, a: Floats, b: Floats) -> LogMass:
        """Give log(F(b) - F(a)) for a < b; a may be -inf, b may be inf."""


class Logit:
    r"""Logistic distribution.

    The mass of an interval factorises,

    .. math:: F(b) - F(a) = F(b)\,F(-a)\,(1 - e^{-(b - a)}),

    so that no digits are lost however far out it lies.
    """

    def quantile(self, p: Floats) -> Floats:
        """Give the log-odds."""
        return np.asarray(logit(p), dtype=np.float64)

    def log_mass(self, a: Floats, b: Floats) -> LogMass:
        """Give the log mass and its derivatives."""
        below_a, below_b = expit(a), expit(b)
        h = np.exp(a - b) / -np.expm1(a - b)
        narrow = h * (1.0 + h)
        return LogMass(
            value=log_expit(b) + log_expit(-a) + np.log(-np.expm1(a - b)),
            da=-below_a - h,
            db=1.0 - below_b + h,
            daa=-below_a * (1.0 - below_a) - narrow,
            dab=narrow,
            dbb=-below_b * (1.0 - below_b) - narrow,
        )


class Probit:
    """Normal distribution; intervals in the upper tail are mirrored into the lower, to keep digits."""

    def quantile(self, p: Floats) -> Floats:
        """Give the normal quantile."""
        return np.asarray(ndtri(p), dtype=np.float64)

    def log_mass(self, a: Floats, b: Floats) -> LogMass:
        """Give the log mass and its derivatives."""
        mirrored = a + b > 0
        upper = log_ndtr(np.where(mirrored, -a, b))
        value = upper + np.log(-np.expm1(log_ndtr(np.where(mirrored, -b, a)) - upper))
        at_a, at_b = np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0)
        # Density over mass: 0 at an infinite bound.
        p = np.where(np.isfinite(a), np.exp(-0.5 * at_a**2 - _LOG_ROOT_TAU - value), 0.0)
        q = np.where(np.isfinite(b), np.exp(-0.5 * at_b**2 - _LOG_ROOT_TAU - value), 0.0)
        return LogMass(value=value, da=-p, db=q, daa=p * (at_a - p), dab=p * q, dbb=-q * (at_b + q))


class ComplementaryLogLog:
    """Gumbel distribution of smallest values, F(z) = 1 - exp(-exp(z)): the hazards of grouped durations."""

    def quantile(self, p: Floats) -> Floats:
        """Give log(-log(1 - p))."""
        return np.asarray(np.log(-np.log1p(-p)), dtype=np.float64)

    def log_mass(self, a: Floats, b: Floats) -> LogMass:
        """Give the log mass and its derivatives."""
        lower = np.exp(np.minimum(a, _LARGEST_EXPONENT))
        upper = np.exp(np.clip(b, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
        between = -upper * np.expm1(np.clip(a - b, -np.inf, 0.0))
        h = np.exp(-between) / -np.expm1(-between)
        of_a, of_b = lower * h, upper * h
        return LogMass(
            value=np.log(-np.expm1(-between)) - lower,
            da=-lower - of_a,
            db=of_b,
            daa=-(lower + of_a) * (1.0 + of_a),
            dab=of_a * (upper + of_b),
            dbb=of_b * (1.0 - upper - of_b),
        )
