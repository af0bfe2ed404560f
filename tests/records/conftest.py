"""A house with its records, and its auditor's key outside of them."""

from __future__ import annotations

import shutil

import pytest

from scs_ml.records import open_records
from scs_ml.safeguards import load_key
from tests.records.tampering import AT


@pytest.fixture
def begun(tmp_path):
    """Give records and the auditor's key, which lies elsewhere."""
    auditor = tmp_path / "auditor" / "k0.key"
    auditor.parent.mkdir()
    records = open_records(tmp_path / "records", create=True, name="Statistics office", auditor_key=auditor)
    return records, load_key(auditor)


@pytest.fixture
def kept(begun):
    """Ten entries, the folder, and the auditor's key."""
    records, key = begun
    for number in range(10):
        records.log.append("read", {"number": number, "table": f"panel_{number}.csv"}, at=AT)
    return records, key


@pytest.fixture
def backup(tmp_path):
    """Copy a records folder, and put the copy back in its place."""

    def copy(folder):
        shutil.copytree(folder, tmp_path / "backup")

        def put_back():
            shutil.rmtree(folder)
            shutil.copytree(tmp_path / "backup", folder)

        return put_back

    return copy
