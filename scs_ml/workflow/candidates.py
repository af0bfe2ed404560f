"""Which forecasters a training tries: families of the registry, and whatever else the caller brings."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from sklearn.base import clone

from scs_ml.exceptions import ScsError
from scs_ml.forecast import BASELINES, FORECASTERS, USUAL, CalibratedForecaster
from scs_ml.forecast.registry import EXTRAS, find_family
from scs_ml.schemes import Scheme

Factory = Callable[[], Any]
ALL = "all"


def find_candidates(
    families: Sequence[str] | Mapping[str, Any] | None, scheme: Scheme, seed: int
) -> dict[str, Factory]:
    """Give a factory of unfitted forecasters for every candidate.

    Parameters
    ----------
    families : sequence of str, or mapping of str to estimator, optional
        Names in `scs_ml.forecast.FORECASTERS` (``"all"``: every one; those of `USUAL` where not given); or
        names of the caller's choice with an unfitted scikit-learn classifier or pipeline, a class, or a
        function that makes one.
    scheme : Scheme
        Goes to every parameter called `scheme` that is None.
    seed : int
        Goes to the `random_state` of every candidate, and of the parts of one that have None there: nothing
        draws from anything else.

    Returns
    -------
    dict of str to factory

    Raises
    ------
    ScsError
        If there is none, a name is unknown or taken, or what is brought is no classifier with probabilities.
    """
    if isinstance(families, Mapping):
        candidates = {name: _brought(name, each, scheme, seed) for name, each in families.items()}
    else:
        chosen = USUAL if families is None else tuple(families)
        chosen = tuple(FORECASTERS) if ALL in chosen else chosen
        for name in EXTRAS.keys() & set(chosen):
            find_family(name)  # says what to install, where its library is missing
        if unknown := [name for name in chosen if name not in FORECASTERS]:
            raise ScsError(
                f"no forecaster is called {', '.join(unknown)}",
                remedy=f"choose from {', '.join(FORECASTERS)}, or {ALL}",
            )
        candidates = {name: make(FORECASTERS[name], scheme, seed) for name in chosen}
    if not candidates:
        raise ScsError("there is no forecaster to train", remedy="name a family, or give an estimator")
    return candidates


def calibrated(name: str, candidate: Factory) -> dict[str, Factory]:
    """Give the calibrated variant of a candidate, under its name; nothing where it sees to that itself."""
    made = candidate()
    if isinstance(made, CalibratedForecaster) or hasattr(made, "fit_dataset"):
        return {}
    return {f"{name}, calibrated": partial(_calibrated, candidate)}


def make(cls: type, scheme: Scheme, seed: int) -> partial[Any]:
    """Give a factory of unfitted forecasters, seeded where the class draws."""
    draws = "random_state" in cls().get_params()
    settings: Mapping[str, Any] = {"random_state": seed} if draws else {}
    return partial(cls, scheme=scheme, **settings)


def load_estimator(given: str) -> tuple[str, Any]:
    """Import an estimator, or what makes one.

    Parameters
    ----------
    given : str
        ``package.module:name``, or ``path/to/file.py:name``. The module is run: it is the caller's own code.

    Returns
    -------
    name : str
        ``module.name`` or ``file.name``, which is no family's.
    estimator : object

    Raises
    ------
    ScsError
        If the text names nothing, or the module fails.
    """
    source, _, name = given.rpartition(":")
    if not source or not name.isidentifier():
        raise ScsError(
            f"{given!r} names no estimator",
            remedy="give package.module:name or path/to/file.py:name",
        )
    try:
        module = _run(Path(source)) if source.endswith(".py") else importlib.import_module(source)
    except (Exception, SystemExit) as error:  # a script's sys.exit is no exit code of ours
        raise ScsError(
            f"{source} cannot be imported: {type(error).__name__}: {error}",
            where=f"--estimator {given}",
            remedy="check the path, or that Python finds the module (PYTHONPATH), and run it by itself",
        ) from error
    if not hasattr(module, name):
        raise ScsError(
            f"{source} has no {name}",
            where=f"--estimator {given}",
            remedy="name an unfitted estimator of the module, or a function that makes one",
        )
    stem = Path(source).stem if source.endswith(".py") else source
    return f"{stem}.{name}", getattr(module, name)


def _run(path: Path) -> ModuleType:
    """Run a file as a module. It is registered, for what it defines is looked up there when it is copied."""
    name = f"estimator_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _calibrated(candidate: Factory) -> CalibratedForecaster:
    return CalibratedForecaster(candidate())


def _brought(name: str, given: Any, scheme: Scheme, seed: int) -> Factory:
    if name in BASELINES:
        raise ScsError(f"{name} is the name of a baseline", remedy="give the estimator another one")
    factory = partial(_made, given, scheme, seed)
    try:
        candidate = factory()
    except Exception as error:
        raise ScsError(
            f"{name} cannot be made: {type(error).__name__}: {error}",
            remedy="give an unfitted estimator that scikit-learn can clone, or a function without arguments "
            "that makes one",
        ) from error
    if absent := [each for each in ("fit", "predict_proba") if not hasattr(candidate, each)]:
        raise ScsError(
            f"{name} is no classifier with probabilities: a {type(candidate).__name__} has no "
            f"{' and no '.join(absent)}",
            remedy="give a classifier with predict_proba; wrap one without, such as a support vector "
            "machine, in sklearn.calibration.CalibratedClassifierCV",
        )
    return factory


def _made(given: Any, scheme: Scheme, seed: int) -> Any:
    """Make an unfitted estimator that shares nothing with the one given, with scheme and seeds filled in."""
    is_instance = hasattr(given, "get_params") and not isinstance(given, type)
    estimator = clone(given if is_instance else given())
    filled: dict[str, Any] = {}
    for parameter, value in estimator.get_params(deep=True).items():
        last = parameter.rpartition("__")[2]
        if last == "scheme" and value is None:
            filled[parameter] = scheme
        if parameter == "random_state" or (last == "random_state" and value is None):
            filled[parameter] = seed
    return estimator.set_params(**filled)
