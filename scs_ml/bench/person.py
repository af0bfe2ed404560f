"""The limit for wronged people: the best ranking by who knows the mechanism and sees what the office sees."""

from __future__ import annotations

import numpy as np
from scipy import stats

from scs_ml.bench.cases import Held
from scs_ml.bench.limits import falsified_entries
from scs_ml.bench.seen import Seen, person_sums
from scs_ml.core import Bools, Floats
from scs_ml.worlds import MECHANISMS
from scs_ml.worlds.truth import SCORE_SD


def recategorised(held: Held) -> Bools:
    """Who would have had a better category without the mechanisms: bool (m,), by audited row."""
    twin = held.world.truth.twin["category"].to_numpy()[held.audited]
    better: Bools = twin > held.panel.category[held.audited]
    return better


def precision_at_k(ranking: Floats, wronged: Bools) -> float | None:
    """Share of wronged people among the first k of a ranking, where k people are wronged.

    Parameters
    ----------
    ranking : ndarray (m,)
        The larger, the earlier; people who tie share what is left of the first k places.
    wronged : ndarray of bool (m,)

    Returns
    -------
    float or None
        None where nobody is wronged.
    """
    k = int(wronged.sum())
    if not k:
        return None
    edge = np.sort(ranking)[-k]
    above, tied = ranking > edge, ranking == edge
    left = k - int(above.sum())
    return float((wronged[above].sum() + left * wronged[tied].mean()) / k)


def person_limit(slug: str, seen: Seen, held: Held) -> float | None:
    """Precision at k of the best ranking that knows the mechanism, its group and its indicator.

    Where the score lacks points beside the card's, they say who was wronged. Else each entry of the group
    that may be the mechanism's is held false with the probability by which such entries are more frequent
    there than elsewhere, and people are ranked by the probability that those which are false suffice to cost
    them their category.

    Parameters
    ----------
    slug : str
    seen : Seen
        With the ledger.
    held : Held

    Returns
    -------
    float or None
        None where nobody is wronged, or the mechanism shifts no score.
    """
    if MECHANISMS[slug].unit != SCORE_SD:
        return None
    wronged = recategorised(held)
    scale = held.scheme.scale
    score = held.world.table["score"].to_numpy()[held.audited]
    last = int(held.panel.period[held.audited[0]])
    bounds = np.asarray(scale.lower_bounds, dtype=np.float64)
    place = np.searchsorted(bounds, score, side="right")
    short = np.append(bounds, np.inf)[place] - score  # points to the next category
    lacking = seen.remainder.ravel()[held.audited]
    if np.abs(lacking).max() > 1e-9:
        return precision_at_k(np.where(lacking >= short - 1e-9, 1.0, 0.0) + 1e-6 * lacking, wronged)
    events, chance = falsified_entries(slug, seen, last)
    if not len(events):
        return precision_at_k(np.zeros(len(score)), wronged)
    row = np.full(len(seen.cluster), -1)
    row[held.audited // seen.n_periods] = np.arange(len(score))
    person, n = row[events["person"].to_numpy()], len(score)
    cost = -events["points"].to_numpy(dtype=np.float64)
    mean = person_sums(cost * chance, person, n)
    spread = np.sqrt(person_sums(cost**2 * chance * (1 - chance), person, n))
    least = person_sums(cost, person, n) >= short - 1e-9
    dear = np.maximum(
        person_sums(cost * chance, person, n) / np.maximum(person_sums(chance, person, n), 1e-9), 1.0
    )
    needed = np.ceil((short - 1e-9) / dear) * dear - dear / 2  # entries come whole
    likely = stats.norm.sf((needed - mean) / np.maximum(spread, 1e-9))
    return precision_at_k(np.where(least, likely, 0.0), wronged)
