"""Figures over time, each with the band of its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scs_ml.report.plots.canvas import FAINT, SERIES, canvas, label, to_svg

_LINES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class Path:
    """One figure over time with its interval; all four sequences of one length."""

    label: str
    at: tuple[float, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def paths(drawn: Sequence[Path], *, title: str, unit: str, time: str) -> str:
    """Draw figures over time with their 95 % bands.

    Parameters
    ----------
    drawn : sequence of Path
        At least one.
    title, unit, time : str
        What is shown, in what, and along what.

    Returns
    -------
    str
        SVG.
    """
    with canvas(5.4, 3.4) as (figure, axes):
        axes.axhline(0, color=FAINT, linewidth=0.8)
        for number, path in enumerate(drawn):
            colour = SERIES[number % len(SERIES)]
            axes.fill_between(path.at, path.low, path.high, color=colour, alpha=0.12, linewidth=0)
            axes.plot(
                path.at,
                path.value,
                _LINES[number % len(_LINES)],
                color=colour,
                linewidth=1.5,
                label=label(path.label, 44),
            )
        axes.set_xlabel(label(time))
        axes.set_ylabel(label(unit))
        axes.grid(color=FAINT, alpha=0.3, linewidth=0.6)
        # Below the axes: the bands fill them.
        figure.legend(loc="outside lower center", ncols=1)
        described = "; ".join(
            f"{path.label}: {path.value[0]:.3g} at first, {path.value[-1]:.3g} "
            f"[{path.low[-1]:.3g}, {path.high[-1]:.3g}] at the end"
            for path in drawn
        )
        return to_svg(figure, title, described)
