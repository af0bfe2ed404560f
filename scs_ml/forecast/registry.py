"""The forecasters and the baselines, by name.

To add a forecaster: write one file with a subclass of `BoundaryClassifier` that gives an encoder and a binary
estimator (`expert.py` is the shortest), add one line to `FORECASTERS`, and one test file. scikit-learn's
estimator checks and the tests of probabilities then run over it by themselves. ``docs/forecasters.md``
says what they ask.
"""

from __future__ import annotations

from typing import Any

from scs_ml.forecast.baselines import ClimatologyClassifier, MarkovClassifier, PersistenceClassifier
from scs_ml.forecast.boosting import BoostingClassifier
from scs_ml.forecast.expert import ExpertCardClassifier
from scs_ml.forecast.hybrid import HybridClassifier
from scs_ml.forecast.logit import OrdinalLogitClassifier

FORECASTERS: dict[str, type[Any]] = {
    "expert": ExpertCardClassifier,
    "logit": OrdinalLogitClassifier,
    "boosting": BoostingClassifier,
    "hybrid": HybridClassifier,
}

BASELINES: dict[str, type[Any]] = {
    "persistence": PersistenceClassifier,
    "climatology": ClimatologyClassifier,
    "markov": MarkovClassifier,
}
