"""The strict mode itself: what is missing skips, and fails where nothing may be skipped."""

from __future__ import annotations

import pytest

from tests import support


def test_a_tool_and_a_folder_that_exist_are_returned(tmp_path):
    assert support.require(tmp_path, "never asked") == tmp_path
    assert support.require("python3", "never asked").name == "python3"


@pytest.mark.parametrize("missing", ["no-such-command", support.ROOT / "no-such-folder"])
def test_what_is_missing_skips_with_its_reason(monkeypatch, missing):
    monkeypatch.setattr(support, "STRICT", False)
    with pytest.raises(pytest.skip.Exception, match="is missing: needed to show it"):
        support.require(missing, "needed to show it")


def test_what_is_missing_fails_in_strict_mode(monkeypatch, tmp_path):
    monkeypatch.setattr(support, "STRICT", True)
    with pytest.raises(pytest.fail.Exception, match="is missing: needed to show it"):
        support.require(tmp_path / "absent", "needed to show it")
