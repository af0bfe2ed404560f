"""Texts reduced to what a reader sees: case, accents, look-alike letters and invisible signs hide nothing."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = {"Cf", "Cc", "Mn", "Me"}
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"  # letters and signs that print as nothing
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 3  # words that are read as one: date_of_birth

# Letters that print like a small Latin one: Cyrillic, Greek, Armenian, phonetic. Capitals come here in lower
# case, so that the Cyrillic ve and en stand for the B and H that their capitals print.
_LOOKS = (
    "aаɑαᴀ bвʙβ cсᴄϲ dԁᴅ eеεᴇə fꜰ gɡɢ hһнհʜ iіїιıɪ "
    "jјᴊ kкκᴋ lӏʟ mмᴍ nոηɴ oоοօᴏ pрρᴘ qԛ rʀ "
    "sѕꜱ tтτᴛ uυսᴜ vѵνᴠ wԝωᴡ xхχ yуүʏ zᴢ "
)
_ALIKE = str.maketrans({look: group[0] for group in _LOOKS.split() for look in group[1:]})
_LEET = str.maketrans("013457@$", "oieastas")


def visible(text: str) -> str:
    r"""Give the text without invisible characters and accents, compatibility forms resolved, case kept.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> visible("\uff27e\u0301n\u200bder")
    'Gender'
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text))
    return "".join(
        c
        for c in decomposed
        if c not in _FILLERS and (c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    )


def folded(text: str) -> str:
    """Give the visible text in lower case, with single spaces: what two names are compared by.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return " ".join(visible(text).casefold().split())


def latin(text: str) -> str:
    r"""Give a text in lower case with letters that look Latin made Latin.

    Parameters
    ----------
    text : str
        In lower case, as `folded` gives it.

    Returns
    -------
    str

    Examples
    --------
    >>> latin("r\u0430ce")
    'race'
    """
    return text.translate(_ALIKE)


def readings(text: str) -> list[list[str]]:
    """Part a name into words, in every way that somebody may have meant it to be read.

    Words end at case, underscores and digits; or at underscores and digits only; look-alike letters are
    read as they are and as Latin; digits between letters also as the letters they stand for.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of list of str
        Words of each reading, in lower case.
    """
    seen = visible(text)
    parted = [_CAMEL.sub("_", seen).casefold(), seen.casefold()]
    parted += [latin(each) for each in parted]
    spelled = re.sub(r"(?<=[a-z])[013457@$]+(?=[a-z])", lambda m: m.group().translate(_LEET), parted[-1])
    found = [_WORD.findall(each) for each in dict.fromkeys([*parted, spelled])]
    found += [[single] for words in found if (single := _spelled_out(words))]
    return found


def runs(words: list[str]) -> list[str]:
    """Give words, and neighbours written as one, shortest first.

    Parameters
    ----------
    words : list of str

    Returns
    -------
    list of str

    Examples
    --------
    >>> runs(["birth", "date"])
    ['birth', 'date', 'birthdate']
    """
    return [
        "".join(words[at : at + length])
        for length in range(1, _LONGEST + 1)
        for at in range(len(words) - length + 1)
    ]


def _spelled_out(words: list[str]) -> str:
    """Read r_a_c_e as one word."""
    letters = [word for word in words if len(word) == 1]
    return "".join(letters) if len(letters) >= _LONGEST else ""
