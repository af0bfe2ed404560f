from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.organization_to_leaders import OrganizationToLeaders
from tests.audit.cases import INDICATOR, LEVEL, by_group, few
from tests.audit.test_friends_conduct import with_column
from tests.audit.town import again, to_relatives, together, town

OWED = INDICATOR | {
    "name": "friends",
    "source": "organization",
    "forbidden": "an organization's, nobody's own",
}


def run(of):
    return OrganizationToLeaders().run(of, level=LEVEL, seed=0).findings


def owed(dose, seed=0):
    """The town with a column, which now is what an organization owes, followed by debts."""
    of = with_column(dose, seed=seed)
    indicators = [i.model_dump() for i in of.scheme.indicators if i.name != "friends"]
    named = of.scheme.model_dump() | {"indicators": [*indicators, OWED]}
    events = of.ledger.events
    copied = events["event"].str.endswith("c")
    renamed = {c: events[c].mask(copied, "debts") for c in ("indicator", "rule")}
    return replace(
        of,
        scheme=type(of.scheme).model_validate(named),
        ledger=replace(of.ledger, events=events.assign(**renamed)),
    )


def test_debts_that_follow_what_an_organization_owes_are_found():
    flag = by_group(run(owed(0.25)))["there"]
    assert (flag.verdict, flag.indicator) == ("flag", "debts")
    assert flag.mechanisms == (("organization_to_leaders", 1.0),)
    assert "friends" in flag.evidence[0].statement


def test_without_a_column_debts_that_fall_together_in_one_place_are_found():
    of = town(together("debts", 0.15))
    flag = by_group(run(of))["there"]
    assert (flag.verdict, flag.indicator) == ("flag", "debts")


@pytest.mark.parametrize("copy", [None, again(0.3), to_relatives(0.3), together("reports", 0.15)])
def test_conduct_and_copies_of_other_kinds_are_silent(copy):
    for seed in range(4):
        assert not any(f.verdict == "flag" for f in run(town(copy, seed=seed, busier=1.8)))
    for seed in range(3):
        assert not any(f.verdict == "flag" for f in run(owed(0.0, seed=seed)))


def test_an_area_where_all_are_struck_wrongs_no_group():
    def struck(rng, entries, people):
        del entries
        hit = rng.random((people["area"].max() + 1, 12)) < 0.05
        who, when = np.nonzero(hit[people["area"]] & (rng.random((len(people), 12)) < 0.5))
        return pd.DataFrame({"who": who, "when": when}).assign(what="debts")

    for seed in range(4):
        assert not any(f.verdict == "flag" for f in run(town(struck, seed=seed)))


def test_what_is_missing_is_named_and_thirty_rows_cannot_tell():
    of = town()
    (found,) = run(replace(of, dataset=replace(of.dataset, area=None)))
    assert "roles.area" in found.evidence[0].statement
    assert all(f.verdict in {"cannot tell", "not applicable"} for f in run(few(of)))
