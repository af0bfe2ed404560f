from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.friends_conduct import FriendsConduct
from scs_ml.audit.coincidences.entries import read
from tests.audit.cases import INDICATOR, INDIRECT, LEVEL, by_group, dataset, few
from tests.audit.town import PERIODS, POINTS, again, rules, to_relatives, together, town

FRIENDS = INDICATOR | {"name": "friends", "concerns": "friends", "context": "order"}


def run(of):
    return FriendsConduct().run(of, level=LEVEL, seed=0).findings


def with_column(dose, *, seed=0):
    """A town in which friends' reports are a column, and of the group's some are entered as their own."""
    rng = np.random.default_rng(seed)
    new = rng.poisson(0.3, (1_200, PERIODS))

    def copy(rng, entries, people):
        del entries
        who, when = np.nonzero(
            (rng.random(new.shape) < dose) & (new > 0) & people["there"].to_numpy()[:, None]
        )
        return pd.DataFrame({"who": who, "when": when}).assign(what="reports")

    of = town(
        copy,
        seed=seed,
        of=rules(
            indicators=[
                INDICATOR | {"name": "debts", "nature": "finance", "context": "finance"},
                INDIRECT | {"name": "reports", "context": "order"},
                FRIENDS,
            ]
        ),
    )
    window = np.cumsum(new, axis=1).astype(float)
    labels = tuple(f"p{t}" for t in range(PERIODS))
    subjects = np.repeat(of.dataset.subject, PERIODS)
    frame = pd.DataFrame({"friends": window.ravel()})
    history = dataset(len(frame), X=frame, subject=subjects, periods=labels)
    history = replace(history, period=np.tile(np.arange(PERIODS), 1_200))
    last = replace(
        of.dataset,
        X=pd.DataFrame({"friends": window[:, -1]}),
        periods=labels,
        period=np.full(1_200, PERIODS - 1),
    )
    events = of.ledger.events.assign(period=of.ledger.events["period"] + PERIODS - 1)
    return replace(of, dataset=last, history=history, ledger=replace(of.ledger, events=events))


def test_entries_that_follow_the_friends_column_are_found_and_priced():
    of = with_column(0.2)
    flag = by_group(run(of))["there"]
    assert (flag.verdict, flag.indicator) == ("flag", "reports")
    assert flag.mechanisms == (("friends_conduct", 1.0),)
    copies = of.ledger.events["event"].str.endswith("c")
    taken = copies.sum() * -POINTS["reports"] / 300 / of.dataset.score.std(ddof=1)
    assert flag.effect.low < -taken < flag.effect.high
    trace = FriendsConduct().trace(of, flag)
    copied = trace.events.index.str.endswith("c")
    assert trace.events[copied].mean() > trace.events[~copied].mean()
    assert (trace.taken[of.dataset.sensitive["origin"] == "here"] == 0).all()


def test_a_column_that_nothing_follows_is_silent():
    for seed in range(5):
        assert not any(f.verdict == "flag" for f in run(with_column(0.0, seed=seed)))


def test_without_a_column_entries_of_one_place_that_fall_together_are_found():
    of = town(together("reports", 0.15))
    flag = by_group(run(of))["there"]
    assert (flag.verdict, flag.indicator) == ("flag", "reports")
    trace = FriendsConduct().trace(of, flag)
    copied = trace.events.index.str.endswith("c")
    assert trace.events[copied].mean() > trace.events[~copied].mean()


@pytest.mark.parametrize("copy", [None, again(0.3), to_relatives(0.3), together("debts", 0.15)])
def test_conduct_and_copies_of_other_kinds_are_silent(copy):
    for seed in range(4):
        assert not any(f.verdict == "flag" for f in run(town(copy, seed=seed, busier=1.8)))


def test_what_is_missing_is_named_and_thirty_rows_cannot_tell():
    of = town()
    (found,) = run(replace(of, dataset=replace(of.dataset, area=None)))
    assert "roles.area" in found.evidence[0].statement
    assert all(f.verdict in {"cannot tell", "not applicable"} for f in run(few(of)))
    assert read(of).entries.names == ("debts", "reports")
