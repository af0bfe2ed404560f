"""Values that are words of a protected attribute, plain or coded, whatever their column is called."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

import pandas as pd

from scs_ml.safeguards.folding import folded, latin

MOST_VALUES = 200  # distinct values looked at: an attribute of people has fewer
_ROUNDS = 2  # of decoding: a code of a code


@dataclass(frozen=True)
class _Attribute:
    """What values of an attribute say: by themselves, or only beside one that does."""

    name: str
    clear: frozenset[str]
    vague: frozenset[str] = frozenset()


def _words(*lines: str) -> frozenset[str]:
    return frozenset(folded(word).replace("_", "") for line in lines for word in line.split())


_ATTRIBUTES = (
    _Attribute(
        "sex",
        _words(
            "male female transgender nonbinary masculine feminine man woman men women",
            "мужской женский мужчина женщина mannlich männlich weiblich masculino femenino masculin féminin",
            "hombre mujer homme femme kişi qadin 男 女 男性 女性",
        ),
    ),
    _Attribute(
        "race or ethnicity",
        _words(
            "african_american caucasian hispanic latino latina native_american african arab asian_american",
            "pacific_islander roma uyghur tibetan kurd kurdish han_chinese",
        ),
        _words("asian black white indian other"),
    ),
    _Attribute(
        "religion",
        _words(
            "christian christianity muslim islam islamic jewish judaism hindu hinduism buddhist buddhism",
            "sikh catholic protestant shia sunni atheist",
        ),
        _words("orthodox none other"),
    ),
    _Attribute(
        "marital status",
        _words("married unmarried divorced widowed widow widower verheiratet geschieden verwitwet"),
        _words("single separated ledig"),
    ),
    _Attribute(
        "health or state of mind",
        _words(
            "depression depressed schizophrenia bipolar anxiety phobia psychosis hiv_positive hiv_negative",
            "disabled mentally_ill suicidal",
        ),
        _words("healthy ill sick anxious"),
    ),
)


def protected_values(values: Iterable[object]) -> str | None:
    """Say of which protected attribute the distinct values of a column are words; None where they are not.

    Values are read as they stand, and decoded from base64, base32, hexadecimal digits, URL escapes, rot13 and
    whole numbers of bytes, twice over. One clear word is enough where there are at most three values; else
    two words of the same attribute are, one of them clear: ``black`` and ``white`` may be colours.

    Parameters
    ----------
    values : iterable
        Distinct values, or the levels that a scheme lists.

    Returns
    -------
    str or None

    Examples
    --------
    >>> protected_values(["bWFsZQ==", "ZmVtYWxl"])
    'its values are words of sex: male, female'
    >>> protected_values(["F", "M"]), protected_values(["black", "white", "red"])
    (None, None)
    """
    given = [str(value) for value in values if not pd.isna(value)]  # type: ignore[call-overload]
    if not given or len(given) > MOST_VALUES:
        return None
    seen = [set(_spoken(text)) for text in given]
    for attribute in _ATTRIBUTES:
        clear = [next(iter(sorted(each & attribute.clear)), None) for each in seen]
        found = [word for word in clear if word]
        vague = [next(iter(sorted(each & attribute.vague)), None) for each in seen]
        n_words = sum(bool(a or b) for a, b in zip(clear, vague, strict=True))
        if found and (n_words > 1 or len(given) <= 3):
            return f"its values are words of {attribute.name}: {', '.join(found[:3])}"
    return None


def _spoken(text: str) -> Iterator[str]:
    """Give a value as words without spaces: as it stands, and decoded as often as is looked."""
    texts = {text}
    for _ in range(_ROUNDS):
        texts |= {decoded for each in texts for decode in _CODES if (decoded := _tried(decode, each))}
    for each in texts:
        for reading in {folded(each), latin(folded(each))}:
            words = re.findall(r"[^\W\d_]+", reading)
            yield "".join(words)
            if len(words) == 2:  # sex:female, is male
                yield from words


def _tried(decode: Callable[[str], str], text: str) -> str | None:
    try:
        return decode(text)
    except (ValueError, binascii.Error, OverflowError):
        return None


def _base64(text: str) -> str:
    padded = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode()


def _base32(text: str) -> str:
    padded = text.strip().rstrip("=").upper()
    return base64.b32decode(padded + "=" * (-len(padded) % 8)).decode()


def _hexadecimal(text: str) -> str:
    digits = re.sub(r"0x|\\x|[\s:-]", "", text.strip())
    return bytes.fromhex(digits).decode()


def _number(text: str) -> str:
    """Read a whole number as the bytes of a text; a number read as float ends with .0."""
    number = int(re.sub(r"\.0$", "", text.strip()))
    if not 2**16 <= number < 2**256:
        raise ValueError(text)
    return number.to_bytes((number.bit_length() + 7) // 8, "big").decode()


def _rot13(text: str) -> str:
    return codecs.decode(text, "rot13")


_CODES: tuple[Callable[[str], str], ...] = (_base64, _base32, _hexadecimal, unquote_plus, _rot13, _number)
