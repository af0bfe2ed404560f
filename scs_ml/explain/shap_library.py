"""The one door to the `shap` library: imported late, kept silent, its global seed put back."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from scs_ml.core import Floats, Ints, Progress

# Orderings of the indicators per row, each walked forwards and backwards.
N_PERMUTATIONS = 10


def version() -> str:
    """Version of the library that is installed, without importing it."""
    from importlib.metadata import version as installed

    return installed("shap")


def permutation_shap(
    model: Callable[[Floats], Floats],
    coded: Floats,
    *,
    background: Floats,
    rows: Ints,
    seed: int,
    progress: Progress | None,
) -> tuple[Floats, Floats]:
    """Permutation SHAP of any function of a matrix, hidden columns taking the background's values.

    Each row draws from a generator of its own, seeded by `seed` and its position: its values do not depend on
    which other rows are explained, and the sampling errors of different rows average out.

    Parameters
    ----------
    model : callable, (any, d) -> (any, outputs)
    coded : ndarray (n, d)
    background : ndarray (b, d)
    rows : ndarray of int (m,)
        Rows of `coded` to explain.
    seed : int
    progress : Progress or None

    Returns
    -------
    values : ndarray (m, d, outputs)
    base_values : ndarray (outputs,)
        Mean output over the background.

    References
    ----------
    Strumbelj & Kononenko (2014), Explaining prediction models and individual predictions with feature
    contributions, Knowledge and Information Systems 41; with antithetic orderings, as the library has them.
    """
    budget = N_PERMUTATIONS * (2 * coded.shape[1] + 1)
    found: list[Floats] = []
    with _quiet():
        import shap

        masker = shap.maskers.Independent(background, max_samples=len(background))
        explainer = shap.PermutationExplainer(model, masker, seed=0)
    for done, row in enumerate(rows, start=1):
        with _quiet():
            np.random.seed(np.random.SeedSequence([seed, int(row)]).generate_state(1))  # noqa: NPY002 - read by shap
            found.append(explainer(coded[[row]], max_evals=budget, silent=True).values[0])
        if progress is not None:
            progress("explain rows", done, len(rows))
    base = np.asarray(model(background), dtype=np.float64).mean(axis=0)
    values = np.asarray(found, dtype=np.float64).reshape(len(rows), coded.shape[1], len(base))
    return values, base


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let the library neither print, warn, nor leave numpy's global generator in another state."""
    state = np.random.get_state()  # noqa: NPY002 - the library seeds and reads the global generator
    unheard = io.StringIO()
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(unheard),
        contextlib.redirect_stderr(unheard),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            np.random.set_state(state)  # noqa: NPY002
