"""An existing score has no model to explain: imitate it out of fold, and say how well the imitation holds."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import GroupKFold

from scs_ml.core import Dataset, Explanation, Floats, Progress
from scs_ml.explain import explain
from scs_ml.forecast import FORECASTERS
from scs_ml.metrics import median_category, ranked_probability_score
from scs_ml.safeguards import gate_training
from scs_ml.schemes import Scheme
from scs_ml.workflow.candidates import make

N_FOLDS = 5


def explain_existing_score(
    dataset: Dataset,
    scheme: Scheme,
    rows: np.typing.NDArray[np.int64],
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Explanation | None:
    """Explain a recorded category through boosting models that never saw the row they explain.

    Parameters
    ----------
    dataset : Dataset
        Rows whose `category` is the score's.
    scheme : Scheme
        The scheme the dataset was read with.
    rows : ndarray of int (m,)
        Positions to explain.
    seed : int
        Seeds folds and forecasters.

    Returns
    -------
    Explanation or None
        None where nothing can be imitated: no indicator may be an input, too few people for the folds, or
        everybody in one category. Else of the surrogate, with its out-of-fold fidelity: the share of rows put
        in the score's own category, and the RPS skill against the score's overall shares. Each fold has its
        own base value; their mean is reported and the difference is kept out of `raw`, so that the sum still
        holds exactly.
    """
    gate_training(scheme, tuple(dataset.X.columns), surrogate=True)
    people = len(np.unique(dataset.cluster))
    if not len(dataset.X.columns) or people < N_FOLDS or len(np.unique(dataset.category)) < 2:
        return None
    n_categories = scheme.scale.n_categories
    probabilities = np.zeros((len(dataset), n_categories))
    parts: list[tuple[np.typing.NDArray[np.int64], Explanation]] = []
    # A family shares its circumstances: the surrogate must not have seen half of it.
    folds = list(
        GroupKFold(N_FOLDS, shuffle=True, random_state=seed).split(dataset.X, groups=dataset.cluster)
    )
    for done, (learn, hold) in enumerate(folds):
        if progress:
            progress("surrogate of the existing score", done, N_FOLDS)
        model = make(FORECASTERS["boosting"], scheme, seed)().fit(
            dataset.X.iloc[learn], dataset.category[learn]
        )
        probabilities[hold] = model.predict_proba(dataset.X.iloc[hold])
        mine = np.flatnonzero(np.isin(rows, hold))
        if len(mine):
            parts.append((mine, explain(model, dataset.X, rows=rows[mine], seed=seed)))
    if progress:
        progress("surrogate of the existing score", N_FOLDS, N_FOLDS)
    return _join(parts, rows, _fidelity(dataset, probabilities))


def _join(
    parts: list[tuple[np.typing.NDArray[np.int64], Explanation]],
    rows: np.typing.NDArray[np.int64],
    fidelity: dict[str, float],
) -> Explanation:
    first = parts[0][1]
    weights = np.array([len(mine) for mine, _ in parts], dtype=np.float64)
    base = np.average([part.base_values for _, part in parts], axis=0, weights=weights)
    shape = (len(rows), *first.values.shape[1:])
    values, raw, residual = (
        np.empty(shape),
        np.empty((len(rows), len(base))),
        np.empty((len(rows), len(base))),
    )
    for mine, part in parts:
        shift = part.base_values - base
        values[mine], raw[mine], residual[mine] = part.values, part.raw - shift, part.residual + shift
    return Explanation(
        values=values,
        base_values=base,
        raw=raw,
        residual=residual,
        rows=rows,
        feature_names=first.feature_names,
        target=first.target,
        engine=f"surrogate (boosting, {N_FOLDS} folds, each row explained by a model that never saw it); "
        + first.engine,
        additivity_error=max(part.additivity_error for _, part in parts),
        background=first.background,
        fidelity=fidelity,
    )


def _fidelity(dataset: Dataset, probabilities: Floats) -> dict[str, float]:
    y = dataset.category
    shares = np.bincount(y, minlength=probabilities.shape[1]) / len(y)
    skill = 1 - (
        ranked_probability_score(y, probabilities).mean()
        / ranked_probability_score(y, np.tile(shares, (len(y), 1))).mean()
    )
    same = (median_category(probabilities) == y).mean()
    return {"same category": float(same), "RPS skill over its shares": float(skill)}
