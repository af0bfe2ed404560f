"""The subject's sheet: what it says, in every language, and what it must never hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from string import Formatter

import pytest

from scs_ml.exceptions import ScsError
from scs_ml.report.sheet import NotUsed, Used, languages, sheet_html, sheet_text
from scs_ml.report.sheet.catalogue import words_of
from scs_ml.report.sheet.content import Bar, sections
from scs_ml.schemes import load_scheme
from tests.report.sheet_cases import CASES, HOSTILE, NOT_USED, indicator, sheet_of

ALL = ("ar", "az", "de", "en", "es", "fr", "ru", "zh")
OTHERS = [code for code in ALL if code != "en"]
SCRIPTS = {"ru": r"[\u0430-\u044f]", "ar": r"[\u0600-\u06ff]", "zh": r"[\u4e00-\u9fff]"}
ENGLISH = re.compile(
    r"\b(the|of|and|is|are|you|your|with|this|that|not|were|what|it|be|can|for|to)\b", re.IGNORECASE
)


class Reader(HTMLParser):
    """Tags in order, their attributes, and the text of the page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.texts))


def places(sentence):
    return sorted(field for _, field, _, _ in Formatter().parse(sentence) if field)


def test_these_are_the_languages():
    assert languages() == ALL


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_has_the_same_keys_and_places_as_the_english_one(code):
    english, other = words_of("en").sentences, words_of(code).sentences
    assert list(other) == list(english)
    assert {k: places(v) for k, v in other.items()} == {k: places(v) for k, v in english.items()}
    assert all(isinstance(v, str) and (v or k == "space") for k, v in other.items())


@pytest.mark.parametrize("code", OTHERS)
def test_no_english_is_left_in_another_catalogue(code):
    spelled = {k: re.sub(r"\{.*?\}", "", v) for k, v in words_of(code).sentences.items()}
    same_in_spanish = {"said_no"} if code == "es" else set()
    left = {
        k: v for k, v in spelled.items() if ENGLISH.search(v) and k not in {"direction"} | same_in_spanish
    }
    assert left == {}
    if code in SCRIPTS:
        technical = {"direction", "decimal", "space", "comma"}
        foreign = [k for k, v in spelled.items() if k not in technical and not re.search(SCRIPTS[code], v)]
        assert foreign == []
        assert [k for k, v in spelled.items() if k != "direction" and re.search(r"[A-Za-z]", v)] == []


def test_an_unknown_language_lists_those_there_are():
    with pytest.raises(ScsError, match="'tlh'") as caught:
        sheet_html(sheet_of(), "tlh")
    assert caught.value.remedy == "choose from ar, az, de, en, es, fr, ru, zh"
    with pytest.raises(ScsError):
        sheet_text(sheet_of(), "../en")


@pytest.mark.parametrize("code", ALL)
@pytest.mark.parametrize("case", CASES)
def test_every_case_in_every_language_is_a_page_with_nothing_left_open(case, code):
    html = sheet_html(CASES[case], code)
    page = Reader(html)
    assert page.tags[0] == ("html", {"lang": code, "dir": "rtl" if code == "ar" else "ltr"})
    assert [tag for tag, _ in page.tags if tag == "h1"] == ["h1"]
    assert len([tag for tag, _ in page.tags if tag == "h2"]) == 6
    assert {"script", "img", "link", "iframe"} & {tag for tag, _ in page.tags} == set()
    assert not re.search(r"https?://|@import|url\(", html)
    assert "{" not in page.text and "}" not in page.text
    for tag, attributes in page.tags:
        if tag == "svg":
            assert attributes["role"] == "img" and attributes["aria-label"].strip()
    heads = [attributes.get("scope") for tag, attributes in page.tags if tag == "th"]
    assert set(heads) == {"col", "row"}
    assert len([t for t, _ in page.tags if t == "caption"]) == len([t for t, _ in page.tags if t == "table"])


def test_the_template_holds_no_words_of_its_own():
    from importlib.resources import files

    template = files("scs_ml.report.sheet").joinpath("templates/sheet.html.j2").read_text(encoding="utf-8")
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>", "", template, flags=re.DOTALL)
    assert not re.search(r"\w", Reader(bare).text)


@pytest.mark.parametrize("code", OTHERS)
def test_where_the_scheme_speaks_no_english_the_page_speaks_none(code):
    mute = {"name": "n1", "database": "1", "context": "1", "description": "", "source": "business"}
    mute |= {"kind": "direct"}
    suining = load_scheme("suining")
    basis = suining.basis.model_copy(update={"purpose": "1", "context": "2", "contact": "3"})
    scheme = suining.model_copy(
        update={
            "title": "4",
            "basis": basis,
            "sensitive": tuple(a.model_copy(update={"name": "a1"}) for a in suining.sensitive),
            "situations": tuple(s.model_copy(update={"name": "s1"}) for s in suining.situations),
        }
    )
    sheet = sheet_of(
        scheme,
        used=tuple(Used(indicator(**mute), 1.0, push) for push in (0.5, 0.2, 0.04, -0.2, -0.04)),
        recourse=CASES["no way"].recourse,
        not_used=tuple(NotUsed("n2", each.why, "3" if each.detail else "") for each in NOT_USED),
    )
    text = Reader(sheet_html(sheet, code)).text
    tried = "Unpaid debts"  # the one label that the recourse brings along
    assert not ENGLISH.search(text.replace(tried, ""))


def test_what_stands_in_the_scheme_is_shown_and_never_run():
    hostile = sheet_of().scheme
    basis = hostile.basis.model_copy(update={"contact": HOSTILE, "purpose": HOSTILE, "context": HOSTILE})
    hostile = hostile.model_copy(update={"title": HOSTILE, "basis": basis})
    used = (Used(indicator("x", description=HOSTILE, database=HOSTILE), HOSTILE, 1.0),)
    sheet = sheet_of(
        hostile,
        used=used,
        period=HOSTILE,
        not_used=(NotUsed(HOSTILE, "scheme", HOSTILE),),
        recourse=CASES["no way"].recourse,
    )
    for code in ALL:
        html = sheet_html(sheet, code)
        assert "<script" not in html
        assert html.count("&lt;script&gt;alert(&#39;{name}&#39;)&lt;/script&gt; {0}") == 11
        assert HOSTILE in sheet_text(sheet, code)


def said(case, code="en"):
    return sheet_text(CASES[case], code).splitlines()


def test_it_says_the_forecast_for_when_and_who_decides():
    lines = said("a way")
    assert "The forecast for you is C." in lines
    assert "The groups, from worst to best, are: D, C, B, A." in lines
    assert "It uses data from 2015Q2. Steps in time that it looks ahead: 1." in lines
    assert "A person must decide on your case. The forecast alone is too unsure." in lines
    assert (
        "The chance that taking the data again changes the forecast is 31 in 100. The limit is 25 in 100."
        in lines
    )
    assert "Parts of the reasons that are vague: 62. The limit is 50." in lines
    assert "Groups that are still likely: 4. The limit is 3." in lines
    assert "It uses data from 2015Q2 and is for the same time." in said("bare")
    assert (
        "By the limits set here, the forecast is not too unsure. A person still has to look at it."
        in said("no way")
    )
    assert any(line.startswith("No limit is set here") for line in said("agreed"))


def test_it_says_what_pushed_it_and_how_hard():
    lines = said("a way")
    assert any("one between C and B" in line for line in lines)
    assert "Unpaid debts: 3. This lowered your forecast a lot (parts: 40)." in lines
    assert "Disorder reports: 0. This raised your forecast a lot (parts: 30)." in lines
    assert "Your score or group so far: 812.5. This lowered your forecast (parts: 15)." in lines
    assert "District: d03. This raised your forecast (parts: 12)." in lines
    assert "Licensed: no. This raised your forecast a little (parts: 2)." in lines
    assert not any(line.startswith("Work: none.") for line in lines)  # five are said, the table has all
    assert "Nothing in your data pushed it. It is the forecast that everyone gets." in said("bare")
    assert "Ihre Punkte oder Gruppe bisher: 812,5. Das hat Ihre Vorhersage gesenkt (Teile: 15)." in said(
        "a way", "de"
    )


def test_every_input_stands_in_the_table_with_its_source_and_kind():
    (table,) = (s.grid for s in sections(sheet_of(), words_of("en")) if s.id == "why")
    shown = [[re.sub("<.*?>", "", str(cell.text)) for cell in row] for row in table.rows]
    assert shown[0] == ["Unpaid debts", "3", "business", "exact", "−40"]
    assert shown[2] == ["Your score or group so far", "812.5", "the scheme itself", "–", "−15"]
    assert shown[4] == ["Licensed", "no", "public office", "exact", "+2"]
    assert shown[6] == ["Seen", "not known", "internet", "exact", "<1"]
    assert shown[7] == ["Informant reports", "1", "private life", "vague", "0"]
    assert table.rows[0][2].note == "banks"
    assert table.rows[3][3].note == "must not be used for real people"
    bars = [cell for row in table.rows for cell in row if isinstance(cell, Bar)]
    assert [round(each.share, 3) for each in bars[:3]] == [-1.0, 0.75, -0.375]  # beside the strongest
    assert [each.alt for each in bars[:2]] == ["pushes down: 40", "pushes up: 30"]
    assert bars[-1].alt == "no push"


def test_it_says_how_sure_it_is():
    lines = said("a way")
    assert any(line.startswith("You will most likely be in one of these groups: C, B.") for line in lines)
    assert any(line.endswith("A list like this is right in about 90 in 100 cases.") for line in lines)
    assert any("The chance of that is 31 in 100." in line for line in lines)
    assert "Of 100 parts of the reasons, so many are vague: 62." in lines
    assert "None of the data used are vague." in said("bare")
    assert any(line.startswith("We could not make a list") for line in said("bare"))
    (table,) = (s.grid for s in sections(sheet_of(), words_of("en")) if s.id == "sure")
    assert [(row[0].text, row[1].text) for row in table.rows] == [
        ("A", "<1"), ("B", "45"), ("C", "45"), ("D", "10"),
    ]  # fmt: skip


def test_it_says_what_would_change_it():
    lines = said("a way")
    start = lines.index("The forecast would be B if this were so:")
    assert lines[start + 1 : start + 4] == [
        "Unpaid debts: 0 instead of 3",
        "Licensed: yes instead of no",
        "Work: some instead of none",
    ]
    assert "Among the values we tried, no smaller change is enough." in lines
    assert "Your score or group so far was kept as it is. It belongs to the past." in lines
    assert "There may be a smaller change. We could not try them all." in said("not the smallest")
    assert not any("kept as it is" in line for line in said("not the smallest"))


def test_it_says_when_there_is_no_way_and_why():
    assert any(line.startswith("We found no such change.") for line in said("no way"))
    assert "We tried only what you can change yourself: Unpaid debts." in said("no way")
    assert any(line.startswith("We found no change that is enough.") for line in said("not found"))
    assert any("You can object to that." in line for line in said("nothing can change"))
    assert "Your forecast is in the best group. There is nothing to change." in said("best")
    for case in ("no way", "not found", "nothing can change", "best"):
        assert not any("instead of" in line for line in said(case))


def test_it_says_what_was_not_used_and_why():
    lines = said("a way")
    assert "Thing relatives: this is about your family, not about you." in lines
    assert "Thing health: this is about your health." in lines
    assert any(line.startswith("Thing hearsay: too few people said this on their own") for line in lines)
    assert any(line.startswith("Thing event: what came of a disaster") for line in lines)
    assert any(line.endswith("Nothing shows which.") for line in said("audit"))
    assert not any(line.endswith("Nothing shows which.") for line in lines)
    assert "Thing scheme: the rules forbid it. They say: a reason of its own." in lines
    assert any(line.endswith("treated alike: Minority, Registration, Sex, Age group.") for line in lines)
    assert any(line.endswith("does not see them: Illness, Disaster.") for line in lines)
    assert "Nothing was kept out by name." in said("bare")


def test_it_says_on_what_ground_until_when_and_who_to_ask():
    assert "The ground for this: the people are made up." in said("a way")
    agreed = said("agreed")
    assert "The ground for this: you were told and you agreed. You can take that back." in agreed
    assert any(line.endswith("Days that it may be kept: 1.") for line in agreed)
    assert not any("made up" in line for line in agreed)
    audit = said("audit")
    assert any(line.endswith("It rests on: Article 9 of an act.") for line in audit)
    assert any(line.startswith("Your case was drawn by chance") for line in audit)
    assert any("You can contest it here: nobody is scored" in line for line in audit)
    assert any("Your code is 0123456789abcdef." in line for line in audit)


def test_it_carries_its_marks_and_speaks_of_no_sanction():
    for case in CASES:
        html = sheet_html(CASES[case], "en")
        for mark in ("a" * 64, "b" * 64, "c" * 64):
            assert html.count(mark) == 1
        assert not re.search(r"punish|penalt|sanction|blacklist|compliant|\bfair\b", html, re.IGNORECASE)


def test_the_same_sheet_gives_the_same_bytes():
    assert sheet_html(sheet_of(), "ru") == sheet_html(sheet_of(), "ru")
