"""Signatures: Ed25519 keys that say which house made a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from scs_ml.safeguards import load_key, new_key

SIGNATURE_BYTES, PUBLIC_BYTES = 64, 32


@dataclass(frozen=True)
class Signer:
    """A house that signs what it makes.

    Parameters
    ----------
    name : str
        What readers see beside the key's fingerprint. A name alone proves nothing: the key does.
    private : bytes (32,)
        The Ed25519 private key; it is never printed.
    """

    name: str
    private: bytes = field(repr=False)

    @cached_property
    def public_key(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Give the signature (64 bytes) of a message."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.private).sign(message)


def new_signer(path: str | Path, name: str) -> Signer:
    """Write a new signing key that only its owner may read, never over a file, and give its signer.

    Parameters
    ----------
    path : path
        Of the key file to write.
    name : str
        Of the house.

    Returns
    -------
    Signer

    Raises
    ------
    ScsError
        If the path exists or cannot be written.
    """
    return load_signer(new_key(path), name)


def load_signer(path: str | Path, name: str) -> Signer:
    """Give the signer whose key lies in a file.

    Parameters
    ----------
    path : path
        That `new_signer` wrote.
    name : str
        Of the house.

    Returns
    -------
    Signer

    Raises
    ------
    ScsError
        If the file holds no key.
    """
    return Signer(name, load_key(path))


def verify_signature(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature of a message was made with the private half of a public key.

    Parameters
    ----------
    public_key : bytes (32,)
    signature : bytes (64,)
    message : bytes

    Returns
    -------
    bool
        False also where the key or the signature is none.

    References
    ----------
    Ed25519: RFC 8032.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_fingerprint(public_key: bytes) -> str:
    """Give what people compare of a public key: the first 16 hex digits of its SHA-256.

    Parameters
    ----------
    public_key : bytes (32,)

    Returns
    -------
    str
    """
    return hashlib.sha256(public_key).hexdigest()[:16]
