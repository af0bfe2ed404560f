"""Every way out: what each command writes or prints that is about people, and what each basis does to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scs_ml.safeguards.bases import OPENS, Output

State = Literal["open", "closed", "suppressed", "consent", "noise"]


@dataclass(frozen=True)
class Exit:
    """One thing that a command writes or prints.

    Attributes
    ----------
    command : str
    what : str
        File name, or what is printed.
    opened_by : Output
    about : str
        ``groups``: counts and what was computed from them. ``persons``: rows or views of single people.
    to : str
        ``anybody``: a publication. ``office``: back to the owner of the data, for its own work. ``person``:
        to the one whom it is about.
    """

    command: str
    what: str
    opened_by: Output
    about: Literal["groups", "persons"]
    to: Literal["anybody", "office", "person"] = "anybody"
    private: bool = False  # noise hides every person


EXITS = (
    Exit("check", "counts, printed", "group_results", "groups"),
    Exit("train", "bundle", "training", "groups", "office"),
    Exit("train", "leaderboard, printed", "training", "groups"),
    Exit("leaderboard", "*.csv, leaderboard.json, printed", "training", "groups"),
    Exit("forecast", "forecasts (.parquet, .csv)", "person_export", "persons", "office"),
    Exit("audit", "audit.json, report.html, card.md, one_page.md: groups", "group_results", "groups"),
    Exit("audit", "audit.json, report.html: persons", "person_views", "persons"),
    Exit("audit", "wronged_people.csv", "person_views", "persons"),
    Exit("audit", "verification_plan.csv", "verification_pages", "persons", "office"),
    Exit("audit", "flags, printed", "group_results", "groups"),
    Exit("report", "report.html, card.md, one_page.md", "group_results", "groups"),
    Exit("verify plan", "plan.csv", "verification_pages", "persons", "office"),
    Exit("explain", "importance and groups, printed", "group_results", "groups"),
    Exit("explain", "--person, printed", "person_views", "persons", "person"),
    Exit("sheet", "sheets (.html), each its person's", "person_views", "persons", "person"),
    Exit("society", "society scale, printed", "group_results", "groups"),
    Exit("publish", "private_tables.json, private_tables.md", "group_results", "groups", private=True),
)


def state_of(exit_: Exit, kind: str) -> State:
    """Say what a basis does to an exit.

    Parameters
    ----------
    exit_ : Exit
    kind : str
        Of the basis.

    Returns
    -------
    str
        ``closed``: refused or left out. ``suppressed``: small counts do not leave, nor what would give them
        back. ``consent``: only those who consent to publication are in it. ``noise``: counts with
        differential privacy. ``open``: as it is.
    """
    if exit_.opened_by not in OPENS[kind]:
        return "closed"
    if exit_.private:
        return "noise"
    if exit_.about == "groups":
        # What goes back to the owner of the data holds what the owner holds.
        return "open" if exit_.to == "office" or "small_cells" in OPENS[kind] else "suppressed"
    return "consent" if exit_.to == "anybody" and kind == "agreed" else "open"
