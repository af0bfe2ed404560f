"""Measurement models of indirect indicators, ready to draw from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.schemes import Indicator, Measurement, Scheme


class Redraw:
    """Measure one indicator again, the recorded value standing for the true one.

    A number with reliability r gets normal noise of standard deviation ``sd * sqrt(1 - r)``, rounded
    where all its values are whole. A flag or category with reliability r keeps its value with probability
    r and is otherwise drawn from the column's values. With error rates, each event of a count is recorded
    again with probability ``1 - false_negative`` and false ones are added at the rate ``false_positive``
    per period; a flag is set with probability ``1 - false_negative`` if it was, ``false_positive`` if it
    was not. Numbers stay within their declared range. A group's own rates go before the common ones.

    Parameters
    ----------
    indicator : Indicator
    model : Measurement
        Its measurement model.
    column : Series (n,)
        Its recorded values.
    sensitive : DataFrame (n, a) or None
        Groups, for rates declared by group.
    periods : int
        Periods that a count looks back over.
    """

    def __init__(
        self,
        indicator: Indicator,
        model: Measurement,
        column: pd.Series[Any],
        sensitive: pd.DataFrame | None,
        *,
        periods: int,
    ) -> None:
        self.dtype = indicator.dtype
        self.periods = periods
        self.values = level_or_number(column)
        self.known = self.values[~np.isnan(self.values)]
        self.whole = bool((self.known == np.rint(self.known)).all())
        self.spread = float(self.known.std()) if len(self.known) else 0.0
        self.low, self.high = indicator.range or (0.0 if (self.known >= 0).all() else -np.inf, np.inf)
        rates = {
            name: _rates(name, model, sensitive, len(column))
            for name in ("reliability", "false_positive", "false_negative")
        }
        self.reliability = rates["reliability"]
        self.false_positive = np.nan_to_num(rates["false_positive"])
        self.false_negative = np.nan_to_num(rates["false_negative"])

    def __call__(
        self, rows: Ints, draws: int, generator: np.random.Generator, *, times: float = 1.0
    ) -> Floats:
        """Measure some rows (b,) again: values (b, draws), NaN where nothing was recorded.

        The error is that of `times` measurements, one after the other: noise has `times` the variance, and
        what is kept or recorded anew is kept or recorded `times` times over (any positive number).
        """
        value = np.broadcast_to(self.values[rows, None], (len(rows), draws))
        reliability = self.reliability[rows, None]
        by_rates = np.isnan(reliability)
        again = value
        if not by_rates.all():
            again = self._by_reliability(value, np.nan_to_num(reliability, nan=1.0), generator, times)
        if by_rates.any():
            again = np.where(by_rates, self._by_rates(value, rows, generator, times), again)
        return np.where(np.isnan(value), np.nan, again)

    def _by_reliability(
        self, value: Floats, r: Floats, generator: np.random.Generator, times: float
    ) -> Floats:
        if self.dtype != "number":
            if not len(self.known):
                return value
            kept = generator.random(value.shape) < r**times
            return np.where(kept, value, generator.choice(self.known, value.shape))
        noisy = value + generator.standard_normal(value.shape) * self.spread * np.sqrt((1 - r) * times)
        return np.asarray(np.clip(np.rint(noisy) if self.whole else noisy, self.low, self.high))

    def _by_rates(self, value: Floats, rows: Ints, generator: np.random.Generator, times: float) -> Floats:
        wrong, missed = self.false_positive[rows, None], self.false_negative[rows, None]
        if self.dtype == "flag":
            # The powers of a two-state chain: what is left of the first value, beside the share in the end.
            left = 1 - wrong - missed
            left = np.sign(left) * np.abs(left) ** times
            end = np.divide(wrong, wrong + missed, out=np.zeros_like(wrong), where=wrong + missed > 0)
            chance = end + (np.where(value > 0, 1.0, 0.0) - end) * left
            return np.asarray(generator.random(value.shape) < chance, dtype=np.float64)
        count = np.maximum(np.nan_to_num(np.rint(value)), 0).astype(np.int64)
        kept = (1 - missed) ** times
        # False events of an earlier measurement are themselves recorded again, or not.
        repeats = np.divide(1 - kept, missed, out=np.full_like(kept, times), where=missed > 0)
        recorded = generator.binomial(count, np.broadcast_to(kept, value.shape))
        false = generator.poisson(np.broadcast_to(wrong * self.periods * repeats, value.shape))
        return np.asarray(np.clip((recorded + false).astype(np.float64), self.low, self.high))


def redraws_of(X: pd.DataFrame, scheme: Scheme, sensitive: pd.DataFrame | None) -> dict[str, Redraw]:
    """Give what measures each indirect indicator among the columns again, by its name."""
    periods = (scheme.card.expiry if scheme.card else None) or 1
    return {
        i.name: Redraw(i, i.measurement, X[i.name], sensitive, periods=periods)
        for i in scheme.indicators
        if i.kind == "indirect" and i.measurement is not None and i.name in X
    }


def level_or_number(column: pd.Series[Any]) -> Floats:
    """Values (n,) of a number, positions of a category's levels; NaN where missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.float64)
        return np.where(codes < 0, np.nan, codes)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def restored(values: Floats, like: pd.Series[Any]) -> Any:
    """Turn positions (n,) back into levels where `like` is a category; numbers are returned as they are."""
    if not isinstance(like.dtype, pd.CategoricalDtype):
        return values
    return pd.Categorical.from_codes(np.nan_to_num(values, nan=-1).astype(np.int64), dtype=like.dtype)


def _rates(name: str, model: Measurement, sensitive: pd.DataFrame | None, n: int) -> Floats:
    """One rate of the model for every row (n,), NaN where it declares none."""
    common = getattr(model, name)
    rates = np.full(n, np.nan if common is None else common)
    if sensitive is not None:
        for group in model.by_group:
            own = getattr(group, name)
            if own is not None and group.attribute in sensitive:
                rates[(sensitive[group.attribute] == group.value).to_numpy()] = own
    return rates
