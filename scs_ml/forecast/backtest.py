"""Rolling-origin backtest: every forecaster on the same later rows, ranked by ranked probability score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from scs_ml.core import Dataset, Floats, Ints, Progress
from scs_ml.exceptions import ScsError
from scs_ml.forecast.baselines import Baseline
from scs_ml.forecast.failing import speaking_for
from scs_ml.forecast.fitting import fit_to
from scs_ml.forecast.leaderboard import Leaderboard, LeaderboardRow
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.forecast.registry import BASELINES
from scs_ml.inference import covariance, paired_difference
from scs_ml.metrics import (
    cumulative,
    log_loss_rows,
    macro_mae,
    median_category,
    quadratic_weighted_kappa,
    ranked_probability_score,
    rps_skill,
)
from scs_ml.schemes import Scheme


def backtest(
    forecasters: Mapping[str, Callable[[], Any]],
    folds: Sequence[tuple[Dataset, Dataset]],
    scheme: Scheme,
    *,
    then: Callable[[str], Mapping[str, Callable[[], Any]]] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    progress: Progress | None = None,
) -> Leaderboard:
    """Fit every forecaster to every fold's past and score it on the fold's future.

    Skill is measured against the Markov transition table; where the caller gives baselines of their own
    without it (rows with no earlier period have no state), against the climatology among them.

    Parameters
    ----------
    forecasters : mapping of name to factory
        Each call gives an unfitted forecaster.
    folds : sequence of (train, test)
        From `scs_ml.data.rolling_origins`; rows with unknown `y` are left out.
    scheme : Scheme
        Gives the number of categories.
    then : callable, optional
        Given the name of the best forecaster that is no baseline, gives more of them (that one calibrated),
        which are scored on the same rows.
    confidence : float
        Of the intervals of skill, and of the test for ties.
    seed : int
        Becomes the `random_state` of every forecaster that has one.
    progress : Progress, optional
        Called before every fit, and at the end.

    Returns
    -------
    Leaderboard
        Intervals are robust to clusters: families, else subjects, across all folds. They say how sure the
        ranking is among these people in these periods, not what another year's shocks would do to it.

    Raises
    ------
    ScsError
        If there are no folds, a fold has no row with a known category to learn from or to test on, or a
        forecaster fails; the error names it.
    """
    contestants = dict(forecasters)
    if "markov" not in contestants and "climatology" not in contestants:
        contestants["markov"] = lambda: BASELINES["markov"](scheme=scheme)
    reference = "markov" if "markov" in contestants else "climatology"
    known = [(train.take(train.y >= 0), test.take(test.y >= 0)) for train, test in folds]
    if not known or not all(len(train) and len(test) for train, test in known):
        raise ScsError(
            "a backtest needs folds with rows to learn from and rows to test on",
            where=f"rows with a known category per fold: {[(len(a), len(b)) for a, b in known]}",
            remedy="use fewer folds or a table with more periods; without periods, split by subject",
        )
    y = np.concatenate([test.y for _, test in known])
    # Labels, not each fold's codes: one family keeps its name from fold to fold.
    labels = [test.subject if test.family is None else test.family for _, test in known]
    cluster = pd.factorize(np.concatenate(labels))[0].astype(np.int64)
    forecasts: dict[str, Floats] = {}
    baselines: set[str] = set()
    done = 0

    def run(more: Mapping[str, Callable[[], Any]]) -> None:
        nonlocal done
        total = done + len(more) * len(known)
        for name, factory in more.items():
            parts = []
            for j, (train, test) in enumerate(known):
                if progress:
                    progress("backtest", done, total)
                at = f"fold {j + 1} of {len(known)}, {len(train):,} rows to learn from, {len(test):,} to test"
                with speaking_for(name, at):
                    forecaster = factory()
                    if "random_state" in forecaster.get_params():
                        forecaster.set_params(random_state=seed)
                    fit_to(forecaster, train)
                    parts.append(category_probabilities(forecaster, test.X, scheme.scale.n_categories))
                    cumulative(parts[-1])  # refuses what is no distribution, while it is known whose it is
                done += 1
            forecasts[name] = np.concatenate(parts)
            if isinstance(forecaster, Baseline):
                baselines.add(name)
        if progress:
            progress("backtest", done, total)

    run(contestants)
    if then is not None:
        scores = {name: ranked_probability_score(y, p).mean() for name, p in forecasts.items()}
        eligible = [name for name in scores if name not in baselines] or list(scores)
        run(then(min(eligible, key=lambda name: scores[name])))
    rows = _rank(forecasts, y, cluster, reference=reference, baselines=baselines, confidence=confidence)
    return Leaderboard(rows, reference, confidence, len(y), int(cluster.max()) + 1, len(known))


def _rank(
    forecasts: Mapping[str, Floats],
    y: Ints,
    cluster: Ints,
    *,
    reference: str,
    baselines: set[str],
    confidence: float,
) -> tuple[LeaderboardRow, ...]:
    losses = {name: ranked_probability_score(y, p) for name, p in forecasts.items()}
    order = sorted(losses, key=lambda name: float(losses[name].mean()))
    rows = []
    for name in order:
        probabilities, k = forecasts[name], forecasts[name].shape[1]
        median = median_category(probabilities)
        low, high = skill_interval(losses[name], losses[reference], cluster, confidence)
        gap = paired_difference(losses[name], losses[order[0]], cluster, confidence=confidence)
        rows.append(
            LeaderboardRow(
                name=name,
                baseline=name in baselines,
                rps=float(losses[name].mean()),
                rps_skill=rps_skill(losses[name], losses[reference]),
                skill_low=low,
                skill_high=high,
                tied=not gap.low > 0,
                log_loss=float(log_loss_rows(y, probabilities).mean()),
                macro_mae=macro_mae(y, median, k),
                qwk=quadratic_weighted_kappa(y, median, k),
            )
        )
    return tuple(rows)


def skill_interval(
    rps: npt.ArrayLike, rps_reference: npt.ArrayLike, cluster: npt.ArrayLike, confidence: float = 0.95
) -> tuple[float, float]:
    r"""Interval of the RPS skill :math:`s = 1 - \bar a / \bar b` of paired rows, robust to clusters.

    By the delta method the influence of row i on s is :math:`((1 - s) b_i - a_i) / (n \bar b)`.

    Parameters
    ----------
    rps, rps_reference : arrays of shape (n,)
    cluster : array of shape (n,)
    confidence : float

    Returns
    -------
    tuple of float
        NaN where the reference is perfect or there are fewer than two clusters.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73, 13-22.
    """
    a, b = np.asarray(rps, dtype=np.float64), np.asarray(rps_reference, dtype=np.float64)
    skill = rps_skill(a, b)
    groups = len(np.unique(cluster))
    if np.isnan(skill) or groups < 2:
        return float("nan"), float("nan")
    influence = ((1 - skill) * b - a) / (len(a) * b.mean())
    half = float(
        np.sqrt(covariance(influence, cluster)[0, 0]) * stats.t.isf((1 - confidence) / 2, groups - 1)
    )
    return skill - half, skill + half
