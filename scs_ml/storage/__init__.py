"""Storage: files written whole, fingerprints of what they hold, and bundles of trained forecasters."""

from __future__ import annotations

from scs_ml.storage.atomic import atomic_file, atomic_folder, recover_folder, require_replaceable
from scs_ml.storage.bundles import Bundle, load_bundle, require_storable, save_bundle
from scs_ml.storage.fingerprints import column_text, fingerprint_frame
from scs_ml.storage.signatures import Signer, key_fingerprint, load_signer, new_signer, verify_signature
from scs_ml.storage.spreadsheets import write_csv
from scs_ml.storage.versions import library_versions

__all__ = [
    "Bundle",
    "Signer",
    "atomic_file",
    "atomic_folder",
    "column_text",
    "fingerprint_frame",
    "key_fingerprint",
    "library_versions",
    "load_bundle",
    "load_signer",
    "new_signer",
    "recover_folder",
    "require_replaceable",
    "require_storable",
    "save_bundle",
    "verify_signature",
    "write_csv",
]
