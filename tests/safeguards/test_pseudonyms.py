"""Keys and pseudonyms."""

from __future__ import annotations

import hashlib
import os
import stat

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.exceptions import ScsError
from scs_ml.safeguards import (
    PUBLIC_KEY,
    key_needed,
    load_key,
    new_key,
    pseudonymise,
    pseudonymise_informants,
)
from scs_ml.schemes import load_scheme

KEY = bytes(range(32))


def test_a_new_key_is_random_and_only_its_owner_reads_it(tmp_path):
    one, two = new_key(tmp_path / "one.key"), new_key(str(tmp_path / "two.key"))
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert load_key(one) != load_key(two)
    assert len(load_key(one)) == 32
    assert one.read_text() == load_key(one).hex() + "\n"


def test_the_umask_cannot_widen_a_key(tmp_path):
    before = os.umask(0)
    try:
        path = new_key(tmp_path / "k.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path):
    path = new_key(tmp_path / "k.key")
    before = path.read_bytes()
    with pytest.raises(ScsError, match="lost for good"):
        new_key(path)
    assert path.read_bytes() == before
    (tmp_path / "link.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ScsError, match="lost for good"):
        new_key(tmp_path / "link.key")


def test_a_key_that_cannot_be_written_is_one_error(tmp_path):
    with pytest.raises(ScsError, match="cannot be written"):
        new_key(tmp_path / "no" / "folder" / "k.key")


def test_the_key_comes_from_the_path_then_the_variable_then_this_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCS_ML_KEY", raising=False)
    here, named, given = (new_key(name) for name in ("scs_ml.key", "named.key", "given.key"))
    assert load_key() == load_key(here)
    monkeypatch.setenv("SCS_ML_KEY", str(named))
    assert load_key() == load_key(named)
    assert load_key(given) not in (load_key(named), load_key(here))


def test_a_missing_key_gives_the_command_that_makes_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCS_ML_KEY", raising=False)
    with pytest.raises(ScsError) as caught:
        load_key()
    assert "scs-ml key new" in caught.value.remedy
    assert caught.value.where == "scs_ml.key"


@pytest.mark.parametrize("content", [b"", b"secret", b"00" * 31, b"00" * 33, b"zz" * 32, b"\xff\xfe"])
def test_a_file_that_holds_no_key_is_refused(content, tmp_path):
    path = tmp_path / "k.key"
    path.write_bytes(content)
    with pytest.raises(ScsError, match="holds no key of 32 bytes"):
        load_key(path)


def test_worlds_need_no_key():
    assert not key_needed(load_scheme("suining"))
    assert all(key_needed(load_scheme(name)) for name in ("sesame", "taiwan"))


def test_a_table_that_names_nobody_needs_no_key():
    compas = load_scheme("compas")
    assert compas.real_people
    assert not key_needed(compas)
    named = compas.roles.model_copy(update={"family": "household"})
    assert key_needed(compas.model_copy(update={"roles": named}))
    assert len(PUBLIC_KEY) == 32


def test_a_pseudonym_is_keyed_blake2b():
    person = hashlib.blake2b(b"subject", digest_size=16).digest()
    expected = hashlib.blake2b(b"Ada", key=KEY, digest_size=8, person=person).hexdigest()
    assert pseudonymise(np.array(["Ada"]), KEY).tolist() == [expected]


def test_same_person_same_pseudonym_and_nothing_else():
    names = pseudonymise(["Ada", "Bo", "Ada"], KEY)
    assert names[0] == names[2] != names[1]
    assert names.dtype == np.dtype("<U16")
    assert pseudonymise(["Ada"], PUBLIC_KEY)[0] != names[0]
    assert pseudonymise(["Ada"], KEY, "informant")[0] != names[0]
    assert "Ada" not in names[0]


def test_a_number_is_the_same_person_in_every_dtype():
    (expected,) = pseudonymise(["7"], KEY)
    columns = (
        [7],
        [7.0],
        np.array([7], dtype=np.int32),
        pd.Series([7], dtype="Int64"),
        pd.Series(["7"], dtype="str"),
    )
    for values in columns:
        assert pseudonymise(values, KEY).tolist() == [expected]
    mixed = pseudonymise(np.array([7, 7.0, "7", 7.5], dtype=object), KEY)
    assert mixed[:3].tolist() == [expected] * 3
    assert mixed[3] != expected


def test_missing_stays_missing():
    for missing in (None, np.nan, pd.NA):
        names = pseudonymise(np.array(["Ada", missing], dtype=object), KEY)
        assert names[0] == pseudonymise(["Ada"], KEY)[0]
        assert names[1] is None
    assert pseudonymise([], KEY).tolist() == []


@given(st.lists(st.text(), max_size=30))
def test_distinct_names_get_distinct_pseudonyms(values):
    names = pseudonymise(np.array(values, dtype=object), KEY)
    assert len(set(names)) == len(set(values))
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)


def test_an_informant_written_in_two_ways_is_one_and_no_subject():
    key = bytes(range(32))
    wide = "\uff21\uff2e\uff2e LEE"
    hashed = pseudonymise_informants(["Ann  Lee", "ann lee", wide, None, "Bob"], key)
    assert len(set(hashed[:3])) == 1
    assert hashed[3] is None
    assert hashed[4] not in {hashed[0], pseudonymise(["Bob"], key)[0], pseudonymise(["bob"], key)[0]}
