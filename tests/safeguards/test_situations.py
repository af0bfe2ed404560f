"""Suggestion 4: what a ledger calls a disaster, an accident or an emergency, however it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scs_ml.core import GateRecord
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import excluded_situations, flagged_words, gate_situations, with_records
from scs_ml.schemes import Scheme


@pytest.fixture
def scheme(on_basis):
    document = on_basis("benchmark").model_dump()
    document["situations"] = [
        {"name": "illness", "kind": "illness"},
        {"name": "flood", "kind": "disaster"},
        {"name": "fire and smoke", "kind": "emergency"},
        {"name": "accident", "kind": "illness"},  # an owner who calls an accident an illness
    ]
    return Scheme.model_validate(document)


@pytest.mark.parametrize(
    "word, excluded, unknown",
    [
        ("flood", True, False),
        ("  FLOOD ", True, False),
        ("Disaster", True, False),  # by kind
        ("\uff25\uff2d\uff25\uff32\uff27\uff25\uff2e\uff23\uff39", True, False),  # in full width
        ("illness; flood", True, False),
        ("illness and accident", True, False),
        ("fire and smoke", True, False),
        ("accident", True, False),  # the kind wins over what the scheme calls it
        ("illness", False, False),
        (None, False, False),
        ("holiday", False, True),
        ("f1ood", False, True),
        ("flood, holiday", True, True),
    ],
)
def test_words_of_a_ledger(scheme, word, excluded, unknown):
    found = flagged_words(scheme, ["illness", word])
    assert [bool(each[1]) for each in found] == [excluded, unknown]
    assert [bool(each[0]) for each in found] == [False, False]


def test_no_event_has_no_words(scheme):
    assert [len(each) for each in flagged_words(scheme, [])] == [0, 0]


def test_illness_is_measured_and_not_among_the_three(scheme):
    assert excluded_situations(scheme) == ("flood", "fire and smoke")


def test_real_people_whose_situations_nobody_asked_for_are_refused(scheme, on_basis, two_people):
    with pytest.raises(SafeguardError, match="flood") as refused:
        gate_situations(scheme, two_people)
    assert refused.value.rule == "situation"
    recorded = GateRecord("situation", "recorded", "")
    with pytest.raises(SafeguardError):
        gate_situations(scheme, replace(two_people, gates=(recorded,)))
    gate_situations(scheme, replace(two_people, gates=(replace(recorded, outcome="kept"),)))
    gate_situations(scheme, two_people, existing=True)
    gate_situations(on_basis("synthetic"), two_people)


def test_a_newer_record_takes_the_place_of_an_older_one(two_people):
    old, other = GateRecord("hearsay", "recorded", "old", ("a",)), GateRecord("hearsay", "kept", "", ("b",))
    new = GateRecord("hearsay", "left out", "new", ("a",))
    assert with_records(replace(two_people, gates=(old, other)), [new]) == (other, new)
