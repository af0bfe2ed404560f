"""A card in words as an encoder: few indicators, few words each, points in proportion between the words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.forecast._directions import declared_directions
from scs_ml.forecast.binning import bin_of
from scs_ml.forecast.common_slopes import (
    EVEN_ODDS,
    POINTS_PER_LOG_ODDS,
    POINTS_TO_DOUBLE_ODDS,
    common_slopes,
)
from scs_ml.forecast.fuzzy_words import anchored_words, said_anchors, steps, without_last
from scs_ml.forecast.points_card import PointsCard
from scs_ml.forecast.scorecard_encoder import BASE
from scs_ml.schemes import Scheme


class FuzzyCardEncoder(PointsCard):
    """Learn a card that can be read aloud, and give its points as one column in standard deviations.

    A number is described by two to four words with triangular memberships, each word holding fully at its
    anchor; a category by its levels. Every word is a rule that gives whole points, and between two anchors
    points are in proportion to the memberships: a Takagi-Sugeno system of order zero, which adds up over
    indicators. The points come from one logistic regression of all boundaries with slopes in common; where
    the scheme declares a direction they keep to it from word to word. The indicators that move forecasts
    most are kept, and the points learned again from them alone; the first word of a number, and the most
    frequent level of a category, give none.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the directions of indicators.
    max_indicators : int
        How many indicators the card may have.

    Attributes
    ----------
    words_ : dict of list of str
        Words of every indicator on the card, "missing" the last of them.
    anchors_ : dict of list
        Values at which a number's words hold fully, or the levels of a category; by input.
    points_ : dict of array of int
        Points of every word; indicators that give none are left out.
    base_, column_indicator_, mean_, scale_
        As in every `PointsCard`.

    References
    ----------
    Takagi & Sugeno (1985), "Fuzzy identification of systems and its applications to modeling and control",
    IEEE Trans. Syst. Man Cybern. 15, 116-132; Sugeno (1985), "Industrial Applications of Fuzzy Control",
    North-Holland: rules with constant consequents.
    """

    def __init__(self, scheme: Scheme | None = None, max_indicators: int = 10) -> None:
        self.scheme = scheme
        self.max_indicators = max_indicators

    def read_aloud(self) -> list[str]:
        """Say the card in sentences, one an indicator.

        Returns
        -------
        list of str
            Words without points are not mentioned, nor are missing values where the fit saw none: they get
            the average.
        """
        check_is_fitted(self)
        sentences = [f"Everyone starts with {self.base_:g} points."]
        for name, points in self.points_.items():
            parts = [
                f"{said}: {_more_or_less(int(p))}"
                for said, p in zip(self._said(name, "{} ({})"), points, strict=True)
                if p and (said != "missing" or name in self._seen_missing)
            ]
            verb = "are" if self.words_[name][0] == "none" else "is"
            text = f"If {name.replace('_', ' ')} {verb} {'; '.join(parts)}"
            between = len(self.anchors_[name]) > 1 and name not in self._categories
            sentences.append(f"{text}; in between, in proportion." if between else f"{text}.")
        sentences.append(
            f"{POINTS_TO_DOUBLE_ODDS} points more about double the odds of a better category; with "
            f"{EVEN_ODDS} they are about even at the middle boundary."
        )
        return sentences

    def _learn(self, frame: pd.DataFrame, codes: Ints) -> None:
        self._categories: list[str] = []
        self._seen_missing = [str(name) for name in frame.columns[frame.isna().any()]]
        self.words_: dict[str, list[str]] = {}
        self.anchors_: dict[str, list[Any]] = {}
        for label, column in frame.items():
            name = str(label)
            if isinstance(column.dtype, pd.CategoricalDtype):
                self._categories.append(name)
                self.anchors_[name] = column.cat.categories.tolist()
                words = [str(level) for level in self.anchors_[name]]
            else:
                words, self.anchors_[name] = anchored_words(column.to_numpy(np.float64))
            self.words_[name] = [*words, "missing"]
        self.points_: dict[str, Ints] = {}
        self.base_ = float(EVEN_ODDS)
        if len(np.unique(codes)) > 1:
            self._weigh(frame, codes)
            if len(self.points_) > self.max_indicators:
                spread = dict(zip(frame.columns, self._parts(frame).std(axis=0), strict=True))
                ranked = sorted(self.points_, key=lambda name: -spread[name])[: self.max_indicators]
                self._weigh(frame[[name for name in self.points_ if name in ranked]], codes)
        self.words_ = {name: self.words_[name] for name in self.points_}

    def _weigh(self, frame: pd.DataFrame, codes: Ints) -> None:
        """Learn the points of every word of the inputs (n, d)."""
        directions = declared_directions(self.scheme)
        columns = {str(name): self._design(str(name), column) for name, column in frame.items()}
        ways = []
        for name, each in columns.items():
            declared = 0 if name in self._categories else directions.get(name, 0)
            # Nothing is declared of missing values, the last column.
            ways += [*[declared] * (each.shape[1] - 1), 0]
        way, infinite = np.array(ways), np.full(len(ways), np.inf)
        slopes, intercepts = common_slopes(
            np.hstack(list(columns.values())),
            codes,
            np.where(way > 0, 0.0, -infinite),
            np.where(way < 0, 0.0, infinite),
        )
        start, at = float(intercepts[len(intercepts) // 2]), 0
        self.points_ = {}
        for name, each in columns.items():
            effects = self._effects(name, each, slopes[at : at + each.shape[1]])
            at += each.shape[1]
            # Of a number the first word gives no points, of a category the most frequent level.
            levels = each[:, :-1].sum(axis=0) if name in self._categories else np.zeros(1)
            usual = int(np.argmax(levels)) if len(levels) else 0
            start, effects = start + effects[usual], effects - effects[usual]
            whole = np.rint(POINTS_PER_LOG_ODDS * effects).astype(np.int64)
            while name not in self._categories and len(whole) > 3 and whole[-2] == whole[-3]:
                words, self.anchors_[name] = without_last(self.words_[name][:-1], self.anchors_[name])
                self.words_[name] = [*words, "missing"]
                whole = np.delete(whole, -2)
            if whole.any():
                self.points_[name] = whole
        self.base_ = float(np.rint(EVEN_ODDS + POINTS_PER_LOG_ODDS * start))

    def _effects(self, name: str, design: Floats, slopes: Floats) -> Floats:
        """Effects of every word on the log-odds, "missing" last."""
        average = float(design[:, :-1].mean(axis=0) @ slopes[:-1])
        missing = average + slopes[-1]
        if name not in self._categories:
            return np.concatenate([[0.0], np.cumsum(slopes[:-1]), [missing]])
        # A level that nobody had tells nothing.
        return np.append(np.where(design[:, :-1].any(axis=0), slopes[:-1], average), missing)

    def _design(self, name: str, column: pd.Series[Any]) -> Floats:
        """Steps from word to word, or 0/1 per level, and a last column for "missing" (n, words)."""
        if name in self._categories:
            codes = bin_of(name, column, self.anchors_[name])
            told = (codes[:, None] == np.arange(len(self.anchors_[name]))).astype(np.float64)
            missing = codes == len(self.anchors_[name])
        else:
            values = column.to_numpy(np.float64)
            told, missing = steps(values, self.anchors_[name]), np.isnan(values)
        # Who has no value stands at the average; what is missing speaks through its own column.
        told[missing] = told[~missing].mean(axis=0) if not missing.all() else 0.0
        return np.hstack([told, missing[:, None]])

    def _parts(self, frame: pd.DataFrame) -> Floats:
        parts = np.zeros(frame.shape)
        for at, (label, column) in enumerate(frame.items()):
            name = str(label)
            if name in self._categories:
                # Looked up even where it gives no points: an unknown level is an error.
                codes = bin_of(name, column, self.anchors_[name])
                if name in self.points_:
                    parts[:, at] = self.points_[name][codes]
            elif name in self.points_:
                values, points = column.to_numpy(np.float64), self.points_[name].astype(np.float64)
                given = np.interp(values, self.anchors_[name], points[:-1])
                parts[:, at] = np.where(np.isnan(values), points[-1], given)
        return parts

    def _lines(self) -> list[tuple[str, str, float]]:
        lines: list[tuple[str, str, float]] = [(*BASE, int(self.base_))]
        for name, points in self.points_.items():
            values = self._said(name, "{}: {}")
            lines += [(name, said, int(p)) for said, p in zip(values, points, strict=True)]
        return lines

    def _said(self, name: str, how: str) -> list[str]:
        """Say every word as `how` has it, with its anchor if it has one."""
        words = self.words_[name]
        if name in self._categories or len(words) == 2:
            return words
        anchors = said_anchors(words[:-1], self.anchors_[name])
        return [*(how.format(w, a) for w, a in zip(words[:-1], anchors, strict=True)), words[-1]]


def _more_or_less(points: int) -> str:
    return f"{abs(points)} point{'s' * (abs(points) != 1)} {'more' if points > 0 else 'less'}"
