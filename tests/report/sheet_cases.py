"""Sheets built by hand, with something in every field."""

from __future__ import annotations

from dataclasses import replace

from scs_ml.explain import Change, Recourse
from scs_ml.report.sheet import Doubt, NotUsed, Sheet, Used
from scs_ml.schemes import Indicator, load_scheme

HOSTILE = "<script>alert('{name}')</script> {0}"

WAY = Recourse(
    changes=(
        Change("unpaid_debts", 3.0, 0.0, 0.4),
        Change("licensed", 0.0, 1.0, 0.5),
        Change("work", "none", "some", 0.2),
    ),
    cost=1.1,
    before=1,
    target=2,
    after=2,
    exact=True,
    why=None,
    could_move=("unpaid_debts", "licensed", "work"),
    held=("current_score",),
    predictions=50,
)
NO_WAY = Recourse((), 0.0, 1, 2, 1, exact=True, why="out of reach", could_move=("unpaid_debts",))
NOT_USED = tuple(
    NotUsed(f"thing_{why}", why, "a reason of its own" if why == "scheme" else "")
    for why in (
        "relatives", "friends", "protected", "opinion", "health", "psychological", "communication",
        "scheme", "source", "context", "hearsay", "event", "offered",
    )
)  # fmt: skip


def scheme_of(kind="synthetic", **basis):
    suining = load_scheme("suining")
    named = {"lawful_basis": "Article 9 of an act"} if kind == "audit" else {}
    if kind == "agreed":
        named = {"agreement_column": "agreed", "birth_column": "age"}
    return suining.model_copy(
        update={"basis": suining.basis.model_copy(update={"kind": kind} | named | basis)}
    )


def indicator(name, **changes):
    common = {"kind": "direct", "source": "business", "database": "a bank", "context": "finance"}
    return Indicator(name=name, **common | changes)


def sheet_of(scheme=None, **changes):
    scheme = scheme or scheme_of()
    licensed = indicator("licensed", dtype="flag", source="administrative", description="holds a licence")
    work = indicator("work", dtype="category", levels=("none", "some"), source="organization")
    return replace(
        Sheet(
            scheme=scheme,
            subject="0123456789abcdef",
            period="2015Q2",
            category=1,
            boundary=1,
            chances=(0.1, 0.45, 0.4496, 0.0004),
            likely=(1, 2),
            coverage=0.9,
            flip_risk=0.31,
            indirect_share=0.62,
            person_decides=True,
            doubts=(
                Doubt("flip_risk", 0.31, 0.25),
                Doubt("indirect_share", 0.62, 0.5),
                Doubt("set_size", 4, 3),
            ),
            used=(
                Used(scheme.indicator("unpaid_debts"), 3.0, -0.4),
                Used(scheme.indicator("disorder_reports"), 0.0, 0.3),
                Used(None, 812.5, -0.15),
                Used(scheme.indicator("district"), "d03", 0.12, breach=True),
                Used(licensed, False, 0.02),
                Used(work, "none", -0.008),
                Used(indicator("seen", source="webspace"), None, -0.002),
                Used(scheme.indicator("informant_reports"), 1.0, 0.0),
            ),
            not_used=NOT_USED,
            recourse=WAY,
            marks={"model": "a" * 64, "table": "b" * 64, "scheme": "c" * 64},
        ),
        **changes,
    )


NONE = {
    "likely": None,
    "coverage": None,
    "flip_risk": None,
    "indirect_share": None,
    "doubts": (),
    "used": (),
    "not_used": (),
}
CASES = {
    "a way": sheet_of(),
    "not the smallest": sheet_of(recourse=replace(WAY, exact=False, held=())),
    "no way": sheet_of(recourse=NO_WAY, person_decides=False, doubts=()),
    "not found": sheet_of(recourse=replace(NO_WAY, why="not found", exact=False)),
    "nothing can change": sheet_of(recourse=replace(NO_WAY, why="nothing can change", could_move=())),
    "best": sheet_of(recourse=replace(NO_WAY, why="already there"), category=3, boundary=2),
    "agreed": sheet_of(scheme_of("agreed", retention_days=1), person_decides=None, doubts=()),
    "audit": sheet_of(scheme_of("audit"), drawn=True, doubtful=True),
    "bare": sheet_of(
        scheme_of().model_copy(update={"horizon": 0, "sensitive": (), "situations": ()}),
        recourse=replace(NO_WAY, could_move=()),
        person_decides=None,
        **NONE,
    ),
}
