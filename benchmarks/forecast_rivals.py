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


def _family(name: str) -> dict[str, Any]:
    """Parameters of the registered family of a class name; none where there is none."""
    return next((cls().get_params() for cls in FORECASTERS.values() if cls.__name__ == name), {})


def _settings(estimator: type[Any], family: str) -> dict[str, Any]:
    """Parameters that an estimator shares with the family of its kind, as the family has them."""
    theirs = estimator().get_params()
    return {name: v for name, v in _family(family).items() if name in theirs and name != "random_state"}


def _linear(estimator: type[Any], **settings: Any) -> Any:
    return make_pipeline(IndicatorEncoder(scale=True, impute=True), estimator(**settings))


def _mord(name: str) -> Any:
    import mord

    return _linear(getattr(mord, name))


def _boosting(seed: int, *, alike: bool) -> Any:
    """Boosted trees on the frame itself: they split on sets of levels."""
    settings = _settings(HistGradientBoostingClassifier, "BoostingClassifier") | {"early_stopping": False}
    return HistGradientBoostingClassifier(**settings if alike else {}, random_state=seed)


def _forest(seed: int, *, alike: bool) -> Any:
    settings = _settings(RandomForestClassifier, "ForestClassifier") if alike else {}
    if settings.get("max_features") == "auto":
        settings |= {"max_features": "sqrt"}  # what it means to a family that knows no directions
    return make_pipeline(
        IndicatorEncoder(impute=True),
        RandomForestClassifier(**settings | {"n_jobs": 1, "random_state": seed}),
    )


def _network(seed: int, *, alike: bool) -> Any:
    settings = _settings(MLPClassifier, "NetworkClassifier") if alike else {}
    units = _family("NetworkClassifier").get("hidden_units")
    if alike and units:
        settings |= {"hidden_layer_sizes": (units,), "solver": "lbfgs"}
    return _linear(MLPClassifier, **settings | {"random_state": seed})


def _qda() -> Any:
    return _linear(
        QuadraticDiscriminantAnalysis,
        **_settings(QuadraticDiscriminantAnalysis, "QuadraticDiscriminantClassifier"),
    )


def _lightgbm(seed: int) -> Any:
    from lightgbm import LGBMClassifier

    settings = _settings(LGBMClassifier, "LightGBMClassifier")
    return LGBMClassifier(**settings, num_leaves=15, n_jobs=1, random_state=seed, verbosity=-1)


def _xgboost(seed: int) -> Any:
    from xgboost import XGBClassifier

    settings = _settings(XGBClassifier, "XGBoostClassifier") | {"enable_categorical": True}
    return XGBClassifier(**settings, n_jobs=1, random_state=seed)


def rivals(seed: int) -> dict[str, Callable[[], Any]]:
    """Give factories of every rival that can run here; those that draw are seeded.

    Estimators of a kind that a family wraps come twice where they differ: with the family's settings, and as
    their library makes them.
    """
    found: dict[str, Callable[[], Any]] = {}
    if importlib.util.find_spec(MORD):
        found |= {f"mord {name}": partial(_mord, name) for name in ("LogisticAT", "LogisticIT", "LogisticSE")}
    if importlib.util.find_spec(STATSMODELS):
        found |= {
            f"OrderedModel, {distr}": partial(_linear, OrderedModelClassifier, distr=distr)
            for distr in ("logit", "probit")
        }
    found |= {
        "multinomial logit": partial(_linear, LogisticRegression, max_iter=1000),
        "multiclass LDA": partial(_linear, LinearDiscriminantAnalysis),
        "multiclass QDA": _qda,
        "multiclass boosting": partial(_boosting, seed, alike=True),
        "multiclass boosting, defaults": partial(_boosting, seed, alike=False),
        "multiclass forest": partial(_forest, seed, alike=True),
        "multiclass forest, defaults": partial(_forest, seed, alike=False),
        "multiclass network": partial(_network, seed, alike=True),
        "multiclass network, defaults": partial(_network, seed, alike=False),
    }
    if importlib.util.find_spec("lightgbm"):
        found["multiclass LightGBM"] = partial(_lightgbm, seed)
    if importlib.util.find_spec("xgboost"):
        found["multiclass XGBoost"] = partial(_xgboost, seed)
    return found


def trouble_of(fitted: Any) -> str:
    """Say in a word what an estimator that was fitted says went wrong; empty where nothing did."""
    last = fitted[-1] if hasattr(fitted, "steps") else fitted
    return "" if getattr(last, "converged_", True) else "did not converge"


def quietly(action: Callable[[], Any]) -> Any:
    """Call without the warnings of libraries; what went wrong is told by `trouble_of` or by NaN."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return action()
