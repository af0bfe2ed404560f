from __future__ import annotations

import re
from html.parser import HTMLParser

from scs_ml.report import report_html, validate_audit, words
from tests.report.hostile import ATTACKS, spoil, texts

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def flat(text):
    return " ".join(text.split())


def plain(text):
    """Without what cannot be printed: a figure leaves it out."""
    return "".join(each for each in flat(text) if each.isprintable())


def test_every_element_is_closed_and_no_id_comes_twice(html):
    page = Outline(html)
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert page.open == []
    assert len(ids) == len(set(ids))


def test_it_asks_for_nothing_and_runs_nothing(html):
    page = Outline(html)
    links = [value for _, name, value in page.attributes if name in {"href", "src", "xlink:href", "srcset"}]

    assert all(link.startswith("#") or link == "data:," for link in links)
    assert {"script", "iframe", "img", "object", "embed", "form"}.isdisjoint(page.tags)
    assert "default-src 'none'" in html
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)


def test_every_link_of_the_navigation_leads_to_a_section(html):
    page = Outline(html)
    ids = {value for _, name, value in page.attributes if name == "id"}
    targets = [value[1:] for tag, name, value in page.attributes if (tag, name) == ("a", "href")]

    assert len(targets) == 9
    assert set(targets) <= ids


def test_sections_stand_in_the_order_a_reviewer_asks(html):
    assert re.findall(r'<section id="(\w+)"', html) == [
        "summary",
        "mechanisms",
        "differences",
        "persons",
        "forecast",
        "safeguards",
        "tables",
        "provenance",
    ]


def test_without_persons_there_is_no_such_section(record):
    record["persons"] = []
    html = report_html(record)
    assert 'id="persons"' not in html
    assert "Single forecasts" not in html


def test_an_audit_that_found_nothing_has_a_page(record):
    record |= {"findings": [], "tables": [], "persons": [], "safeguards": [], "forecast": {}}
    html = report_html(record)

    assert "No mechanism check was run." in html
    assert "No difference could be measured." in html
    assert "No safeguard had anything to say." in html


def test_where_all_is_clear_the_mechanisms_are_folded(record):
    record["findings"][0] |= {"verdict": "clear", "mechanisms": []}
    html = report_html(record)
    assert "None was flagged, and none was left open." in html
    assert "Neither flagged nor open (1 clear)" in html


def test_where_no_mechanism_check_applied_nothing_sounds_like_an_answer(record):
    record["findings"][0] |= {"verdict": "not applicable", "mechanisms": [], "effect": None}
    html = report_html(record)

    assert "No mechanism could be looked for." in html
    assert "None could be looked for; what would make it possible stands in the list below." in html
    assert "None was flagged" not in html


def test_an_open_question_folds_its_evidence(record):
    record["findings"][0] |= {"verdict": "cannot tell", "mechanisms": []}
    assert "<summary>Evidence so far</summary>" in report_html(record)


def test_what_a_refused_indicator_changes_stands_with_the_safeguards(record, withheld):
    record["tables"].append(withheld)
    html = report_html(record)
    safeguards = html[html.index('<section id="safeguards"') : html.index('<section id="tables"')]
    assert "<caption>The score without friends</caption>" in safeguards
    assert "it still holds these points" in safeguards
    assert html.count("<caption>The score without friends</caption>") == 1
    assert "still holds these points" not in report_html({**record, "tables": []})


def test_it_never_gives_a_verdict_of_fairness(html):
    text = " ".join(Outline(html).text).lower()
    assert not re.search(r"\b(fair|unbiased|compliant|complies|non-discriminatory)\b", text)


def test_all_that_was_found_is_on_the_page(record, html):
    shown = flat("".join(Outline(html).text))
    for finding in record["findings"]:
        assert flat(finding["next_step"]) in shown
        for each in finding["evidence"]:
            assert flat(each["statement"]) in shown
    for table in record["tables"]:
        assert table["title"] in shown


def test_every_hostile_text_is_shown_as_text(record, html):
    hostile = spoil(record, " ".join(ATTACKS))
    validate_audit(hostile)
    clean, page = Outline(html), Outline(report_html(hostile))

    assert page.open == []
    assert set(page.tags) == set(clean.tags)
    assert {name for _, name, _ in page.attributes} == {name for _, name, _ in clean.attributes}
    assert page.tags.count("b") == clean.tags.count("b")
    assert page.tags.count("style") == 1
    shown = plain("".join(page.text))
    said = [{plain(text), plain(words.check_text(text))} for text in texts(hostile)]
    assert [text for text in said if not any(each in shown for each in text)] == []


def test_the_same_record_gives_the_same_bytes(record, html):
    assert report_html(record) == html
