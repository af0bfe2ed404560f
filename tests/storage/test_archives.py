from __future__ import annotations

import io
import json
import zipfile

import pytest
from sklearn.linear_model import LogisticRegression

from scs_ml.exceptions import BundleError
from scs_ml.schemes import load_scheme
from scs_ml.storage import archives, bundles, load_bundle, save_bundle
from scs_ml.storage.archives import archive_fault
from scs_ml.storage.bounds import FREE_BYTES


def archive(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return buffer.getvalue()


def test_what_unpacks_to_too_much_is_told_by_its_directory():
    bomb = archive({f"{at}.npy": b"\0" * (1 << 24) for at in range(5)})
    assert len(bomb) < 100_000
    assert "unpacks from" in archive_fault(bomb)
    assert archive_fault(archive({"a.npy": b"\0" * 1000})) == ""
    assert archive_fault(b"no zip") == ""


def test_so_are_too_many_parts(monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    assert archive_fault(archive({"a": b"", "b": b""})) == ""
    assert archive_fault(archive({"a": b"", "b": b"", "c": b""})) == "it has 3 parts, over 2"


@pytest.fixture
def bundle(tmp_path):
    fitted = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    return save_bundle(fitted, load_scheme("suining"), tmp_path / "b")


def test_a_bomb_with_a_manifest_to_match_is_refused_before_it_unpacks(bundle):
    data = archive({f"{at}.npy": b"\0" * (1 << 24) for at in range(1 + FREE_BYTES // (1 << 24))})
    (bundle / bundles.MODEL).write_bytes(data)
    manifest = json.loads((bundle / bundles.MANIFEST).read_text())
    manifest["files"][bundles.MODEL] = bundles.hashlib.sha256(data).hexdigest()
    del manifest["seal"]
    (bundle / bundles.MANIFEST).write_bytes(bundles._sealed(manifest))
    with pytest.raises(BundleError, match="not unpacked: it unpacks from"):
        load_bundle(bundle)


def test_a_file_of_holes_is_not_read(bundle):
    with (bundle / bundles.SCHEME).open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(BundleError, match=r"too large: scheme\.yaml"):
        load_bundle(bundle)
