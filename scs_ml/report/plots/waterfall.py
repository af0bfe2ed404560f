"""What moved one forecast, from the base value to the margin."""

from __future__ import annotations

from collections.abc import Sequence

from scs_ml.report.plots.canvas import FAINT, INK, SERIES, canvas, label, to_svg

_RAISES, _LOWERS = SERIES[0], SERIES[1]


def waterfall(
    contributions: Sequence[tuple[str, float]], *, base_value: float, forecast: float, title: str, unit: str
) -> str:
    """Draw contributions as steps between where the forecast starts and where it ends.

    Parameters
    ----------
    contributions : sequence of (label, SHAP value)
        Largest first; they add up from `base_value` to `forecast`.
    base_value, forecast : float
        Where the steps start and end, in `unit`.
    title, unit : str
        What is shown, and on which scale.

    Returns
    -------
    str
        SVG.
    """
    last = len(contributions) + 1
    with canvas(7.6, 1.1 + 0.3 * (last + 1)) as (figure, axes):
        at = base_value
        for row, (_, value) in enumerate(contributions, start=1):
            colour = _RAISES if value >= 0 else _LOWERS
            axes.barh(row, value, left=at, color=colour, height=0.62)
            axes.plot([at, at], [row - 1, row], color=FAINT, linewidth=0.8, zorder=0)
            at += value
        axes.plot([at, at], [last - 1, last], color=FAINT, linewidth=0.8, zorder=0)
        axes.plot([base_value, forecast], [0, last], "D", color=INK, markersize=5)
        axes.axvline(0, color=FAINT, linewidth=0.8, linestyle=":")
        values = [
            f"{base_value:.2f}",
            *(f"{value:+.2f}" for _, value in contributions),
            f"{forecast:.2f}",
        ]
        beside = axes.secondary_yaxis("right")
        beside.set_yticks(range(last + 1), values)
        beside.tick_params(length=0)
        beside.spines["right"].set_visible(False)
        names = ["average forecast", *(label(name) for name, _ in contributions), "this forecast"]
        axes.set_yticks(range(last + 1), names)
        axes.set_ylim(last + 0.6, -0.6)
        axes.use_sticky_edges = False
        axes.margins(x=0.04)
        axes.set_xlabel(label(unit, 60))
        axes.tick_params(axis="y", length=0)
        described = f"{unit}: starts at {base_value:+.2f}; " + "; ".join(
            f"{name} {value:+.2f}" for name, value in contributions
        )
        return to_svg(figure, title, f"{described}; ends at {forecast:+.2f}")
