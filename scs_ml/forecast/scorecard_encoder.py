"""The weight-of-evidence scorecard as an encoder: whole points that add up by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.forecast._directions import declared_directions
from scs_ml.forecast.binning import bin_of, bins_of_cuts, monotone_cuts, weights_of_evidence
from scs_ml.forecast.common_slopes import EVEN_ODDS, POINTS_PER_LOG_ODDS, common_slopes
from scs_ml.forecast.points_card import PointsCard
from scs_ml.schemes import Scheme

BASE = ("base points", "everyone")


class ScorecardEncoder(PointsCard):
    """Learn a scorecard, and give its sum of points as one column in standard deviations.

    Numbers are cut into five bins at most, monotone in the direction that the scheme declares, else in the
    one that the data show; missing values, and every level of a category, are bins of their own. Bins
    become weights of evidence, pooled over the boundaries; a logistic regression on them, with slopes common
    to all boundaries and never negative, weighs the indicators. Points are scaled so that 20 double the odds
    and 500 stand for even odds at the middle boundary, and are rounded. The worst bin of an indicator gives
    no points; an indicator that gives none at all is left out.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the directions of indicators.

    Attributes
    ----------
    parts_ : dict of list
        Cuts of every number, or levels of every category, by indicator.
    points_ : dict of array of int
        Whole points of every bin or level and of "missing", by indicator.
    base_, column_indicator_, mean_, scale_
        As in every `PointsCard`.

    References
    ----------
    Siddiqi (2006), "Credit Risk Scorecards", Wiley, ch. 6: bins, weights of evidence, points to double the
    odds. Thomas (2009), "Consumer Credit Models", Oxford, ch. 1.
    """

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    def _learn(self, frame: pd.DataFrame, codes: Ints) -> None:
        directions = declared_directions(self.scheme)
        self.parts_: dict[str, list[Any]] = {}
        self._said: dict[str, list[str]] = {}
        self.points_: dict[str, Ints] = {}
        self.base_ = float(EVEN_ODDS)
        evidence: dict[str, Floats] = {}
        design = np.zeros(frame.shape)
        for at, (label, column) in enumerate(frame.items()):
            name = str(label)
            if isinstance(column.dtype, pd.CategoricalDtype):
                self.parts_[name] = column.cat.categories.tolist()
                self._said[name] = [*map(str, self.parts_[name]), "missing"]
            else:
                values = column.to_numpy(np.float64)
                self.parts_[name] = monotone_cuts(values, codes, directions.get(name, 0))
                self._said[name] = bins_of_cuts(self.parts_[name])
            bins = bin_of(name, column, self.parts_[name])
            evidence[name] = weights_of_evidence(bins, len(self._said[name]), codes)
            design[:, at] = evidence[name][bins]
        if len(np.unique(codes)) < 2:
            return
        unbounded = np.full(design.shape[1], np.inf)
        slopes, intercepts = common_slopes(design, codes, 0 * design[0], unbounded)
        start = float(intercepts[len(intercepts) // 2])
        for slope, (name, each) in zip(slopes, evidence.items(), strict=True):
            start += slope * each.min()
            whole = np.rint(POINTS_PER_LOG_ODDS * slope * (each - each.min())).astype(np.int64)
            if whole.any():
                self.points_[name] = whole
        self.base_ = float(np.rint(EVEN_ODDS + POINTS_PER_LOG_ODDS * start))

    def _parts(self, frame: pd.DataFrame) -> Floats:
        parts = np.zeros(frame.shape)
        for at, (label, column) in enumerate(frame.items()):
            name = str(label)
            # Looked up even where it gives no points: an unknown level is an error.
            bins = bin_of(name, column, self.parts_[name])
            if name in self.points_:
                parts[:, at] = self.points_[name][bins]
        return parts

    def _lines(self) -> list[tuple[str, str, float]]:
        lines: list[tuple[str, str, float]] = [(*BASE, int(self.base_))]
        for name, points in self.points_.items():
            lines += [(name, said, int(p)) for said, p in zip(self._said[name], points, strict=True)]
        return lines
