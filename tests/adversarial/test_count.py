"""The attempts are counted, and no surface is left out."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support import ROOT

SURFACES = {
    *("columns", "relatives", "proxies", "schemes", "paths", "tables", "csv_exports", "pages"),
    *("bundles", "log", "ledger_answers", "cli", "basis", "erasure"),
}
COUNT = """
import json, pathlib, sys, pytest

class Counter:
    def pytest_collection_finish(self, session):
        found = {}
        for item in session.items:
            if "attempt" in getattr(item, "fixturenames", ()):
                name = pathlib.Path(item.path).stem.removeprefix("test_")
                found[name] = found.get(name, 0) + 1
        print("COUNTED" + json.dumps(found))

arguments = ["--collect-only", "-q", "-p", "no:cacheprovider", "tests/adversarial"]
sys.exit(pytest.main(arguments, plugins=[Counter()]))
"""


def test_at_least_two_hundred_attempts_on_every_surface():
    done = subprocess.run(
        [sys.executable, "-c", COUNT], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    line = next(each for each in done.stdout.splitlines() if each.startswith("COUNTED"))
    found = json.loads(line.removeprefix("COUNTED"))
    assert set(found) >= SURFACES
    assert all(found[name] >= 8 for name in SURFACES), found
    assert sum(found.values()) >= 200
