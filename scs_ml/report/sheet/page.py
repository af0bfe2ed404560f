"""The sheet as one self-contained HTML file that prints on A4, and as plain sentences."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from scs_ml.report.sheet.catalogue import words_of
from scs_ml.report.sheet.content import opening, sections
from scs_ml.report.sheet.model import Sheet

if TYPE_CHECKING:
    from jinja2 import Template


def sheet_html(sheet: Sheet, language: str = "en") -> str:
    """Write a person's sheet as a page.

    Parameters
    ----------
    sheet : Sheet
    language : str
        One of `languages`. What the scheme says in its own words stays as the scheme writes it.

    Returns
    -------
    str
        One HTML document: no script, no request to anywhere, every text escaped; made to be printed on A4.

    Raises
    ------
    ScsError
        If there is no catalogue of that language.
    """
    from markupsafe import Markup

    words = words_of(language)
    style = files("scs_ml.report.sheet").joinpath("templates/sheet.css").read_text(encoding="utf-8")
    return _template().render(
        language=language,
        direction=words.direction,
        title=words.say("title"),
        scheme=sheet.scheme.title,
        opening=opening(sheet, words),
        sections=sections(sheet, words),
        marks=[(words.say(f"mark_{name}"), sheet.marks[name]) for name in ("model", "table", "scheme")],
        style=Markup(style),  # noqa: S704 - a file of the package
    )


def sheet_text(sheet: Sheet, language: str = "en") -> str:
    """Write what a person's sheet says in sentences; tables, headings and marks are left out.

    Parameters
    ----------
    sheet : Sheet
    language : str
        One of `languages`.

    Returns
    -------
    str
        One sentence, or a few that belong together, a line.

    Raises
    ------
    ScsError
        If there is no catalogue of that language.
    """
    words = words_of(language)
    said = [*opening(sheet, words), *(s for each in sections(sheet, words) for s in each.sentences)]
    return "\n".join(sentence.striptags() for sentence in said)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("scs_ml.report.sheet"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sheet.html.j2")
