"""Penalised maximum likelihood of a cumulative link model, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from scs_ml.core import Floats, Ints
from scs_ml.forecast._links import Link, LogMass

_MAX_STEPS = 100
_LAST_GAIN = 1e-5  # nats; Newton's step that gains so little leaves an error of the order of its square
_HALVINGS = 40


class CumulativeFit(NamedTuple):
    """Slopes (q,) and rising cut points (J,): P(y <= j) = F(cuts[j] - x @ slopes)."""

    slopes: Floats
    cuts: Floats


class _Derivatives(NamedTuple):
    value: float
    gradient: Floats
    hessian: Floats


def fit_cumulative(
    X: Floats,
    codes: Ints,
    link: Link,
    penalty: npt.ArrayLike,
    weights: Floats | None = None,
) -> CumulativeFit:
    r"""Maximise the penalised likelihood of :math:`P(y \le j) = F(\theta_j - x^\top\beta)`.

    The penalty is :math:`\tfrac12\sum_i\lambda_i\beta_i^2`; cut points bear none. With a log-concave density
    the loss is convex in slopes and cut points together, and infinite where two cut points meet, since rows
    lie between them. So Newton's method with halved steps finds the one minimum, with cut points in order.

    Parameters
    ----------
    X : array of shape (n, q)
    codes : array of int, shape (n,)
        Categories ``0..J``, J >= 1, every one with rows of positive weight.
    link : Link
    penalty : float or array of shape (q,)
    weights : array of shape (n,), optional
        Rows that each row stands for; 1 where not given.

    Returns
    -------
    CumulativeFit

    References
    ----------
    Burridge (1981), "A note on maximum likelihood estimation for regression models using grouped data", J. R.
    Stat. Soc. B 43, 41-45; Pratt (1981), J. Am. Stat. Assoc. 76, 103-106: concavity.
    """
    # In the order of the categories, rows of one category are a slice.
    order = np.argsort(codes, kind="stable")
    weight = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=np.float64)
    loss = _Loss(
        X=np.asarray(X, dtype=np.float64)[order],
        codes=codes[order],
        edges=np.searchsorted(codes[order], np.arange(int(codes.max()) + 2)),
        weight=weight[order],
        ridge=np.broadcast_to(np.asarray(penalty, dtype=np.float64), X.shape[1:]),
        link=link,
    )
    q = X.shape[1]
    shares = loss.per_category(np.ones(len(X))) / weight.sum()
    parameters = np.concatenate([np.zeros(q), link.quantile(np.cumsum(shares)[:-1])])
    with np.errstate(all="ignore"):
        here = loss.at(parameters)
        for _ in range(_MAX_STEPS):
            step = _newton_step(here)
            gain = float(step @ here.gradient)
            length = 1.0
            for _ in range(_HALVINGS):
                trial = loss.at(parameters - length * step)
                if trial.value <= here.value - 1e-4 * length * gain:
                    break
                length /= 2
            else:  # no step is better than rounding: this is the minimum
                break
            parameters, here = parameters - length * step, trial
            if length == 1.0 and gain / 2 < _LAST_GAIN:
                break
    return CumulativeFit(parameters[:q], parameters[q:])


@dataclass(frozen=True)
class _Loss:
    """Penalised negative log-likelihood; rows are sorted by category, and `edges` says where each begins."""

    X: Floats
    codes: Ints
    edges: Ints
    weight: Floats
    ridge: Floats
    link: Link

    def per_category(self, values: Floats) -> Floats:
        """Weighted sums (J + 1,) of values (n,)."""
        return np.asarray(np.add.reduceat(self.weight * values, self.edges[:-1]), dtype=np.float64)

    def at(self, parameters: Floats) -> _Derivatives:
        """Value, gradient and Hessian at slopes and cut points; an infinite value has no derivatives."""
        q = self.X.shape[1]
        slopes, cuts = parameters[:q], parameters[q:]
        nowhere = _Derivatives(np.inf, np.empty(0), np.empty((0, 0)))
        if not (np.diff(cuts) > 0).all():
            return nowhere
        index = self.X @ slopes
        bounds = np.concatenate([[-np.inf], cuts, [np.inf]])
        mass = self.link.log_mass(bounds[self.codes] - index, bounds[self.codes + 1] - index)
        value = float(-(self.weight @ mass.value) + 0.5 * (self.ridge @ slopes**2))
        if not np.isfinite(value):
            return nowhere
        by_cut = -self.per_category(mass.db)[:-1] - self.per_category(mass.da)[1:]
        by_slope = self.X.T @ (self.weight * (mass.da + mass.db)) + self.ridge * slopes
        return _Derivatives(value, np.concatenate([by_slope, by_cut]), self._hessian(mass))

    def _hessian(self, mass: LogMass) -> Floats:
        q, n_cuts = self.X.shape[1], len(self.edges) - 2
        hessian = np.zeros((q + n_cuts, q + n_cuts))
        curvature = -self.weight * (mass.daa + 2 * mass.dab + mass.dbb)
        hessian[:q, :q] = (self.X * curvature[:, None]).T @ self.X + np.diag(self.ridge)
        below = self.weight * (mass.dab + mass.dbb)
        above = self.weight * (mass.daa + mass.dab)
        for j in range(n_cuts):
            own = slice(self.edges[j], self.edges[j + 1])
            following = slice(self.edges[j + 1], self.edges[j + 2])
            hessian[:q, q + j] = self.X[own].T @ below[own] + self.X[following].T @ above[following]
        hessian[q:, :q] = hessian[:q, q:].T
        between = -self.per_category(mass.dab)[1:-1]
        own_cut = -self.per_category(mass.dbb)[:-1] - self.per_category(mass.daa)[1:]
        hessian[q:, q:] = np.diag(own_cut) + np.diag(between, 1) + np.diag(between, -1)
        return hessian


def _newton_step(here: _Derivatives) -> Floats:
    """Solve Hessian × step = gradient; a Hessian that rounding made indefinite gets a heavier diagonal."""
    diagonal = np.diag_indices_from(here.hessian)
    heaviest = float(np.abs(here.hessian[diagonal]).max())
    damping = 0.0
    while True:
        damped = here.hessian.copy()
        damped[diagonal] += damping
        try:
            return np.asarray(cho_solve(cho_factor(damped), here.gradient), dtype=np.float64)
        except np.linalg.LinAlgError:
            damping = max(100 * damping, 1e-12 * heaviest, 1e-12)
