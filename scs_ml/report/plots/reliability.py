"""Forecast probability against observed share, by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scs_ml.report.plots.canvas import FAINT, SERIES, canvas, label, to_svg

_LINES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class ReliabilityCurve:
    """One group's curve: points (forecast, observed) and the observed share's interval."""

    label: str
    forecast: tuple[float, ...]
    observed: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def reliability(curves: Sequence[ReliabilityCurve], *, title: str) -> str:
    """Draw calibration curves; a well calibrated forecast lies on the diagonal.

    Parameters
    ----------
    curves : sequence of ReliabilityCurve
        At least one.
    title : str
        What is shown.

    Returns
    -------
    str
        SVG.
    """
    with canvas(4.6, 4.2) as (figure, axes):
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
        for at, curve in enumerate(curves):
            colour = SERIES[at % len(SERIES)]
            axes.vlines(curve.forecast, curve.low, curve.high, color=colour, alpha=0.5, linewidth=1)
            axes.plot(
                curve.forecast,
                curve.observed,
                _LINES[at % len(_LINES)],
                color=colour,
                marker="o",
                markersize=3.5,
                linewidth=1.3,
                label=label(curve.label, 40),
            )
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_xlabel("forecast probability")
        axes.set_ylabel("observed share")
        axes.legend(loc="upper left")
        described = "; ".join(
            f"{c.label}: "
            + ", ".join(
                f"{f:.2f} forecast, {o:.2f} observed" for f, o in zip(c.forecast, c.observed, strict=True)
            )
            for c in curves
        )
        return to_svg(figure, title, described)
