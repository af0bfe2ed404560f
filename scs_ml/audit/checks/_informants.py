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
from scs_ml.inference import excess_dispersion, mean_contrast

FEWEST = 3  # informants of an area that can be compared
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
    """

    event: Ints
    informant: Ints
    subject: Ints
    family: Ints
    informants: tuple[str, ...]
    areas: tuple[str, ...]
    area_of_informant: Ints

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
    area = np.asarray(book.dataset.area, dtype=object)[book.events["at"].to_numpy()]
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
    return Reports(
        event=event,
        informant=renumbered[informant[kept]].astype(np.int64),
        subject=subject,
        family=book.dataset.cluster[subject],
        informants=tuple(pairs.get_level_values(1).astype(str)[accompanied]),
        areas=tuple(str(name) for name in areas),
        area_of_informant=area_of[accompanied],
    )


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
    m = len(reports.informants)
    value, robust, binomial, z = (np.full(m, np.nan) for _ in range(4))
    members, others = contrast.members[reports.subject] & used, contrast.others[reports.subject] & used
    area, relevant = reports.area, members | others
    for place in range(len(reports.areas)):
        rows = np.flatnonzero((area == place) & relevant)
        here = np.flatnonzero(reports.area_of_informant == place)
        if not members[rows].any() or not others[rows].any():
            continue
        signed = (reports.informant[rows, None] == here).astype(np.float64)
        estimate = mean_contrast(signed, members[rows], others[rows], reports.family[rows])
        odd = estimate.value - np.median(estimate.value)
        value[here], robust[here] = odd, estimate.se**2
        share = signed.mean(axis=0)
        sizes = int(members[rows].sum()), int(others[rows].sum())
        binomial[here] = np.where(
            np.isnan(robust[here]), np.nan, share * (1 - share) * sum(1 / n for n in sizes)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            tail = stats.t.sf(np.abs(odd) / estimate.se, estimate.df)
        z[here] = np.sign(odd) * stats.norm.isf(np.clip(tail, 1e-300, 0.5))
    expected = float(np.nansum(binomial))
    effect = max(float(np.nansum(robust)) / expected, 1.0) if expected > 0 else 1.0
    return Composition(value, np.sqrt(binomial * effect), z)


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
    used = contrast.others[reports.subject]
    table = pd.DataFrame(
        {"area": reports.area[used], "family": reports.family[used], "informant": reports.informant[used]}
    )
    by_family = _pairs(table, ["area", "family"])
    whole = _pairs(table, ["area"])
    inside = by_family.groupby(level="area").sum()
    apart = whole - inside
    expected = (apart["same"] / apart["all"]).where(apart["all"] > 0)
    several = by_family[by_family["all"] > 0]
    base = expected.reindex(several.index.get_level_values("area")).to_numpy()
    excess = (several["same"].to_numpy() / several["all"].to_numpy() - base)[base < 1] / (1 - base[base < 1])
    if len(excess) < 2:
        return float("nan"), float("nan")
    return float(excess.mean()), float(excess.std(ddof=1) / np.sqrt(len(excess)))


def _pairs(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Count the pairs of reports, and those by one informant, in every cell of `by`."""
    each = table.groupby([*by, "informant"]).size().rename("n").reset_index()
    each["same"] = each["n"] * (each["n"] - 1) / 2
    cell = each.groupby(by)[["n", "same"]].sum()
    return cell.assign(all=cell["n"] * (cell["n"] - 1) / 2)[["same", "all"]]


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
    result = excess_dispersion(counts, np.ones(m), reports.area_of_informant, seed=seed)
    return result.ratio, result.p
