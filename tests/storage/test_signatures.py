"""Signatures: keys that their owner alone reads, and bundles that say whose they are."""

from __future__ import annotations

import hashlib
import json
import stat

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from scs_ml.exceptions import BundleError, ScsError
from scs_ml.schemes import load_scheme
from scs_ml.storage import (
    Signer,
    bundles,
    key_fingerprint,
    load_bundle,
    load_signer,
    new_signer,
    save_bundle,
    verify_signature,
)

X = np.arange(12.0)[:, None]
Y = np.arange(12) % 3


@pytest.fixture
def scheme():
    return load_scheme("suining")


@pytest.fixture
def house(tmp_path):
    return new_signer(tmp_path / "house.key", "Statistics office")


@pytest.fixture
def signed(tmp_path, scheme, house):
    return save_bundle(LogisticRegression().fit(X, Y), scheme, tmp_path / "bundle", signer=house)


def altered_anew(folder, **changes):
    """Write a manifest with a hash of its own again, as anybody can who has no key."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["seal"]
    (folder / "manifest.json").write_bytes(bundles._sealed(manifest | changes))


def test_rfc_8032_first_test_vector():
    signer = Signer("", bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert signer.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = signer.sign(b"")
    assert signature.hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    assert verify_signature(signer.public_key, signature, b"")
    assert not verify_signature(signer.public_key, signature, b"a")


@pytest.mark.parametrize("key,signature", [(b"", b""), (b"\0" * 31, b"\0" * 64), (b"\xff" * 32, b"\0" * 64)])
def test_what_is_no_key_or_no_signature_verifies_nothing(key, signature):
    assert verify_signature(key, signature, b"message") is False


def test_a_signing_key_is_its_owners_alone_and_never_overwritten(tmp_path, house):
    path = tmp_path / "house.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_signer(path, "Statistics office") == house
    assert house.private.hex() not in repr(house)
    with pytest.raises(ScsError, match="a file is there already"):
        new_signer(path, "another")
    path.write_text("ab")
    with pytest.raises(ScsError, match="holds no key"):
        load_signer(path, "x")


def test_a_fingerprint_is_the_start_of_the_keys_hash(house):
    assert key_fingerprint(house.public_key) == hashlib.sha256(house.public_key).hexdigest()[:16]


def test_a_bundle_says_by_whom_it_was_signed(signed, house):
    opened = load_bundle(signed)
    assert opened.signed_by == f"Statistics office ({key_fingerprint(house.public_key)})"
    assert opened.public_key == house.public_key
    assert load_bundle(signed, trusted=[house.public_key]).signed_by == opened.signed_by


def test_an_unsigned_bundle_loads_unless_a_signer_is_expected(tmp_path, scheme, house):
    folder = save_bundle(LogisticRegression().fit(X, Y), scheme, tmp_path / "b")
    opened = load_bundle(folder)
    assert (opened.signed_by, opened.public_key) == (None, None)
    with pytest.raises(BundleError, match="signed by nobody, whose key is not trusted"):
        load_bundle(folder, trusted=[house.public_key])
    with pytest.raises(BundleError, match="not trusted"):
        load_bundle(folder, trusted=[])


def test_a_manifest_made_anew_without_the_key_is_refused(signed, house):
    held = json.loads((signed / "manifest.json").read_text())["signature"]
    for changes in (
        {"seed": 1},
        {"metadata": {"family": "boosting"}},
        {"signature": held | {"by": "Ministry"}},
        {"signature": held | {"signature": "00" * 64}},
        {"signature": held | {"signature": "no hex"}},
        {"signature": held | {"public_key": ["00"]}},
        {"signature": {}},
        {"signature": "trust me"},
        {"signature": 7},
        {"added": True},
    ):
        whole = (signed / "manifest.json").read_bytes()
        altered_anew(signed, **changes)
        with pytest.raises(BundleError, match="signature does not verify"):
            load_bundle(signed)
        (signed / "manifest.json").write_bytes(whole)
    load_bundle(signed)


def test_another_model_under_a_fresh_hash_is_refused(signed, tmp_path, scheme, house):
    other = save_bundle(LogisticRegression(C=0.01).fit(X, Y), scheme, tmp_path / "other")
    model = (other / "model.skops").read_bytes()
    files = json.loads((signed / "manifest.json").read_text())["files"]
    (signed / "model.skops").write_bytes(model)
    altered_anew(signed, files=files | {"model.skops": hashlib.sha256(model).hexdigest()})
    with pytest.raises(BundleError, match="signature does not verify"):
        load_bundle(signed)
    # Taking the signature out, or signing with a key of one's own, gets past nobody who expects a signer.
    altered_anew(signed, signature=None)
    assert load_bundle(signed).signed_by is None
    with pytest.raises(BundleError, match="nobody, whose key is not trusted"):
        load_bundle(signed, trusted={house.public_key})
    impostor = new_signer(tmp_path / "impostor.key", "Statistics office")
    save_bundle(LogisticRegression().fit(X, Y), scheme, signed, signer=impostor)
    assert load_bundle(signed).signed_by.startswith("Statistics office (")
    with pytest.raises(BundleError, match="not trusted"):
        load_bundle(signed, trusted={house.public_key})


def test_a_signature_of_something_else_is_none_of_a_bundle(signed, house):
    manifest = json.loads((signed / "manifest.json").read_text())
    unsigned = {name: value for name, value in manifest.items() if name not in {"seal", "signature"}}
    text = json.dumps(unsigned, sort_keys=True, separators=(",", ":")).encode()
    altered_anew(signed, signature=manifest["signature"] | {"signature": house.sign(text).hex()})
    with pytest.raises(BundleError, match="signature does not verify"):
        load_bundle(signed)


def test_any_byte_of_a_signed_manifest_that_flips_is_refused(signed):
    whole = (signed / "manifest.json").read_bytes()
    for at in range(0, len(whole), 7):
        (signed / "manifest.json").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BundleError):
            load_bundle(signed)
