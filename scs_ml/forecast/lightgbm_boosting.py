"""LightGBM on indicators."""

from __future__ import annotations

from typing import Any

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.forecast._directions import column_directions
from scs_ml.forecast.native_boosting import NativeBoostingClassifier


class LightGBMClassifier(NativeBoostingClassifier):
    """LightGBM per boundary, where the library is installed (``pip install 'scs_ml[lightgbm]'``).

    Parameters
    ----------
    scheme, n_estimators, learning_rate, max_leaves, random_state
        As for `NativeBoostingClassifier`; `max_leaves` is the library's ``num_leaves``.

    References
    ----------
    Ke et al. (2017), "LightGBM: a highly efficient gradient boosting decision tree", NeurIPS 30.
    """

    _extra = "lightgbm"

    def _boundary_estimator(self, encoder: Any) -> Any:
        directions = column_directions(self.scheme, encoder)
        return self._library().LGBMClassifier(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            num_leaves=self.max_leaves,
            random_state=self.random_state,
            monotone_constraints=directions if any(directions) else None,
            deterministic=True,
            force_row_wise=True,
            n_jobs=1,
            verbose=-1,
        )

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        return [
            self._boundary_estimator(self.encoder_).fit(
                encoded, (codes > k).astype(np.int64), categorical_feature=self.encoder_.coded_columns_
            )
            for k in crossed
        ]

    def _margin(self, estimator: Any, encoded: Floats) -> Floats:
        return np.asarray(estimator.booster_.predict(encoded, raw_score=True, num_threads=1))
