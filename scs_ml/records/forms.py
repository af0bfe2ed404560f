"""The ways in which a name may be written in bytes."""

from __future__ import annotations

import base64
import html
import json
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252", "gb18030")
_LEAST = 4  # bytes: fewer stand somewhere by chance


def byte_forms(name: str) -> dict[bytes, str]:
    """Give every way in which a name is looked for.

    Parameters
    ----------
    name : str
        A pseudonym or an identifier.

    Returns
    -------
    dict of bytes to str
        What to look for -> how it is written: in seven encodings, composed and decomposed, in small letters
        and capitals; escaped for JSON, HTML and URLs; in base64 wherever it begins; hexadecimal digits as
        bytes.
    """
    found: dict[bytes, str] = {}
    for text, how in _spellings(name):
        for encoding in _ENCODINGS:
            try:
                found.setdefault(text.encode(encoding), f"{how}{encoding}")
            except UnicodeEncodeError:
                continue
        data = text.encode()
        for at, form in enumerate(_base64(data)):
            found.setdefault(form, f"{how}base64 from byte {at} of 3")
    for text, how in _escaped(name):
        found.setdefault(text.encode(), how)
    try:
        found.setdefault(bytes.fromhex(name), "hexadecimal digits as bytes")
    except ValueError:
        found.setdefault(name.encode().hex().encode(), "hexadecimal")
    return {form: how for form, how in found.items() if len(form) >= _LEAST or form == name.encode()}


def _spellings(name: str) -> Iterator[tuple[str, str]]:
    for text, how in (
        (unicodedata.normalize("NFC", name), ""),
        (unicodedata.normalize("NFD", name), "decomposed, "),
    ):
        yield text, how
        yield text.lower(), f"{how}small letters, "
        yield text.upper(), f"{how}capitals, "
    yield name, ""


def _escaped(name: str) -> Iterator[tuple[str, str]]:
    escaped = json.dumps(name)[1:-1]
    yield escaped, "escaped for JSON"
    yield "".join(c if ord(c) < 128 else f"\\u{ord(c):04X}" for c in name), "escaped for JSON"
    yield html.escape(name), "escaped for HTML"
    yield name.encode("ascii", "xmlcharrefreplace").decode(), "escaped for HTML"
    yield "".join(c if ord(c) < 128 else f"&#x{ord(c):x};" for c in name), "escaped for HTML"
    yield quote(name, safe=""), "escaped for URLs"
    yield quote(name, safe="").lower(), "escaped for URLs"


def _base64(data: bytes) -> Iterator[bytes]:
    """Give what of the text in base64 depends on these bytes alone, for each place they may begin at."""
    for at in range(3):
        text = base64.b64encode(b"\0" * at + data)
        first = (0, 2, 3)[at]
        whole = (at + len(data)) * 8 // 6
        inner = text[first:whole]
        if len(inner) >= 8:  # shorter ones stand somewhere by chance
            yield inner
