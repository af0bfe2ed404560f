"""How far published counts are off, by epsilon and size of the group: measured, beside what is expected.

Run from the repository: ``python benchmarks/private_tables.py``; writes docs/results/private_tables.md. The
noise comes from the system's secure source, so figures change in their last digits from run to run.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scs_ml.report.private import expected_error, noised

EPSILONS = (0.1, 0.25, 0.5, 1.0, 2.0)
SIZES = (5, 20, 100, 1_000)
SHARES = np.array([0.05, 0.15, 0.4, 0.4])  # of four categories
DRAWS = 4_000


def measured(size: int, epsilon: float) -> tuple[float, float, float]:
    """Give the mean absolute errors of a count and of the worst category's share, and the former's error."""
    counts = np.round(size * SHARES).astype(np.int64)
    shown = np.maximum(noised(np.tile(counts, (DRAWS, 1)), epsilon), 0)
    off = np.abs(shown - counts).mean(axis=1)
    sums = shown.sum(axis=1)
    # Without anybody left, no share is shown: these draws do not count.
    share = np.abs(shown[sums > 0, 0] / sums[sums > 0] - counts[0] / counts.sum())
    return float(off.mean()), float(share.mean()), float(off.std() / np.sqrt(DRAWS))


def main() -> None:
    """Measure, print and write."""
    lines = [
        "# Group tables with noise",
        (
            "Mean absolute error of published counts (people) and of the share of the worst category "
            f"(points), {DRAWS:,} tables each: one group of four categories with shares 5, 15, 40 and 40 %. "
            "`epsilon` is that of the table; with three attributes, `scs-ml publish --epsilon 1.5` gives "
            "each table 0.5. Counts below zero are shown as zero, which makes small groups a little better "
            "than the noise alone (second column). Made by `benchmarks/private_tables.py`."
        ),
    ]
    rows = ["| epsilon | noise, expected | " + " | ".join(f"{n:,} people" for n in SIZES) + " |"]
    rows.append("|---|---|" + "---|" * len(SIZES))
    largest = 0.0
    for epsilon in EPSILONS:
        cells = []
        for size in SIZES:
            count, share, error = measured(size, epsilon)
            largest = max(largest, error / count)
            cells.append(f"{count:.2f}; {100 * share:.2f}")
        rows.append(f"| {epsilon:g} | {expected_error(epsilon):.2f} | {' | '.join(cells)} |")
    lines += [
        "\n".join(rows),
        f"Standard errors of the counts' figures are below {100 * largest:.1f} % of them.",
    ]
    text = "\n\n".join(lines) + "\n"
    Path("docs/results/private_tables.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
