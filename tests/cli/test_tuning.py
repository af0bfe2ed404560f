"""``scs-ml train --search``."""

from __future__ import annotations

import json


def test_a_search_is_made_beside_the_plain_families_and_kept(run, home, office):
    command = ("train", "suining", office / "table.parquet", "--family", "logit", "--search", 2)
    done = run(*command, "--resume", "searches", "-o", "models/tuned", "--json", cwd=home)
    assert done.code == 0
    assert {"logit", "logit, tuned"} <= {row["name"] for row in done.record["leaderboard"]}
    kept = sorted((home / "searches").glob("*.npy"))
    assert kept
    stamps = [file.stat().st_mtime_ns for file in kept]
    again = run(*command, "--resume", "searches", "-o", "models/again", cwd=home)
    assert again.code == 0
    assert "logit, tuned" in again.out
    assert [file.stat().st_mtime_ns for file in sorted((home / "searches").glob("*.npy"))] == stamps
    first, second = (
        json.loads((home / "models" / name / "manifest.json").read_text(encoding="utf-8"))["metadata"]
        for name in ("tuned", "again")
    )
    assert first == second


def test_what_belongs_to_a_search_is_refused_without_one(run, home, office):
    done = run("train", "suining", office / "table.parquet", "--jobs", 2, cwd=home)
    assert done.code == 2
    assert "belong to a search" in done.err
    assert "give --search N" in done.err
