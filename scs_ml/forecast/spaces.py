"""What a search may try, by family: few hyper-parameters, in ranges that small and middling tables need.

To add one: name the family as the registry does, its parameters, and which of them make a model simpler.
A family that is not listed is not searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scipy.stats import loguniform


@dataclass(frozen=True)
class Space:
    """Hyper-parameters to try.

    Attributes
    ----------
    values : mapping of str to sequence or distribution
        As `sklearn.model_selection.ParameterSampler` takes them: values to choose from, or a `scipy.stats`
        distribution.
    simpler : mapping of str to "lower" or "higher"
        Which way a parameter makes the model simpler, the most telling first; empty where that cannot be
        said.
    """

    values: Mapping[str, Any]
    simpler: Mapping[str, Literal["lower", "higher"]] = field(default_factory=dict)


_RATE, _TREES, _LEAVES = loguniform(0.02, 0.3), [25, 50, 100, 200, 400], [3, 5, 8, 15, 31]
_PENALTY = Space({"C": loguniform(1e-3, 1e3)}, {"C": "lower"})
_BOOSTING = Space(
    {"max_iter": _TREES, "learning_rate": _RATE, "max_leaf_nodes": _LEAVES},
    {"max_leaf_nodes": "lower", "max_iter": "lower"},
)
_NATIVE_BOOSTING = Space(
    {"n_estimators": _TREES, "learning_rate": _RATE, "max_leaves": _LEAVES},
    {"max_leaves": "lower", "n_estimators": "lower"},
)

_NETWORK = Space(
    {"hidden_units": [4, 8, 16, 32, 64], "alpha": loguniform(0.1, 100)},
    {"hidden_units": "lower", "alpha": "higher"},
)

SPACES: dict[str, Space] = {
    "logit": _PENALTY,
    "proportional_odds": _PENALTY,
    "probit": _PENALTY,
    "migration": _PENALTY,
    "survival": _PENALTY,
    "qda": Space({"reg_param": [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]}, {"reg_param": "higher"}),
    "boosting": _BOOSTING,
    "hybrid": _BOOSTING,
    "lightgbm": _NATIVE_BOOSTING,
    "xgboost": _NATIVE_BOOSTING,
    "forest": Space(
        {
            "min_samples_leaf": [1, 2, 5, 10, 20],
            "max_leaf_nodes": [32, 128, 512],
            "max_features": ["sqrt", 0.5, 1.0],
        },
        {"max_leaf_nodes": "lower", "min_samples_leaf": "higher"},
    ),
    "network": _NETWORK,
    "logit_network": _NETWORK,
    "cluster_logit": Space(
        {"n_clusters": [2, 3, 4, 6, 8], "C": loguniform(1e-3, 1e3)}, {"n_clusters": "lower", "C": "lower"}
    ),
}
