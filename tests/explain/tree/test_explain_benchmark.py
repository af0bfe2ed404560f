from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.explain import population
from benchmarks.explain_page import Line
from tests.support import ROOT


def test_the_population_follows_its_seed_and_its_shares():
    people, again, other = population(2000, 5), population(2000, 5), population(2000, 6)
    assert np.array_equal(people.X, again.X)
    assert np.array_equal(people.family, again.family)
    assert not np.array_equal(people.X, other.X)
    assert np.bincount(people.y).tolist() == [400, 700, 600, 300]  # quantiles 0.2, 0.55 and 0.85
    assert sorted(set(people.group)) == [f"group {g}" for g in range(6)]
    assert set(np.bincount(people.family)) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    "bound, row",
    [
        ({"most": 2.5}, "| a | ≤ 2.5 × | 3 | 2 × (1 to 9) | yes |"),
        ({"most": 1.5}, "| a | ≤ 1.5 × | 3 | 2 × (1 to 9) | **no** |"),
        ({"least": 2}, "| a | ≥ 2 × | 3 | 2 × (1 to 9) | yes |"),
        ({"least": 2.1}, "| a | ≥ 2.1 × | 3 | 2 × (1 to 9) | **no** |"),
        ({}, "| a | - | 3 | 2 × (1 to 9) | - |"),
    ],
)
def test_the_median_decides_whether_a_target_is_met(bound, row):
    assert Line("a", "3", [9.0, 1.0, 2.0], **bound).row() == row


def test_what_was_not_measured_is_neither_met_nor_missed():
    assert Line("a", "3", [], least=10).row() == "| a | ≥ 10 × | 3 | not measured | - |"


def test_the_benchmark_prints_its_page():
    done = subprocess.run(
        [sys.executable, "benchmarks/explain.py", "--quick", "--rounds=1", "--seed=3"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "# Exact tree SHAP: time and memory"
    errors = [line for line in lines if line.startswith("| 1. largest difference from shap")]
    assert len(errors) == 3
    assert all(line.endswith("| yes |") for line in errors)
    assert {line[2] for line in lines if line.startswith("| ") and line[3] == "."} == set("12346")
    assert any("woodelf" in line and "not measured" in line for line in lines)
    assert "woodelf-explainer was not compared: no interpreter" in done.stdout
    assert done.stderr.startswith("round 1 of 1: predict_proba")
