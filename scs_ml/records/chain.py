"""The chain: one line per entry, tied to the line before by its hash and to its time by a key that is gone.

Each line is JSON in the one text it may have::

    {"action":..., "at":..., "body":{...}, "index":i, "mac":..., "previous":...}

``previous`` is the SHA-256 of the line before (of `house.json` for the first). ``mac`` is the HMAC-SHA256 of
the line without it, under a key ``k_i``; ``k_{i+1}`` is a one-way function of ``k_i``, which is then erased.
Who reads the key of today can therefore write tomorrow's entries, and none of yesterday's.

References
----------
Bellare & Yee (1997), Forward integrity for secure audit logs; (2003), Forward-security in private-key
cryptography, CT-RSA. Schneier & Kelsey (1999), Secure audit logs to support computer forensics, ACM
Transactions on Information and System Security 2(2).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# No line begins like this, so that no entry's MAC is ever a key.
_NEXT_KEY = b"scs_ml log: next key"


@dataclass(frozen=True)
class Entry:
    """One line of the log: what was done, when, and what the line stands on."""

    index: int
    at: str
    action: str
    body: Mapping[str, Any]
    previous: str
    mac: str

    def line(self) -> bytes:
        """Give the line, without its end."""
        return canonical({**self._claims(), "mac": self.mac})

    def mac_under(self, key: bytes) -> str:
        """Give the MAC that the entry has under a key."""
        return hmac.new(key, canonical(self._claims()), hashlib.sha256).hexdigest()

    def _claims(self) -> dict[str, Any]:
        names = ("index", "at", "action", "body", "previous")
        return {name: getattr(self, name) for name in names}


def canonical(value: Mapping[str, Any]) -> bytes:
    """Give the one text that a JSON object may have: ASCII, sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def digest(line: bytes) -> str:
    """Hash a line (without its end), for the ``previous`` of the next."""
    return hashlib.sha256(line).hexdigest()


def next_key(key: bytes) -> bytes:
    """Give the key of the next entry; there is no way back."""
    return hmac.new(key, _NEXT_KEY, hashlib.sha256).digest()


def read_entry(line: bytes) -> Entry | None:
    """Read a line (without its end); None where it is not an entry in its one text."""
    try:
        held = json.loads(line)
        entry = Entry(**held)
        same = entry.line() == line
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (entry.at, entry.action, entry.previous, entry.mac)
    sound = same and type(entry.index) is int and isinstance(entry.body, dict)
    return entry if sound and all(isinstance(text, str) for text in texts) else None
