"""Measurement models of indirect indicators, ready to draw from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.schemes import Indicator, Measurement


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

    def __call__(self, rows: Ints, draws: int, generator: np.random.Generator) -> Floats:
        """Measure some rows (b,) again: values (b, draws), NaN where nothing was recorded."""
        value = np.broadcast_to(self.values[rows, None], (len(rows), draws))
        reliability = self.reliability[rows, None]
        by_rates = np.isnan(reliability)
        again = value
        if not by_rates.all():
            again = self._by_reliability(value, np.nan_to_num(reliability, nan=1.0), generator)
        if by_rates.any():
            again = np.where(by_rates, self._by_rates(value, rows, generator), again)
        return np.where(np.isnan(value), np.nan, again)

    def _by_reliability(self, value: Floats, r: Floats, generator: np.random.Generator) -> Floats:
        if self.dtype != "number":
            if not len(self.known):
                return value
            kept = generator.random(value.shape) < r
            return np.where(kept, value, generator.choice(self.known, value.shape))
        noisy = value + generator.standard_normal(value.shape) * self.spread * np.sqrt(1 - r)
        return np.asarray(np.clip(np.rint(noisy) if self.whole else noisy, self.low, self.high))

    def _by_rates(self, value: Floats, rows: Ints, generator: np.random.Generator) -> Floats:
        wrong, missed = self.false_positive[rows, None], self.false_negative[rows, None]
        if self.dtype == "flag":
            chance = np.where(value > 0, 1 - missed, wrong)
            return np.asarray(generator.random(value.shape) < chance, dtype=np.float64)
        count = np.maximum(np.nan_to_num(np.rint(value)), 0).astype(np.int64)
        recorded = generator.binomial(count, np.broadcast_to(1 - missed, value.shape))
        false = generator.poisson(np.broadcast_to(wrong * self.periods, value.shape))
        return np.asarray(np.clip((recorded + false).astype(np.float64), self.low, self.high))


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
