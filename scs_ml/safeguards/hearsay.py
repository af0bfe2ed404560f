"""Suggestion 2: what informants say counts for nothing without three of them, and for one never much.

The bound on a value that sums what informants say stands in `bounded_sums`; docs/decisions/0021 says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scs_ml.core import Dataset, Floats, Ints
from scs_ml.exceptions import SafeguardError

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

RULE = "hearsay"
INFORMANTS = 3  # independent ones, or a value weighs nothing; none of them gives more than a third of it


@dataclass(frozen=True)
class Bounded:
    """What informants give to the value of each row (n,).

    Attributes
    ----------
    informants : ndarray of int (n,)
        How many different ones.
    total, counted : ndarray (n,)
        The sum of what they say, and what of it counts.
    largest, largest_counted : ndarray (n,)
        What the one who says most says, and what of that counts.
    """

    informants: Ints
    total: Floats
    counted: Floats
    largest: Floats
    largest_counted: Floats


def bounded_sums(row: Ints, informant: Ints, units: Floats, n_rows: int) -> Bounded:
    r"""Bound what one informant gives to the value of one person.

    Let :math:`a_1 \ge a_2 \ge \dots` be what each informant says in sum and :math:`S` their total. Each
    counts for :math:`\min(a_j, c)` at most, with the largest cap :math:`c` at which nobody gives more than a
    third of what counts. That leaves

    .. math:: T = \min(S,\ \tfrac32 (S - a_1),\ 3 (S - a_1 - a_2)),

    nothing where fewer than three informants speak. Whatever one of them says, :math:`T` is at most one and a
    half times what all others say.

    Parameters
    ----------
    row : ndarray of int (e,)
        Row of the table to whose value each event gives.
    informant : ndarray of int (e,)
        Code of who said it.
    units : ndarray (e,)
        Units of the indicator that the event gives; an informant whose units sum to nothing or less is none.
    n_rows : int

    Returns
    -------
    Bounded

    Examples
    --------
    Four reports by one neighbour and one each by two others count as three; by one other, as none:

    >>> import numpy as np
    >>> row, who = np.array([0, 0, 0, 1, 1]), np.array([7, 8, 9, 7, 8])
    >>> bounded_sums(row, who, np.array([4.0, 1.0, 1.0, 4.0, 1.0]), 2).counted
    array([3., 0.])
    """
    base = int(informant.max(initial=0)) + 1
    pairs, code = np.unique(row * base + informant, return_inverse=True)
    said = np.bincount(code, weights=units, minlength=len(pairs))
    at, said = (pairs // base)[said > 0], said[said > 0]
    order = np.lexsort((-said, at))
    at, said = at[order].astype(np.int64), said[order]
    informants = np.bincount(at, minlength=n_rows)
    total = np.bincount(at, weights=said, minlength=n_rows).astype(np.float64)
    place = np.arange(len(at)) - (np.cumsum(informants) - informants)[at]

    def nth(n: int) -> Floats:
        found = np.zeros(n_rows)
        found[at[place == n]] = said[place == n]
        return found

    first, second = nth(0), nth(1)
    rest = np.where(informants >= INFORMANTS, total - first - second, 0.0)
    counted = np.minimum(np.minimum(total, 1.5 * (total - first)), 3 * rest)
    counted[informants < INFORMANTS] = 0.0
    return Bounded(informants.astype(np.int64), total, counted, first, np.minimum(first, counted / 3))


def gate_hearsay(scheme: Scheme, dataset: Dataset, *, existing: bool = False) -> None:
    """Refuse inputs that informants gave and that nobody weighed, where a model is of real people.

    Parameters
    ----------
    scheme : Scheme
    dataset : Dataset
    existing : bool
        A score or model that exists already is audited as it is.

    Raises
    ------
    SafeguardError
        Rule ``hearsay``, naming the inputs.
    """
    if not scheme.real_people or existing:
        return
    asked = (gate for gate in dataset.gates if gate.rule == RULE and gate.outcome != "recorded")
    weighed = {column for gate in asked for column in gate.columns}
    heard = [i for i in scheme.indicators if i.hearsay and i.name in dataset.X]
    if unweighed := [i.name for i in heard if i.table_column not in weighed]:
        raise SafeguardError(
            "what informants say is among the inputs, and nobody asked how many of them there are",
            rule=RULE,
            where=f"columns {', '.join(unweighed)}",
            remedy="give the dataset to scs_ml.data.weigh_hearsay first, with the ledger where there is one",
        )
