"""System dynamics: the shares of the categories as compartments, with flows that the policy speeds or slows.

References
----------
Forrester (1961), Industrial Dynamics (stocks, flows and feedback).
Kermack & McKendrick (1927), A contribution to the mathematical theory of epidemics, Proc. R. Soc. A 115,
700-721 (compartments).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Floats
from scs_ml.worlds.conduct import MISCONDUCT
from scs_ml.worlds.experiment.flow_inputs import FlowInputs
from scs_ml.worlds.experiment.policy import Policy
from scs_ml.worlds.experiment.responses import Scored, response_factors


@dataclass(frozen=True)
class Flow:
    """What the compartment model answers, each with a leading axis of draws (B).

    Attributes
    ----------
    shares : ndarray (B, P, G, K)
        Of the categories.
    listed : ndarray (B, P, G)
    mean_score : ndarray (B, P, G)
    """

    shares: Floats
    listed: Floats
    mean_score: Floats


def run_flow(policy: Policy, inputs: FlowInputs, periods: int) -> Flow:
    r"""Let the shares of the categories flow.

    Parameters
    ----------
    policy : Policy
        With the same meaning as for people: `response_factors` at the mean of each compartment.
    inputs : FlowInputs
    periods : int
        P, period 0 included.

    Returns
    -------
    Flow

    Notes
    -----
    A compartment is a group, a category and the quarters spent on the list (0: off it; from `minimum_stay`
    on, all in one). Entries of misconduct come to who is in category k at the rate
    :math:`\lambda = \text{false} + \sum_a \text{acts}_a`, and under the policy at
    :math:`\lambda' = \text{false} + \sum_a \text{acts}_a \exp(f h_a)`. To fall, a person needs an entry; to
    rise, none may come while old ones expire. So flows down are multiplied by
    :math:`(1 - e^{-\lambda'}) / (1 - e^{-\lambda})` and flows up by :math:`e^{-(\lambda' - \lambda)}`. With
    :math:`f = 0` this is the Markov chain of the static county.
    """
    draws, groups, k = inputs.start.shape
    ages = policy.minimum_stay if policy.listing else 0
    people = np.zeros((draws, groups, 1 + ages, k))
    people[:, :, 0] = inputs.start
    if ages:
        people[:, :, 1, 0], people[:, :, 0, 0] = inputs.start[:, :, 0], 0.0
    shares, listed = [people.sum(axis=2)], [people[:, :, 1:].sum(axis=(2, 3))]
    for _ in range(1, periods):
        friends = np.einsum("bgh,bh->bg", inputs.friends, listed[-1] * policy.cross_domain)
        moved = np.empty_like(people)
        for on_list, some in ((0.0, slice(0, 1)), (1.0, slice(1, None))):
            rates = _transitions(policy, inputs, friends, on_list)
            moved[:, :, some] = np.einsum("bgak,bgkl->bgal", people[:, :, some], rates)
        people = _aged(moved) if ages else moved
        shares.append(people.sum(axis=2))
        listed.append(people[:, :, 1:].sum(axis=(2, 3)))
    path = np.stack(shares, axis=1)
    return Flow(
        shares=path,
        listed=np.stack(listed, axis=1),
        mean_score=np.einsum("bpgk,bgk->bpg", path, inputs.mean_score),
    )


def _transitions(policy: Policy, inputs: FlowInputs, friends: Floats, on_list: float) -> Floats:
    """Give the flows (B, G, K, K) of who is on the list, or off it."""
    k = inputs.start.shape[-1]
    each = inputs.start.shape
    by_category = [np.broadcast_to(value[:, None], each) for value in (inputs.near, inputs.standing)]
    closed = np.full(each, on_list)
    in_debt = closed if policy.cross_domain else closed * inputs.debts[:, None]
    seen = Scored(
        worst=np.broadcast_to(np.arange(k) == 0, each).astype(np.float64),
        near=by_category[0],
        standing=by_category[1],
        no_work=closed if policy.cross_domain else np.zeros(each),
        no_credit=in_debt,
        friends=np.broadcast_to(friends[..., None], each),
    )
    factors = response_factors(policy, seen)
    before = inputs.false + inputs.acts.sum(axis=-1)
    after = inputs.false + sum(inputs.acts[..., a] * factors[act] for a, act in enumerate(MISCONDUCT))
    some = before > 0
    down = np.where(some, np.expm1(-after) / np.where(some, np.expm1(-before), 1.0), 1.0)
    up = np.exp(before - after)
    lower, higher = np.tril(np.ones((k, k)), -1), np.triu(np.ones((k, k)), 1)
    leaving = inputs.transitions * (lower * down[..., None] + higher * up[..., None])
    total = leaving.sum(axis=-1)
    leaving /= np.maximum(total, 1.0)[..., None]  # no more can leave than are there
    flows: Floats = leaving + np.eye(k) * np.maximum(1.0 - total, 0.0)[..., None]
    return flows


def _aged(moved: Floats) -> Floats:
    """Let a quarter pass on the list: people (B, G, 1 + ages, K), already in their new categories."""
    last = moved.shape[2] - 1
    aged = np.zeros_like(moved)
    aged[:, :, 1, 0] = moved[:, :, 0, 0]  # put on the list
    aged[:, :, 0, 1:] = moved[:, :, 0, 1:] + moved[:, :, last, 1:]  # off it, or taken off it
    for age in range(1, last):
        aged[:, :, age + 1] += moved[:, :, age]
    aged[:, :, last, 0] += moved[:, :, last, 0]
    return aged
