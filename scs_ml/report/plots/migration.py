"""How people move between categories from one period to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scs_ml.report.plots.canvas import SERIES, canvas, label, to_svg

_LETTER = 0.09  # inches
_DARKEST = 0.45  # opacity of a share of one: the text on it stays readable on a light and on a dark page


def migration(shares: Sequence[Sequence[float | None]], labels: Sequence[str], *, title: str) -> str:
    """Draw a migration matrix as a heat map with its shares written in.

    Parameters
    ----------
    shares : (K, K) rows of shares
        Row: category now; column: category next; None where nobody was in the category.
    labels : sequence of str (K,)
        Worst first.
    title : str
        What is shown.

    Returns
    -------
    str
        SVG.
    """
    matrix = np.asarray(shares, dtype=np.float64)
    names = [label(each, 20) for each in labels]
    longest = max(map(len, names)) * _LETTER
    width = 1 + longest + len(names) * max(0.85, longest + 0.1)
    with canvas(width, 1.0 + 0.55 * len(names)) as (figure, axes):
        for (i, j), share in np.ndenumerate(matrix):
            known = not np.isnan(share)
            axes.barh(
                i, 0.96, left=j - 0.48, height=0.94, color=SERIES[0], alpha=_DARKEST * share if known else 0
            )
            axes.text(j, i, f"{share:.1%}" if known else "–", ha="center", va="center")
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks(range(len(names)), names)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlabel("next period")
        axes.set_ylabel("this period")
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        described = "; ".join(
            f"{a} to {b}: {share:.1%}"
            for a, row in zip(labels, matrix, strict=True)
            for b, share in zip(labels, row, strict=True)
            if not np.isnan(share)
        )
        return to_svg(figure, title, described)
