"""The seven suggestions in every report, and that nothing in the software expresses a sanction."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
import re
from importlib.resources import files
from pathlib import Path

import click
import pydantic
import pytest

import scs_ml
from scs_ml.cli.app import COMMANDS
from scs_ml.core import AuditReport, GateRecord
from scs_ml.report import page, record
from scs_ml.safeguards import SUGGESTIONS, SUGGESTIONS_TABLE, gate_inputs, suggestions_table, suppress_tables
from scs_ml.schemes import load_scheme

NAMES = ["Informative", "Objective", "Rights", "Situational", "Psychological", "Children", "Prestige"]


def answers(*records):
    return {row[0].split(". ")[1]: row[2:] for row in suggestions_table(records).rows}


def test_the_seven_stand_in_the_order_of_the_study_with_rules_of_their_own():
    assert [each.name for each in SUGGESTIONS] == NAMES
    assert [each.number for each in SUGGESTIONS] == list(range(1, 8))
    rules = [rule for each in SUGGESTIONS for rule in each.rules]
    assert len(rules) == len(set(rules))


def test_nothing_asked_is_said_to_be_not_asked():
    told = answers()
    assert list(told) == NAMES
    assert {answer for answer, _ in told.values()} == {"not asked"}
    assert "source_named" in told["Informative"][1]


def test_the_gravest_answer_is_told_with_all_its_details():
    told = answers(
        GateRecord("state_of_mind", "kept", "fine so far"),
        GateRecord("hidden_input", "recorded", "x is group"),
        GateRecord("state_of_mind", "refused", "mood is a mood"),
        GateRecord("forbidden_input", "refused", "g is group"),
        GateRecord("agreement", "left out", "not of the seven"),
        GateRecord("minors", "left out", "two rows"),
        GateRecord("relatives", "kept", "nobody's"),
    )
    assert told["Psychological"] == ("refused", "state_of_mind: mood is a mood; forbidden_input: g is group")
    assert told["Children"] == ("left out", "minors: two rows")
    assert told["Rights"][0] == "not asked"


@pytest.mark.parametrize(
    "name, answer", [("suining", "recorded"), ("german_credit", "kept"), ("compas", "kept")]
)
def test_built_in_schemes_answer_for_their_domains(name, answer):
    assert answers(*gate_inputs(load_scheme(name)).records)["Rights"][0] == answer


def test_no_basis_blanks_the_table():
    scheme = load_scheme("suining")
    closed = scheme.model_copy(update={"basis": scheme.basis.model_copy(update={"kind": "audit"})})
    table = suggestions_table([GateRecord("hearsay", "kept", "3 of 4", rows=3)])
    assert suppress_tables([table], closed)[0].rows == table.rows


def test_a_report_prints_them_beside_the_safeguards():
    scheme = load_scheme("suining")
    gates = (*gate_inputs(scheme).records, GateRecord("publication", "kept", "nothing about a person"))
    made = record.audit_record(
        AuditReport(
            scheme, (), (), gates, {}, {}, {}, 0, {"name": "s", "origin": "existing score", "rows": 9}
        )
    )
    (table,) = (each for each in made["tables"] if each["name"] == SUGGESTIONS_TABLE)
    assert [row[0] for row in table["rows"]] == [f"{at}. {name}" for at, name in enumerate(NAMES, 1)]
    assert table["rows"][2][2] == "recorded"
    shown = page.page_of(made)
    assert shown.suggestions == [table]
    assert table not in shown.tables
    html = page.report_html(made)
    part = html[html.index('<section id="safeguards"') : html.index('<section id="tables"')]
    assert "7. Prestige" in part
    assert "nothing about a person" in part


# --- no field of the software expresses a sanction ---

SANCTION = re.compile(
    r"sanction|punish|penal|(?<![a-z])bans?(?![a-z])|banned|blacklist|redlist|black_list|red_list|deny|denied"
    r"|restrict|revok|suspend|forfeit|eligib|barred|prohibit|(?<![a-z])fined?(?![a-z])|disqualif|confiscat"
    r"|(?<![a-z])(bar|block|limit)_(person|people|subject)",
    re.IGNORECASE,
)
# What is computed there is what listing people would do, for groups of invented people only: its settings
# take no table, and no field of them can name a person (tests/worlds look for that).
EXPERIMENT = "scs_ml.worlds.experiment"
# Rules of statistics, of software and of scikit-learn that share a word with the law; each with what it is.
OTHER_SENSE = {
    "penalty": "weight of a term that keeps a model's coefficients small",
    "penalties": "several of them",
    "administrative_penalties": "an indicator: what an authority recorded, read and not imposed",
}


def modules():
    for module in pkgutil.walk_packages(scs_ml.__path__, "scs_ml."):
        if not module.name.startswith(EXPERIMENT) and "kernels" not in module.name:
            try:
                yield importlib.import_module(module.name)
            except ImportError:  # an extra that is not installed
                continue


def fields():
    """Every name of a field that the software reads, keeps or writes, with where it stands."""
    for module in modules():
        for kind in vars(module).values():
            if not isinstance(kind, type) or kind.__module__ != module.__name__:
                continue
            where = f"{module.__name__}.{kind.__qualname__}"
            if dataclasses.is_dataclass(kind):
                yield from ((where, field.name) for field in dataclasses.fields(kind))
            if issubclass(kind, pydantic.BaseModel):
                yield from ((where, name) for name in kind.model_fields)
    for name in COMMANDS:
        yield "scs-ml", name


def schema_names():
    for package, folder in (("scs_ml.schemes", "schemas"), ("scs_ml.report", "schemas")):
        for each in files(package).joinpath(folder).iterdir():
            if each.name.endswith(".json"):
                yield from ((each.name, name) for name in properties(json.loads(each.read_text("utf-8"))))


def properties(part):
    """Names and fixed choices of a JSON schema, at any depth."""
    if isinstance(part, dict):
        yield from part.get("properties", {})
        yield from (each for each in part.get("enum", ()) if isinstance(each, str))
        yield from (name for value in part.values() for name in properties(value))
    elif isinstance(part, list):
        yield from (name for value in part for name in properties(value))


def options():
    from scs_ml.cli.app import cli as main

    with click.Context(main) as context:
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            waiting = [(name, command)]
            while waiting:
                where, each = waiting.pop()
                yield from ((f"scs-ml {where}", option.name) for option in each.params)
                if isinstance(each, click.Group):
                    yield from ((f"scs-ml {where}", sub) for sub in each.commands)
                    waiting += [(f"{where} {sub}", made) for sub, made in each.commands.items()]


def fields_in_docs():
    """First cells of the tables of the documentation, where fields and options are listed."""
    for path in Path(__file__).parents[2].joinpath("docs").glob("*.md"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.match(r"\| *`([^`]+)`", line):
                yield path.name, found.group(1)


def test_no_field_of_the_software_expresses_a_sanction():
    seen = [*fields(), *schema_names(), *options(), *fields_in_docs()]
    assert len(seen) > 800
    found = {(where, name) for where, name in seen if SANCTION.search(name) and name not in OTHER_SENSE}
    found = {(where, name) for where, name in found if "experiment" not in where}
    assert not found


def test_the_walk_would_see_one():
    assert all(
        SANCTION.search(word) for word in ("sanction", "travel_ban", "is_blacklisted", "denied_services")
    )
    assert not any(
        SANCTION.search(word) for word in ("band", "banner", "define", "refine", "score", "baseline")
    )


def test_the_exempted_room_still_speaks_of_groups_only():
    from scs_ml.worlds import Policy

    assert {field.type for field in dataclasses.fields(Policy)} <= {"float", "int", "bool"}
