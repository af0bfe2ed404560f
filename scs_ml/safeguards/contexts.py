"""Where an indicator comes from: a database that is named, and the domain in which the score is used.

References
----------
Regulation (EU) 2024/1689 (Artificial Intelligence Act), Article 5(1)(c): detrimental treatment in contexts
unrelated to those in which the data was generated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scs_ml.safeguards.folding import folded

if TYPE_CHECKING:
    from scs_ml.schemes import Indicator, Scheme

# What people write where they have nothing to say.
_NO_ANSWER = frozenset(
    {
        "unknown",
        "not known",
        "n a",
        "na",
        "none",
        "nothing",
        "null",
        "nan",
        "nil",
        "tbd",
        "tba",
        "todo",
        "to do",
    }
    | {
        "various",
        "other",
        "misc",
        "miscellaneous",
        "any",
        "all",
        "some",
        "somewhere",
        "database",
        "db",
        "data",
    }
    | {"a database", "the database", "source", "x", "xx", "xxx", "test", "unbekannt", "keine angabe"}
    | {"неизвестно", "нет данных", "desconocido", "inconnu", "naməlum", "未知", "不详", "无"}
)
_LITTLE = frozenset(
    {"and", "or", "of", "the", "in", "for", "to", "at", "on", "by", "with", "a", "an", "other"}
)


def says_something(text: str) -> bool:
    """Whether a text answers what was asked: it holds a word, and more than a way of not answering.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool

    Examples
    --------
    >>> says_something("county courts"), says_something("n/a"), says_something("TODO: who")
    (True, False, False)
    """
    words = re.findall(r"[^\W\d_]+", folded(text))
    return any(len(word) > 1 or not word.isascii() for word in words) and not (
        " ".join(words) in _NO_ANSWER or words[0] == "todo"
    )


def unnamed_source(indicator: Indicator) -> str | None:
    """Say what is wrong with the name of an indicator's source database; None where it is named in words.

    Parameters
    ----------
    indicator : Indicator

    Returns
    -------
    str or None
    """
    if says_something(indicator.database):
        return None
    return f"its source database is not named in words ({indicator.database.strip() or 'empty'})"


def is_within(context: str, wider: str) -> bool:
    """Whether a domain is another one, or is named in it as whole words.

    Parameters
    ----------
    context, wider : str
        Compared without regard to case, spaces and accents.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_within("Finance", "commerce and finance"), is_within("and", "commerce and finance")
    (True, False)
    >>> is_within("law", "lawn care")
    False
    """
    inner, outer = folded(context), folded(wider)
    if not inner or set(inner.split()) <= _LITTLE:
        return False
    return inner == outer or re.search(rf"(?<!\w){re.escape(inner)}(?!\w)", outer) is not None


def other_domain(scheme: Scheme, indicator: Indicator) -> bool:
    """Whether an indicator was generated in another domain than that in which the score is used.

    Parameters
    ----------
    scheme : Scheme
    indicator : Indicator

    Returns
    -------
    bool
        Also true where the indicator names no domain at all.
    """
    return not (says_something(indicator.context) and is_within(indicator.context, scheme.basis.context))


def declared_reason(scheme: Scheme, indicator: Indicator) -> str | None:
    """Give the reason that the basis declares for the indicator's domain; None where it declares none.

    Parameters
    ----------
    scheme : Scheme
    indicator : Indicator

    Returns
    -------
    str or None
    """
    for domain, reason in scheme.basis.other_contexts.items():
        if folded(domain) == folded(indicator.context) and says_something(domain) and says_something(reason):
            return reason
    return None
