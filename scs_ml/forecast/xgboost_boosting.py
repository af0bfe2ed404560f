"""XGBoost on indicators."""

from __future__ import annotations

from typing import Any

import numpy as np

from scs_ml.core import Floats
from scs_ml.forecast._directions import column_directions
from scs_ml.forecast.native_boosting import NativeBoostingClassifier


class XGBoostClassifier(NativeBoostingClassifier):
    """XGBoost per boundary, where the library is installed (``pip install 'scs_ml[xgboost]'``).

    The library adds up in float32, and so its explanations are exact to 1e-5.

    Parameters
    ----------
    scheme, n_estimators, learning_rate, max_leaves, random_state
        As for `NativeBoostingClassifier`.

    References
    ----------
    Chen & Guestrin (2016), "XGBoost: a scalable tree boosting system", KDD, 785-794.
    """

    _extra = "xgboost"

    def _boundary_estimator(self, encoder: Any) -> Any:
        directions = column_directions(self.scheme, encoder)
        coded = set(encoder.coded_columns_)
        return self._library().XGBClassifier(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            max_leaves=self.max_leaves,
            max_depth=0,  # leaves alone bound a tree, as in the other boosting families
            grow_policy="lossguide",
            tree_method="hist",
            random_state=self.random_state,
            monotone_constraints=tuple(directions) if any(directions) else None,
            feature_types=["c" if at in coded else "q" for at in range(len(directions))],
            enable_categorical=True,
            n_jobs=1,
            verbosity=0,
        )

    def _margin(self, estimator: Any, encoded: Floats) -> Floats:
        return np.asarray(estimator.predict(encoded, output_margin=True), dtype=np.float64)
