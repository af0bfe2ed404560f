"""Crafted scheme files: bombs, tags, tricks with names and numbers."""

from __future__ import annotations

import copy

import pytest
import yaml

from scs_ml.exceptions import SchemeError
from scs_ml.safeguards import gate_inputs
from scs_ml.schemes import dump_scheme, list_schemes, load_scheme
from tests.adversarial.attempts import document, scheme

PLAIN = yaml.safe_dump(document())


def bomb(levels=9):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


TEXTS = {
    "billion laughs": bomb(),
    "an alias": PLAIN.replace("title: A lender's score", "title: &a text") + "\nextra: *a",
    "an alias to itself": "a: &a [*a]",
    "a merge key": "base: &base {format: 1}\n<<: *base\n",
    "a Python object": PLAIN + "\nextra: !!python/object/apply:os.system ['touch pwned']",
    "a Python name": PLAIN + "\nextra: !!python/name:os.system",
    "a Python module": PLAIN + "\nextra: !!python/module:os",
    "a Python object as title": PLAIN.replace("A lender's score", "!!python/object:os.PathLike {}"),
    "a tag of its own": PLAIN + "\nextra: !secret value",
    "binary": PLAIN.replace("A lender's score", "!!binary aGVsbG8="),
    "a set": PLAIN.replace("A lender's score", "!!set {a, b}"),
    "a timestamp as title": PLAIN.replace("A lender's score", "2014-01-01"),
    "an impossible date": PLAIN.replace("A lender's score", "2014-99-99"),
    "a key twice": PLAIN + "\nname: other\n",
    "a key twice, deep": PLAIN.replace("kind: agreed", "kind: agreed\n  kind: synthetic"),
    "a list as key": PLAIN + "\n? [a, b]\n: value\n",
    "a null key": PLAIN + "\n~: value\n",
    "nested 100,000 deep": "a: " + "[" * 100_000 + "]" * 100_000,
    "blocks 5,000 deep": "\n".join("  " * n + f"a{n}:" for n in range(700)),
    "an integer of 5,000 digits": PLAIN.replace("start: 50", "start: " + "9" * 5000),
    "a number over the largest": PLAIN.replace("start: 50", "start: 1.0e+999"),
    "not a number": PLAIN.replace("start: 50", "start: .nan"),
    "an infinite bound": PLAIN.replace("maximum: 100", "maximum: .inf"),
    "a sexagesimal number": PLAIN.replace("horizon: 0", "horizon: 190:20:30"),
    "a long octal": PLAIN.replace("horizon: 0", "horizon: 0o7777777777777777777777777"),
    "two documents": PLAIN + "\n---\n" + PLAIN,
    "an empty file": "",
    "only a comment": "# nothing",
    "a list": "- a\n- b\n",
    "a text": "just text",
    "a tab": "format:\t1\n\tname: x\n",
    "an open quote": PLAIN + '\nextra: "open',
    "an open flow": PLAIN + "\nextra: [1, 2",
    "a control character": PLAIN.replace("A lender's score", "A\x1b[31mscore"),
    "a zero byte": PLAIN.replace("A lender's score", "A\0score"),
    "a lone surrogate": PLAIN.replace("A lender's score", '"\\uD800"'),
    "a directive": "%YAML 9.9\n---\n" + PLAIN,
    "over a megabyte": PLAIN + "\n# " + "x" * 1_000_001,
    "30,000 empty lists": "a: [" + "[]," * 30_000 + "]",
}
# These say odd things that can be read: they must come out as valid schemes or as a refusal, no third way.
EITHER = {"binary", "a directive", "a lone surrogate", "a timestamp as title", "a sexagesimal number"}


@pytest.mark.parametrize("what", TEXTS)
def test_a_crafted_file(attempt, what):
    path = attempt.folder / "crafted.yaml"
    path.write_bytes(TEXTS[what].encode("utf-8", "surrogatepass"))
    if what in EITHER:
        attempt.handled(lambda: _loads_or_refuses(path))
    else:
        attempt.refused(lambda: load_scheme(path), error=SchemeError)
    assert not (attempt.folder / "pwned").exists()


def _loads_or_refuses(path):
    try:
        found = load_scheme(path)
    except SchemeError:
        return
    assert isinstance(found.title, str)
    dump_scheme(found).encode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037", "shift_jis"])
def test_an_encoding_that_is_not_utf_8(attempt, encoding):
    path = attempt.folder / "crafted.yaml"
    title = "信用" if encoding == "shift_jis" else "credit"
    path.write_bytes(PLAIN.replace("A lender's score", title).encode(encoding))
    attempt.refused(lambda: load_scheme(path), error=SchemeError)


def changed(**at):
    """The lender's document with fields put at dotted places."""
    made = copy.deepcopy(document())
    for place, value in at.items():
        *steps, last = place.split("__")
        part = made
        for step in steps:
            part = part[int(step)] if step.isdigit() else part[step]
        part[int(last) if last.isdigit() else last] = value
    return made


DOCUMENTS = {
    "a name that climbs": changed(name="../../etc/cron"),
    "a name with a slash": changed(name="a/b"),
    "an absolute name": changed(name="/tmp/x"),  # noqa: S108
    "a name with a zero": changed(name="a\0b"),
    "a name with a line end": changed(name="lender\n"),
    "an empty name": changed(name=""),
    "a name in Cyrillic letters": changed(name="l\u0435nder"),
    "a name with a hidden character": changed(name="len\u200bder"),
    "format one and a half": changed(format=1.5),
    "format 2": changed(format=2),
    "format as text": changed(format="1"),
    "a basis that does not exist": changed(basis__kind="government"),
    "a basis with hidden letters": changed(basis__kind="synthetic\u200b"),
    "a basis in another case": changed(basis__kind="Synthetic"),
    "two bases": changed(basis__kind=["synthetic", "agreed"]),
    "an empty purpose": changed(basis__purpose="   "),
    "agreed without asking": changed(basis__agreement_column=None),
    "agreed without ages": changed(basis__birth_column=None),
    "the agreement is an indicator": changed(basis__agreement_column="debts"),
    "the agreement is the age": changed(basis__agreement_column="age"),
    "an unknown switch": changed(basis__override=True),
    "a switch beside": changed(disable_safeguards=True),
    "no categories": changed(scale__categories=[]),
    "one category": changed(scale__categories=["low"], scale__lower_bounds=[]),
    "a category twice": changed(scale__categories=["low", "low", "high"]),
    "bounds that fall": changed(scale__lower_bounds=[60, 40]),
    "bounds that are equal": changed(scale__lower_bounds=[40, 40]),
    "a bound that is text": changed(scale__lower_bounds=["40; DROP TABLE", 60]),
    "no indicators": changed(indicators=[]),
    "an indicator twice": changed(indicators__1=document()["indicators"][0]),
    "a column twice": changed(indicators__1__column="debts"),
    "a floor of nan": changed(audit={"floor": float("nan")}),
    "a floor of zero": changed(audit={"floor": 0}),
    "a floor below zero": changed(audit={"floor": -1.0}),
    "a floor of infinity": changed(audit={"floor": float("inf")}),
    "certain of everything": changed(audit={"confidence": 1.0}),
    "a range upside down": changed(indicators__0__range=[30, 0]),
    "a range of nan": changed(indicators__0__range=[float("nan"), 30]),
    "an indirect one without its errors": changed(indicators__0__kind="indirect"),
    "a forbidden nature misspelt": changed(indicators__0__nature="Protected"),
    "concerns nobody": changed(indicators__0__concerns="nobody"),
    "a horizon below zero": changed(horizon=-1),
    "a horizon of a half": changed(horizon=0.5),
    "people are the groups": changed(sensitive__0__column="who"),
    "people are the areas": changed(roles={"subject": "who", "score": "score", "area": "who"}),
    "retention of no time": changed(basis__retention_days=0),
    "retention below zero": changed(basis__retention_days=-5),
    "a reason of spaces": changed(basis__other_contexts={"police": " "}),
    "a card for nothing": changed(card={"rules": [{"name": "x", "indicator": "nothing", "points": 1}]}),
    "points without end": changed(
        card={"rules": [{"name": "x", "indicator": "debts", "points": float("inf")}]}
    ),
    "an indicator that is a list": changed(indicators__0=[]),
    "indicators that are a mapping": changed(indicators={"a": 1}),
    "a question left open": changed(title="TODO"),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_a_crafted_document(attempt, what):
    path = attempt.folder / "crafted.yaml"
    path.write_text(yaml.safe_dump(DOCUMENTS[what], allow_unicode=True), encoding="utf-8")
    attempt.refused(lambda: load_scheme(path), error=SchemeError)


CHAINS = {
    "of itself": [{"name": "a", "derived_from": ["a"]}],
    "a circle of two": [{"name": "a", "derived_from": ["b"]}, {"name": "b", "derived_from": ["a"]}],
    "a chain of 60": [{"name": f"c{n}", "derived_from": [f"c{n + 1}"]} for n in range(60)],
}


@pytest.mark.parametrize("what", CHAINS)
def test_derivation_without_end(attempt, what):
    gate = attempt.handled(lambda: gate_inputs(scheme(*CHAINS[what])))
    assert {"debts", CHAINS[what][0]["name"]} <= {*gate.permitted, *gate.withheld}


def test_a_million_levels(attempt):
    path = attempt.folder / "crafted.yaml"
    levels = ", ".join(f"v{n}" for n in range(1_000_000))
    path.write_text(PLAIN.replace("- basic", f"- [{levels}]"), encoding="utf-8")
    attempt.refused(lambda: load_scheme(path), error=SchemeError, says="too large")


@pytest.mark.parametrize(
    "name", ["../suining", "suining/../../x", "/etc/passwd", "suining.yaml", "", ".", "..", "~", "\0"]
)
def test_a_name_that_is_a_path(attempt, name):
    attempt.refused(lambda: load_scheme(name), error=SchemeError)


def test_a_folder_as_scheme(attempt):
    (attempt.folder / "folder.yaml").mkdir()
    attempt.refused(lambda: load_scheme(attempt.folder / "folder.yaml"), error=SchemeError)


def test_schemes_of_the_package_pass_the_same_way(attempt):
    loaded = attempt.handled(lambda: [load_scheme(name) for name in list_schemes()])
    assert len(loaded) == len(list_schemes()) > 5
