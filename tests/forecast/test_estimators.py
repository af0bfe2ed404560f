from __future__ import annotations

from sklearn.utils.estimator_checks import parametrize_with_checks

from scs_ml.forecast import (
    BASELINES,
    FORECASTERS,
    CardEncoder,
    CumulativeClassifier,
    FuzzyCardEncoder,
    HybridEncoder,
    IndicatorEncoder,
    ScorecardEncoder,
    StateEncoder,
)

REGISTRY = {**FORECASTERS, **BASELINES}
ENCODERS = [
    IndicatorEncoder(),
    IndicatorEncoder(scale=True, impute=True),
    CardEncoder(),
    HybridEncoder(),
    StateEncoder(),
    ScorecardEncoder(),
    FuzzyCardEncoder(),
]
ENCODERS.append(HybridEncoder(card=False, scale=True))


@parametrize_with_checks([CumulativeClassifier(), *[cls() for cls in REGISTRY.values()], *ENCODERS])
def test_scikit_learn_conventions(estimator, check):
    check(estimator)
