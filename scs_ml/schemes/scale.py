"""The scale: ordered categories, worst first, and the scores that part them."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from scs_ml.schemes.parts import Part


class Scale(Part):
    """Ordered categories, worst first, and the lowest score of every category but the worst."""

    categories: Annotated[tuple[str, ...], Field(min_length=2)]
    """labels, worst first"""
    lower_bounds: tuple[float, ...] | None = None
    """lowest score of every category but the worst, rising"""
    start: float | None = None
    """score before any points"""
    minimum: float | None = None
    """lowest score there is"""
    maximum: float | None = None
    """highest score there is"""
    society_boundary: int = 0
    """boundary that parts a society's negative side from its positive side; 0 is the lowest"""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        k = len(self.categories)
        if len(set(self.categories)) != k:
            raise ValueError("two categories share a label")
        if self.lower_bounds is not None:
            if len(self.lower_bounds) != k - 1:
                raise ValueError(f"{k} categories need {k - 1} lower_bounds, got {len(self.lower_bounds)}")
            if any(b <= a for a, b in pairwise(self.lower_bounds)):
                raise ValueError("lower_bounds must rise: categories are listed worst first")
        if not 0 <= self.society_boundary < k - 1:
            raise ValueError(f"society_boundary must be one of 0..{k - 2}")
        return self

    @model_validator(mode="after")
    def _within_reach(self) -> Self:
        low = -np.inf if self.minimum is None else self.minimum
        high = np.inf if self.maximum is None else self.maximum
        if low >= high:
            raise ValueError("minimum must lie below maximum")
        if any(not low < bound <= high for bound in self.lower_bounds or ()):
            raise ValueError("lower_bounds must lie above minimum, and none above maximum")
        if self.start is not None and not low <= self.start <= high:
            raise ValueError("start must lie between minimum and maximum")
        return self

    @property
    def n_categories(self) -> int:
        """Count the categories (K)."""
        return len(self.categories)

    def categorise(self, score: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Turn scores (n,) into category codes (n,); NaN becomes -1 (not known)."""
        if self.lower_bounds is None:
            raise ValueError("this scale has no lower_bounds: its categories are read, not computed")
        values = np.asarray(score, dtype=np.float64)
        codes = np.searchsorted(np.asarray(self.lower_bounds), values, side="right").astype(np.int64)
        return np.where(np.isnan(values), -1, codes)

    def clip(self, score: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Keep scores (n,) within the scale's minimum and maximum."""
        low = -np.inf if self.minimum is None else self.minimum
        high = np.inf if self.maximum is None else self.maximum
        return np.clip(np.asarray(score, dtype=np.float64), low, high)

    def boundary_label(self, boundary: int) -> str:
        """Name a boundary by the categories it parts, worse first: ``D | C``."""
        return f"{self.categories[boundary]} | {self.categories[boundary + 1]}"
