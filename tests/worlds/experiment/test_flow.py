"""The compartment model: powers of the transition matrix without feedback, and no one lost on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scs_ml.metrics import migration_matrix
from scs_ml.worlds import Policy, WorldSettings
from scs_ml.worlds.experiment.flow import run_flow
from scs_ml.worlds.experiment.flow_inputs import flow_inputs, flow_sums
from scs_ml.worlds.experiment.living import live
from scs_ml.worlds.experiment.measures import groups_of, measure
from scs_ml.worlds.start import start


@pytest.fixture(scope="module")
def county():
    begun = start(WorldSettings(n_people=3000, n_periods=9, seed=4, mechanisms={"over_policing": 0.3}))
    _, members = groups_of(begun.county.population, "minority")
    return begun, live(begun, Policy(feedback=0)), members


@pytest.fixture(scope="module")
def sums(county):
    begun, lived, members = county
    return flow_sums(begun, lived, members, (10.0, 25.0), draws=60)


@pytest.fixture(scope="module")
def inputs(sums):
    return flow_inputs(sums, 1)


@pytest.mark.parametrize("listing", [True, False])
def test_without_feedback_it_is_the_powers_of_the_transition_matrix(inputs, listing):
    flow = run_flow(Policy(feedback=0, listing=listing), inputs, 11)
    for p in (0, 1, 2, 10):
        powers = np.linalg.matrix_power(inputs.transitions, p)
        expected = np.einsum("bgk,bgkl->bgl", inputs.start, powers)
        assert flow.shares[:, p] == pytest.approx(expected, abs=1e-12)


def test_the_transition_matrix_is_the_migration_table_of_the_group(county, inputs):
    _, lived, members = county
    for g, of_group in enumerate(members):
        category = lived.category[of_group]
        table = migration_matrix(category[:, :-1].ravel(), category[:, 1:].ravel(), 4)
        assert inputs.transitions[0, g] == pytest.approx(table.shares)
        assert inputs.start[0, g] == pytest.approx(np.bincount(category[:, 0], minlength=4) / len(category))


def test_inputs_agree_with_the_county(county, inputs):
    _, lived, members = county
    for g, of_group in enumerate(members):
        worst = of_group[:, None] & (lived.category == 0)
        assert inputs.mean_score[0, g, 0] == pytest.approx(lived.score[worst].mean())
    # 0.02 false reports of the patrols and 0.06 * 2 / 3 of neighbours, in every category. The worst has
    # some 500 person-quarters: 3 standard errors are 0.033.
    assert inputs.false[0, 1] == pytest.approx(0.06, abs=0.033)
    assert inputs.acts[0, 0, 3].sum() < inputs.acts[0, 0, 0].sum()
    assert (np.diff(inputs.standing[0]) > 0).all() and inputs.standing[0, 0] == -2
    assert inputs.friends[0].sum(axis=1) == pytest.approx(1.0)


def test_a_wider_margin_has_more_people_near_a_boundary(sums):
    assert (flow_inputs(sums, 1).near[0] > flow_inputs(sums, 0).near[0]).all()


@pytest.mark.parametrize(
    "policy", [Policy(feedback=5), Policy(feedback=5, discouragement=-5), Policy(listing=False, feedback=3)]
)
def test_shares_stay_shares(inputs, policy):
    flow = run_flow(policy, inputs, 15)
    assert flow.shares.sum(axis=-1) == pytest.approx(1.0)
    assert (flow.shares >= 0).all() and (flow.listed <= 1 + 1e-12).all()


def test_the_list_keeps_its_rule(county, inputs):
    """A still county: the model's list beside the people's, which have the same rule."""
    begun, lived, members = county
    flow = run_flow(Policy(feedback=0), inputs, 9)
    listed = measure(begun, lived, members).series[2]
    assert flow.listed[0, 0] == pytest.approx(listed[:, 0])
    assert np.abs(flow.listed[0].T - listed).max() < 0.02
    assert (flow.listed >= flow.shares[..., 0] - 1e-12).all()
    forever = run_flow(Policy(feedback=0, minimum_stay=1000), inputs, 9).listed
    assert (np.diff(forever, axis=1) >= -1e-12).all()


def test_more_feedback_of_restrictions_worsens_the_shares(inputs):
    harsh = Policy(deterrence=0)
    worst = [run_flow(replace(harsh, feedback=f), inputs, 11).shares[0, -1, :, 0] for f in (0, 0.5, 1)]
    assert (np.diff(worst, axis=0) > 0).all()


def test_a_category_that_nobody_was_in_stays_empty():
    begun = start(WorldSettings(n_people=300, n_periods=4, seed=1, misconduct=0.1))
    _, members = groups_of(begun.county.population, "sex")
    lived = live(begun, Policy(feedback=0))
    inputs = flow_inputs(flow_sums(begun, lived, members, (25.0,), draws=2), 0)
    assert not (lived.category == 0).any()
    flow = run_flow(Policy(), inputs, 6)
    assert (flow.shares[..., 0] == 0).all() and np.isfinite(flow.mean_score).all()
