"""The forecasters by group, and the baselines, by name.

To add a forecaster: write one file with a subclass of `BoundaryClassifier` that gives an encoder and a binary
estimator (`expert.py` is the shortest), add one line to its group here, and one test file. scikit-learn's
estimator checks and the tests of probabilities then run over it by themselves. ``docs/forecasters.md``
says what they ask.

The four groups are those of Alguliyev & Alakbarova (2021).
"""

from __future__ import annotations

from typing import Any

from scs_ml.forecast.baselines import ClimatologyClassifier, MarkovClassifier, PersistenceClassifier
from scs_ml.forecast.boosting import BoostingClassifier
from scs_ml.forecast.expert import ExpertCardClassifier
from scs_ml.forecast.hybrid import HybridClassifier
from scs_ml.forecast.logit import OrdinalLogitClassifier

GROUPS: dict[str, dict[str, type[Any]]] = {
    "expert systems": {
        "expert": ExpertCardClassifier,
    },
    "traditional economic models": {
        "logit": OrdinalLogitClassifier,
    },
    "artificial intelligence": {
        "boosting": BoostingClassifier,
    },
    "hybrid models": {
        "hybrid": HybridClassifier,
    },
}

FORECASTERS: dict[str, type[Any]] = {name: cls for group in GROUPS.values() for name, cls in group.items()}

# One of each group, quick and explained exactly: what `train` tries unless it is told otherwise.
USUAL = ("expert", "logit", "boosting", "hybrid")

BASELINES: dict[str, type[Any]] = {
    "persistence": PersistenceClassifier,
    "climatology": ClimatologyClassifier,
    "markov": MarkovClassifier,
}
