"""A record whose every text tries to be markup."""

from __future__ import annotations

from typing import Any

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</title></style></svg><b>bold</b>",
    "{{ 7 * 7 }}{% raw %}",
    "$\\frac{1}{$ & | *a* [b](http://c.invalid) `d`",
    "x\x00\x1b\nline",
)
# What the contract, not the writer of the record, decides.
_FIXED = {
    *("format", "kind", "verdict", "slug", "basis", "subjects", "origin", "outcome"),
    *("name", "columns", "categories", "leaderboard"),
}


def spoil(value: Any, attack: str, key: str = "") -> Any:
    """Put the attack behind every text that is free, as deep as the record goes."""
    if isinstance(value, dict):
        return {k: spoil(v, attack, k) for k, v in value.items()}
    if isinstance(value, list):
        return value if key in _FIXED else [spoil(each, attack, key) for each in value]
    return f"{value} {attack}" if isinstance(value, str) and key not in _FIXED else value


def texts(value: Any, key: str = "") -> list[str]:
    """Every text that `spoil` reached."""
    if isinstance(value, dict):
        return [t for k, v in value.items() for t in texts(v, k)]
    if isinstance(value, list):
        return [] if key in _FIXED else [t for each in value for t in texts(each, key)]
    return [value] if isinstance(value, str) and key not in _FIXED else []
