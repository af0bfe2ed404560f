"""Informants of one area, compared with one another: how many they report, and whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.groups import Contrast
from scs_ml.audit.points import Booked
from scs_ml.core import Bools, Floats, Ints
from scs_ml.inference import excess_dispersion

FEWEST = 3  # informants of an area that can be compared
PRIOR = 2.0  # people of the common spread that each side is given beside its own, as in `mean_contrast`
DRAWS = 500  # simulated tables behind the p-value of the volume: it is evidence, and makes no verdict
STANDS_OUT = 2.0  # standard errors at which an informant is spoken of; points are weighed without a threshold


@dataclass(frozen=True)
class Reports:
    """Reports by informants of areas where at least three report: of two, nobody can say who is the odd one.

    Attributes
    ----------
    event : ndarray of int (r,)
        Positions of the reports among the book's events.
    informant : ndarray of int (r,)
        Who reported, as a position in `informants`; somebody who works in two areas is two informants.
    subject : ndarray of int (r,)
        Positions of the reported among the book's rows.
    family : ndarray of int (r,)
        Family of the reported (the subject where families are unknown).
    informants : tuple of str (m,)
    areas : tuple of str (a,)
    area_of_informant : ndarray of int (m,)
    home : ndarray of int (r,)
        Family in its area, as a position in `area_of_home`.
    pair : ndarray of int (r,)
        Home and informant, as a position in `home_of_pair` and `informant_of_pair`.
    points : ndarray (r,)
        Points in force by each report.
    area_of_row : ndarray of int (s,)
        Area of each of the book's rows, -1 where nobody there reported.
    uncompared : ndarray (s,)
        Points in force, as a positive number, from informants whom nobody can be compared with.
    """

    event: Ints
    informant: Ints
    subject: Ints
    family: Ints
    informants: tuple[str, ...]
    areas: tuple[str, ...]
    area_of_informant: Ints
    home: Ints
    area_of_home: Ints
    pair: Ints
    home_of_pair: Ints
    informant_of_pair: Ints
    points: Floats
    area_of_row: Ints
    uncompared: Floats

    @property
    def area(self) -> Ints:
        """Area of each report (r,), as a position in `areas`."""
        return self.area_of_informant[self.informant]


@dataclass(frozen=True)
class Composition:
    """Share (m,) of the reports against a group that an informant signed, less that against the reference.

    Measured from the area's median informant, since shares sum to one: whoever reports too much makes all
    others of the area seem to report too little. NaN where the area has too few families for a standard
    error. `se` is binomial times the design effect of all areas together, steady where an area has few
    families; `z` is the normal equivalent of a statistic robust within the area, to name somebody by.
    """

    value: Floats
    se: Floats
    z: Floats


def read_reports(book: Booked) -> Reports:
    """Take the reports from the ledger that name an informant, in areas where three or more report."""
    lived = np.asarray(book.dataset.area, dtype=object)
    area = lived[book.events["at"].to_numpy()]
    named = book.events["informant"].notna().to_numpy(dtype=bool) & ~pd.isna(area)
    event = np.flatnonzero(named)
    place, areas = pd.factorize(area[event], sort=True)
    pair = pd.MultiIndex.from_arrays([place, book.events["informant"].to_numpy(dtype=object)[event]])
    informant, pairs = pd.factorize(pair, sort=True)
    area_of = pairs.get_level_values(0).to_numpy(dtype=np.int64)
    accompanied = np.bincount(area_of, minlength=len(areas))[area_of] >= FEWEST
    kept = accompanied[informant]
    renumbered = np.cumsum(accompanied) - 1
    event = event[kept].astype(np.int64)
    subject = book.events["at"].to_numpy(dtype=np.int64)[event]
    reporter = renumbered[informant[kept]].astype(np.int64)
    area_of_informant = area_of[accompanied]
    family = book.dataset.cluster[subject]
    cost = (book.events["points"] * book.events["left"]).to_numpy(dtype=np.float64)
    signed = book.events["informant"].notna().to_numpy(dtype=bool)

    def by_row(chosen: Bools) -> Floats:
        return np.abs(book.points(chosen))

    of_home, home = _codes(area_of_informant[reporter], family)
    of_pair, pair_of = _codes(home, reporter)
    return Reports(
        event=event,
        informant=reporter,
        subject=subject,
        family=family,
        informants=tuple(pairs.get_level_values(1).astype(str)[accompanied]),
        areas=tuple(str(name) for name in areas),
        area_of_informant=area_of_informant,
        home=home,
        area_of_home=of_home[0],
        pair=pair_of,
        home_of_pair=of_pair[0],
        informant_of_pair=of_pair[1],
        points=cost[event],
        area_of_row=pd.Index(areas).get_indexer(pd.Index(lived)).astype(np.int64),
        uncompared=by_row(signed) - by_row(np.bincount(event, minlength=len(cost)) > 0),
    )


def _codes(first: Ints, second: Ints) -> tuple[tuple[Ints, Ints], Ints]:
    """Give the pairs of codes that occur, in order, and each row's position among them."""
    base = int(second.max(initial=0)) + 1
    levels, code = np.unique(first * base + second, return_inverse=True)
    return (levels // base, levels % base), code.astype(np.int64)


def composition(reports: Reports, contrast: Contrast, used: Bools) -> Composition:
    """Compare whom each informant reports with whom the others of the area report.

    Parameters
    ----------
    reports : Reports
    contrast : Contrast
        Over the book's rows.
    used : ndarray of bool (r,)
        Reports that count.

    Returns
    -------
    Composition
        If the reports of an area are spread over its informants independently of the group, every value is
        zero in the mean, however often a family is reported, and however zealous an informant is. Standard
        errors are robust to all reports against a family coming from one informant.
    """
    members, others = contrast.members[reports.subject] & used, contrast.others[reports.subject] & used
    sides = _signed(reports, members), _signed(reports, others)
    area = reports.area_of_informant
    compared = (sides[0].total > 0) & (sides[1].total > 0)
    odd = sides[0].share - sides[1].share
    odd -= _median_of_area(np.where(compared[area], odd, 0.0), area)[area]
    odd[~compared[area]] = np.nan
    squared, df = _error(reports, sides)
    here = compared[area] & np.isfinite(df)
    signed = _sums(reports.informant, members | others, len(area))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = signed / (sides[0].total + sides[1].total)[area]
        binomial = share * (1 - share) * (1 / sides[0].total + 1 / sides[1].total)[area]
        tail = stats.t.sf(np.abs(odd) / np.sqrt(squared), df)
        z = np.sign(odd) * stats.norm.isf(np.clip(tail, 1e-300, 0.5))
    binomial = np.where(here, binomial, np.nan)
    robust = np.where(here, squared, np.nan)
    expected = float(np.nansum(binomial))
    effect = max(float(np.nansum(robust)) / expected, 1.0) if expected > 0 else 1.0
    return Composition(odd, np.sqrt(binomial * effect), z)


@dataclass(frozen=True)
class _Signed:
    """Of one side's reports: how many by area (a,), each informant's share (m,), and what scatters."""

    total: Floats
    share: Floats
    of_home: Floats  # reports (h,)
    of_pair: Floats  # reports (p,)
    leverage: Floats  # share of the area's reports (h,)
    squared: Floats  # sum of squared influences (m,)
    df: Floats  # by area (a,); NaN with fewer than two families


def _signed(reports: Reports, side: Bools) -> _Signed:
    """Count one side's reports; influences of families carry `mean_contrast`'s leverage correction."""
    n_areas, m = len(reports.areas), len(reports.informants)
    home, area = reports.home_of_pair, reports.area_of_informant
    of_pair = _sums(reports.pair, side, len(home))
    of_home = _sums(reports.home, side, len(reports.area_of_home))
    total = _sums(reports.area_of_home, of_home, n_areas)
    signed = _sums(reports.informant_of_pair, of_pair, m)
    share = _over(signed, total[area])
    leverage = _over(of_home, total[reports.area_of_home])
    families = _sums(reports.area_of_home, of_home > 0, n_areas)
    weight = _over(np.ones(len(leverage)), 1 - leverage)
    second = _sums(reports.informant_of_pair, weight[home] * of_pair**2, m)
    mixed = _sums(reports.informant_of_pair, weight[home] * of_pair * of_home[home], m)
    whole = _sums(reports.area_of_home, weight * of_home**2, n_areas)
    squared = _over(second - 2 * share * mixed + share**2 * whole[area], total[area] ** 2)
    fourth = _sums(reports.area_of_home, leverage**4, n_areas)
    effective = _over(_sums(reports.area_of_home, leverage**2, n_areas) ** 2, fourth)
    df = np.where(families >= 2, np.maximum(effective - 1, 1.0), np.nan)
    return _Signed(total, share, of_home, of_pair, leverage, squared, df)


def _error(reports: Reports, sides: tuple[_Signed, _Signed]) -> tuple[Floats, Floats]:
    """Variance (m,) of each informant's difference in shares, and its degrees of freedom, as `mean_contrast`.

    Each side's variance is at least that of a share with one more success and one more failure, and that
    which both sides show together; families with people on both sides covary.
    """
    area, home = reports.area_of_informant, reports.home_of_pair
    dfs = [side.df[area] for side in sides]
    spread = [side.squared * side.total[area] for side in sides]
    common = PRIOR * (dfs[0] * spread[0] + dfs[1] * spread[1]) / (dfs[0] + dfs[1])
    variances = []
    for side, df, own in zip(sides, dfs, spread, strict=True):
        n = side.total[area]
        smoothed = (side.share * n + 1) / (n + 2)
        like = _over(df * own + common, (df + PRIOR) * n)
        least = np.maximum(smoothed * (1 - smoothed) / (n + 2), like)
        variances.append(np.maximum(side.squared, least))
    variance = variances[0] + variances[1]
    df = _over(variance**2, variances[0] ** 2 / dfs[0] + variances[1] ** 2 / dfs[1])
    first, second = sides
    with np.errstate(invalid="ignore"):
        root = np.sqrt((1 - first.leverage) * (1 - second.leverage))
    weight = _over(np.ones(len(root)), root)
    who, m = reports.informant_of_pair, len(area)
    both = _sums(who, weight[home] * first.of_pair * second.of_pair, m)
    mixed = [
        _sums(who, weight[home] * a.of_pair * b.of_home[home], m)
        for a, b in ((first, second), (second, first))
    ]
    whole = _sums(reports.area_of_home, weight * first.of_home * second.of_home, len(reports.areas))
    cross = both - second.share * mixed[0] - first.share * mixed[1] + first.share * second.share * whole[area]
    return variance - 2 * _over(cross, (first.total * second.total)[area]), df


def _median_of_area(values: Floats, area: Ints) -> Floats:
    """Median (a,) of the values (m,) of each area; areas are in order of their codes."""
    order = np.lexsort((values, area))
    n = np.bincount(area)
    start = np.cumsum(n) - n
    middle = np.minimum(start + np.stack([(n - 1) // 2, n // 2]), len(order) - 1)
    return np.asarray(values[order][middle].mean(axis=0), dtype=np.float64)


def _sums(codes: Ints, weights: Floats | Bools, n: int) -> Floats:
    """Sum weights by code (n,)."""
    return np.bincount(codes, weights=weights, minlength=n).astype(np.float64)


def _over(top: Floats, bottom: Floats) -> Floats:
    """Divide; zero where the divisor is zero."""
    return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom != 0)


def standing_out(reports: Reports, found: Composition) -> Bools:
    """Informants (m,) beyond `STANDS_OUT` standard errors, in areas where they are the minority.

    Where half of an area's informants or more stand out, the median is not that of the even-handed, and
    nobody there can be told from the others.
    """
    out = np.abs(np.nan_to_num(found.z)) > STANDS_OUT
    area = reports.area_of_informant
    few = 2 * np.bincount(area, weights=out) < np.bincount(area)
    return np.asarray(out & few[area])


def reliance(reports: Reports, found: Composition) -> Floats:
    """Share (m,) of each informant's deviation that is more than chance: ``max(0, 1 - 1 / z**2)``.

    None in areas where half of the informants or more stand out, as nobody there can be told from the
    others.

    References
    ----------
    James & Stein (1961), "Estimation with quadratic loss", Proc. Fourth Berkeley Symp. 1 (positive part).
    """
    z = np.divide(found.value, found.se, out=np.zeros(len(found.value)), where=found.se > 0)
    area = reports.area_of_informant
    crowded = 2 * np.bincount(area, weights=np.abs(z) > STANDS_OUT) >= np.bincount(area)
    return np.where(crowded[area], 0.0, 1 - 1 / np.maximum(z**2, 1.0))


def malice(reports: Reports, contrast: Contrast) -> Floats:
    """Probability (m,) that a report by each informant against the group is one too many.

    An informant who deviates from the area, against the group, is held to the number of reports that the rest
    of the area makes against the group for each report against the reference.
    """
    found = composition(reports, contrast, np.ones(len(reports.informant), dtype=bool))
    deviating = np.where(np.nan_to_num(found.value) > 0, reliance(reports, found), 0.0)
    area, m, n_areas = reports.area_of_informant, len(deviating), len(reports.areas)
    against, others = (
        _sums(reports.informant, side[reports.subject], m) for side in (contrast.members, contrast.others)
    )
    fair = [_sums(area, (1 - deviating) * n, n_areas) for n in (against, others)]
    expected = others * _over(fair[0], fair[1])[area]
    return deviating * np.clip(_over(against - expected, against), 0.0, 1.0)


@cache
def shortfall() -> float:
    """Largest part of one informant's deviation, in standard errors, that `reliance` misses in the mean."""
    z = np.linspace(-12, 12, 4801)
    kept = 1 - 1 / np.maximum(z**2, 1.0)
    true = np.linspace(0, 6, 121)
    density = stats.norm.pdf(z[:, None] - true) * (z[1] - z[0])
    return float((true * (1 - kept @ density)).max())


def nearness(reports: Reports, contrast: Contrast) -> tuple[float, float]:
    """How far informants keep to families of their own, seen among the reference alone.

    Two reports against one family come from one informant more often than two against different families of
    the area where informants watch parts of it (or quarrel with somebody).

    Returns
    -------
    share, error : float
        Of the families reported more than once, the mean excess of pairs by one informant over the area's
        pairs of different families, per what could be in excess; and its standard error. NaN without such
        families.
    """
    used = contrast.others[reports.subject].astype(np.float64)
    n_areas, m = len(reports.areas), len(reports.informants)
    of_pair = _sums(reports.pair, used, len(reports.home_of_pair))
    of_home = _sums(reports.home, used, len(reports.area_of_home))
    of_informant = _sums(reports.informant, used, m)
    same = _sums(reports.home_of_pair, _pairs(of_pair), len(of_home))
    together = _pairs(of_home)
    whole = _sums(reports.area_of_informant, _pairs(of_informant), n_areas)
    all_pairs = _pairs(_sums(reports.area_of_home, of_home, n_areas))
    apart = all_pairs - _sums(reports.area_of_home, together, n_areas)
    within = _sums(reports.area_of_home, same, n_areas)
    expected = np.divide(whole - within, apart, out=np.full(n_areas, np.nan), where=apart > 0)
    several = together > 0
    base = expected[reports.area_of_home[several]]
    share = same[several] / together[several]
    excess = (share - base)[base < 1] / (1 - base[base < 1])
    if len(excess) < 2:
        return float("nan"), float("nan")
    return float(excess.mean()), float(excess.std(ddof=1) / np.sqrt(len(excess)))


def _pairs(n: Floats) -> Floats:
    """Count the pairs that n make."""
    return np.asarray(n * (n - 1) / 2, dtype=np.float64)


def halves(reports: Reports, n_rows: int, cluster: Ints, seed: int) -> tuple[Bools, Bools]:
    """Split the families in two at random: masks over the reports (r,) and over the book's rows (s,)."""
    half = np.random.default_rng(seed).permutation(int(cluster.max()) + 1) % 2 == 0
    return half[reports.family], half[cluster[np.arange(n_rows)]]


def volume_dispersion(reports: Reports, seed: int) -> tuple[float, float]:
    """Scatter of the number of families that informants of an area report, over chance, and its p-value.

    A family counts once for each informant who reported it, so that one reported often adds little.
    """
    pairs = np.unique(np.column_stack([reports.informant, reports.family]), axis=0)
    m = len(reports.informants)
    counts = np.bincount(pairs[:, 0], minlength=m)
    result = excess_dispersion(counts, np.ones(m), reports.area_of_informant, draws=DRAWS, seed=seed)
    return result.ratio, result.p
