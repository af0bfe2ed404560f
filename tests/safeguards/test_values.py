"""Values that are words of a protected attribute, in any code."""

from __future__ import annotations

import base64
import codecs
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import gate_inputs, gate_training
from scs_ml.safeguards.values import MOST_VALUES, protected_values
from tests.safeguards.test_inputs import REAL, scheme

CODES = {
    "plain": str,
    "capitals": str.upper,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal with 0x": lambda text: "0x" + text.encode().hex(),
    "hexadecimal, parted": lambda text: text.encode().hex(":"),
    "url": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "number": lambda text: str(int.from_bytes(text.encode(), "big")),
    "float": lambda text: f"{int.from_bytes(text.encode(), 'big')}.0",
    "base64 of base64": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "rot13 of hexadecimal": lambda text: codecs.encode(text.encode().hex(), "rot13"),
    "with its attribute": lambda text: f"sex:{text}",
    "spread": " ".join,
    "look-alike letters": lambda text: text.replace("a", "\u0430").replace("e", "\u0435"),
    "zero width": "\u200b".join,
}


@pytest.mark.parametrize("code", CODES)
def test_words_are_found_in_every_code(code):
    found = protected_values([CODES[code]("male"), CODES[code]("female")])
    assert found == "its values are words of sex: male, female"


@given(
    st.sampled_from(["male", "female", "muslim", "caucasian", "divorced", "schizophrenia"]),
    st.sampled_from(sorted(CODES)),
    st.sampled_from(["", " ", "\t"]),
)
def test_one_clear_word_of_two_is_enough(word, code, space):
    assert protected_values([space + CODES[code](word) + space, "rest"])


@pytest.mark.parametrize(
    "values",
    [
        ["F", "M"],  # felony and misdemeanour of COMPAS
        ["A91", "A92", "A93"],
        ["black", "white", "red"],  # colours of cars
        ["single", "joint"],  # accounts
        ["none", "other"],
        ["sick pay", "wage"],
        ["0", "1"],
        [0.0, 1.0],
        ["male connector of a cable", "socket"],
        ["north", "south"],
        ["radio", "television", "telephone", "female workers' association hall"],
        [],
        [None, float("nan")],
    ],
)
def test_values_that_only_look_like_it_pass(values):
    assert protected_values(values) is None


def test_two_words_are_needed_among_many_values():
    many = [f"value {k}" for k in range(20)]
    assert protected_values([*many, "muslim"]) is None
    assert protected_values([*many, "muslim", "christian"])
    assert protected_values([*many, "black", "white"]) is None
    assert protected_values([*many, "black", "caucasian"])


def test_a_list_of_names_is_not_read():
    assert protected_values(["male", "female", *map(str, range(MOST_VALUES))]) is None


@pytest.mark.parametrize("code", ["plain", "base64", "hexadecimal", "rot13", "url"])
@pytest.mark.parametrize("kind", REAL)
def test_levels_that_are_such_words_are_withheld_and_refused(kind, code):
    levels = [CODES[code]("male"), CODES[code]("female")]
    small = scheme(kind, {"name": "segment", "dtype": "category", "levels": levels})
    gate = gate_inputs(small)
    assert gate.withheld == ("segment",)
    assert gate.records[0].rule == "hidden_input"
    if kind != "audit":
        with pytest.raises(SafeguardError, match="words of sex") as caught:
            gate_training(small, ["visits", "segment"])
        assert caught.value.rule == "hidden_input"


def test_escapes_that_hide_nothing_change_nothing():
    assert protected_values([quote("yes & no"), quote("no")]) is None
