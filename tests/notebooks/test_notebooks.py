"""The notebooks use public names only, run from top to bottom, and print the numbers they promise."""

from __future__ import annotations

import ast
import importlib

import jupytext
import nbclient
import pytest

from tests.support import ROOT

SCRIPTS = sorted((ROOT / "notebooks").glob("*.py"))
SECONDS_PER_CELL = 300


def run(name, folder):
    """Execute a notebook inside `folder`/notebooks, as `make notebooks` does beside the scripts."""
    notebook = jupytext.read(ROOT / "notebooks" / name)
    here = folder / "notebooks"
    here.mkdir()
    nbclient.NotebookClient(
        notebook, timeout=SECONDS_PER_CELL, kernel_name="python3", resources={"metadata": {"path": str(here)}}
    ).execute()
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def text_of(notebook):
    """All that the cells printed, and the plain text of what they showed."""
    return "\n".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in outputs(notebook))


def pictures_of(notebook):
    return [o for o in outputs(notebook) if "image/png" in o.get("data", {})]


def complaints_of(notebook):
    return [o["text"] for o in outputs(notebook) if o.output_type == "stream" and o.name == "stderr"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_notebook_imports_public_names_only(script):
    private = []
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "scs_ml":
            public = getattr(importlib.import_module(node.module), "__all__", ())
            private += [f"{node.module}.{alias.name}" for alias in node.names if alias.name not in public]
    assert private == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_notebook_is_a_paired_script_in_the_percent_format(script):
    notebook = jupytext.read(script)
    assert notebook.metadata["jupytext"]["formats"] == "ipynb,py:percent"
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")


def test_the_pilot_finds_the_wrong_and_leaves_the_decoy_alone(tmp_path):
    notebook = run("01_pilot.py", tmp_path)
    text = text_of(notebook)
    assert "illness_misread, illness = yes, through disorder_reports" in text
    assert "illness_misread (mechanism, illness = yes, 0.30 SD): hit" in text
    assert "conduct_gap (decoy, age_group = under 30, 0.30 SD): silent, as it should be" in text
    assert len(pictures_of(notebook)) == 3
    assert complaints_of(notebook) == []
    run_folder = tmp_path / "data" / "runs" / "pilot"
    assert {path.name for path in run_folder.iterdir()} == {"audit.json", "card.md", "report.html"}


def test_the_compas_notebook_prints_both_sides_of_the_argument(tmp_path, data_folder, monkeypatch):
    monkeypatch.setenv("SCS_ML_DATA", str(data_folder))
    notebook = run("02_compas.py", tmp_path)
    text = text_of(notebook)
    assert "race = African-American: FPR 44.85%" in text
    assert "FNR 27.99%, PPV 0.63" in text
    assert "race = Caucasian: FPR 23.45%" in text
    assert "FNR 47.72%, PPV 0.59" in text
    assert "false adverse rate: +0.214" in text
    assert len(pictures_of(notebook)) == 1
    assert complaints_of(notebook) == []


def test_the_compas_notebook_says_which_table_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("SCS_ML_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(
        nbclient.exceptions.CellExecutionError, match="set SCS_ML_DATA to the folder"
    ) as error:
        run("02_compas.py", tmp_path)
    assert error.value.ename == "FileNotFoundError"
