"""Markup, templates and escapes in every text that reaches a page, a card or the terminal."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
import yaml

from scs_ml.data import read_table
from scs_ml.report import (
    audit_record,
    report_html,
    rewrite_report,
    validate_audit,
    write_report,
)
from scs_ml.report.write import _pages
from scs_ml.schemes import Scheme
from scs_ml.workflow import audit, case_of_existing_score
from tests.adversarial.attempts import KEY, document, scheme, scheme_file, table

ATTACKS = {
    "a script": "<script>alert(1)</script>",
    "an event": '"><img src=x onerror=alert(1)>',
    "single quotes": "' onmouseover='alert(1)",
    "SVG": "</text><svg onload=alert(1)>",
    "a closed title": "</title></style></svg><b>bold</b>",
    "CSS": "</style><style>*{display:none}",
    "a CSS address": "url(http://evil.invalid/x)",
    "a comment": "--><script>alert(1)</script><!--",
    "CDATA": "]]><script>alert(1)</script>",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "Jinja": "{{7*7}}{% for x in ().__class__.__bases__ %}x{% endfor %}",
    "a format string": "%(x)s {0.__class__} ${jndi:ldap://evil.invalid}",
    "a Markdown link": "[click](javascript:alert(1))",
    "a Markdown image": "![x](http://evil.invalid/x.png)",
    "a Markdown table": "a | b\n|---|\n# heading",
    "Mathtext": "$\\frac{1}{$",
    "ANSI": "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "rich": "[red]x[/red][link=http://evil.invalid]y[/link]",
    "right to left": "\u202egnp.exe",
    "a zero": "x\x00y",
}
# YAML holds no control characters: through a file these are refused before they reach a page.
UNWRITABLE = {"ANSI", "a zero"}


class Outline(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


def hostile(attack):
    """The lender's scheme with the attack in every free text, category and group."""
    made = document(
        title=attack,
        citation=attack,
        scale={"categories": [f"low {attack}", "middle", f"high {attack}"]},
    )
    said = {"purpose": f"p {attack}", "contact": f"c {attack}", "declared": {f"d {attack}": f"e {attack}"}}
    made["basis"] |= said
    for each in made["indicators"]:
        each |= {"database": f"bank {attack}", "description": attack}
    made["sensitive"][1] |= {"labels": {"north": f"n {attack}"}}
    return made


MARK = "XMARKX"  # stands where the attack is to stand


@pytest.fixture(scope="module")
def marked():
    """The record of an audit whose scheme holds the mark in every free text; it is audited once."""
    card = Scheme.model_validate(hostile(MARK))
    data = read_table(table(120), card, key=KEY)
    return json.dumps(audit_record(audit(case_of_existing_score(data, card))))


@pytest.mark.parametrize("what", ATTACKS)
def test_a_report_of_hostile_texts(attempt, what, marked):
    def pages(attack):
        record = json.loads(marked.replace(MARK, json.dumps(attack)[1:-1]))
        validate_audit(record)
        return _pages(record)

    made = attempt.neutralised(lambda: pages(ATTACKS[what]))
    page = made.pop("report.html")
    outline, usual = Outline(page), Outline(pages("harmless")["report.html"])
    assert outline.tags == usual.tags
    assert [name for name, _ in outline.attributes] == [name for name, _ in usual.attributes]
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    links = [value for name, value in outline.attributes if name in {"href", "src", "xlink:href"}]
    assert all(link.startswith("#") or link == "data:," for link in links)
    if what == "Jinja":
        assert "7*7" in page
    assert "card.md" in made
    for each in made.values():
        assert "<script" not in each
        assert not re.search(r"(?<!\\)\[[^\]]*\]\((javascript|http):", each)
    for each in (page, *made.values()):
        assert "\x1b" not in each
        assert "\0" not in each


@pytest.mark.parametrize("what", sorted(set(ATTACKS) - UNWRITABLE))
def test_the_terminal_shows_texts_and_obeys_none(attempt, what):
    made = hostile(ATTACKS[what])
    path = scheme_file(attempt.folder)
    path.write_text(yaml.safe_dump(made, allow_unicode=True), encoding="utf-8")
    table(120).to_csv(attempt.folder / "t.csv", index=False)
    (attempt.folder / "k").write_text("00" * 32)
    done = attempt.cli(
        "society", "lender.yaml", "t.csv", "--by", "region", "--key", "k", outcome="neutralised"
    )
    assert "\x1b" not in done.out + done.err
    if what == "rich":
        assert "[red]" in done.out


@pytest.mark.parametrize("what", ["ANSI", "a zero"])
def test_a_table_with_escapes_does_not_reach_the_terminal_raw(attempt, what):
    scheme_file(attempt.folder)
    frame = table(120)
    frame.loc[frame.index % 2 == 0, "region"] = f"x{ATTACKS[what]}"
    frame.to_csv(attempt.folder / "t.csv", index=False)
    (attempt.folder / "k").write_text("00" * 32)
    arguments = ("society", "lender.yaml", "t.csv", "--by", "region", "--key", "k")
    done = attempt.cli(*arguments, outcome="neutralised")
    assert "\x1b[2J" not in done.out + done.err
    assert "\x1b]0" not in done.out + done.err


AUDITS = {
    "no JSON": "{",
    "a list": "[]",
    "NaN": '{"format": NaN}',
    "nested deep": "[" * 100_000,
    "another format": '{"format": "audit-99"}',
    "nothing": "",
    "no UTF-8": b"\xff\xfe".decode("latin-1"),
    "a huge number": '{"format": 1e999}',
    "an integer of 5,000 digits": '{"format": ' + "9" * 5000 + "}",
}


@pytest.mark.parametrize("what", AUDITS)
def test_a_crafted_audit_json(attempt, lender, what):
    run = write_report(lender.report, attempt.folder / "run")
    (run / "audit.json").write_bytes(AUDITS[what].encode("latin-1"))
    attempt.refused(lambda: rewrite_report(run))


@pytest.mark.parametrize(
    "key", ["format", "scheme", "findings", "tables", "forecast", "persons", "safeguards"]
)
@pytest.mark.parametrize(
    "value", [None, 7, "text", [None], {"x": {}}], ids=["none", "7", "text", "list", "dict"]
)
def test_an_audit_json_with_one_field_of_another_kind(attempt, lender, key, value):
    run = write_report(lender.report, attempt.folder / "run")
    record = json.loads((run / "audit.json").read_text())
    record[key] = value
    (run / "audit.json").write_text(json.dumps(record))
    if key == "forecast" and value == {"x": {}}:
        attempt.handled(lambda: _redraw(run))
    else:
        attempt.refused(lambda: rewrite_report(run))


def _redraw(run):
    from scs_ml.exceptions import ScsError

    try:
        rewrite_report(run)
    except ScsError:
        return


def test_a_scheme_of_plain_texts(attempt):
    card = scheme()
    data = read_table(table(120), card, key=KEY)
    page = attempt.handled(lambda: report_html(audit_record(audit(case_of_existing_score(data, card)))))
    assert "A lender" in page
