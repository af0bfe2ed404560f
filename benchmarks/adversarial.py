"""Make every attempt of tests/adversarial, and say what came of it, surface by surface.

    python benchmarks/adversarial.py --write

Prints Markdown.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
from collections import Counter
from pathlib import Path

import pytest

from scs_ml.storage import library_versions

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "results" / "adversarial.md"
OUTCOMES = ("refused", "neutralised", "handled")
TEXT = """# Attempts to get round it

`python benchmarks/adversarial.py --write`, {date}, scs_ml {scs_ml}, Python {python}.

Each case of `tests/adversarial/` is one attempt. *refused*: an `ScsError` that names no person, and nothing
on disk has changed. *neutralised*: the work goes on, and what was hostile is without effect. *handled*: odd,
but read or written as it should be. *known limits* succeed today, and say so in their test. *failed* is
anything else. One attempt may be many trials: each single byte of a bundle's three files and of every log
record is flipped in turn.

| surface | attempts | refused | neutralised | handled | known limits | failed |
|---|---|---|---|---|---|---|
"""


class Tally:
    """Outcomes by surface."""

    def __init__(self) -> None:
        self.found: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what an attempt came to."""
        if report.when != "call":
            return
        surface = Path(report.location[0]).stem.removeprefix("test_")
        outcome = dict(report.user_properties).get("outcome")
        if hasattr(report, "wasxfail"):
            outcome = "known limits"
        elif report.failed:
            outcome = "failed"
        if outcome is not None:
            self.found.setdefault(surface, Counter())[str(outcome)] += 1


def run() -> None:
    """Run the attempts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/results/adversarial.md")
    arguments = parser.parse_args()
    os.environ["SCS_ML_STRIDE"] = "1"  # the suite alone takes some of a model's bytes
    tally = Tally()
    code = pytest.main(["-q", "--rootdir", str(ROOT), str(ROOT / "tests" / "adversarial")], plugins=[tally])
    versions = library_versions()
    names = (*OUTCOMES, "known limits", "failed")
    rows = [
        f"| {surface} | {sum(each.values())} | " + " | ".join(str(each[name]) for name in names) + " |"
        for surface, each in sorted(tally.found.items())
    ]
    total = sum(tally.found.values(), Counter())
    rows.append(f"| all | {sum(total.values())} | " + " | ".join(str(total[name]) for name in names) + " |")
    text = TEXT.format(date=dt.datetime.now(dt.UTC).date(), **versions) + "\n".join(rows) + "\n"
    print(text)
    if arguments.write:
        PAGE.write_text(text, encoding="utf-8")
    raise SystemExit(code)


if __name__ == "__main__":
    run()
