"""A world on disk: the office's folder and the truth's."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from scs_ml.schemes import load_scheme
from scs_ml.worlds import WorldSettings, save_world, simulate


@pytest.fixture(scope="module")
def folder(mixed_world, tmp_path_factory):
    return save_world(mixed_world, tmp_path_factory.mktemp("worlds") / "one")


def test_the_office_and_the_truth_lie_apart(folder):
    assert sorted(p.name for p in folder.iterdir()) == ["office", "truth"]
    assert sorted(p.name for p in (folder / "office").iterdir()) == [
        "README.md",
        "background.parquet",
        "ledger.parquet",
        "scheme.yaml",
        "table.parquet",
    ]
    assert sorted(p.name for p in (folder / "truth").iterdir()) == [
        "events.parquet",
        "planted.json",
        "points.parquet",
        "twin.parquet",
        "wronged.parquet",
    ]


def test_what_is_read_is_what_was_written(folder, mixed_world):
    for path, frame in (
        ("office/table", mixed_world.table),
        ("office/ledger", mixed_world.ledger),
        ("office/background", mixed_world.background),
        ("truth/events", mixed_world.truth.events),
        ("truth/twin", mixed_world.truth.twin),
        ("truth/wronged", mixed_world.truth.wronged),
        ("truth/points", mixed_world.truth.points),
    ):
        pd.testing.assert_frame_equal(pd.read_parquet(folder / f"{path}.parquet"), frame, check_exact=True)


def test_the_scheme_is_read_back(folder, mixed_world, tmp_path):
    assert load_scheme(folder / "office" / "scheme.yaml") == mixed_world.scheme == load_scheme("suining")
    settings = WorldSettings(n_people=50, broad=True, n_categories=5, false_reports=0.5)
    world = simulate(settings)
    assert load_scheme(save_world(world, tmp_path / "broad") / "office" / "scheme.yaml") == world.scheme


def test_what_was_planted_is_written(folder, mixed_world):
    planted = json.loads((folder / "truth" / "planted.json").read_text(encoding="utf-8"))
    assert [p["slug"] for p in planted] == [p.slug for p in mixed_world.truth.planted]
    assert [p["achieved"] for p in planted] == [p.achieved for p in mixed_world.truth.planted]
    assert planted[0]["group"] == [["minority", "yes"]]


def test_saving_again_replaces_the_folder_with_the_same_bytes(folder, mixed_world):
    before = {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    (folder / "office" / "stray.txt").write_text("left over", encoding="utf-8")
    save_world(mixed_world, folder)
    assert {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
