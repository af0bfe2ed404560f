"""The forecasters by group, and the baselines, by name.

To add a forecaster: write one file with a subclass of `BoundaryClassifier` that gives an encoder and a binary
estimator (`expert.py` is the shortest), add one line to its group here, and one test file. scikit-learn's
estimator checks and the tests of probabilities then run over it by themselves. ``docs/forecasters.md``
says what they ask.

The four groups are those of Alguliyev & Alakbarova (2021).
"""

from __future__ import annotations

from typing import Any

from scs_ml.exceptions import ScsError
from scs_ml.forecast.baselines import ClimatologyClassifier, MarkovClassifier, PersistenceClassifier
from scs_ml.forecast.boosting import BoostingClassifier
from scs_ml.forecast.cluster_logit import ClusterLogitClassifier
from scs_ml.forecast.cumulative_link import OrderedProbitClassifier, ProportionalOddsClassifier
from scs_ml.forecast.discriminant import LinearDiscriminantClassifier, QuadraticDiscriminantClassifier
from scs_ml.forecast.expert import ExpertCardClassifier
from scs_ml.forecast.forest import ForestClassifier
from scs_ml.forecast.fuzzy import FuzzyCardClassifier
from scs_ml.forecast.hybrid import HybridClassifier
from scs_ml.forecast.lightgbm_boosting import LightGBMClassifier
from scs_ml.forecast.logit import OrdinalLogitClassifier
from scs_ml.forecast.logit_network import LogitNetworkClassifier
from scs_ml.forecast.migration import MigrationClassifier
from scs_ml.forecast.native_boosting import installed, missing
from scs_ml.forecast.network import NetworkClassifier
from scs_ml.forecast.scorecard import ScorecardClassifier
from scs_ml.forecast.stacking import OrdinalStackingClassifier
from scs_ml.forecast.survival import SurvivalClassifier
from scs_ml.forecast.xgboost_boosting import XGBoostClassifier

# Libraries that are optional extras of the package; registered where they are installed.
EXTRAS: dict[str, type[Any]] = {"lightgbm": LightGBMClassifier, "xgboost": XGBoostClassifier}

GROUPS: dict[str, dict[str, type[Any]]] = {
    "expert systems": {
        "expert": ExpertCardClassifier,
        "scorecard": ScorecardClassifier,
        "fuzzy": FuzzyCardClassifier,
    },
    "traditional economic models": {
        "logit": OrdinalLogitClassifier,
        "proportional_odds": ProportionalOddsClassifier,
        "probit": OrderedProbitClassifier,
        "lda": LinearDiscriminantClassifier,
        "qda": QuadraticDiscriminantClassifier,
        "migration": MigrationClassifier,
        "survival": SurvivalClassifier,
    },
    "artificial intelligence": {
        "boosting": BoostingClassifier,
        "forest": ForestClassifier,
        "network": NetworkClassifier,
        **{name: cls for name, cls in EXTRAS.items() if installed(name)},
    },
    "hybrid models": {
        "hybrid": HybridClassifier,
        "cluster_logit": ClusterLogitClassifier,
        "logit_network": LogitNetworkClassifier,
        "stacking": OrdinalStackingClassifier,
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


def find_family(name: str) -> type[Any]:
    """Give the forecaster of a name.

    Parameters
    ----------
    name : str
        A key of `FORECASTERS`.

    Returns
    -------
    type

    Raises
    ------
    ScsError
        If there is none, or its library is not installed; the error says what to install.
    """
    if name in FORECASTERS:
        return FORECASTERS[name]
    if name in EXTRAS:
        raise missing(name)
    raise ScsError(f"no forecaster is called {name}", remedy=f"choose from {', '.join(FORECASTERS)}")
