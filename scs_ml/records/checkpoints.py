"""Checkpoints: how long the log was and what it ended with, signed by the house, for an auditor to keep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scs_ml.exceptions import ScsError
from scs_ml.records.chain import canonical
from scs_ml.records.office import Records
from scs_ml.storage import atomic_file, key_fingerprint, verify_signature

_SIGNED = (
    b"scs_ml checkpoint\n"  # begins what is signed: no signature of anything else is one of a checkpoint
)


@dataclass(frozen=True)
class Checkpoint:
    """What a house says of its log at one moment.

    Attributes
    ----------
    index : int
        Entries that there were.
    head : str
        SHA-256 of the last of their lines (of `house.json` where there was none).
    at : str
        When, as the house says.
    house : str
        Its name.
    public_key, signature : bytes
        Its Ed25519 key, and the signature under it.
    """

    index: int
    head: str
    at: str
    house: str
    public_key: bytes
    signature: bytes

    @property
    def signed_by(self) -> str:
        """Name of the house, and its key's fingerprint."""
        return f"{self.house} ({key_fingerprint(self.public_key)})"


def make_checkpoint(records: Records, *, at: str) -> Checkpoint:
    """Sign where the log stands.

    Parameters
    ----------
    records : Records
    at : str
        When, as ISO 8601 text in UTC.

    Returns
    -------
    Checkpoint
    """
    index, head = records.log.position()
    signer = records.signer
    claims = _claims(index, head, at, signer.name, signer.public_key)
    signature = signer.sign(_SIGNED + canonical(claims))
    return Checkpoint(index, head, at, signer.name, signer.public_key, signature)


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> Path:
    """Write a checkpoint as JSON.

    Parameters
    ----------
    checkpoint : Checkpoint
    path : Path
        The auditor keeps the file where the house cannot write.

    Returns
    -------
    Path
    """
    c = checkpoint
    held = _claims(c.index, c.head, c.at, c.house, c.public_key) | {"signature": c.signature.hex()}
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(held, indent=2) + "\n", encoding="ascii")
    return path


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint and verify its signature.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Checkpoint

    Raises
    ------
    ScsError
        If the file is none, or was altered.
    """
    try:
        held = json.loads(path.read_bytes())
        index, head, at = held["index"], held["head"], held["at"]
        house, key = held["house"], bytes.fromhex(held["public_key"])
        signature = bytes.fromhex(held["signature"])
        sound = held.keys() == {*_claims(0, "", "", "", b""), "signature"} and type(index) is int
        signed = _SIGNED + canonical(_claims(index, head, at, house, key))
        sound = sound and verify_signature(key, signature, signed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise ScsError(
            "the file is no checkpoint, or was altered: its signature does not verify",
            where=path.name,
            remedy="give the file that `scs-ml log checkpoint` wrote",
        )
    return Checkpoint(index, head, at, house, key, signature)


def _claims(index: int, head: str, at: str, house: str, public_key: bytes) -> dict[str, Any]:
    return {"index": index, "head": head, "at": at, "house": house, "public_key": public_key.hex()}
