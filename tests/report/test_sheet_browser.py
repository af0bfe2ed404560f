"""The sheet in a browser: nothing asked for, contrast, two pages of A4 at most, right to left."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import sync_playwright

from scs_ml.report.sheet import languages, sheet_html
from tests.report.sheet_cases import CASES
from tests.report.test_browser import CONTRAST, FLAGS

TEXTS = [
    "h1", "h2", ".scheme", ".opening", "section p", "li", "caption", "thead th", "tbody th", "td", "small",
    ".push span", "dt", "dd",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser(chromium_path):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, tmp_path):
    pages = []

    def open_page(language, case="a way", *, width=800):
        path = tmp_path / f"{language}.html"
        path.write_text(sheet_html(CASES[case], language), encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 1100})
        pages.append(page)
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.goto(path.as_uri())
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize("language", languages())
def test_it_prints_on_one_or_two_pages_of_a4_and_asks_for_nothing(visit, language):
    page = visit(language)
    pdf = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", pdf)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842)}
    assert len(page.asked) == 1 and page.asked[0].startswith("file:")
    assert page.complaints == []


def test_its_policy_would_stop_a_script_and_a_picture_from_elsewhere(visit):
    page = visit("en")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=http://c.invalid/x.png>')")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in each for each in page.complaints)


def test_every_text_has_the_contrast_of_wcag_aa(visit):
    measured = visit("en").evaluate(CONTRAST, TEXTS)
    assert {name: ratio for name, ratio in measured.items() if ratio < 4.5} == {}


def test_a_screen_reader_hears_headings_tables_and_bars(visit):
    tree = visit("en").locator("body").aria_snapshot()
    for part in (
        'heading "Your own sheet" [level=1]',
        'heading "What would change it" [level=2]',
        'region "How sure it is"',
        'columnheader "Your value"',
        'img "pushes down: 40"',
    ):
        assert part in tree


def test_arabic_runs_from_right_to_left_and_its_bars_are_mirrored(visit):
    page = visit("ar")
    sides = page.evaluate(
        """() => {
          const at = query => document.querySelector(query).getBoundingClientRect();
          const rect = [...document.querySelectorAll('#why tbody tr')].map(row => {
            const bar = row.querySelector('.bar').getBoundingClientRect();
            const part = row.querySelector('.bar rect').getBoundingClientRect();
            return part.left + part.width / 2 < bar.left + bar.width / 2 ? 'left' : 'right';
          });
          return {name: at('#why tbody th').left, value: at('#why tbody td').left, rect: rect.slice(0, 2),
                  text: getComputedStyle(document.querySelector('h1')).direction};
        }"""
    )
    assert sides["text"] == "rtl"
    assert sides["name"] > sides["value"]
    assert sides["rect"] == ["right", "left"]  # lowered, raised


@pytest.mark.parametrize("language", ["en", "ar", "de"])
def test_a_narrow_screen_does_not_scroll_sideways(visit, language):
    page = visit(language, width=360)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
