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


_BOOSTING = Space(
    {
        "max_iter": [25, 50, 100, 200, 400],
        "learning_rate": loguniform(0.02, 0.3),
        "max_leaf_nodes": [3, 5, 8, 15, 31],
    },
    {"max_leaf_nodes": "lower", "max_iter": "lower"},
)

SPACES: dict[str, Space] = {
    "logit": Space({"C": loguniform(1e-3, 1e3)}, {"C": "lower"}),
    "boosting": _BOOSTING,
    "hybrid": _BOOSTING,
}
