"""Columns whose very name says that they are protected, whatever a scheme calls their nature."""

from __future__ import annotations

import re
import unicodedata

# One of these anywhere in a column's name; compounds (birthdate) also match as two words or three.
_WORDS = frozenset(
    word
    for line in (
        "sex sexes gender genders female male woman women transgender sexual sexuality",
        "pregnant pregnancy maternity race races racial ethnic ethnicity ethnicities minority",
        "caste tribe skin nationality citizenship foreign foreigner immigrant migrant birthplace hukou",
        "religion religious faith creed church disability disabled handicap marital marriage married",
        "political politics birthdate dateofbirth birthday dob birthyear yearofbirth placeofbirth",
    )
    for word in line.split()
)
_CHINESE = ("性别", "民族", "种族", "宗教", "国籍", "籍贯", "婚姻", "残疾", "年龄", "政治")

# `age` also counts the months of an account: it is protected alone, or beside nothing but these words.
_BESIDE_AGE = frozenset(
    {"age", "group", "groups", "cat", "category", "band", "bin", "bins", "bracket", "class"}
    | {"years", "year", "in", "at", "of", "person", "subject", "customer", "applicant", "client"}
)


def protected_word(column: str) -> str | None:
    """Give the word of a column's name that stands for a protected attribute, or None.

    Names are compared after Unicode normalisation, without invisible characters, in words parted by case,
    underscores and digits: ``applicantRace``, ``is_female`` and ``race=Other`` are found, ``trace_id`` is
    not.

    Parameters
    ----------
    column : str

    Returns
    -------
    str or None

    Examples
    --------
    >>> protected_word("applicantGender"), protected_word("account_age"), protected_word("trace_id")
    ('gender', None, None)
    """
    text = "".join(c for c in unicodedata.normalize("NFKC", column) if unicodedata.category(c) != "Cf")
    words: list[str] = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower())
    runs = ["".join(words[at : at + length]) for length in (1, 2, 3) for at in range(len(words))]
    found = [run for run in runs if run in _WORDS] + [word for word in _CHINESE if word in text]
    if not found and "age" in words and set(words) <= _BESIDE_AGE:
        found = ["age"]
    return found[0] if found else None
