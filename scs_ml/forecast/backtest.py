"""Rolling-origin backtest: every forecaster on the same later rows, ranked by ranked probability score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scs_ml.core import Dataset, Progress
from scs_ml.forecast.leaderboard import Leaderboard, LeaderboardRow
from scs_ml.forecast.out_of_sample import OutOfSample, out_of_sample
from scs_ml.forecast.ranks import rank_ranges
from scs_ml.forecast.scores import score_figures
from scs_ml.schemes import Scheme


def backtest(
    forecasters: Mapping[str, Callable[[], Any]],
    folds: Sequence[tuple[Dataset, Dataset]],
    scheme: Scheme,
    *,
    then: Callable[[str], Mapping[str, Callable[[], Any]]] | None = None,
    confidence: float = 0.95,
    n_jobs: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> Leaderboard:
    """Fit every forecaster to every fold's past, score it on the fold's future, and rank.

    Skill is measured against the Markov transition table; where the caller gives baselines of their own
    without it (rows with no earlier period have no state), against the climatology among them.

    Parameters
    ----------
    forecasters, folds, scheme, then, n_jobs, seed
        As in `out_of_sample`. Folds of `scs_ml.data.rolling_origins` with ``entity_disjoint=True`` test on
        people that nothing was learned from.
    confidence : float
        Of the intervals, and of the ranges of ranks.

    Returns
    -------
    Leaderboard
        Intervals are robust to clusters: families, else subjects, across all folds. They say how sure the
        figures are among such people in these periods, not what another year's shocks would do to them; the
        ranges of ranks take account of shocks to periods where three or more are tested.

    Raises
    ------
    ScsError
        If there are no folds, a fold has no row with a known category to learn from or to test on, or a
        forecaster fails; the error names it.
    """
    tested = out_of_sample(forecasters, folds, scheme, then=then, n_jobs=n_jobs, seed=seed, progress=progress)
    return rank(tested, confidence=confidence)


def rank(tested: OutOfSample, *, confidence: float = 0.95) -> Leaderboard:
    """Score forecasts of rows not seen, and rank them by their mean ranked probability score.

    Parameters
    ----------
    tested : OutOfSample
    confidence : float
        Of the intervals, and of the ranges of ranks.

    Returns
    -------
    Leaderboard
    """
    y, cluster, period, losses = tested.y, tested.cluster, tested.shared_periods, tested.losses()
    order = sorted(losses, key=lambda name: float(losses[name].mean()))
    here = rank_ranges(losses, cluster, confidence=confidence)
    ranges = here
    if period is not None:
        ranges = rank_ranges(losses, cluster, period, horizon=tested.horizon, confidence=confidence)
    rows = tuple(
        LeaderboardRow(
            name,
            name in tested.baselines,
            *ranges[name],
            *here[name],
            score_figures(
                y,
                tested.forecasts[name],
                cluster,
                reference_rps=losses[tested.reference],
                confidence=confidence,
            ),
        )
        for name in order
    )
    return Leaderboard(
        rows=rows,
        reference=tested.reference,
        confidence=confidence,
        n_rows=len(y),
        n_clusters=int(cluster.max()) + 1,
        n_folds=len(tested.folds),
        ranked_by=tested.units if period is None else f"{tested.units} and period",
    )
