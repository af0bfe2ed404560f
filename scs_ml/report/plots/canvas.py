"""One figure style, and the step from a figure to an SVG that a screen reader can announce."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT = "#1d2733", "#8a94a0"
# Okabe-Ito hues, darkened until each has 4.5:1 contrast on white; shapes tell the verdicts apart as well.
VERDICT_COLOUR = {
    "flag": "#b23a00",
    "clear": "#00694d",
    "cannot tell": "#6b5a00",
    "not applicable": "#5b6470",
}
VERDICT_MARKER = {"flag": "D", "clear": "o", "cannot tell": "s", "not applicable": "x"}
SERIES = ("#005a8c", "#b23a00", "#00694d", "#7a3e9d", "#6b5a00", "#5b6470")
# The page's style sheet names the same colours, so that a figure follows the page into dark mode.
_THEME = {
    INK: "--ink",
    FAINT: "--faint",
    "#005a8c": "--link",
    "#b23a00": "--flag",
    "#00694d": "--clear",
    "#6b5a00": "--unsure",
    "#5b6470": "--none",
    "#7a3e9d": "--other",
}
_PIXELS_PER_INCH = (72, 115)  # between them its text is legible, and not larger than the page's own

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be searched, read aloud and zoomed
    "svg.hashsalt": "scs_ml",
    "text.parse_math": False,  # a label with two dollar signs is a label, not a formula
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.fontsize": 8,
    "legend.frameon": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextmanager
def canvas(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure of this size (inches) with one pair of axes, to be drawn and saved within the block."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.add_subplot()


def label(text: str, longest: int = 56) -> str:
    """Give a text as a figure can carry it: one line, printable, too short to squeeze the axes."""
    plain = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def to_svg(figure: Figure, title: str, description: str) -> str:
    """Draw a figure as inline SVG with a title and a description; the same figure gives the same bytes."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # The browser draws the letters, with a font of its own where ours has no glyph.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"\s*<(metadata|style)\b.*?</\1>", "", drawing, flags=re.DOTALL)
    head, body = _own_names(drawing).split(">", 1)
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    name, described = (escape(_printable(text), quote=True) for text in (title, description))
    narrowest, widest = (f"{figure.get_figwidth() * pixels:.0f}px" for pixels in _PIXELS_PER_INCH)
    size = f"min-width:{narrowest};max-width:{widest}"
    return (
        f'{head} stroke-linejoin="round" role="img" aria-label="{name}" style="{size}">'
        f"<title>{name}</title><desc>{described}</desc>{_themed(body)}"
    )


def _own_names(drawing: str) -> str:
    """Drop the ids nothing refers to, and make the others this figure's own: a page holds many figures."""
    own = hashlib.sha256(drawing.encode()).hexdigest()[:8]
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)
    drawing = re.sub(r'( id="|url\(#|xlink:href="#)', rf"\g<1>f{own}-", drawing)
    drawing = re.sub(r' (?:d|x|y|transform)="[^"]*"', _rounded, drawing)
    return re.sub(r"\n\s*", "\n", drawing)


def _rounded(attribute: re.Match[str]) -> str:
    """Give coordinates to a hundredth of a point: finer ones only make the page heavy."""
    return re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", attribute[0])


def _themed(body: str) -> str:
    for colour, name in _THEME.items():
        body = body.replace(f": {colour}", f": var({name}, {colour})")
    return body


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable() or c == "\n")
