"""Hyper-parameter search inside the rows that a forecaster may learn from: parallel, and resumable."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler

from scs_ml.core import UNKNOWN_CATEGORY, Dataset, Floats, Ints, Progress
from scs_ml.exceptions import ScsError
from scs_ml.forecast.fitting import Folds, fit_to, out_of_period_folds
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.forecast.search_result import SearchResult, compare
from scs_ml.forecast.spaces import Space
from scs_ml.metrics import ranked_probability_score
from scs_ml.storage import atomic_file, fingerprint_frame, library_versions


def search(
    forecaster: Callable[[], Any],
    dataset: Dataset,
    space: Space | Mapping[str, Any],
    *,
    n_candidates: int = 30,
    folds: Folds | None = None,
    seed: int = 0,
    n_jobs: int = 1,
    store: str | Path | None = None,
    confidence: float = 0.95,
    progress: Progress | None = None,
) -> SearchResult:
    """Try hyper-parameters on folds of the rows to learn from; the family's defaults are tried first.

    Parameters
    ----------
    forecaster : class or factory
        Called without arguments, gives an unfitted forecaster with ``set_params``.
    dataset : Dataset
        The rows to learn from and no others: nothing that the forecaster is calibrated or tested on later.
        Rows with unknown `y` are left out.
    space : Space, or mapping of its values
        Of `SPACES`, or one's own.
    n_candidates : int
        At most so many, the defaults among them; fewer where lists of values have fewer combinations.
    folds : list of (train, test), optional
        Positions among the rows with known `y`; those of `out_of_period_folds` where not given.
    seed : int
        Draws the candidates, and becomes the `random_state` of forecasters that have one.
    n_jobs : int
        Processes. The result does not depend on it.
    store : path, optional
        Folder that keeps the losses of every candidate on every fold, as soon as they are known. A search
        that was stopped goes on from there, with the same result; one of other rows, parameters, seed or
        library versions finds nothing that fits, and computes its own.
    confidence : float
        Of the intervals.
    progress : Progress, optional
        Called after every fit.

    Returns
    -------
    SearchResult

    Raises
    ------
    ScsError
        If there are no candidates or folds, the space names a parameter that the forecaster lacks, or what
        makes a model simpler is no number.
    """
    whole = space if isinstance(space, Space) else Space(space)
    candidates = _candidates(forecaster(), whole, n_candidates, seed)
    known = dataset.take(dataset.y != UNKNOWN_CATEGORY)
    split = out_of_period_folds(known) if folds is None else folds
    if not split:
        raise ScsError("a search needs at least one fold", where="folds is empty")
    prepare = partial(unfitted_with, forecaster, seed)
    losses = _losses(prepare, known, candidates, split, n_jobs=n_jobs, store=store, progress=progress)
    cluster = known.cluster[np.concatenate([test for _, test in split])]
    return compare(
        candidates,
        losses,
        cluster,
        simpler=whole.simpler,
        confidence=confidence,
        n_folds=len(split),
    )


def _candidates(plain: Any, space: Space, n: int, seed: int) -> list[dict[str, Any]]:
    """Give the defaults, then different draws from the space."""
    parameters = plain.get_params()
    if unknown := [name for name in (*space.values, *space.simpler) if name not in parameters]:
        raise ScsError(
            f"{type(plain).__name__} has no parameter {', '.join(unknown)}",
            remedy=f"search among {', '.join(parameters)}",
        )
    if n < 1:
        raise ScsError("a search needs at least one candidate", where=f"n_candidates is {n}")
    found = [{name: parameters[name] for name in space.values}]
    if not space.values:
        return found
    listed = not any(hasattr(each, "rvs") for each in space.values.values())
    size = len(ParameterGrid(dict(space.values))) if listed else n
    for drawn in ParameterSampler(dict(space.values), min(n, size), random_state=seed):
        if len(found) < n and drawn not in found:
            found.append(_plain(drawn))
    for name in space.simpler:
        if unordered := [each[name] for each in found if not isinstance(each[name], int | float)]:
            raise ScsError(
                f"{name} cannot say which candidate is simpler: {unordered[0]!r} is no number",
                remedy="give numbers for it, or leave it out of what is simpler",
            )
    return found


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Python's own numbers, so that a parameter is written the same way however it was drawn."""
    return {name: v.item() if isinstance(v, np.generic) else v for name, v in sorted(parameters.items())}


def unfitted_with(make: Callable[[], Any], seed: int, parameters: Mapping[str, Any]) -> Any:
    """Give an unfitted forecaster with these parameters, seeded where it draws."""
    forecaster = make()
    drawing = {"random_state": seed} if "random_state" in forecaster.get_params() else {}
    return forecaster.set_params(**(drawing | dict(parameters)))


def _losses(
    prepare: Callable[[Mapping[str, Any]], Any],
    known: Dataset,
    candidates: Sequence[Mapping[str, Any]],
    folds: Folds,
    *,
    n_jobs: int,
    store: str | Path | None,
    progress: Progress | None,
) -> Floats:
    """RPS (c, n) of every candidate on the test rows of all folds; from the store where it has them."""
    from joblib import Parallel, delayed

    tasks = [(c, f) for c in range(len(candidates)) for f in range(len(folds))]
    files: dict[tuple[int, int], Path] = {}
    if store is not None:
        files = dict(zip(tasks, _files(Path(store), prepare, known, candidates, folds), strict=True))
    found = {task: _stored(file) for task, file in files.items() if file.exists()}
    missing = [task for task in tasks if task not in found]
    if progress:
        progress("search", len(found), len(tasks))
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    jobs = (delayed(_task)(task, prepare(candidates[task[0]]), known, *folds[task[1]]) for task in missing)
    for task, loss in parallel(jobs):
        if store is not None:
            with atomic_file(files[task]) as temporary:
                np.save(temporary, loss, allow_pickle=False)
        found[task] = loss
        if progress:
            progress("search", len(found), len(tasks))
    return np.array(
        [np.concatenate([found[c, f] for f in range(len(folds))]) for c in range(len(candidates))]
    )


def _task(
    task: tuple[int, int], forecaster: Any, known: Dataset, train: Ints, test: Ints
) -> tuple[tuple[int, int], Floats]:
    """Fit a candidate to a fold's past, and give its RPS (m,) on the fold's future."""
    from threadpoolctl import threadpool_limits

    scheme = forecaster.get_params().get("scheme")
    k = int(known.y.max()) + 1 if scheme is None else scheme.scale.n_categories
    with threadpool_limits(1):  # the same sums, and one core, however many processes there are
        fitted = fit_to(forecaster, known.take(train))
        probabilities = category_probabilities(fitted, known.X.iloc[test], k)
    return task, ranked_probability_score(known.y[test], probabilities)


def _files(
    store: Path,
    prepare: Callable[[Mapping[str, Any]], Any],
    known: Dataset,
    candidates: Sequence[Mapping[str, Any]],
    folds: Folds,
) -> Iterator[Path]:
    """Name the file of every candidate and fold by a hash of all that its losses depend on."""
    levels = [c.cat.categories.tolist() for _, c in known.X.items() if hasattr(c, "cat")]
    what = (fingerprint_frame(known.X), levels, known.horizon, library_versions())
    rows = hashlib.sha256(repr(what).encode())
    for each in (known.y, known.period, known.cluster):
        rows.update(np.ascontiguousarray(each, dtype="<i8").tobytes())
    splits = [[np.asarray(part, dtype="<i8").tobytes() for part in fold] for fold in folds]
    for parameters in candidates:
        forecaster = prepare(parameters)
        cls = type(forecaster)
        text = repr((cls.__module__, cls.__qualname__, sorted(forecaster.get_params().items(), key=_name)))
        for train, test in splits:
            digest = rows.copy()
            for part in (text.encode(), train, b"|", test):
                digest.update(hashlib.sha256(part).digest())
            yield store / f"{digest.hexdigest()[:40]}.npy"


def _stored(file: Path) -> Floats:
    """Read the losses of a candidate on a fold."""
    try:
        losses: Floats = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ScsError(
            f"losses of an earlier search cannot be read: {error}",
            where=str(file),
            remedy="delete the file; the search computes it again",
        ) from error
    return losses


def _name(item: tuple[str, Any]) -> str:
    return item[0]
