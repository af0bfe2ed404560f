"""The page in a browser: what it asks for, the keyboard, the printed page, a dark one and a narrow one."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
A4_WITHIN_MARGINS = 718  # CSS pixels

# Contrast of each text colour with what is painted behind it, as WCAG 2 defines it.
CONTRAST = """
selectors => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const painted = channels(getComputedStyle(e).backgroundColor);
      if (painted.length === 3 || painted[3] > 0) return painted;
    }
    return [255, 255, 255];
  };
  return Object.fromEntries(selectors.map(selector => {
    const element = document.querySelector(selector), style = getComputedStyle(element);
    const text = channels(element.closest('svg') ? style.fill : style.color);
    const [dark, bright] = [light(text), light(behind(element))].sort((a, b) => a - b);
    return [selector, (bright + 0.05) / (dark + 0.05)];
  }));
}
"""
TEXTS = [
    "h1", "h2", "h3", ".kicker", ".note", ".lead", "nav a", ".tile .count", ".tile span:last-child",
    ".brief li", "summary", ".flag .verdict", ".effect", ".values", ".numbers", ".next", "figcaption",
    "caption", "th", "td", "dt", "dd", "code", "figure svg text",
]  # fmt: skip


@pytest.fixture(scope="module")
def file(html, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(chromium_path):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, file):
    """Open the page in a context of its own, and note what it asks for and complains of."""
    contexts = []

    def open_page(*, width=1100, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def open_all(page):
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def test_it_asks_for_nothing_but_itself(visit, file):
    page = visit()
    open_all(page)
    page.emulate_media(media="print")
    page.pdf()

    asked = [url for url in page.asked if not url.startswith("data:")]
    assert asked == [file.as_uri()]
    assert page.complaints == []


def test_its_policy_would_stop_a_script(visit):
    page = visit()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=http://c.invalid/x.png>')")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in each for each in page.complaints)


def test_tab_reaches_the_skip_link_and_then_every_section(visit):
    page = visit()
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))

    assert reached == [
        "#main", "#summary", "#mechanisms", "#differences", "#persons", "#forecast", "#safeguards",
        "#tables", "#provenance",
    ]  # fmt: skip


def test_the_skip_link_shows_itself_and_leads_past_the_navigation(visit):
    page = visit()
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_folded_table_opens_by_keyboard(visit, key):
    page = visit()
    summary = page.locator("#tables summary").first
    table = page.locator("#tables table").first
    assert not table.is_visible()
    summary.focus()
    page.keyboard.press(key)
    assert table.is_visible()
    page.keyboard.press(key)
    assert not table.is_visible()


def test_the_focus_is_seen_wherever_it_goes(visit):
    page = visit()
    open_all(page)
    count = page.locator("a, summary, [tabindex='0']").count()
    seen = []
    for _ in range(count):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(() => { const s = getComputedStyle(document.activeElement);"
                " return [document.activeElement.tagName, s.outlineStyle, parseFloat(s.outlineWidth)] })()"
            )
        )

    assert count > 20
    assert {tag for tag, *_ in seen} == {"A", "SUMMARY", "DIV"}
    assert all(style == "solid" and width >= 2 for _, style, width in seen)


def test_its_outline_is_one_a_screen_reader_can_follow(visit):
    page = visit()
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])")
    nameless = page.evaluate(
        "[...document.querySelectorAll('svg')].filter(s => !s.getAttribute('aria-label')"
        " || s.getAttribute('role') !== 'img' || !s.querySelector('title, desc')).length"
    )

    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "Audit of Suining county pilot, mass credit grades A to D"
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("svg").count() == 6
    assert nameless == 0
    assert page.locator("main").count() == 1
    assert page.locator("table").count() == page.locator("table caption").count()


def test_the_names_of_regions_tell_them_apart_from_nothing(visit):
    page = visit()
    assert page.locator("[role=region]:not([aria-label]), nav:not([aria-label])").count() == 0
    labels = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby]')].map("
        "e => document.getElementById(e.getAttribute('aria-labelledby'))?.textContent)"
    )
    assert len(labels) == 8
    assert all(labels)


def test_printed_it_shows_what_was_folded_and_cuts_nothing_off(visit):
    page = visit(width=A4_WITHIN_MARGINS)
    page.emulate_media(media="print")

    assert not page.locator("nav").is_visible()
    assert not page.locator(".skip").is_visible()
    shown = page.evaluate(
        "[...document.querySelectorAll('details table')].map(t => t.checkVisibility() && t.offsetHeight > 10)"
    )
    assert len(shown) > 5
    assert all(shown)
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_WITHIN_MARGINS
    cut = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('svg *, caption')"
        f" && e.getBoundingClientRect().right > {A4_WITHIN_MARGINS} + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert cut == []


def test_it_prints_on_some_pages(visit):
    pdf = visit().pdf(format="A4")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert pdf.startswith(b"%PDF")
    assert 2 <= pages <= 20


@pytest.mark.parametrize("options", [{"color_scheme": "light"}, {"color_scheme": "dark"}], ids=str)
def test_text_stands_out_from_its_ground(visit, options):
    page = visit(**options)
    open_all(page)
    contrast = page.evaluate(CONTRAST, TEXTS)

    assert len(contrast) == len(TEXTS)
    assert {name: value for name, value in contrast.items() if value < 4.5} == {}


def test_a_dark_page_is_dark_and_so_are_its_figures(visit):
    grounds = {
        scheme: visit(color_scheme=scheme).evaluate(
            "[getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.querySelector('figure svg text')).fill]"
        )
        for scheme in ("light", "dark")
    }
    assert grounds == {
        "light": ["rgb(255, 255, 255)", "rgb(29, 39, 51)"],
        "dark": ["rgb(18, 24, 31)", "rgb(230, 235, 240)"],
    }


def test_a_dark_screen_still_prints_dark_on_white(visit):
    page = visit(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert ink == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


def test_on_a_telephone_only_figures_and_tables_scroll_sideways(visit):
    page = visit(width=390)
    open_all(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    beyond = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll') && !e.matches('.skip')"
        " && e.getBoundingClientRect().right > 391).map(e => e.outerHTML.slice(0, 80))"
    )
    assert beyond == []
    legible = page.evaluate(
        "[...document.querySelectorAll('main > section:not(#persons) figure svg text')].map("
        "t => t.getBoundingClientRect().height)"
    )
    assert min(legible) >= 8
