"""Explain any classifier over category codes, by what its probabilities do when columns are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Explanation, Ints, Progress
from scs_ml.explain import shap_library
from scs_ml.explain.additivity import reconcile
from scs_ml.explain.categories import category_codes, forecast_exceedance
from scs_ml.explain.commitment import commitment
from scs_ml.explain.frame_codes import FrameCodes
from scs_ml.explain.sampling import sample_rows
from scs_ml.metrics.scales import PROBABILITY

# Every row costs up to permutations × 2 × columns × background rows of model calls.
BACKGROUND_ROWS = 100


def explain_agnostic(
    classifier: Any,
    X: pd.DataFrame,
    background: pd.DataFrame | None,
    rows: Ints,
    *,
    through: Sequence[str],
    seed: int,
    progress: Progress | None,
) -> Explanation:
    """Permutation SHAP values of P(y > k).

    Parameters
    ----------
    classifier : fitted scikit-learn classifier over category codes
    X : DataFrame (n, d)
    background : DataFrame (b, d) or None
        `X` when None; a seeded sample of `BACKGROUND_ROWS` rows where there are more.
    rows : ndarray of int (m,)
    through : sequence of str
        Lag columns wanted pushed through: they are not, and the engine's text says so.
    seed : int
    progress : Progress or None

    Returns
    -------
    Explanation
        On the probability scale; its residual is zero, for the classifier's own probabilities are explained.

    Raises
    ------
    ExplanationError
        If the classes are no category codes, or the values do not add up.
    """
    pool = X if background is None else background
    chosen = sample_rows(len(pool), BACKGROUND_ROWS, seed=seed)
    sample = pool.iloc[chosen].reset_index(drop=True)
    codes = FrameCodes.of(X, sample)
    categories = category_codes(classifier)

    values, base_values = shap_library.permutation_shap(
        lambda matrix: forecast_exceedance(classifier, categories, codes.decode(matrix)),
        codes.encode(X),
        background=codes.encode(sample),
        rows=rows,
        seed=seed,
        progress=progress,
    )
    raw = forecast_exceedance(classifier, categories, X.iloc[rows])
    whose = "the rows given" if background is None else "the background given"
    whole = len(sample) == len(pool)
    drawn = f"all {len(pool)}" if whole else f"a sample of {len(sample)} of {len(pool)} (seed {seed})"
    lags = [name for name in through if name in X.columns]
    kept = f"; {' and '.join(lags)} not explained through" if lags else ""
    return Explanation(
        values=values,
        base_values=base_values,
        raw=raw,
        residual=np.zeros_like(raw),
        rows=rows,
        feature_names=tuple(str(name) for name in X.columns),
        target=PROBABILITY,
        engine=f"permutation SHAP, model-agnostic (shap {shap_library.version()},"
        f" {shap_library.N_PERMUTATIONS} permutations; background: {drawn} rows of {whose}){kept}",
        additivity_error=reconcile(values, base_values, raw, rows),
        background=commitment(sample),
    )
