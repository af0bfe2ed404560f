"""How often a category would change if the indirect indicators were measured again."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Floats
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.metrics import median_category
from scs_ml.schemes import Indicator, Scheme, card_score

_BLOCK_CELLS = 400_000  # rows times draws forecast at once


def flip_risk(
    forecaster: Any,
    X: pd.DataFrame,
    scheme: Scheme,
    *,
    sensitive: pd.DataFrame | None = None,
    draws: int = 200,
    seed: int = 0,
) -> Floats | None:
    """Probability that the forecast category changes when indirect indicators are measured again.

    Each indirect indicator is drawn again from the measurement model that the scheme declares, the recorded value
    standing for the true one. A number with reliability r gets normal noise of standard deviation
    ``sd * sqrt(1 - r)``, rounded where all its values are whole, and kept within its range; a flag or category
    with reliability r keeps its value with probability r and is drawn from the column's values otherwise. With error
    rates, each event of a count is recorded again with probability ``1 - false_negative``, and false ones are
    added at the rate ``false_positive`` per period of the card's window; a flag is set with probability
    ``1 - false_negative`` if it was, ``false_positive`` if it was not. A group's own rates, where declared, go
    before the common ones. A lagged ``current_score`` moves by as many points as the card gives to the changes.

    Parameters
    ----------
    forecaster : fitted classifier over category codes
    X : DataFrame (n, d)
        Indicators, as the forecaster takes them.
    scheme : Scheme
        Says which indicators are indirect, and how they err.
    sensitive : DataFrame (n, a), optional
        Groups, where the scheme declares error rates by group; never shown to the forecaster.
    draws : int
        Measurements per row. Rows whose draws coincide are forecast once, so counts cost little.
    seed : int

    Returns
    -------
    array of shape (n,), or None
        Shares of draws in which the median category differs from today's, a multiple of ``1 / draws``; None
        where no input is indirect.
    """
    indirect = [i for i in scheme.indicators if i.kind == "indirect" and i.measurement and i.name in X]
    if not indirect:
        return None
    k = scheme.scale.n_categories
    today = median_category(category_probabilities(forecaster, X, k))
    codes = {i.name: _numbers(X[i.name]) for i in indirect}
    redraws = {i.name: _Redraw(i, scheme, X[i.name], codes[i.name], sensitive) for i in indirect}
    risk = np.zeros(len(X))
    size = max(1, _BLOCK_CELLS // draws)
    for block, first in enumerate(range(0, len(X), size)):
        rows = np.arange(first, min(first + size, len(X)))
        generator = np.random.default_rng([seed, block])
        drawn = {name: redraw(rows, draws, generator) for name, redraw in redraws.items()}
        # One line per row and draw; lines that say the same of the same row are forecast once.
        lines = np.column_stack([np.repeat(rows, draws), *[values.ravel() for values in drawn.values()]])
        distinct, back = _distinct(lines)
        at = distinct[:, 0].astype(np.int64)
        again = X.iloc[at].reset_index(drop=True)
        for name, values in zip(drawn, distinct[:, 1:].T, strict=True):
            again[name] = _restored(values, X[name])
        again = _moved_score(again, X, at, tuple(drawn), scheme)
        changed = median_category(category_probabilities(forecaster, again, k)) != today[at]
        risk[rows] = changed[back].reshape(len(rows), draws).mean(axis=1)
    return risk


class _Redraw:
    """The measurement model of one indicator, ready to draw from."""

    def __init__(
        self,
        indicator: Indicator,
        scheme: Scheme,
        column: pd.Series[Any],
        values: Floats,
        sensitive: pd.DataFrame | None,
    ) -> None:
        assert indicator.measurement is not None  # noqa: S101 - the caller chose it so
        model = indicator.measurement
        self.values = values
        known = values[~np.isnan(values)]
        self.known = known
        self.dtype = indicator.dtype
        rates = {
            name: np.full(len(values), np.nan if getattr(model, name) is None else getattr(model, name))
            for name in ("reliability", "false_positive", "false_negative")
        }
        for group in model.by_group if sensitive is not None else ():
            assert sensitive is not None  # noqa: S101 - the loop is empty otherwise
            if group.attribute not in sensitive:
                continue
            members = (sensitive[group.attribute] == group.value).to_numpy()
            for name, each in rates.items():
                if (own := getattr(group, name)) is not None:
                    each[members] = own
        self.reliability = rates["reliability"]
        self.false_positive = np.nan_to_num(rates["false_positive"])
        self.false_negative = np.nan_to_num(rates["false_negative"])
        self.window = (scheme.card.expiry or 1) if scheme.card else 1
        self.whole = bool((known == np.rint(known)).all())
        low, high = indicator.range or (0.0 if len(known) and known.min() >= 0 else -np.inf, np.inf)
        self.low, self.high = low, high
        self.spread = float(known.std()) if len(known) else 0.0

    def __call__(self, rows: npt.NDArray[np.int64], draws: int, generator: np.random.Generator) -> Floats:
        """Measure some rows (b,) again: values (b, draws), NaN where the value is missing."""
        shape = (len(rows), draws)
        value = np.broadcast_to(self.values[rows, None], shape)
        reliability = self.reliability[rows, None]
        if np.isfinite(reliability).any():
            again = self._by_reliability(value, np.nan_to_num(reliability, nan=1.0), generator)
        else:
            again = value
        by_rates = np.isnan(reliability)
        if by_rates.any():
            again = np.where(by_rates, self._by_rates(value, rows, generator), again)
        return np.where(np.isnan(value), np.nan, again)

    def _by_reliability(self, value: Floats, r: Floats, generator: np.random.Generator) -> Floats:
        if self.dtype != "number":
            kept = generator.random(value.shape) < r
            return (
                np.where(kept, value, generator.choice(self.known, value.shape)) if len(self.known) else value
            )
        noisy = value + generator.standard_normal(value.shape) * self.spread * np.sqrt(1 - r)
        return np.clip(np.rint(noisy) if self.whole else noisy, self.low, self.high)

    def _by_rates(self, value: Floats, rows: npt.NDArray[np.int64], generator: np.random.Generator) -> Floats:
        wrong, missed = self.false_positive[rows, None], self.false_negative[rows, None]
        if self.dtype == "flag":
            return (generator.random(value.shape) < np.where(value > 0, 1 - missed, wrong)).astype(np.float64)
        count = np.maximum(np.nan_to_num(np.rint(value)), 0).astype(np.int64)
        recorded = generator.binomial(count, np.broadcast_to(1 - missed, value.shape))
        false = generator.poisson(np.broadcast_to(wrong * self.window, value.shape))
        return np.clip((recorded + false).astype(np.float64), self.low, self.high)


def _numbers(column: pd.Series[Any]) -> Floats:
    """Values (n,), or codes of levels, NaN where missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.float64)
        return np.where(codes < 0, np.nan, codes)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _restored(values: Floats, like: pd.Series[Any]) -> Any:
    """Turn codes back into levels where the column is a category."""
    if not isinstance(like.dtype, pd.CategoricalDtype):
        return values
    return pd.Categorical.from_codes(np.nan_to_num(values, nan=-1).astype(np.int64), dtype=like.dtype)


def _distinct(lines: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Distinct lines (m, c), and which of them each line (n, c) is; missing values count as equal."""
    filled = pd.DataFrame(lines)
    back = filled.groupby(list(filled.columns), sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(back, return_index=True)
    return lines[first], back.astype(np.int64)


def _moved_score(
    again: pd.DataFrame,
    X: pd.DataFrame,
    at: npt.NDArray[np.int64],
    changed: tuple[str, ...],
    scheme: Scheme,
) -> pd.DataFrame:
    """Let a lagged score follow: it is made of the same reports."""
    if scheme.card is None or "current_score" not in again:
        return again
    rules = tuple(rule for rule in scheme.card.rules if rule.indicator in changed)
    if not rules:
        return again
    # Unclipped and without its other rules, the card gives the points of the changed indicators alone.
    alone = scheme.model_copy(
        update={
            "card": scheme.card.model_copy(update={"rules": rules}),
            "scale": scheme.scale.model_copy(update={"start": 0.0, "minimum": None, "maximum": None}),
        }
    )
    moved = card_score(alone, again) - card_score(alone, X)[at]
    score = scheme.scale.clip(again["current_score"].to_numpy(np.float64) + moved)
    return again.assign(current_score=score)
