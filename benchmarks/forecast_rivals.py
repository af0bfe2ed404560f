"""What the families are compared with: other ordinal packages, and plain multiclass estimators.

Every rival learns from the columns that the families learn from (`IndicatorEncoder`), with the settings
that the family of its kind has, so that the comparison is one of ordinal models and not of preparation. mord
is no dependency of the package: ``pip install mord`` beside it, or its rows are missing and the page says so.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Self

import numpy as np
from scipy.linalg import qr
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from scs_ml.core import Floats, Ints
from scs_ml.forecast import FORECASTERS, IndicatorEncoder

MORD = "mord"
STATSMODELS = "statsmodels"


class OrderedModelClassifier(ClassifierMixin, BaseEstimator):
    """statsmodels' `OrderedModel` with a scikit-learn face; columns that others imply are left out.

    Raises what statsmodels raises. ``converged_`` says whether its optimiser did.
    """

    def __init__(self, distr: str = "logit") -> None:
        self.distr = distr

    def fit(self, X: Floats, y: Ints) -> Self:
        """Maximise the likelihood."""
        from statsmodels.miscmodels.ordinal_model import OrderedModel

        self.kept_ = _independent(X)
        self.classes_ = np.unique(y)
        model = OrderedModel(np.searchsorted(self.classes_, y), X[:, self.kept_], distr=self.distr)
        self.result_ = model.fit(method="bfgs", maxiter=1000, disp=False, skip_hessian=True)
        self.converged_ = bool(self.result_.mle_retvals["converged"])
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """Give probabilities (n, K)."""
        return np.asarray(self.result_.predict(exog=X[:, self.kept_]))


def _independent(X: Floats) -> Ints:
    """Columns that neither a constant nor other columns imply: the thresholds stand for the constant."""
    centred = X - X.mean(axis=0)
    _, r, order = qr(centred, mode="economic", pivoting=True)
    size = np.abs(np.diag(r))
    return np.sort(order[: int((size > 1e-8 * max(size[0], 1e-300)).sum())])


def _settings(estimator: type[Any], family: str) -> dict[str, Any]:
    """Parameters that an estimator and the registered family of its kind share, as the family has them."""
    if family not in FORECASTERS:
        return {}
    ours, theirs = FORECASTERS[family]().get_params(), estimator().get_params()
    return {name: value for name, value in ours.items() if name in theirs and name != "random_state"}


def _linear(estimator: type[Any], **settings: Any) -> Any:
    return make_pipeline(IndicatorEncoder(scale=True, impute=True), estimator(**settings))


def _mord(name: str) -> Any:
    import mord

    return _linear(getattr(mord, name))


def _boosting(seed: int) -> Any:
    return make_pipeline(
        IndicatorEncoder(),
        HistGradientBoostingClassifier(
            **_settings(HistGradientBoostingClassifier, "boosting")
            | {"early_stopping": False, "categorical_features": None, "random_state": seed}
        ),
    )


def _forest(seed: int) -> Any:
    settings = _settings(RandomForestClassifier, "forest") | {"n_jobs": 1, "random_state": seed}
    return make_pipeline(IndicatorEncoder(impute=True), RandomForestClassifier(**settings))


def _network(seed: int) -> Any:
    return _linear(MLPClassifier, **_settings(MLPClassifier, "network") | {"random_state": seed})


def rivals(seed: int) -> dict[str, Callable[[], Any]]:
    """Give factories of every rival that can run here; those that draw are seeded."""
    found: dict[str, Callable[[], Any]] = {}
    if importlib.util.find_spec(MORD):
        found |= {f"mord {name}": partial(_mord, name) for name in ("LogisticAT", "LogisticIT", "LogisticSE")}
    if importlib.util.find_spec(STATSMODELS):
        found |= {
            f"OrderedModel, {distr}": partial(_linear, OrderedModelClassifier, distr=distr)
            for distr in ("logit", "probit")
        }
    return found | {
        "multinomial logit": partial(_linear, LogisticRegression, max_iter=1000),
        "multiclass boosting": partial(_boosting, seed),
        "multiclass forest": partial(_forest, seed),
        "multiclass network": partial(_network, seed),
        "multiclass LDA": partial(_linear, LinearDiscriminantAnalysis),
        "multiclass QDA": partial(_linear, QuadraticDiscriminantAnalysis),
    }


def trouble_of(fitted: Any) -> str:
    """Say in a word what an estimator that was fitted says went wrong; empty where nothing did."""
    last = fitted[-1] if hasattr(fitted, "steps") else fitted
    return "" if getattr(last, "converged_", True) else "did not converge"


def quietly(action: Callable[[], Any]) -> Any:
    """Call without the warnings of libraries; what went wrong is told by `trouble_of` or by NaN."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return action()
