"""Small worlds, really simulated and audited."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.bench import running
from scs_ml.bench.cases import ARMS, hold, looked_up, with_ledger
from scs_ml.bench.design import Counts, plan
from scs_ml.bench.one import bench_one
from scs_ml.bench.running import Run, compute, gather, measure_cost, prepare
from scs_ml.bench.seen import seen_of
from scs_ml.exceptions import ScsError

TIMES = ["seconds", "seconds_simulate"]


def untimed(table):
    return table.drop(columns=[name for name in TIMES if name in table])


def small(slugs, people=400):
    worlds = plan(Counts(1, 0, 1, strengths=(0.3,)), 11, only=slugs)
    return tuple(replace(each, n_people=people, group_share=0.2 if each.slug else None) for each in worlds)


@pytest.fixture(scope="module")
def worlds():
    """Nothing, `illness_misread`, `direct_use`."""
    return tuple(replace(each, model="score", lag=False) for each in small(["direct_use", "illness_misread"]))


@pytest.fixture(scope="module")
def finished(worlds, tmp_path_factory):
    run = Run(worlds, tmp_path_factory.mktemp("bench") / "run", rivals=False)
    prepare(run, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "CHUNK", 2)
        compute(run)
        return run, gather(run)


def test_every_world_has_a_row_in_every_arm_and_its_limits(finished, worlds):
    table = finished[1]["worlds"]
    assert table["error"].isna().all()
    assert table["id"].tolist() == [each.id for each in worlds for _ in ARMS]
    assert table["arm"].tolist() == list(ARMS) * len(worlds)
    statistics = finished[1]["statistics"].groupby("id")["mechanism"].nunique()
    assert statistics[worlds[0].id] == 19  # every mechanism is calibrated on a world without anything
    assert (statistics.drop(worlds[0].id) == 1).all()


def test_what_was_planted_is_told(finished):
    table = finished[1]["worlds"].drop_duplicates("id").set_index("slug")
    assert table.loc["direct_use", "achieved"] == pytest.approx(0.3, abs=0.01)
    assert table.loc["direct_use", "true_effect"] < -0.2
    assert table.loc["direct_use", "precision_limit"] == 1.0
    assert (table["wronged"].dropna() > 0).all()


def test_results_do_not_depend_on_the_number_of_workers(finished, worlds, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    other = Run(worlds, tmp_path / "run", rivals=False)
    prepare(other, {})
    compute(other, workers=2)
    theirs = gather(other)
    for name, ours in finished[1].items():
        pd.testing.assert_frame_equal(untimed(ours), untimed(theirs[name]))


def test_a_stopped_run_goes_on_with_what_is_missing(finished, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    run, before = finished
    run.part(1, "worlds").unlink()
    assert run.missing() == [1]
    kept = run.part(0, "worlds").stat().st_mtime_ns
    computed = []
    prepare(run, {})
    compute(run, progress=lambda what, done, total: computed.append((done, total)))
    assert computed == [(0, 1), (1, 1)]
    assert run.part(0, "worlds").stat().st_mtime_ns == kept
    pd.testing.assert_frame_equal(gather(run)["findings"], before["findings"])


def test_a_finished_run_costs_nothing(finished, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    cost = measure_cost(finished[0], workers=2)
    assert (cost.done, cost.seconds) == (cost.worlds, 0.0)


def test_another_plan_is_refused(finished):
    run = finished[0]
    with pytest.raises(ScsError, match="another plan"):
        prepare(replace(run, worlds=run.worlds[:2]), {})


def test_other_code_is_refused(finished, monkeypatch):
    monkeypatch.setattr(running, "code_fingerprint", lambda: "newer")
    with pytest.raises(ScsError, match="another code"):
        prepare(finished[0], {})


def test_a_folder_of_something_else_is_left_alone(worlds, tmp_path):
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ScsError, match="something else"):
        prepare(Run(worlds, tmp_path), {})


def test_a_world_that_fails_is_recorded_with_its_error(worlds):
    outcome = bench_one(replace(worlds[2], strength=1e6))
    assert [row["arm"] for row in outcome.worlds] == [None]
    assert outcome.worlds[0]["error"].startswith("ScsError: direct_use cannot shift")
    assert not outcome.findings


def test_the_case_of_a_model_has_its_inputs_and_its_background(worlds):
    for lag in (True, False):
        bench = replace(worlds[0], model="logit", lag=lag)
        held = hold(bench)
        assert ("current_score" in held.case.dataset.X) is lag
        assert held.case.background is not None and len(held.case.background) == 200
        assert held.case.explanation.background is not None
        assert held.case.dataset.period.max() == held.case.history.period.max() - 1


def test_rows_of_the_case_are_rows_of_the_world(worlds):
    held = hold(worlds[1])
    score = held.world.table["score"].to_numpy()
    assert np.array_equal(held.case.dataset.score, score[held.audited])
    assert np.array_equal(held.panel.score, score)
    assert held.case.ledger is None
    assert with_ledger(held).verified is None
    assert len(looked_up(held, (), seed=0).verified.answers) <= 200


def test_what_a_limit_sees_of_the_score_is_what_was_taken(worlds):
    held = hold(worlds[2])
    seen = seen_of(held, booked=False)
    taken = held.world.truth.points["direct_use"].to_numpy().reshape(seen.remainder.shape)
    free = held.world.table["score"].to_numpy().reshape(taken.shape) > 0
    assert np.allclose(seen.remainder[free], -taken[free])
