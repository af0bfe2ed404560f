"""Measure how often the intervals of a forecast's figures cover the truth.

    python benchmarks/score_coverage.py --draws 1000 --seed 20261124 --out docs/results/score_coverage.md

People have a latent trait, of which the forecaster knows a part; families of one to six share 30 % of either
part. The truth is the figure of a million such people.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

from scs_ml.core import Floats, Ints
from scs_ml.forecast import Figure, score_figures
from scs_ml.inference import wilson
from scs_ml.metrics import ranked_probability_score

LEVEL = 0.95
FALLS_SHORT = 0.92
TRUTH = 1_000_000  # people


@dataclass(frozen=True)
class Population:
    """People, and a forecaster off by `shift` in the latent trait, who takes what is known `sharp` times."""

    shift: float = 0.0
    sharp: float = 1.0
    families: bool = True
    cuts: tuple[float, ...] = (-2.6, -1.2, 0.6)
    icc: float = 0.3

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Ints, Floats, Ints]:
        """Give categories (n,), forecasts (n, K) and families (n,)."""
        sizes = np.resize([1, 2, 3, 4, 5, 6], n)
        family = np.repeat(np.arange(n), sizes)[:n] if self.families else np.arange(n)
        known, unknown = (
            np.sqrt(self.icc) * rng.standard_normal(n)[family]
            + np.sqrt(1 - self.icc) * rng.standard_normal(n)
            for _ in range(2)
        )
        cuts = np.asarray(self.cuts)
        y = ((1.5 * known + unknown)[:, None] > cuts).sum(axis=1)
        above = stats.norm.sf(cuts - (1.5 * self.sharp * known + self.shift)[:, None])
        edges = np.column_stack([np.ones(n), above, np.zeros(n)])
        return y.astype(np.int64), np.maximum(-np.diff(edges, axis=1), 0.0), family.astype(np.int64)


POPULATIONS = {
    "calibrated, families": Population(),
    "calibrated, independent": Population(families=False),
    "off by 0.5, families": Population(shift=0.5),
    "overconfident, families": Population(sharp=1.6),
    "1 % in the worst, families": Population(cuts=(-4.2, -1.2, 0.6)),
}
SIZES = {
    "calibrated, families": (100, 300, 1000),
    "calibrated, independent": (300,),
    "off by 0.5, families": (100, 1000),
    "overconfident, families": (300,),
    "1 % in the worst, families": (300, 1000),
}


def figures(y: Ints, p: Floats, family: Ints | None, shares: Floats) -> Mapping[str, Figure]:
    """Score a sample; the reference of skill forecasts everyone the same shares."""
    reference = ranked_probability_score(y, np.tile(shares, (len(y), 1)))
    return score_figures(y, p, family, reference_rps=reference, confidence=LEVEL)


def measure(
    population: Population, sizes: tuple[int, ...], draws: int, seed: int
) -> list[tuple[str, int, int, int]]:
    """Give (figure, people, covered, intervals given) for every figure and size."""
    rng = np.random.default_rng(seed)
    y, p, _ = population.draw(TRUTH, rng)
    shares = np.bincount(y, minlength=p.shape[1]) / len(y)
    truth = {name: each.value for name, each in figures(y, p, None, shares).items()}
    rows = []
    for n in sizes:
        covered, given = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0)
        for _ in range(draws):
            for name, each in figures(*population.draw(n, rng), shares).items():
                covered[name] += int(each.low <= truth[name] <= each.high)
                given[name] += int(not np.isnan(each.low))
        rows += [(name, n, covered[name], given[name]) for name in truth]
    return rows


def page(rows: list[tuple[str, str, int, int, int]], draws: int, seed: int) -> str:
    """Write the results as Markdown."""
    coverage = {row[:3]: row[3] / row[4] for row in rows}
    short = [row for row in rows if wilson(row[3], row[4])[1] < LEVEL]
    low = [row for row in rows if coverage[row[:3]] < FALLS_SHORT]
    seldom = sum(row[4] < draws for row in rows)
    missing = ", ".join(
        sorted({f"{row[1]} ({row[2]} people, {row[0]})" for row in rows if row[4] < 0.99 * draws})
    )
    ece = np.mean([share for (_, name, _), share in coverage.items() if name.startswith("ece")])
    lines = [
        "# Coverage of the intervals of forecasts' figures",
        "",
        f"Measured on {datetime.now(tz=UTC):%Y-%m-%d} by `python benchmarks/score_coverage.py",
        f"--draws {draws} --seed {seed}` (Python {platform.python_version()}, NumPy {np.__version__}, SciPy",
        f"{scipy.__version__}). {draws:,} draws a row; nominal coverage {LEVEL}; the last column is the 95 %",
        "Wilson interval of the measured coverage.",
        "",
        "People have a latent trait, of which the forecaster knows a part; families of one to six share",
        "30 % of either part. *Off by 0.5* and *overconfident* forecasts are off at every boundary.",
        f"The truth is the figure of {TRUTH:,} people.",
        "",
        "## What it shows",
        "",
        f"- Of {len(rows)} rows the lowest is {min(coverage.values()):.3f}, the mean",
        f"  {np.mean(list(coverage.values())):.3f}. Below {LEVEL} by more than its own interval:",
        f"  {len(short)} rows{_listed(short, coverage)}.",
        f"- Below {FALLS_SHORT}: {len(low)} rows{_listed(low, coverage)}.",
        f"- Intervals of ECE are cautious by their construction: mean coverage {ece:.3f}. They say whether a",
        "  forecast can be calibrated and how far off it may be, not how large the error is exactly.",
        f"- No interval is given where nothing varies: in some draws of {seldom} rows, in more than 1 in 100",
        f"  for {missing or 'none'}. Coverage counts the intervals given.",
        "",
        "| forecast | people | figure | intervals given | coverage | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for name, figure, n, hit, given in rows:
        a, b = (float(each) for each in wilson(hit, given))
        lines.append(f"| {name} | {n} | `{figure}` | {given:,} | {hit / given:.3f} | {a:.3f} to {b:.3f} |")
    return "\n".join(lines) + "\n"


def _listed(
    rows: list[tuple[str, str, int, int, int]], coverage: Mapping[tuple[str, str, int], float]
) -> str:
    listed = "; ".join(f"`{row[1]}`, {row[2]} people, {row[0]} ({coverage[row[:3]]:.3f})" for row in rows)
    return f": {listed}" if rows else ""


def main() -> None:
    """Measure, show how far it is, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows = []
    for at, (name, population) in enumerate(POPULATIONS.items()):
        print(f"{name} ...", file=sys.stderr, flush=True)
        found = measure(population, SIZES[name], given.draws, given.seed + at)
        rows += [(name, figure, n, hit, count) for figure, n, hit, count in found]
    text = page(rows, given.draws, given.seed)
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
