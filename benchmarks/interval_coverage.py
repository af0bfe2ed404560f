"""Measure how often the intervals of `scs_ml.inference` cover the truth.

    python benchmarks/interval_coverage.py --draws 4000 --seed 20261124

Populations are simulated with a known truth: a latent score, normal, with a shift between the group and
the reference and, where clustered, families of one to six that share part of it. Prints a Markdown table; the
last column is the 95 % Wilson interval of the measured coverage.
"""

from __future__ import annotations

import argparse
import itertools
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy
from scipy import stats

from scs_ml.audit.score_limits import effective_four
from scs_ml.core import Bools, Floats, Ints
from scs_ml.inference import (
    Estimate,
    clopper_pearson,
    cumulative_log_odds,
    drift_contrast,
    mean_contrast,
    mover_ratio,
    newcombe_difference,
    paired_difference,
    ratio_contrast,
    share_interval,
    simultaneous,
    stack,
    wilson,
)

CONFIDENCE = 0.95
EVEN = (0.25, 0.25, 0.25, 0.25)
SKEWED = (0.02, 0.05, 0.13, 0.80)  # most people in the best category
Layout = Literal["independent", "families", "mixed families"]


@dataclass(frozen=True)
class Population:
    """A group and a reference whose latent scores are normal with unit variance.

    `families` lie wholly on one side; `mixed families` have members on both. `icc` is the share of
    the latent variance that a family has in common.
    """

    n_group: int
    n_reference: int
    shift: float = 0.0
    layout: Layout = "independent"
    icc: float = 0.3

    @property
    def group(self) -> Bools:
        """Mask of the group (n,): its members come first."""
        return np.arange(self.n_group + self.n_reference) < self.n_group

    @property
    def cluster(self) -> Ints | None:
        """Family of each person, or None where all are independent."""
        if self.layout == "independent":
            return None
        sizes = np.resize([1, 2, 3, 4, 5, 6], self.n_group + self.n_reference)
        people = self.n_group + self.n_reference
        if self.layout == "families":
            ours = np.repeat(np.arange(len(sizes)), sizes)[: self.n_group]
            theirs = np.repeat(np.arange(len(sizes)), sizes)[: self.n_reference]
            return np.concatenate([ours, theirs + len(sizes)])
        # Walk through the people in strides, so that a family takes members from both sides.
        order = np.argsort(np.arange(people) * 0.6180339887 % 1.0)
        family = np.empty(people, dtype=np.int64)
        family[order] = np.repeat(np.arange(len(sizes)), sizes)[:people]
        return family

    def latent(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draw latent scores (n, draws)."""
        noise = rng.standard_normal((self.n_group + self.n_reference, draws))
        cluster = self.cluster
        if cluster is not None:
            shared = rng.standard_normal((int(cluster.max()) + 1, draws))
            noise = np.sqrt(self.icc) * shared[cluster] + np.sqrt(1 - self.icc) * noise
        return noise + self.shift * self.group[:, None]


def categories(latent: Floats, shares: tuple[float, ...]) -> Ints:
    """Cut latent scores into categories that have these shares in the reference."""
    return np.searchsorted(_cuts(shares), latent).astype(np.int64)


def exceeding(shift: float, shares: tuple[float, ...]) -> Floats:
    """Give the true P(y > k) at each boundary, for people shifted by this much."""
    return np.asarray(stats.norm.sf(_cuts(shares) - shift), dtype=np.float64)


def _cuts(shares: tuple[float, ...]) -> Floats:
    return np.asarray(stats.norm.ppf(np.cumsum(shares)[:-1]), dtype=np.float64)


def covers(estimate: Estimate, truth: npt.ArrayLike) -> Bools:
    """Tell whether each estimate's own t interval holds the truth."""
    critical = stats.t.isf((1 - CONFIDENCE) / 2, estimate.df)
    return np.asarray(np.abs(estimate.statistic(truth)) <= critical)


def blocks(draws: int, size: int = 500) -> Iterator[int]:
    """Split draws into blocks that fit in memory."""
    for start in range(0, draws, size):
        yield min(size, draws - start)


# Each measurement takes (population, draws, rng) and gives one boolean per draw.


def cover_score(population: Population, draws: int, rng: np.random.Generator) -> Bools:
    """Difference in mean score."""
    found = [
        covers(mean_contrast(population.latent(b, rng), *_sides(population)), population.shift)
        for b in blocks(draws)
    ]
    return np.concatenate(found)


def cover_category(shares: tuple[float, ...]) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Difference in mean category."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        truth = float(np.sum(exceeding(population.shift, shares) - exceeding(0.0, shares)))
        found = [
            covers(mean_contrast(categories(population.latent(b, rng), shares), *_sides(population)), truth)
            for b in blocks(draws)
        ]
        return np.concatenate(found)

    return measure


def cover_share(share: float) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Difference in the share of people in the worst category."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        cut = stats.norm.ppf(share)
        truth = stats.norm.cdf(cut - population.shift) - share
        found = [
            covers(mean_contrast(population.latent(b, rng) < cut, *_sides(population)), truth)
            for b in blocks(draws)
        ]
        return np.concatenate(found)

    return measure


def cover_false_positives(share: float) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Difference in false-positive rates, where half of the people have no adverse outcome."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        cut = stats.norm.ppf(share)
        truth = stats.norm.cdf(cut - population.shift) - share
        found = []
        for b in blocks(draws):
            latent = population.latent(b, rng)
            fine = rng.random(latent.shape) < 0.5
            found.append(covers(ratio_contrast(latent < cut, fine, *_sides(population)), truth))
        return np.concatenate(found)

    return measure


def cover_log_odds(
    shares: tuple[float, ...], boundary: int
) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Log odds ratio at one boundary."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        truth = _logit(exceeding(population.shift, shares)) - _logit(exceeding(0.0, shares))
        group, reference, cluster = _sides(population)
        found = []
        for b in blocks(draws):
            for column in categories(population.latent(b, rng), shares).T:
                estimate = cumulative_log_odds(column, group, reference, len(shares), cluster)
                found.append(covers(estimate, truth)[boundary])
        return np.array(found)

    return measure


def cover_jointly(population: Population, draws: int, rng: np.random.Generator) -> Bools:
    """All of five groups' mean gaps and log odds ratios at once; the first group has `n_group` people.

    The other four are of 30, 60, 120 and 240 people at the head of the reference, each shifted like the
    group, and compared with the rest of it.
    """
    _, _, cluster = _sides(population)
    n = population.n_group + population.n_reference
    starts = population.n_group + np.array([0, 30, 90, 210, 450])
    groups = [population.group] + [
        (np.arange(n) >= a) & (np.arange(n) < b) for a, b in itertools.pairwise(starts)
    ]
    rest = np.arange(n) >= starts[-1]
    shifted = exceeding(population.shift, EVEN)
    even = exceeding(0.0, EVEN)
    truth = np.tile(np.r_[np.sum(shifted - even), _logit(shifted) - _logit(even)], len(groups))
    found = []
    for b in blocks(draws):
        latent = population.latent(b, rng)
        latent[population.n_group : starts[-1]] += population.shift
        for index, column in enumerate(categories(latent, EVEN).T):
            estimates = []
            for group in groups:
                estimates.append(mean_contrast(column, group, rest, cluster))
                estimates.append(cumulative_log_odds(column, group, rest, 4, cluster))
            result = simultaneous(stack(estimates), confidence=CONFIDENCE, draws=2_000, seed=index)
            found.append(bool(np.all((result.low <= truth) & (truth <= result.high))))
    return np.array(found)


def cover_wilson(share: float) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Wilson interval of the group's share, allowing for families where there are any."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        n = population.n_group
        cluster = None if population.cluster is None else population.cluster[:n]
        cut = stats.norm.ppf(share)
        found = []
        for b in blocks(draws):
            below = population.latent(b, rng)[:n] < cut + population.shift
            low, high = share_interval(below, cluster, confidence=CONFIDENCE)
            found.append((low <= share) & (share <= high))
        return np.concatenate(found)

    return measure


def cover_clopper_pearson(share: float) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Exact interval of the group's share."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        count = rng.binomial(population.n_group, share, size=draws)
        low, high = clopper_pearson(count, population.n_group, confidence=CONFIDENCE)
        return np.asarray((low <= share) & (share <= high))

    return measure


def cover_newcombe(share: float) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Newcombe interval of the difference in shares."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        other = float(stats.norm.cdf(stats.norm.ppf(share) - population.shift))
        a = rng.binomial(population.n_group, other, size=draws)
        b = rng.binomial(population.n_reference, share, size=draws)
        low, high = newcombe_difference(
            a, population.n_group, b, population.n_reference, confidence=CONFIDENCE
        )
        return np.asarray((low <= other - share) & (other - share <= high))

    return measure


def cover_paired(n_periods: int) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Mean loss difference of `n_group` people over some periods, with shocks of people and of periods."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        people = np.repeat(np.arange(population.n_group), n_periods)
        period = np.tile(np.arange(n_periods), population.n_group)
        found = []
        for _ in range(draws):
            loss = rng.standard_normal(len(people)) + rng.standard_normal(population.n_group)[people]
            loss += 0.3 * rng.standard_normal(n_periods)[period]
            result = paired_difference(loss, np.zeros(len(loss)), people, period, confidence=CONFIDENCE)
            found.append(result.low <= 0 <= result.high)
        return np.array(found)

    return measure


def cover_shares(
    share: float, limits: Callable[..., tuple[Floats, Floats]], *, eligible: float = 1.0, ratio: bool = False
) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Two shares as the checks compare them: a score interval of the counts, shrunk by the design effect.

    `eligible` is the share of people who count (those who can suffer an error); `ratio` compares by ratio.
    """

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        cut = stats.norm.ppf(share)
        other = stats.norm.cdf(cut - population.shift)
        truth = other / share if ratio else other - share
        group, reference, cluster = _sides(population)
        found = []
        for b in blocks(draws):
            latent = population.latent(b, rng)
            hit, counted = latent < cut, rng.random(latent.shape) < eligible
            estimate = ratio_contrast(hit, counted, group, reference, cluster)
            both = hit & counted
            four = [both[group], counted[group], both[reference], counted[reference]]
            counts = np.column_stack([each.sum(axis=0) for each in four]).astype(np.float64)
            critical = np.asarray(stats.t.isf((1 - CONFIDENCE) / 2, estimate.df))  # as `judge` gives it
            low, high = limits(*effective_four(counts, estimate), z=critical)
            found.append((low <= truth) & (truth <= high))
        return np.concatenate(found)

    return measure


def cover_drift(n_periods: int) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Slope of a gap over periods; a person's latent score lasts, and moves at a pace of the person's own."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        group, _, cluster = _sides(population)
        n = len(group)
        period = np.repeat(np.arange(n_periods), n)
        people = np.tile(np.arange(n) if cluster is None else cluster, n_periods)
        wide = np.tile(group, n_periods)
        found = []
        for b in blocks(draws, 100):
            lasting, pace = population.latent(b, rng), population.latent(b, rng)
            values = np.concatenate([lasting + 0.2 * t * pace for t in range(n_periods)])
            values += rng.standard_normal(values.shape)
            estimate = drift_contrast(values, period, wide, ~wide, people)
            found.append(covers(estimate, 0.2 * population.shift))
        return np.concatenate(found)

    return measure


def cover_rare(share: float) -> Callable[[Population, int, np.random.Generator], Bools]:
    """Difference in the mean of a value that only a rare event moves, as a SHAP value often is."""

    def measure(population: Population, draws: int, rng: np.random.Generator) -> Bools:
        cut = stats.norm.ppf(share)
        truth = stats.norm.cdf(cut - population.shift) - share
        found = []
        for b in blocks(draws):
            latent = population.latent(b, rng)
            values = (latent < cut) * (1 + 0.3 * rng.standard_normal(latent.shape))
            found.append(covers(mean_contrast(values, *_sides(population)), truth))
        return np.concatenate(found)

    return measure


def _sides(population: Population) -> tuple[Bools, Bools, Ints | None]:
    return population.group, ~population.group, population.cluster


def _logit(p: Floats) -> Floats:
    return np.log(p / (1 - p))


def measurements() -> Iterator[
    tuple[str, Population, Callable[[Population, int, np.random.Generator], Bools]]
]:
    """List what is measured: a name, a population and the measurement."""
    for n in (30, 100, 1000):
        alone = Population(n, 1000)
        for share in (0.05, 0.2, 0.5):
            yield f"Wilson, share {share}", alone, cover_wilson(share)
            yield f"Clopper-Pearson, share {share}", alone, cover_clopper_pearson(share)
        yield (
            "Wilson with families, share 0.2",
            Population(n, 1000, layout="families"),
            cover_wilson(0.2),
        )
        for shift in (0.0, -0.5):
            yield "Newcombe, share 0.2", Population(n, 1000, shift), cover_newcombe(0.2)
    for n in (30, 100, 1000):
        for layout in ("independent", "families", "mixed families"):
            for shift in (0.0, -0.5):
                population = Population(n, 1000, shift, layout)
                yield "mean score", population, cover_score
                yield "mean category, even shares", population, cover_category(EVEN)
                yield "mean category, 80 % in the best", population, cover_category(SKEWED)
                yield "share, 5 % of the reference", population, cover_share(0.05)
                yield "share, 30 % of the reference", population, cover_share(0.3)
                yield "false-positive rate, 20 % of the reference", population, cover_false_positives(0.2)
                yield "log odds ratio, middle boundary", population, cover_log_odds(EVEN, 1)
                yield "log odds ratio, worst 2 %", population, cover_log_odds(SKEWED, 0)
    for layout in ("independent", "families"):
        for shift in (0.0, -0.5):
            yield "simultaneous, 20 contrasts", Population(30, 1000, shift, layout), cover_jointly
    for n_periods in (4, 8):
        yield f"paired difference, {n_periods} periods", Population(200, 0), cover_paired(n_periods)
    yield from further_measurements()


def further_measurements() -> Iterator[
    tuple[str, Population, Callable[[Population, int, np.random.Generator], Bools]]
]:
    """List the intervals that came later; the rows before keep their seeds."""
    for n in (30, 100, 1000):
        for layout in ("independent", "families", "mixed families"):
            for shift in (0.0, -0.5):
                population = Population(n, 1000, shift, layout)
                for share in (0.2, 0.5, 0.9):
                    name = f"ratio of shares (four-fifths), share {share}"
                    yield name, population, cover_shares(share, mover_ratio, ratio=True)
                name = "error rate (as checked), 30 %, half at risk"
                yield name, population, cover_shares(0.3, newcombe_difference, eligible=0.5)
                yield "value moved by a rare event, 5 %", population, cover_rare(0.05)
    for n in (30, 100):
        for layout in ("independent", "families"):
            yield "drift of a gap, 5 periods", Population(n, 1000, -0.5, layout), cover_drift(5)


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=4_000, help="simulated samples per row")
    parser.add_argument("--seed", type=int, default=20261124, help="seed of the whole run")
    parser.add_argument("--only", default="", help="measure only methods whose name holds this text")
    arguments = parser.parse_args()
    print(
        f"{arguments.draws:,} draws a row, seed {arguments.seed}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, SciPy {scipy.__version__}; nominal coverage {CONFIDENCE}.\n"
    )
    print("| method | group size | reference | clusters | true shift (SD) | coverage | 95 % interval |")
    print("|---|---|---|---|---|---|---|")
    for number, (name, population, measure) in enumerate(measurements()):
        if arguments.only not in name:
            continue
        rng = np.random.default_rng([arguments.seed, number])
        covered = measure(population, arguments.draws, rng)
        low, high = wilson(int(covered.sum()), len(covered))
        print(
            f"| {name} | {population.n_group} | {population.n_reference} | {population.layout} "
            f"| {population.shift} | {covered.mean():.4f} | {low:.4f}-{high:.4f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
