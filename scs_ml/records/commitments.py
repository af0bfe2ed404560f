"""Commitments to people: what the log says of them, and how someone is recognised of whom nothing is kept.

A person's commitment is HMAC-SHA256(salt, pseudonym), and the root of a set of people is the SHA-256 of their
sorted commitments.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

SALT_BYTES = 16


class Refused:
    """The people who must stay out, as a container of pseudonyms; it holds keyed hashes and cannot list them.

    Parameters
    ----------
    marks : frozenset of str
        Keyed hashes.
    key : bytes (32,)
    """

    def __init__(self, marks: frozenset[str], key: bytes) -> None:
        self._marks, self._key = marks, key

    def __len__(self) -> int:
        """Count the marks."""
        return len(self._marks)

    def __contains__(self, pseudonym: object) -> bool:
        """Whether this pseudonym must stay out."""
        return bool(self._marks) and mark_of(str(pseudonym), self._key) in self._marks


def mark_of(pseudonym: str, key: bytes) -> str:
    """Give the keyed hash (BLAKE2b, 16 bytes) by which someone is recognised of whom nothing else is kept."""
    return hashlib.blake2b(pseudonym.encode(), key=key, digest_size=16).hexdigest()


def commitment_of(salt: bytes, pseudonym: str) -> str:
    """Give HMAC-SHA256(salt, pseudonym) in hex digits."""
    return hmac.digest(salt, pseudonym.encode(), "sha256").hex()


def root_of(commitments: Sequence[str]) -> str:
    """Give the SHA-256 of commitments, which are sorted already."""
    return hashlib.sha256("".join(commitments).encode()).hexdigest()


def new_person(pseudonym: str) -> dict[str, Any]:
    """Give a person's row of the register, with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    return {"pseudonym": pseudonym, "salt": salt, "commitment": commitment_of(salt, pseudonym)}
