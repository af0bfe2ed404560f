"""What several test files share: the strict mode, and where tools and data are found."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STRICT = os.environ.get("SCS_ML_STRICT") == "1"
DATA = Path(os.environ.get("SCS_ML_DATA") or ROOT.parent / "shared" / "data").resolve()


def require(tool_or_folder: str | Path, reason: str) -> Path:
    """Where a tool (a command's name) or a folder (a path) is; without it, skip, or fail in strict mode."""
    if isinstance(tool_or_folder, Path):
        found = tool_or_folder if tool_or_folder.is_dir() else None
    else:
        command = shutil.which(tool_or_folder)
        found = Path(command) if command else None
    if found is not None:
        return found
    message = f"{tool_or_folder} is missing: {reason}"
    if STRICT:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
