"""Scheme files are found, read safely, and refused with one error that lists every fault."""

from __future__ import annotations

import pytest
import yaml

from scs_ml.exceptions import SchemeError
from scs_ml.schemes import dump_scheme, list_schemes, load_scheme, scheme_fingerprint
from scs_ml.schemes.load import LARGEST_FILE

CATALOGUE = [
    "bank_register",
    "city_1000",
    "city_200",
    "compas",
    "german_credit",
    "multi_lender_bureau",
    "organizations",
    "sesame",
    "students",
    "suining",
    "suining_broad",
    "taiwan",
]

SMALL = """
format: 1
name: small
title: Small
citation: made for a test
scale: {categories: [low, high], lower_bounds: [10], start: 0}
basis: {kind: synthetic, purpose: a test, context: tests, contact: nobody}
roles: {score: points}
horizon: 0
indicators:
  - {name: visits, kind: direct, source: personal, database: diary, context: tests}
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="scheme.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refused(path):
    with pytest.raises(SchemeError) as caught:
        load_scheme(path)
    return str(caught.value)


def test_the_catalogue_is_complete_and_every_scheme_is_named_after_its_file():
    assert list(list_schemes()) == CATALOGUE
    assert [load_scheme(name).name for name in CATALOGUE] == CATALOGUE


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_dumped_scheme_is_the_same_scheme(name, write):
    scheme = load_scheme(name)
    again = load_scheme(write(dump_scheme(scheme)))
    assert again == scheme
    assert scheme_fingerprint(again) == scheme_fingerprint(scheme)


def test_the_fingerprint_tells_schemes_apart_and_ignores_order_and_comments(write):
    one = load_scheme(write(SMALL))
    document = yaml.safe_load(SMALL)
    turned = load_scheme(write(yaml.safe_dump(dict(reversed(document.items()))), "turned.yaml"))
    other = load_scheme(write(SMALL.replace("lower_bounds: [10]", "lower_bounds: [11]"), "other.yaml"))
    assert scheme_fingerprint(one) == scheme_fingerprint(turned)
    assert scheme_fingerprint(one) != scheme_fingerprint(other)
    assert len(scheme_fingerprint(one)) == 64


def test_a_path_and_a_built_in_name_are_told_apart(write, monkeypatch):
    path = write(SMALL, "suining.yaml")
    monkeypatch.chdir(path.parent)
    assert load_scheme("suining.yaml").name == "small"
    assert load_scheme("suining").name == "suining"
    assert load_scheme(path).name == "small"


def test_an_unknown_name_lists_the_names_there_are():
    message = refused("suinning")
    assert "'suinning'" in message
    assert "bank_register" in message


def test_a_path_that_is_not_there_is_named(tmp_path):
    assert str(tmp_path / "no.yaml") in refused(tmp_path / "no.yaml")
    assert "no such scheme file" in refused(tmp_path / "folder")


def test_every_fault_is_listed_with_path_and_what_is_allowed(write):
    text = SMALL.replace("kind: direct", "kind: vague").replace("title: Small\n", "")
    message = refused(write(text.replace("database: diary", "databse: diary")))
    assert "4 fields to mend" in message
    assert "scheme.yaml" in message
    assert "title: is missing: text; what reports call it" in message
    assert "indicators[0].kind (visits): Input should be 'direct' or 'indirect'" in message
    assert "indicators[0].databse (visits): there is no such field; did you mean database?" in message
    assert "indicators[0].database (visits): is missing: text; who holds it" in message


def test_a_bare_no_is_answered_with_quotes(write):
    text = SMALL + "sensitive:\n  - {name: minority, reference: no}\n"
    assert "sensitive[0].reference (minority): must be text, got False: put it in quotes" in refused(
        write(text)
    )


def test_bare_numbers_as_labels_are_answered_with_quotes(write):
    text = SMALL.replace("{score: points}", "{category: c, category_labels: {1: low, 2: high}}")
    message = refused(write(text))
    assert "roles.category_labels" in message
    assert "put it in quotes" in message


@pytest.mark.parametrize(
    "before, after, where",
    [
        ("lower_bounds: [10]", "lower_bounds: [.nan]", "scale.lower_bounds[0]"),
        ("lower_bounds: [10]", "lower_bounds: [.inf]", "scale.lower_bounds[0]"),
        ("lower_bounds: [10]", "lower_bounds: ten", "scale.lower_bounds"),
        ("horizon: 0", "horizon: -1", "horizon"),
        ("name: small", "name: Small one", "name"),
        ("format: 1", "format: 2", "format"),
    ],
)
def test_a_wrong_value_is_named_with_its_path(before, after, where, write):
    assert f"\n  {where}: " in refused(write(SMALL.replace(before, after)))


def test_fields_of_unknown_parts_are_offered_by_name(write):
    message = refused(write(SMALL.replace("contact: nobody", "contact: nobody, lawful: art. 6")))
    assert (
        "basis.lawful: there is no such field; did you mean lawful_basis? Allowed: kind, purpose" in message
    )


def test_a_missing_block_says_what_it_holds(write):
    text = SMALL.replace("scale: {categories: [low, high], lower_bounds: [10], start: 0}\n", "")
    message = refused(write(text + "wide: {periods: [a, b]}\n"))
    assert "scale: is missing: a block with categories; ordered categories" in message
    assert "wide.columns: is missing: a mapping; new column to its columns" in message


def test_open_questions_are_refused_with_what_to_answer(write):
    text = SMALL.replace("kind: direct", "kind: TODO").replace(
        "contact: nobody", "contact: 'TODO: an office'"
    )
    text += "sensitive:\n  - {name: age, bins: [TODO]}\n"
    message = refused(write(text.replace("lower_bounds: [10]", "lower_bounds: [TODO]")))
    assert "sensitive[0].bins[0] (age): a number; cuts that turn a number into groups" in message
    assert "leaves 4 questions open" in message
    assert "indicators[0].kind (visits): one of direct, indirect; direct: measured objectively" in message
    assert "basis.contact: text; where a person can contest" in message
    assert "scale.lower_bounds[0]: a number" in message
    assert "answer each TODO" in message


def test_a_todo_is_found_as_a_key_and_before_other_faults(write):
    text = (
        SMALL.replace("name: small\n", "nam: small\n")
        + "row_filters:\n  TODO: []\nTODO: 1\nrole: {x: TODO}\n"
    )
    message = refused(write(text))
    assert "leaves 3 questions open" in message
    assert "role.x: there is no such field" in message
    assert "row_filters.TODO: a list" in message
    assert "\n  TODO: there is no such field" in message


def test_a_word_that_only_holds_todo_is_no_question(write):
    assert load_scheme(write(SMALL.replace("title: Small", "title: Método TODOS"))).title == "Método TODOS"


@pytest.mark.parametrize(
    "text", [SMALL + "horizon: 1\n", SMALL.replace("kind: direct", "kind: direct, kind: direct")]
)
def test_a_key_that_stands_twice_is_refused(text, write):
    message = refused(write(text))
    assert "stands twice in one block, again in line" in message


def test_a_key_that_is_a_list_is_refused(write):
    assert "a key must be a word, in line 2" in refused(write("a: 1\n? [b, c]\n: 2\n"))


def test_aliases_are_not_followed(write):
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert "aliases" in refused(write(bomb))


def test_yaml_cannot_make_objects(write):
    assert "cannot be read" in refused(write("a: !!python/object/apply:os.getcwd []\n"))


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words"])
def test_a_file_without_fields_is_refused(text, write):
    assert "holds no fields" in refused(write(text))


def test_broken_yaml_and_wrong_encoding_are_one_error(write, tmp_path):
    assert "cannot be read" in refused(write("a: [1,"))
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("title: é".encode("latin-1"))
    assert "cannot be read" in refused(latin)
    assert "nests too deeply" in refused(write("[" * 5_000))


def test_a_large_file_is_refused_before_it_is_read(write):
    assert "too large for a scheme" in refused(write("#" * (LARGEST_FILE + 1)))
    assert load_scheme(write(SMALL + "#" * (LARGEST_FILE - len(SMALL)))).name == "small"
