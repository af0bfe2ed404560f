"""Schemes and tables that nobody thought of: only errors of our own come out."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scs_ml.data import read_table
from scs_ml.exceptions import ScsError
from scs_ml.schemes import dump_scheme, load_scheme
from scs_ml.workflow import train
from tests.adversarial.attempts import KEY, document, scheme, table

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["debts", "sex", "who", "agreed", "synthetic", "number", "1e308", "../x", "TODO"]),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2),
)
CELLS = st.one_of(VALUES, st.just(np.nan), st.just(pd.NA), st.binary(max_size=3), st.dates())


def places(part, path=()):
    """Every place in a document."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


PLACES = sorted(places(document()), key=str)


@st.composite
def documents(draw):
    """The lender's document with up to three places changed or taken out."""
    made = copy.deepcopy(document())
    for _ in range(draw(st.integers(0, 3))):
        *steps, last = draw(st.sampled_from(PLACES))
        part = made
        try:
            for step in steps:
                part = part[step]
            if draw(st.booleans()):
                part[last] = draw(VALUES)
            else:
                del part[last]
        except (KeyError, IndexError, TypeError):
            continue
    return made


@st.composite
def tables(draw):
    """The lender's table with a few cells, a column or the rows changed."""
    frame = table(draw(st.integers(1, 40))).astype(object)
    for _ in range(draw(st.integers(0, 4))):
        column = draw(st.sampled_from(list(table(1).columns)))
        row = draw(st.integers(0, len(frame) - 1))
        if column in frame:
            frame.at[row, column] = draw(CELLS)  # noqa: PD008 - a list, too, is one cell
    if draw(st.booleans()):
        frame = frame.drop(columns=draw(st.sampled_from(list(table(1).columns))), errors="ignore")
    return frame


def through(document_, frame, folder):
    """As far as it goes: load, dump, read, train. Gives how far that was."""
    path = folder / "fuzzed.yaml"
    path.write_text(yaml.safe_dump(document_, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    step = "load"
    try:
        card = load_scheme(path)
        dump_scheme(card)
        step = "read"
        dataset = read_table(frame, card, key=KEY)
        step = "train"
        train(dataset, card, families=("logit",))
    except ScsError:
        return step
    return "done"


QUIET = {"suppress_health_check": list(HealthCheck), "deadline": None}


@settings(max_examples=80, **QUIET)
@given(made=documents(), frame=tables())
def test_a_changed_scheme_and_table(tmp_path_factory, made, frame):
    assert through(made, frame, tmp_path_factory.getbasetemp()) in {"load", "read", "train", "done"}


@settings(max_examples=40, **QUIET)
@given(frame=tables())
def test_a_changed_table(frame):
    try:
        dataset = read_table(frame, scheme(), key=KEY)
    except ScsError:
        return
    assert len(dataset) <= len(frame)
