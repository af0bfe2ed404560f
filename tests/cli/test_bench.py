import hashlib
import json

import pandas as pd
import pytest

import scs_ml.bench
from scs_ml.bench import Counts, commitment, design, running


@pytest.fixture
def tiny(monkeypatch):
    """Two worlds: nothing in one, points taken in the other."""
    monkeypatch.setattr(scs_ml.bench, "QUICK", Counts(1, 0, 1, strengths=(0.3,)))
    monkeypatch.setattr(design, "USUAL_PEOPLE", 400)
    monkeypatch.setattr(running, "PILOT", 1)
    return ("bench", "--quick", "--only", "direct_use", "--workers", "1", "--no-rivals")


def test_a_bench_announces_its_cost_and_leaves_its_results(run, tiny, tmp_path):
    done = run(*tiny, "--json", "--seed", 3, "--out", "b", cwd=tmp_path)
    assert done.code == 0
    assert "2 worlds, 0 there already;" in done.err and "s a world on one core" in done.err
    assert done.record["seed"] == 3
    worlds = pd.read_parquet(tmp_path / "b" / "worlds.parquet")
    assert worlds["id"].nunique() == 2
    assert (tmp_path / "b" / "index.html").stat().st_size > 10_000
    summary = json.loads((tmp_path / "b" / "summary.json").read_text(encoding="utf-8"))
    assert summary["targets"] == done.record["targets"]
    again = run(*tiny, "--seed", 3, "--out", "b", cwd=tmp_path)
    assert again.code == 0 and "2 there already" in again.err
    other = run(*tiny, "--seed", 4, "--out", "b", cwd=tmp_path)
    assert other.code == 2 and "another plan" in other.err


def test_a_hidden_seed_is_committed_to_and_told_at_the_end(run, tiny, tmp_path):
    done = run(*tiny, "--json", "--hidden-seed", "--out", "b", cwd=tmp_path)
    assert done.code == 0
    seed = done.record["seed"]
    assert f"sha256 {commitment(seed)}" in done.err
    assert str(seed) not in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["b"]


def test_a_commitment_is_the_hash_of_the_digits():
    assert commitment(12) == hashlib.sha256(b"12").hexdigest()


def test_an_unknown_slug_is_bad_input(run, tmp_path):
    done = run("bench", "--only", "witchcraft", cwd=tmp_path)
    assert done.code == 2 and "witchcraft" in done.err
    assert not list(tmp_path.iterdir())
