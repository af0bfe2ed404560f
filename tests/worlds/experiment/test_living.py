"""People under a policy: without feedback the static world, bit for bit; otherwise as coefficients say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.worlds import MECHANISMS, Planted, Policy, WorldSettings, simulate
from scs_ml.worlds.experiment.living import live, own_acts_alone
from scs_ml.worlds.frames import ledger_frame, table_frame
from scs_ml.worlds.ledger import BOOKED
from scs_ml.worlds.scoring import windowed_counts
from scs_ml.worlds.start import start

SILENT = {"deterrence": 0, "discouragement": 0, "jobs": 0, "income": 0, "credit": 0}
SILENT |= {"restriction": 0, "association": 0}
PLANTED = {
    "nothing": {},
    "over-policing": {"mechanisms": {"over_policing": 0.2}},
    "direct use": {"mechanisms": {"direct_use": 0.2}, "decoys": {"conduct_gap": 0.2}},
    "informants and copies": {"mechanisms": {"malicious_informant": 0.1, "family_spillover": 0.1}},
    "thin files": {"mechanisms": {"thin_file": 0.2, "postcode_proxy": 0.1}, "n_categories": 5},
    "aimed": {"mechanisms": {"friends_conduct": Planted(0.1, (("sex", "female"),)), "tampering": 0.0}},
    "attack": {"mechanisms": {"explanation_attack": 0.2}, "misconduct": 1.5, "broad": True},
}


@pytest.fixture(scope="module")
def begun():
    return start(WorldSettings(n_people=1500, n_periods=7, seed=5))


@pytest.mark.parametrize("name", PLANTED)
def test_without_feedback_it_is_the_static_world_bit_for_bit(name):
    settings = WorldSettings(n_people=600, n_periods=6, seed=11, **PLANTED[name])
    world, begun = simulate(settings), start(settings)
    lived = live(begun, Policy(feedback=0))
    county = begun.county
    people, expiry = county.population, begun.expiry
    counts = windowed_counts(lived.events, people.shape, expiry)
    table = table_frame(people, counts, lived.score, {})
    pd.testing.assert_frame_equal(table, world.table[list(table)], check_exact=True)
    ledger = ledger_frame(county.scheme, people, lived.events.of_rules(*BOOKED).in_order(), expiry)
    pd.testing.assert_frame_equal(ledger, world.ledger, check_exact=True)
    assert (lived.category == county.scheme.scale.categorise(world.table["score"]).reshape(600, 6)).all()


def test_a_policy_of_zeros_at_full_feedback_is_the_static_world_too(begun):
    still, lived = (live(begun, Policy(feedback=f, **SILENT)) for f in (0, 1))
    assert (still.score == lived.score).all()


def test_nobody_reacts_before_the_first_score_is_known(begun):
    still, lived = live(begun, Policy(feedback=0)), live(begun, Policy(feedback=2))
    assert (still.score[:, 0] == lived.score[:, 0]).all()
    assert (still.score[:, 1] != lived.score[:, 1]).any()


def test_the_start_is_left_as_it_was(begun):
    before = {act: rate.copy() for act, rate in begun.county.rates.items()}
    live(begun, Policy(feedback=2))
    for act, rate in begun.county.rates.items():
        assert (rate == before[act]).all()


def test_discouragement_harms_only_who_has_been_in_the_worst_category(begun):
    still = live(begun, Policy(feedback=0))
    lived = live(begun, Policy(**{**SILENT, "discouragement": 1.0}))
    been = (still.category[:, :-1] == 0).any(axis=1)
    assert (lived.score[~been] == still.score[~been]).all()
    assert (lived.score[been] <= still.score[been]).all()
    assert lived.score[been].mean() < still.score[been].mean()


def test_deterrence_spares_points_near_a_boundary_and_costs_them_when_negative(begun):
    still = live(begun, Policy(feedback=0)).score.mean()
    spared, cost = (live(begun, Policy(**{**SILENT, "deterrence": d})).score.mean() for d in (0.5, -0.5))
    assert cost < still < spared


@pytest.mark.parametrize(
    "coefficient, act, sign",
    [
        ("income", "unpaid_debts", 1),
        ("credit", "unpaid_debts", 1),
        ("jobs", "exemplary_county", -1),
        ("restriction", "unpaid_debts", 1),
        ("association", "informant_reports", 1),
        ("association", "charity_days", -1),
    ],
)
def test_a_low_standing_or_a_listing_moves_the_acts_it_should(begun, coefficient, act, sign):
    """The mean score lies below the start, so that standing is negative in the mean."""
    still = live(begun, Policy(feedback=0))
    lived = live(begun, Policy(**{**SILENT, coefficient: 1.0}))
    moved = lived.entries[act].sum() - still.entries[act].sum()
    assert np.sign(moved) == sign
    others = {"unpaid_debts", "exemplary_county", "traffic_violations"} - {act}
    if coefficient in ("income", "credit"):
        assert all((lived.entries[each] == still.entries[each]).all() for each in others)


def test_without_crossing_only_who_has_debts_is_refused_credit_and_no_friend_is_touched(begun):
    lived = live(begun, Policy(cross_domain=False))
    debts = np.stack(
        [lived.entries["unpaid_debts"][:, p + 1 : p + 9].sum(axis=1) > 0 for p in range(7)], axis=1
    )
    listed = lived.listed > 0
    assert (lived.no_credit == (listed & debts)).all()
    assert not lived.no_work.any() and not lived.friends.any()
    crossing = live(begun, Policy())
    assert (crossing.no_credit == (crossing.listed > 0)).all() and crossing.friends.any()


def test_without_a_list_nobody_is_on_one(begun):
    lived = live(begun, Policy(listing=False))
    assert not lived.listed.any() and not lived.no_credit.any() and not lived.friends.any()


def test_planted_wrongs_act_on_the_county_as_it_becomes():
    """Patrols over-record what there is: more disorder, more petty acts written down."""
    begun = start(WorldSettings(n_people=1500, n_periods=8, seed=2, mechanisms={"over_policing": 0.3}))
    harsh = Policy(**{**SILENT, "discouragement": 2.0})
    added = {}
    for policy in (harsh.static, harsh):
        lived = live(begun, policy)
        added[policy.feedback] = lived.entries["disorder_reports"].sum() - (
            lived.true["disorder_reports"].sum() + begun.conduct.records["disorder_reports"].false.sum()
        )
    assert added[1.0] > added[0.0] > 0


def test_own_acts_alone_put_nobody_lower_than_all_that_is_held_against_them():
    begun = start(WorldSettings(n_people=800, n_periods=5, seed=3, mechanisms={"direct_use": 0.3}))
    lived = live(begun, Policy())
    own = own_acts_alone(begun, lived)
    assert (own >= lived.category).all() and (own > lived.category).any()


@pytest.mark.parametrize("slug", MECHANISMS)
def test_no_wrong_looks_ahead(slug, begun):
    """What a mechanism makes in a quarter rests on that quarter and those before: it can act anew in each."""
    county, now = begun.county, 9
    cut = replace(
        county,
        rates={act: np.where(np.arange(15) <= now, rate, 0.0) for act, rate in county.rates.items()},
        honest=county.honest.take(county.honest.quarter <= now),
    )
    mechanism = MECHANISMS[slug]
    whole, known = (mechanism.acts(each, mechanism.group)(0.5 * mechanism.ceiling) for each in (county, cut))
    of_whole, of_known = (events.take(events.quarter <= now).in_order() for events in (whole, known))
    assert len(of_whole)
    assert (of_whole.id == of_known.id).all() and (of_whole.points == of_known.points).all()
