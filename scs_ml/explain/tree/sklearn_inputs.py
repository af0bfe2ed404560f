"""What every reader of scikit-learn's estimators asks of them."""

from __future__ import annotations

from typing import Any

from scs_ml.exceptions import ExplanationError


def require_fitted(model: Any) -> None:
    """Raise ExplanationError unless an estimator is fitted."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except NotFittedError:
        raise ExplanationError(f"{type(model).__name__} is not fitted", remedy="call its fit first") from None


def feature_names(model: Any) -> tuple[str, ...]:
    """Names of the inputs that an estimator was fitted on; x0, x1, ... where they had none."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        return tuple(f"x{at}" for at in range(model.n_features_in_))
    return tuple(str(name) for name in names)


def maker() -> str:
    """Library and version."""
    from sklearn import __version__

    return f"scikit-learn {__version__}"
