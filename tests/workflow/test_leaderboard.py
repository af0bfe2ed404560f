"""The whole evaluation, on a simulated pilot and on a table of one period."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_table
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.schemes import load_scheme
from scs_ml.workflow import evaluate, save_evaluation

NAMES = [
    "splits",
    "leaderboard",
    "leaderboard_figures",
    "group_scores",
    "group_calibration",
    "indicator_drift",
    "calibration_drift",
    "category_migration",
]


@pytest.fixture(scope="module")
def done(dataset, suining):
    return evaluate(dataset, suining, families=("logit",), seed=2)


def test_what_was_learned_from_and_tested_is_told(done, dataset):
    assert [table.name for table in done.tables] == NAMES
    splits = done.table("splits")
    assert len(splits.rows) == 3
    first = dict(zip(splits.columns, splits.rows[0], strict=True))
    assert first["trained on"] == f"{dataset.periods[0]} to {dataset.periods[1]}"
    assert first["tested on"] == dataset.periods[2]
    assert (first["test rows"], first["test people"], first["share of them learned from"]) == (
        1500,
        1500,
        1.0,
    )
    assert done.leaderboard.ranked_by == "family and period"
    assert done.table("thin_files") is None  # everybody has been on record from the first period


def test_the_ranking_and_its_ties(done):
    rows = {row.name: row for row in done.leaderboard.rows}
    assert set(rows) == {"logit", "persistence", "climatology", "markov"}
    assert rows["climatology"].rank_here == "4"
    assert rows["logit"].rank_here.startswith("1")
    for row in rows.values():
        # Shocks to three periods leave more open than other people in these ones.
        assert row.rank_best <= row.here_best <= row.here_worst <= row.rank_worst
    columns = done.table("leaderboard").columns
    assert columns[:3] == ("forecaster", "rank", "rank in these periods")


def test_the_same_seed_gives_the_same_result_with_two_processes(done, dataset, suining):
    again = evaluate(dataset, suining, families=("logit",), n_jobs=2, seed=2)
    assert again == done


def test_people_parted_and_an_embargo(dataset, suining):
    parted = evaluate(
        dataset, suining, families=("logit",), n_folds=1, embargo=3, entity_disjoint=True, seed=2
    )
    splits = parted.table("splits")
    assert len(splits.rows) == 3
    for row in splits.rows:
        cells = dict(zip(splits.columns, row, strict=True))
        assert cells["share of them learned from"] == 0.0
        assert cells["trained on"] == f"{dataset.periods[0]} to {dataset.periods[1]}"
        assert cells["tested on"] == dataset.periods[4]
    assert parted.table("category_migration") is None
    assert parted.leaderboard.n_rows == 1500
    assert parted.leaderboard.ranked_by == "family"


def test_it_is_written_whole(done, tmp_path):
    folder = save_evaluation(done, tmp_path / "board")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["leaderboard.json", *(f"{name}.csv" for name in NAMES)]
    )
    record = json.loads((folder / "leaderboard.json").read_text(encoding="utf-8"))
    assert record["seed"] == 2
    assert [table["name"] for table in record["tables"]] == NAMES
    board = pd.read_csv(folder / "leaderboard.csv")
    assert list(board["forecaster"]) == [row.name for row in done.leaderboard.rows]
    assert board["RPS"].tolist() == pytest.approx([row.rps for row in done.leaderboard.rows])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ScsError, match="something else"):
        save_evaluation(done, tmp_path / "other")


def test_a_table_of_one_period_is_split_by_people(german_credit):
    dataset, scheme = german_credit
    done = evaluate(dataset, scheme, families=("logit",), seed=0)
    assert {row.name for row in done.leaderboard.rows} == {"logit", "climatology"}
    assert done.leaderboard.reference == "climatology"
    assert [row[-1] for row in done.table("splits").rows] == [0.0, 0.0, 0.0]
    again = evaluate(dataset, scheme, families=("logit",), seed=1)
    assert again.leaderboard != done.leaderboard


def test_small_groups_are_suppressed_unless_the_basis_opens_them(dataset, suining):
    rare = dataset.sensitive.assign(
        minority=np.where(dataset.subject == dataset.subject[0], "rare", dataset.sensitive["minority"])
    )
    # Where people are real, the district may not be learned from.
    few = replace(dataset, sensitive=rare, X=dataset.X.drop(columns="district"))
    shown = evaluate(few, suining, families=("logit",), n_folds=1)
    assert _group(shown, "minority = rare")[2] == 1
    # They come from other domains than the score's: the owner has to say why they are used.
    reasons = {indicator.context: "needed for this test" for indicator in suining.indicators}
    basis = suining.basis.model_copy(update={"kind": "agreed", "other_contexts": reasons})
    agreed = suining.model_copy(update={"basis": basis})
    hidden = evaluate(few, agreed, families=("logit",), n_folds=1)
    assert set(_group(hidden, "minority = rare")[2:]) == {None}
    assert _group(hidden, "everybody")[2] == 1500


def _group(done, label):
    return next(row for row in done.table("group_scores").rows if row[0] == label)


def test_what_train_refuses_is_refused_here(dataset, suining):
    basis = suining.basis.model_copy(update={"kind": "audit"})
    with pytest.raises(SafeguardError):
        evaluate(dataset, suining.model_copy(update={"basis": basis}), families=("logit",))
    with pytest.raises(ScsError, match="no forecaster is called astrology"):
        evaluate(dataset, suining, families=("astrology",))
    bare = replace(dataset, X=dataset.X[[]])
    with pytest.raises(ScsError, match="nothing to learn from"):
        evaluate(bare, suining, families=("logit",))


@pytest.fixture(scope="module")
def german_credit(data_folder):
    scheme = load_scheme("german_credit")
    return read_table(data_folder / "german_credit/german_credit_tidy.csv", scheme, key=b"k" * 32), scheme
