"""The experiment on disk: tables as CSV, a page without scripts, nothing of a person in either."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.workflow import answer_table, planted_text, write_experiment
from scs_ml.worlds import Policy, WorldSettings, answer_sentences, run_experiment


@pytest.fixture(scope="module")
def result():
    settings = WorldSettings(n_people=500, n_periods=4, seed=0, mechanisms={"over_policing": 0.3})
    policies = [Policy(feedback=1), Policy(feedback=0, listing=False)]
    return run_experiment(settings, policies, attribute="age_group", replicates=3, draws=40)


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    target = tmp_path_factory.mktemp("runs") / "one"
    assert write_experiment(result, target) == target / "experiment.html"
    return target


def test_every_table_is_a_file_with_all_its_rows(result, folder):
    for table in result.as_tables():
        frame = pd.read_csv(folder / f"{table.name}.csv")
        assert list(frame) == list(table.columns) and len(frame) == len(table.rows)
    assert len(list(folder.iterdir())) == 7


def test_the_page_tells_answer_assumptions_and_provenance(result, folder):
    page = (folder / "experiment.html").read_text(encoding="utf-8")
    for said in answer_sentences(result):
        assert said.replace("'", "&#39;") in page
    assert "3 simulated counties of 500 invented people, seed 0, planted: over_policing at 0.3" in page
    assert "all of them are assumed" in page and "scikit-learn" in page
    # Two gaps of three age groups: two measures with and without the change; three pictures of the list;
    # the models for each policy.
    assert page.count("<svg") == 2 * 2 * 2 + 3 + 2 * 2
    assert "<script" not in page and not re.search(r'(?:src|href)="(?!#)', page)


def test_the_text_tells_the_same(result, folder):
    text = (folder / "experiment.md").read_text(encoding="utf-8")
    assert all(f"- {said}\n" in text for said in answer_sentences(result))
    assert "| feedback 1, list, all areas | 1 | 1 | 4 | 1 | 0.1 |" in text
    assert text.startswith("3 counties of 500 invented people, 3 quarters after the first score, planted: ")
    assert "Versions: scs_ml " in text


def test_nothing_of_a_person_is_written(folder):
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b[pf]\d{6}\b|informant-|\bd(0[1-9]|1\d|20)\b", text), path.name


def test_the_same_result_gives_the_same_bytes(result, folder, tmp_path):
    write_experiment(result, tmp_path / "two")
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_run_is_replaced_and_anything_else_left_alone(result, tmp_path):
    write_experiment(result, tmp_path / "run")
    write_experiment(result, tmp_path / "run")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ScsError, match="something else"):
        write_experiment(result, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_the_short_table_has_the_last_gaps_of_both_models(result):
    table = answer_table(result)
    assert len(table.rows) == 3 * 2 * 3  # policies with the static one, gaps, measures
    assert all(re.fullmatch(r"-?\d+\.\d+( %)? \[-?[\d.]+, -?[\d.]+\]", row[3]) for row in table.rows)


def test_what_was_planted_is_said(result):
    assert planted_text(result) == "planted: over_policing at 0.3"
    calm = run_experiment(WorldSettings(n_people=400, n_periods=2), [Policy()], replicates=3, draws=40)
    assert planted_text(calm) == "nothing planted"
