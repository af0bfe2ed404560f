"""How often a category would change if the indirect indicators were measured again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import CURRENT_SCORE, Floats, Ints, Progress
from scs_ml.forecast.measurement import redraws_of, restored
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.metrics import median_category
from scs_ml.schemes import Scheme, card_points

_BLOCK_CELLS = 400_000  # rows times draws forecast at once


def flip_risk(
    forecaster: Any,
    X: pd.DataFrame,
    scheme: Scheme,
    *,
    sensitive: pd.DataFrame | None = None,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
) -> Floats | None:
    """Probability that the forecast category changes when indirect indicators are measured again.

    Each indirect indicator is drawn again from the measurement model that the scheme declares (`Redraw`
    says how). A lagged ``current_score`` moves by as many points as the card gives to the changes; a
    lagged ``current_category`` stays, so that the risk is understated where only that is known.

    Parameters
    ----------
    forecaster : fitted classifier over category codes
    X : DataFrame (n, d)
        Indicators, as the forecaster takes them.
    scheme : Scheme
        Says which indicators are indirect, and how they err.
    sensitive : DataFrame (n, a), optional
        Groups, where the scheme of a world declares error rates by group; never shown to the forecaster. Real
        people are all measured by the common rates.
    draws : int
        Measurements per row. Rows whose draws coincide are forecast once, so counts cost little.
    seed : int
    progress : Progress, optional
        Called after every block of rows.

    Returns
    -------
    array of shape (n,), or None
        Shares of draws in which the median category differs from today's, a multiple of ``1 / draws``; None
        where no input is indirect.
    """
    # What is said of a real person must not rest on a group, also not through its error rates.
    redraws = redraws_of(X, scheme, None if scheme.real_people else sensitive)
    if not redraws:
        return None
    k = scheme.scale.n_categories
    today = median_category(category_probabilities(forecaster, X, k))
    risk = np.zeros(len(X))
    size = max(1, _BLOCK_CELLS // draws)
    for block, first in enumerate(range(0, len(X), size)):
        rows = np.arange(first, min(first + size, len(X)))
        generator = np.random.default_rng([seed, block])
        drawn = {name: redraw(rows, draws, generator) for name, redraw in redraws.items()}
        # One line per row and draw; lines that say the same of the same row are forecast once.
        lines = np.column_stack(
            [np.repeat(rows.astype(np.float64), draws), *[values.ravel() for values in drawn.values()]]
        )
        distinct, back = _distinct(lines)
        at = distinct[:, 0].astype(np.int64)
        again = X.iloc[at].reset_index(drop=True)
        for name, values in zip(drawn, distinct[:, 1:].T, strict=True):
            again[name] = restored(values, X[name])
        again = moved_score(again, X, at, tuple(drawn), scheme)
        changed = median_category(category_probabilities(forecaster, again, k)) != today[at]
        risk[rows] = changed[back].reshape(len(rows), draws).mean(axis=1)
        if progress:
            progress("measure again", int(rows[-1]) + 1, len(X))
    return risk


def _distinct(lines: Floats) -> tuple[Floats, Ints]:
    """Distinct lines (m, c), and which of them each line (n, c) is; missing values count as equal."""
    filled = pd.DataFrame(lines)
    back = filled.groupby(list(filled.columns), sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(back, return_index=True)
    return lines[first], back.astype(np.int64)


def moved_score(
    again: pd.DataFrame,
    X: pd.DataFrame,
    at: Ints,
    changed: tuple[str, ...],
    scheme: Scheme,
) -> pd.DataFrame:
    """Let a lagged score follow what was measured again: it is made of the same reports.

    Parameters
    ----------
    again : DataFrame (m, d)
        With the indirect indicators measured again.
    X : DataFrame (n, d)
        As recorded.
    at : array of int (m,)
        Row of `X` behind each row of `again`.
    changed : tuple of str
        Indicators measured again.
    scheme : Scheme
    """
    if scheme.card is None or CURRENT_SCORE not in again:
        return again
    rules = tuple(rule for rule in scheme.card.rules if rule.indicator in changed)
    if not rules:
        return again
    # The card without its other rules: those may name indicators that no model sees.
    alone = scheme.model_copy(update={"card": scheme.card.model_copy(update={"rules": rules})})
    before, after = (card_points(alone, frame).sum(axis=1).to_numpy() for frame in (X, again))
    score = again[CURRENT_SCORE].to_numpy(np.float64) + after - before[at]
    return again.assign(**{CURRENT_SCORE: scheme.scale.clip(score)})
