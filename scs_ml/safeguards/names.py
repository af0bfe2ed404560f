"""Columns whose very name says that they are protected, whatever a scheme calls their nature."""

from __future__ import annotations

import re
import unicodedata

# A word of these anywhere in a column's name.
_WORDS = frozenset(
    """
    sex sexes gender genders female male woman women transgender sexual sexuality pregnant pregnancy maternity
    race races racial ethnic ethnicity ethnicities minority caste tribe tribal skin nationality citizenship foreign
    foreigner immigrant migrant birthplace hukou religion religious faith creed church
    disability disabled handicap marital marriage married political politics
    race1 ethnicgroup ethnicgrp raceethnicity maritalstatus birthdate dateofbirth birthday dob birthyear
    性别 民族 种族 宗教 国籍 籍贯 婚姻 残疾 年龄 政治
    """.split()
)
_CHINESE = frozenset(word for word in _WORDS if not word.isascii())

# `age` also counts months of an account, so it is protected only alone or beside words like these.
_AGE_BESIDE = frozenset(
    "age ages group groups cat category band bin years year at in of person subject customer".split()
)


def protected_word(column: str) -> str | None:
    """Give the word of a column's name that stands for a protected attribute, or None.

    Names are compared after Unicode normalisation, without invisible characters, in words parted by case,
    underscores and digits: ``applicantRace``, ``is_female`` and ``race=Other`` are found, ``trace_id`` is not.

    >>> protected_word("applicantGender"), protected_word("account_age"), protected_word("trace_id")
    ('gender', None, None)
    """
    text = "".join(c for c in unicodedata.normalize("NFKC", column) if unicodedata.category(c) != "Cf")
    for word in _CHINESE:
        if word in text:
            return word
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)
    words = re.findall(r"[a-z]+", parted.lower())
    pairs = [a + b for a, b in zip(words, words[1:], strict=False)]
    triples = [a + b for a, b in zip(pairs, words[2:], strict=False)]
    for word in (*words, *pairs, *triples):
        if word in _WORDS:
            return word
    if "age" in words and set(words) <= _AGE_BESIDE:
        return "age"
    return None
