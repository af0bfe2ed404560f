"""Words of the sheet: one catalogue of sentences for each language, with places for what is filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from scs_ml.exceptions import ScsError

if TYPE_CHECKING:
    from markupsafe import Markup

_LARGEST_WRITTEN_OUT = 1e9


def languages() -> tuple[str, ...]:
    """List the languages a sheet can be written in.

    Returns
    -------
    tuple of str
        Codes of ISO 639-1, sorted.
    """
    found = files("scs_ml.report.sheet").joinpath("languages").iterdir()
    return tuple(sorted(each.name.removesuffix(".yaml") for each in found if each.name.endswith(".yaml")))


@dataclass(frozen=True)
class Words:
    """One language's sentences."""

    code: str
    sentences: Mapping[str, str]

    @property
    def direction(self) -> str:
        """Which way it is written: ltr or rtl."""
        return self.sentences["direction"]

    def say(self, key: str, **values: object) -> Markup:
        """Fill a sentence; what is filled in keeps its own direction of writing, and is escaped."""
        from markupsafe import Markup, escape

        own = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in values.items()}
        return escape(self.sentences[key]).format(**own)

    def listed(self, texts: Iterable[str]) -> Markup:
        """Join a scheme's labels."""
        from markupsafe import Markup, escape

        return escape(self.sentences["comma"]).join(Markup("<bdi>{}</bdi>").format(text) for text in texts)

    def number(self, value: float) -> str:
        """Write a number without needless digits, with the language's decimal mark.

        Examples
        --------
        >>> [words_of("de").number(each) for each in (3.0, 1234567.0, 0.25, 1e300)]
        ['3', '1234567', '0,25', '1e+300']
        """
        whole = value == round(value) if abs(value) < _LARGEST_WRITTEN_OUT else False
        text = f"{value:.0f}" if whole else f"{value:.4g}"
        return text.replace(".", self.sentences["decimal"])

    def hundredths(self, share: float) -> str:
        """Write a share as whole parts of 100; a little is not nothing.

        Examples
        --------
        >>> [words_of("en").hundredths(each) for each in (0.0, 0.001, 0.126, 0.999, 1.0)]
        ['0', '<1', '13', '>99', '100']
        """
        if 0 < share < 0.005:
            return "<1"
        return ">99" if 0.995 <= share < 1 else f"{100 * share:.0f}"


@cache
def words_of(language: str) -> Words:
    """Read the catalogue of a language.

    Raises
    ------
    ScsError
        If there is none; it lists those there are.
    """
    known = languages()
    if language not in known:
        raise ScsError(
            f"no sheet can be written in the language {language!r}", remedy=f"choose from {', '.join(known)}"
        )
    text = files("scs_ml.report.sheet").joinpath(f"languages/{language}.yaml").read_text(encoding="utf-8")
    return Words(language, yaml.safe_load(text))
