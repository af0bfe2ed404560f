"""What each basis opens: one table, and the question asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from scs_ml.exceptions import SafeguardError

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

Output = Literal[
    "training",  # fit a model to keep, or forecast with one
    "surrogate",  # imitate an existing score out of fold, for the group-level SHAP view
    "group_results",  # tables, findings and plots of groups
    "person_views",  # waterfall, reasons, the subject's sheet
    "person_export",  # forecasts written row by row
    "verification_pages",  # pages of the cases drawn into a verification sample, logged
    "twins",  # the world without a mechanism
    "small_cells",  # counts under the minimum, shown as they are
]

OPENS: dict[str, frozenset[Output]] = {
    "synthetic": frozenset(get_args(Output)),
    "agreed": frozenset(
        {"training", "surrogate", "group_results", "person_views", "person_export", "verification_pages"}
    ),
    "benchmark": frozenset({"training", "surrogate", "group_results", "small_cells"}),
    "audit": frozenset({"surrogate", "group_results", "verification_pages"}),
}


def opens(scheme: Scheme, output: Output) -> bool:
    """Whether the scheme's basis opens an output.

    Parameters
    ----------
    scheme : Scheme
    output : Output

    Returns
    -------
    bool
    """
    return output in OPENS[scheme.basis.kind]


def require_open(scheme: Scheme, output: Output) -> None:
    """Refuse an output that the scheme's basis does not open.

    Parameters
    ----------
    scheme : Scheme
    output : Output

    Raises
    ------
    SafeguardError
        With rule ``basis``; names the bases that would open it.
    """
    if opens(scheme, output):
        return
    openers = [kind for kind, outputs in OPENS.items() if output in outputs]
    raise SafeguardError(
        f"the basis {scheme.basis.kind!r} does not open {output.replace('_', ' ')}",
        rule="basis",
        where=f"scheme {scheme.name}, basis.kind",
        remedy=f"stay with what it opens ({', '.join(sorted(OPENS[scheme.basis.kind]))}); only "
        f"{', '.join(openers)} {'opens' if len(openers) == 1 else 'open'} it, and a basis has to be true",
    )
