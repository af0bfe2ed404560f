"""What the compartment model knows of a static county: sums by family, so that families can be reweighted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scs_ml.core import Bools, Floats
from scs_ml.worlds.conduct import MISCONDUCT
from scs_ml.worlds.experiment.living import Lived
from scs_ml.worlds.experiment.responses import near_boundary, standing
from scs_ml.worlds.life import friendships
from scs_ml.worlds.start import Start

# Sums over person-quarters (K: category at that time, G: group, A: act of misconduct).
Sums = Mapping[str, Floats]


@dataclass(frozen=True)
class FlowInputs:
    """Rates and shares of a static county, each with a leading axis of draws (B).

    Attributes
    ----------
    start : ndarray (B, G, K)
        Shares of the categories in period 0.
    transitions : ndarray (B, G, K, K)
        Moves from one quarter to the next; who was in a category that nobody of the group was in stays.
    mean_score : ndarray (B, G, K)
    acts : ndarray (B, G, K, A)
        Entries per person and quarter that grow with conduct, by category the quarter before.
    false : ndarray (B, G, K)
        False reports per person and quarter, which do not.
    standing, debts : ndarray (B, K)
        Mean standing; share with debts in force.
    near : ndarray (B, K)
        Share within the margin of a boundary.
    friends : ndarray (B, G, G)
        Share of a group's friends that is of each group.
    """

    start: Floats
    transitions: Floats
    mean_score: Floats
    acts: Floats
    false: Floats
    standing: Floats
    debts: Floats
    near: Floats
    friends: Floats


def flow_sums(begun: Start, lived: Lived, members: Bools, margins: tuple[float, ...], draws: int) -> Sums:
    """Sum what the model needs over families, once as they are and `draws` times with random weights.

    Parameters
    ----------
    begun : Start
    lived : Lived
        Without feedback.
    members : ndarray of bool (G, n)
    margins : tuple of float
        What is near a boundary, in points: one figure each.
    draws : int

    Returns
    -------
    mapping of ndarray (1 + draws, ...)
        The sums of several counties add up. Weights are exponential: shares of the sums are draws of the
        Bayesian bootstrap over families.

    References
    ----------
    Rubin (1981), The Bayesian bootstrap, Ann. Stat. 9, 130-134.
    """
    county = begun.county
    family = county.population.family
    weights = -np.log(county.streams.uniform("family weights", draws, int(family.max()) + 1))
    of_person = np.concatenate([np.ones((1, len(family))), weights[:, family]])
    return {
        name: (of_person @ values.reshape(len(family), -1)).reshape(-1, *values.shape[1:])
        for name, values in _of_people(begun, lived, members, margins).items()
    }


def _of_people(begun: Start, lived: Lived, members: Bools, margins: tuple[float, ...]) -> dict[str, Floats]:
    """Give each person's part of the sums: (n, ...)."""
    county, group = begun.county, members.T.astype(np.float64)
    scale = county.scheme.scale
    (n, periods), k = lived.score.shape, scale.n_categories
    at = np.eye(k)[lived.category]  # (n, P, K)
    before, after = at[:, :-1], at[:, 1:]
    new = slice(lived.expiry + 1, None)
    false = sum(begun.conduct.records[act].false[:, new] for act in MISCONDUCT)
    entries = np.stack([lived.entries[act][:, new] for act in MISCONDUCT], axis=2)
    responding = entries - np.stack([begun.conduct.records[act].false[:, new] for act in MISCONDUCT], axis=2)
    near = np.stack(
        [[near_boundary(scale, lived.score[:, p], each) for p in range(periods)] for each in margins]
    )
    debts = np.stack(
        [
            lived.entries["unpaid_debts"][:, p + 1 : p + 1 + lived.expiry].sum(axis=1) > 0
            for p in range(periods)
        ],
        axis=1,
    )
    person, friend = friendships(county.streams, county.population)
    ties = np.stack([np.bincount(person, each[friend], minlength=n) for each in members], axis=1)
    by_group = {
        "start": at[:, 0],
        "moves": np.einsum("npk,npl->nkl", before, after),
        "quarters": at.sum(axis=1),
        "score": np.einsum("npk,np->nk", at, lived.score),
        "exposed": before.sum(axis=1),
        "acts": np.einsum("npk,npa->nka", before, responding),
        "false": np.einsum("npk,np->nk", before, np.asarray(false, dtype=np.float64)),
        "friends": ties,
    }
    told = {
        "all quarters": at.sum(axis=1),
        "standing": np.einsum("npk,np->nk", at, standing(scale, lived.score)),
        "debts": np.einsum("npk,np->nk", at, debts.astype(np.float64)),
        "near": np.einsum("npk,mpn->nmk", at, near.astype(np.float64)),
    }
    for name, values in by_group.items():
        told[name] = np.einsum("ng,n...->ng...", group, values)
    return told


def flow_inputs(sums: Sums, margin: int) -> FlowInputs:
    """Turn sums into rates and shares; `margin` is a position in the margins they were made with."""
    moves = sums["moves"]
    leaving = moves.sum(axis=-1, keepdims=True)
    stay = np.broadcast_to(np.eye(moves.shape[-1]), moves.shape)
    return FlowInputs(
        start=_over(sums["start"], sums["start"].sum(axis=-1, keepdims=True)),
        transitions=np.where(leaving > 0, _over(moves, leaving), stay),
        mean_score=_over(sums["score"], sums["quarters"]),
        acts=_over(sums["acts"], sums["exposed"][..., None]),
        false=_over(sums["false"], sums["exposed"]),
        standing=_over(sums["standing"], sums["all quarters"]),
        debts=_over(sums["debts"], sums["all quarters"]),
        near=_over(sums["near"][:, margin], sums["all quarters"]),
        friends=_over(sums["friends"], sums["friends"].sum(axis=-1, keepdims=True)),
    )


def _over(sums: Floats, count: Floats) -> Floats:
    """Divide; where there is nobody, 0."""
    return np.divide(sums, count, out=np.zeros(np.broadcast_shapes(sums.shape, count.shape)), where=count > 0)
