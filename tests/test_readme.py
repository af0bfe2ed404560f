"""What the README and the index of the docs say can be followed: the code runs, commands and links exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from scs_ml.cli import main
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*.md")])


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_python_block_runs_as_written_and_flags_what_it_planted(tmp_path):
    [code] = blocks("python")
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    assert "('postcode_proxy', (('minority', 'yes'),))" in result.stdout
    record = json.loads((tmp_path / "data" / "runs" / "first" / "audit.json").read_text(encoding="utf-8"))
    assert record["format"] == "audit-1"


def test_every_command_and_option_exists(capsys):
    commands = re.findall(r"scs-ml ((?:[a-z]+ ?)+)", README)
    assert {"init", "key", "check", "train", "audit", "explain", "demo"} <= {c.split()[0] for c in commands}
    for line in [line for block in blocks("") for line in block.splitlines() if line.startswith("scs-ml")]:
        words = line.split("#")[0].split()[1:]
        command = words[:2] if words[0] == "key" else words[:1]
        with pytest.raises(SystemExit) as done:
            main([*command, "--help"])
        assert done.value.code in (0, None)
        shown = capsys.readouterr().out
        for option in [word for word in words if word.startswith("-")]:
            assert re.search(rf"(^|[\s,]){option}\b", shown), (line, option)


def test_make_targets_exist():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"make ([a-z]+)\b(?!;)", " ".join(blocks("")))) <= set(targets)


def test_the_map_lists_every_room():
    listed = re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)
    built = {path.name for path in (ROOT / "scs_ml").iterdir() if (path / "__init__.py").is_file()}
    assert set(listed) == built | {"core", "exceptions"}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_index_of_the_docs_is_complete():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#\s]+\.md)", index))
    there = {
        str(path.relative_to(ROOT / "docs"))
        for path in (ROOT / "docs").rglob("*.md")
        if path.name != "README.md"
    }
    assert there - linked == set()
