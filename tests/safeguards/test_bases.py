"""What each basis opens, in the code and in the docs."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import OPENS, Output, opens, require_open
from scs_ml.schemes import load_scheme
from tests.support import ROOT


def test_worlds_open_everything_and_nothing_else_does():
    assert OPENS["synthetic"] == set(get_args(Output))
    assert [kind for kind, outputs in OPENS.items() if "twins" in outputs] == ["synthetic"]
    assert all("group_results" in outputs for outputs in OPENS.values())


def test_rows_about_persons_leave_only_worlds_and_agreed_tables():
    for output in ("person_views", "person_export"):
        assert {kind for kind, outputs in OPENS.items() if output in outputs} == {"synthetic", "agreed"}
    assert {kind for kind, outputs in OPENS.items() if "small_cells" in outputs} == {"synthetic", "benchmark"}


@pytest.mark.parametrize("kind", OPENS)
@pytest.mark.parametrize("output", get_args(Output))
def test_what_is_not_open_refuses(kind, output, on_basis):
    scheme = on_basis(kind)
    assert opens(scheme, output) == (output in OPENS[kind])
    if output in OPENS[kind]:
        require_open(scheme, output)
        return
    with pytest.raises(SafeguardError) as caught:
        require_open(scheme, output)
    assert caught.value.rule == "basis"
    assert caught.value.exit_code == 3
    assert f"basis {kind!r} does not open {output.replace('_', ' ')}" in str(caught.value)
    assert "group_results" in caught.value.remedy  # what it does open


def test_person_export_under_benchmark_names_what_would_open_it():
    with pytest.raises(SafeguardError, match="only synthetic, agreed open it"):
        require_open(load_scheme("compas"), "person_export")


def test_the_table_of_the_docs_is_the_table_of_the_code():
    text = (ROOT / "docs" / "safeguards.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip(" `") for cell in line.strip("|\n").split("|")]
        for line in re.findall(r"^\|.*\|$", text, re.MULTILINE)
    ]
    start = next(at for at, row in enumerate(rows) if row[0] == "output")
    kinds = rows[start][1:]
    documented = {kind: set() for kind in kinds}
    for output, *cells in rows[start + 2 : start + 2 + len(get_args(Output))]:
        assert set(cells) <= {"open", "closed"}
        for kind, cell in zip(kinds, cells, strict=True):
            if cell == "open":
                documented[kind].add(output)
    assert documented == {kind: set(outputs) for kind, outputs in OPENS.items()}
