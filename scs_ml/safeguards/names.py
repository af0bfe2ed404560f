"""Columns whose very name says what they are, whatever a scheme calls their nature."""

from __future__ import annotations

from itertools import pairwise

from scs_ml.safeguards.folding import folded, readings, runs
from scs_ml.safeguards.vocabulary import (
    BESIDE_AGE,
    HARMLESS,
    PROTECTED,
    RELATIVES,
    STATE_OF_MIND,
    Vocabulary,
)


def forbidden_word(column: str) -> tuple[str, str] | None:
    """Give the word of a column's name that no model input may be called by, and the rule that says so.

    Names are compared as a reader sees them (`scs_ml.safeguards.folding`), in words parted by case,
    underscores and digits: ``applicantRace``, ``is_female``, ``race=Other`` and ``s3x`` are found,
    ``trace_id`` is not. English, and the commonest words of six other languages.

    Parameters
    ----------
    column : str

    Returns
    -------
    (word, rule) or None
        Rule ``forbidden_input`` for protected attributes, ``state_of_mind`` for health and states of mind,
        ``relatives`` for relatives and friends.

    Examples
    --------
    >>> forbidden_word("applicantGender"), forbidden_word("depression_score"), forbidden_word("friends")
    (('gender', 'forbidden_input'), ('depression', 'state_of_mind'), ('friends', 'relatives'))
    >>> forbidden_word("stress_test_result")
    """
    for vocabulary in (PROTECTED, STATE_OF_MIND, RELATIVES):
        if word := _word(column, vocabulary):
            return word, vocabulary.rule
    return None


def protected_word(column: str) -> str | None:
    """Give the word of a column's name that stands for a protected attribute, or None.

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
    return _word(column, PROTECTED)


def _word(column: str, vocabulary: Vocabulary) -> str | None:
    for words in readings(column):
        for run in runs(_without_harmless(words)):
            if run in vocabulary.words or run.startswith(vocabulary.stems):
                return run
        if vocabulary is PROTECTED and "age" in words and set(words) <= BESIDE_AGE:
            return "age"
    text = folded(column)
    return next((part for part in vocabulary.parts if part in text), None)


def _without_harmless(words: list[str]) -> list[str]:
    """Leave out neighbours that together speak of something else; what stands around them stays apart."""
    at = {i for i, pair in enumerate(pairwise(words)) if pair in HARMLESS}
    return ["" if i in at or i - 1 in at else word for i, word in enumerate(words)]
