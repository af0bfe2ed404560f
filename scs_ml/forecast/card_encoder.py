"""The expert rule card as an encoder: one column, the points, that a person can add up by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.forecast._input import input_frame
from scs_ml.forecast.encoder import level_codes
from scs_ml.schemes import Rule, Scheme, card_points

# Scorecards are printed so that 20 points double the odds (Siddiqi 2006); rounding to whole points then moves
# the log-odds of an indicator by 0.017 at most.
POINTS_TO_DOUBLE_ODDS = 20
_BINS = 5
_SMALLEST_BIN = 0.02


class CardEncoder(TransformerMixin, BaseEstimator):
    """Add up the points of a card, and give them as one column in standard deviations.

    With a scheme that has a card, the points are the card's, before the scale's minimum and maximum: clipping
    would lose what lies beyond them, and points would no longer add up. Rules whose indicators are
    withheld from models give none. Without a card (or where the inputs have none of its indicators) whole
    points are learned: numbers are cut into at most five bins, a logistic regression shared by all
    boundaries is fitted to bins and levels, and its coefficients are scaled so that 20 points double the
    odds, and rounded.

    Parameters
    ----------
    scheme : Scheme, optional
        Where the card is read.

    Attributes
    ----------
    column_indicator_ : tuple of str
        ``("",)``: the one column is derived.
    learned_ : bool
        Whether the points were learned.
    mean_, scale_ : float
        Mean and standard deviation of the points over the rows of the fit.

    References
    ----------
    Siddiqi (2006), "Credit Risk Scorecards", Wiley: points to double the odds, bins, points tables.
    """

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn centre and spread of the points, and the points themselves where no card gives them.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
        y : array of int, shape (n,)
            Category codes; only needed where points are learned, which are otherwise all zero.
        """
        frame = input_frame(self, X, reset=True)
        card = self.scheme.card if self.scheme is not None else None
        self.learned_ = card is None or not any(rule.indicator in frame for rule in card.rules)
        if self.learned_:
            self._learn(frame, np.zeros(len(frame), np.int64) if y is None else np.asarray(y, np.int64))
        parts = self._parts(frame)
        total = parts.sum(axis=1)
        self._part_means = parts.mean(axis=0)
        self.mean_ = float(self._part_means.sum())
        spread = float(total.std())
        self.scale_ = spread if spread > 1e-12 * max(1.0, abs(self.mean_)) else 1.0
        self.column_indicator_ = ("",)
        return self

    def points(self, X: Any) -> Floats:
        """Add up the points (n,) of each row; start points are not among them."""
        check_is_fitted(self)
        return np.asarray(self._parts(input_frame(self, X, reset=False)).sum(axis=1))

    def transform(self, X: Any) -> Floats:
        """Give the points (n, 1), centred and in standard deviations of the fit."""
        return ((self.points(X) - self.mean_) / self.scale_)[:, None]

    def derived(self, X: Any) -> dict[int, Floats]:
        """Give what each input indicator contributes to the column.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)

        Returns
        -------
        dict
            ``{0: array (n, d)}``, centred on the rows of the fit: rows sum to the column, whose mean
            there is 0.
        """
        check_is_fitted(self)
        parts = self._parts(input_frame(self, X, reset=False))
        return {0: (parts - self._part_means) / self.scale_}

    def points_table(self) -> pd.DataFrame:
        """Print the card: columns ``indicator``, ``value`` and ``points``."""
        check_is_fitted(self)
        if not self.learned_:
            lines = [line for rule in self._rules() for line in _printed(rule)]
        else:
            lines = [
                (name, value, int(points))
                for name, each in self._points.items()
                for value, points in zip(self._values(name), each, strict=True)
            ]
        return pd.DataFrame(lines, columns=["indicator", "value", "points"])

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Name the one column."""
        return np.asarray(["card points"], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Missing numbers and categories are welcome: they give no points, or points of their own."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _rules(self) -> tuple[Rule, ...]:
        return () if self.scheme is None or self.scheme.card is None else self.scheme.card.rules

    def _parts(self, frame: pd.DataFrame) -> Floats:
        """Points (n, d) that each input gives."""
        parts = np.zeros(frame.shape)
        if self.learned_ or self.scheme is None:
            for at, name in enumerate(frame.columns):
                parts[:, at] = self._points[name][self._codes(name, frame[name])]
            return parts
        points = card_points(self.scheme, frame)
        place = {name: at for at, name in enumerate(frame.columns)}
        for rule in self._rules():
            if rule.indicator in place:
                parts[:, place[rule.indicator]] += points[rule.name].to_numpy()
        return parts

    def _learn(self, frame: pd.DataFrame, y: Ints) -> None:
        """Learn bins and whole points: one logistic regression with coefficients common to all boundaries."""
        self._cuts: dict[str, list[float]] = {}
        self._levels: dict[str, list[Any]] = {}
        for name, column in frame.items():
            if isinstance(column.dtype, pd.CategoricalDtype):
                self._levels[str(name)] = column.cat.categories.tolist()
            else:
                self._cuts[str(name)] = _cuts(column.to_numpy(np.float64), y)
        codes = {str(name): self._codes(str(name), column) for name, column in frame.items()}
        sizes = {name: len(self._values(name)) for name in codes}
        boundaries = np.unique(y)[:-1]
        effects = np.zeros(sum(sizes.values()))
        if len(boundaries):
            start = np.cumsum([0, *sizes.values()])[:-1]
            columns = np.column_stack(list(codes.values())) + start
            effects = _shared_effects(columns, len(effects), y, boundaries)
        whole = np.split(effects * POINTS_TO_DOUBLE_ODDS / np.log(2), np.cumsum(list(sizes.values()))[:-1])
        # The worst bin or level of each indicator gives no points, so that no point is negative.
        self._points = {
            name: np.rint(each - min(each.min(), 0.0)).astype(np.int64)
            for name, each in zip(sizes, whole, strict=True)
        }

    def _codes(self, name: str, column: pd.Series[Any]) -> Ints:
        """Bin or level (n,) of each value; the last one is "missing"."""
        if name in self._levels:
            codes = level_codes(name, column, self._levels[name])
            return np.where(codes < 0, len(self._levels[name]), codes)
        values = column.to_numpy(np.float64)
        bins = np.searchsorted(self._cuts[name], values, side="left")
        return np.where(np.isnan(values), len(self._cuts[name]) + 1, bins)

    def _values(self, name: str) -> list[str]:
        """Say in words which values each bin or level holds."""
        if name in self._levels:
            return [*map(str, self._levels[name]), "missing"]
        cuts = [f"{cut:g}" for cut in self._cuts[name]]
        if not cuts:
            return ["any", "missing"]
        between = [f"over {low} up to {high}" for low, high in pairwise(cuts)]
        return [f"up to {cuts[0]}", *between, f"over {cuts[-1]}", "missing"]


def _cuts(values: Floats, y: Ints) -> list[float]:
    """Cut a number into five bins at most where the category changes most, each with 2 % of the rows."""
    known = ~np.isnan(values)
    if not known.any():
        return []
    tree = DecisionTreeRegressor(max_leaf_nodes=_BINS, min_samples_leaf=_SMALLEST_BIN, random_state=0)
    tree.fit(values[known, None], y[known])
    # As precise as they are printed: who adds up by hand must come to the same sum.
    return sorted({float(f"{t:g}") for t in tree.tree_.threshold[tree.tree_.feature >= 0]})


def _shared_effects(columns: Ints, q: int, y: Ints, boundaries: Ints) -> Floats:
    """Effects (q,) on the log-odds of exceeding any boundary: rows stacked, an intercept per boundary."""
    n, d = columns.shape
    ones = sparse.csr_array((np.ones(n * d), columns.ravel(), np.arange(0, n * d + 1, d)), shape=(n, q))
    intercepts = sparse.kron(sparse.eye_array(len(boundaries)), np.ones((n, 1)), format="csr")
    design = sparse.hstack([sparse.vstack([ones] * len(boundaries)), intercepts], format="csr")
    exceeds = (y > boundaries[:, None]).ravel().astype(np.int64)
    model = LogisticRegression(max_iter=1000).fit(design, exceeds)
    effects: Floats = model.coef_[0, :q]
    return effects


def _printed(rule: Rule) -> list[tuple[str, str, float]]:
    """Lines of the table for one rule of a scheme's card."""
    capped = "" if rule.cap is None else f", {rule.cap:g} at most"
    if rule.levels is None:
        return [(rule.indicator, f"per unit{capped}", rule.points or 0.0)]
    return [(rule.indicator, level, points) for level, points in rule.levels.items()]
