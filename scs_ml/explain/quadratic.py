"""SHAP values of a quadratic discriminant, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scs_ml.core import Floats, Ints


@dataclass(frozen=True)
class Quadratic:
    """Log-odds x'Ax + b'x + c of rows (q,); A is symmetric."""

    matrix: Floats
    slopes: Floats
    constant: float


def read_quadratic(estimator: Any) -> Quadratic:
    """Read the log-odds of a fitted binary quadratic discriminant of scikit-learn.

    Parameters
    ----------
    estimator : QuadraticDiscriminantAnalysis

    Returns
    -------
    Quadratic
    """
    precisions, sizes = [], []
    for rotation, scaling in zip(estimator.rotations_, estimator.scalings_, strict=True):
        precisions.append((rotation / scaling) @ rotation.T)
        sizes.append(float(np.log(scaling).sum()))
    (below, above), (low, high) = estimator.means_, precisions
    prior = np.log(estimator.priors_)
    return Quadratic(
        matrix=np.asarray(0.5 * (low - high), dtype=np.float64),
        slopes=np.asarray(high @ above - low @ below, dtype=np.float64),
        constant=float(
            0.5 * (below @ low @ below - above @ high @ above)
            + 0.5 * (sizes[0] - sizes[1])
            + prior[1]
            - prior[0]
        ),
    )


def quadratic_shap(
    form: Quadratic, encoded: Floats, reference: Floats, players: Ints
) -> tuple[Floats, float]:
    r"""Interventional SHAP values of a quadratic form, exact.

    A product of columns of two players, one known and one not, is worth the known value times the other's
    mean :math:`\mu`; with neither known it is worth its own mean :math:`M_{ij}`. Averaged over both orders,
    i is given half of :math:`x_i\mu_j - M_{ij} + x_i x_j - \mu_i x_j`. Columns of one player are known
    together, and their product counts for :math:`x_i x_j - M_{ij}`.

    Parameters
    ----------
    form : Quadratic
    encoded : array of shape (m, q)
    reference : array of shape (b, q)
        Rows of the background.
    players : array of int, shape (q,)
        Player that each column belongs to.

    Returns
    -------
    values (m, players), base value
    """
    mean, products = reference.mean(axis=0), reference.T @ reference / len(reference)
    others = form.matrix * (players[:, None] != players)
    columns = (
        encoded * (encoded @ form.matrix + others @ mean)
        - mean * (encoded @ others)
        - (form.matrix * products).sum(axis=1)
        + form.slopes * (encoded - mean)
    )
    values = np.zeros((len(encoded), int(players.max()) + 1))
    np.add.at(values.T, players, columns.T)
    base = float((form.matrix * products).sum() + form.slopes @ mean + form.constant)
    return values, base
