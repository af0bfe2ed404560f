from __future__ import annotations

import re
import warnings
from xml.etree import ElementTree as ET

import pytest

from scs_ml.report.plots import (
    ForestRow,
    Path,
    ReliabilityCurve,
    forest,
    migration,
    paths,
    reliability,
    waterfall,
)
from scs_ml.report.plots.canvas import label
from tests.report.hostile import ATTACKS

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


def draw(name, text="minority = yes"):
    if name == "forest":
        rows = [
            ForestRow(text, -0.4, -0.5, -0.3, "flag", 0.05),
            ForestRow("b", 0.1, -0.1, 0.3, "cannot tell", 0.05),
            ForestRow("c", 0.0, -0.02, 0.02, "clear"),
            ForestRow("d", 0.0, -0.02, 0.02, "not applicable"),
        ]
        return forest(rows, title=text, unit=text)
    if name == "migration":
        return migration([[0.9, 0.1], [None, None]], ["D", text], title=text)
    if name == "reliability":
        curves = [
            ReliabilityCurve(text, (0.1, 0.9), (0.2, 0.8), (0.1, 0.7), (0.3, 0.9)),
            ReliabilityCurve("other", (0.5,), (0.5,), (0.4,), (0.6,)),
        ]
        return reliability(curves, title=text)
    if name == "paths":
        drawn = [
            Path(text, (0, 1), (0.1, 0.2), (0.0, 0.1), (0.2, 0.3)),
            Path("b", (0, 1), (0, 1), (0, 1), (0, 1)),
        ]
        return paths(drawn, title=text, unit=text, time=text)
    steps = [(text, -1.25), ("b", 0.5)]
    return waterfall(steps, base_value=0.5, forecast=-0.25, title=text, unit=text)


NAMES = ("forest", "migration", "paths", "reliability", "waterfall")


@pytest.fixture(scope="module")
def plots():
    return {name: draw(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_it_is_xml_that_a_screen_reader_can_announce(plots, name):
    root = ET.fromstring(plots[name])  # noqa: S314 - drawn here

    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == "minority = yes"
    assert root.findtext(f"{SVG}title") == "minority = yes"
    assert len(root.findtext(f"{SVG}desc")) > 20
    assert root.get("width") is None
    assert "viewBox" in root.attrib


@pytest.mark.parametrize("name", NAMES)
def test_it_refers_to_nothing_but_itself(plots, name):
    root = ET.fromstring(plots[name])  # noqa: S314
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    targets = [each.get(HREF) for each in root.iter() if each.get(HREF)]
    targets += re.findall(r"url\(([^)]*)\)", plots[name])

    assert len(ids) == len(set(ids))
    assert all(target.startswith("#") and target[1:] in ids for target in targets)
    assert not [e for e in root.iter() if e.tag in {f"{SVG}image", f"{SVG}style", f"{SVG}script"}]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_values_give_the_same_bytes(plots, name):
    assert draw(name) == plots[name]


def test_figures_on_one_page_share_no_id(plots):
    ids = [each for svg in plots.values() for each in re.findall(r' id="([^"]*)"', svg)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_its_colours_are_those_of_the_page(plots, name):
    assert set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", plots[name])) <= {"#000000", "#ffffff"}
    assert "var(--ink, #1d2733)" in plots[name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_text_stays_text(name, attack):
    root = ET.fromstring(draw(name, attack))  # noqa: S314
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}

    assert tags <= {"svg", "title", "desc", "defs", "g", "path", "text", "use", "clipPath", "rect", "tspan"}
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on")]


def test_two_dollar_signs_are_no_formula():
    svg = forest([ForestRow("$x^2$", 0.1, 0.0, 0.2, "clear")], title="t", unit="u")
    assert "$x^2$" in [each.text for each in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def test_a_label_in_another_script_is_drawn_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = forest([ForestRow("遂宁 = 是", 0.1, 0.0, 0.2, "clear")], title="遂宁", unit="分")
    assert "遂宁 = 是" in svg


@pytest.mark.parametrize(
    "text, shown",
    [("a\n b\tc", "a b c"), ("a\x00b\x1bc", "abc"), ("x" * 56, "x" * 56), ("x" * 57, "x" * 55 + "…")],
)
def test_a_label_is_one_short_printable_line(text, shown):
    assert label(text) == shown


def test_a_forest_says_its_intervals_and_names_its_verdicts(plots):
    root = ET.fromstring(plots["forest"])  # noqa: S314
    words = [each.text for each in root.iter(f"{SVG}text")]

    assert root.findtext(f"{SVG}desc").startswith(
        "minority = yes: -0.400 (-0.500 to -0.300), flag; b: +0.100"
    )
    assert {"flag", "cannot tell", "clear", "not applicable", "within the floor"} <= set(words)


def test_a_forest_without_a_floor_names_none():
    svg = forest([ForestRow("a", 0.1, 0.0, 0.2, "clear")], title="t", unit="u")
    assert "within the floor" not in svg


def test_what_could_not_be_told_does_not_squeeze_what_could():
    def length_of_flag(*others):
        svg = forest([ForestRow("a", -0.4, -0.5, -0.3, "flag", 0.05), *others], title="t", unit="u")
        line = re.search(
            r'd="M ([\d.]+) [\d.]+ \nL ([\d.]+) [^"]*" clip-path="[^"]*" style="[^"]*--flag', svg
        )
        return float(line[2]) - float(line[1])

    alone = length_of_flag()
    assert length_of_flag(ForestRow("b", 0.0, -9.0, 9.0, "cannot tell")) > alone / 2
    assert length_of_flag(ForestRow("b", 0.0, -9.0, 9.0, "clear")) < alone / 10


def test_an_interval_beyond_the_axis_ends_in_an_arrow():
    def marks(low, high):
        rows = [ForestRow("a", -0.4, -0.5, -0.3, "flag"), ForestRow("b", -0.1, low, high, "cannot tell")]
        return len(re.findall(r"<use [^>]*--unsure", forest(rows, title="t", unit="u")))

    within = marks(-0.2, -0.05)
    assert [marks(-9.0, -0.05), marks(-0.2, 9.0), marks(-9.0, 9.0)] == [within + 1, within + 1, within + 2]


def test_a_forest_of_nothing_at_all_has_an_axis():
    assert "<svg" in forest([ForestRow("a", 0.0, 0.0, 0.0, "clear")], title="t", unit="u")


def test_a_migration_writes_its_shares_and_leaves_empty_rows_empty(plots):
    root = ET.fromstring(plots["migration"])  # noqa: S314
    words = [each.text for each in root.iter(f"{SVG}text")]

    assert {"90.0%", "10.0%"} <= set(words)
    assert words.count("–") == 2
    assert root.findtext(f"{SVG}desc") == "D to D: 90.0%; D to minority = yes: 10.0%"


def test_a_waterfall_starts_at_the_base_value_and_ends_at_the_forecast(plots):
    root = ET.fromstring(plots["waterfall"])  # noqa: S314
    words = [each.text for each in root.iter(f"{SVG}text")]

    assert {"average forecast", "this forecast", "0.50", "-1.25", "+0.50", "-0.25"} <= set(words)
    assert (
        root.findtext(f"{SVG}desc")
        == "minority = yes: starts at +0.50; minority = yes -1.25; b +0.50; ends at -0.25"
    )


def test_a_reliability_curve_tells_forecast_from_observed(plots):
    desc = ET.fromstring(plots["reliability"]).findtext(f"{SVG}desc")  # noqa: S314
    assert desc.startswith(
        "minority = yes: 0.10 forecast, 0.20 observed, 0.90 forecast, 0.80 observed; other"
    )
