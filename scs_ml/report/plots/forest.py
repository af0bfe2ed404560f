"""Effects with their intervals, one row each, against zero and the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scs_ml.report.plots.canvas import FAINT, INK, VERDICT_COLOUR, VERDICT_MARKER, canvas, label, to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ForestRow:
    """One effect: its label, value, interval, verdict and floor (None where there is none)."""

    label: str
    value: float
    low: float
    high: float
    verdict: str
    floor: float | None = None


def forest(rows: Sequence[ForestRow], *, title: str, unit: str) -> str:
    """Draw effects from top to bottom, each on the band of effects its floor holds immaterial.

    The axis fits what could be told; a wider interval of what could not ends in an arrow at its edge.

    Parameters
    ----------
    rows : sequence of ForestRow
        At least one; all in the same unit.
    title, unit : str
        What is shown, and the unit of the axis.

    Returns
    -------
    str
        SVG.
    """
    with canvas(7.6, 1.15 + 0.27 * len(rows)) as (figure, axes):
        axes.axvline(0, color=INK, linewidth=0.8)
        left, right = _limits(rows)
        for at, row in enumerate(rows):
            colour = VERDICT_COLOUR[row.verdict]
            if row.floor:
                axes.barh(at, 2 * row.floor, left=-row.floor, height=1, color=FAINT, alpha=0.25, zorder=0)
            axes.plot([max(row.low, left), min(row.high, right)], [at, at], color=colour, linewidth=1.6)
            for edge, arrow, beyond in ((left, "<", row.low < left), (right, ">", row.high > right)):
                if beyond:
                    axes.plot([edge], [at], arrow, color=colour, markersize=5, clip_on=False)
            axes.plot([row.value], [at], VERDICT_MARKER[row.verdict], color=colour, markersize=5)
        axes.set_yticks(range(len(rows)), [label(row.label) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(left, right)
        axes.set_xlabel(label(unit, 60))
        axes.grid(axis="x", color=FAINT, alpha=0.3, linewidth=0.6)
        axes.tick_params(axis="y", length=0, pad=8)
        _legend(figure, rows)
        described = "; ".join(
            f"{r.label}: {r.value:+.3f} ({r.low:+.3f} to {r.high:+.3f}), {r.verdict}" for r in rows
        )
        return to_svg(figure, title, described)


def _limits(rows: Sequence[ForestRow]) -> tuple[float, float]:
    told = [row for row in rows if row.verdict in ("flag", "clear")] or rows
    ends = [0.0, *(row.value for row in rows), *(row.low for row in told), *(row.high for row in told)]
    floors = [row.floor for row in rows if row.floor]
    reach = max(map(abs, ends + floors))
    # As far to one side as what was told goes to the other.
    ends += [max(-reach, min(reach, end)) for row in rows for end in (row.low, row.high)]
    low, high = min(ends + [-floor for floor in floors]), max(ends + floors)
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def _legend(figure: Figure, rows: Sequence[ForestRow]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown = [verdict for verdict in VERDICT_COLOUR if any(row.verdict == verdict for row in rows)]
    handles: list[Any] = [
        Line2D([], [], color=VERDICT_COLOUR[v], marker=VERDICT_MARKER[v], markersize=5, label=v)
        for v in shown
    ]
    if any(row.floor for row in rows):
        handles.append(Patch(color=FAINT, alpha=0.25, linewidth=0, label="within the floor"))
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
