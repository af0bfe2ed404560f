"""How well people are forecast in each group, and where their record is short: measured, never an input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import stats

from scs_ml.core import Bools, Floats, Ints, Table
from scs_ml.forecast.leaderboard import figure_cells, figure_name
from scs_ml.forecast.out_of_sample import OutOfSample
from scs_ml.forecast.scores import score_figures, skill_estimate
from scs_ml.inference import Estimate, combine, mean_contrast
from scs_ml.safeguards import gate_inputs
from scs_ml.schemes import Scheme

YOUNG, MIDDLE_AGED = (16, 20), (40, 60)  # the short records of the paper, and what they are held against
Cell = str | int | float | None


def group_scores(
    tested: OutOfSample, names: Sequence[str], scheme: Scheme, *, confidence: float = 0.95
) -> tuple[Table, Table]:
    """Score forecasters in every sensitive group.

    Parameters
    ----------
    tested : OutOfSample
    names : sequence of str
        Forecasters to show.
    scheme : Scheme
        Names the boundaries.
    confidence : float
        Of each interval; they are not adjusted for the number of groups.

    Returns
    -------
    tuple of Table
        ``group_scores`` (RPS, and skill against the reference on the group's own rows) and
        ``group_calibration`` (ECE at every boundary), with cluster-robust intervals.
    """
    percent = f"{100 * confidence:g} %"
    low, high = f"low ({percent})", f"high ({percent})"
    y, cluster, losses = tested.y, tested.cluster, tested.losses()
    scores: list[tuple[Cell, ...]] = []
    calibration: list[tuple[Cell, ...]] = []
    for label, mask in _groups(tested):
        n = int(mask.sum())
        for name in names:
            figures = score_figures(
                y[mask],
                tested.forecasts[name][mask],
                cluster[mask],
                reference_rps=losses[tested.reference][mask],
                confidence=confidence,
            )
            scores.append(
                (label, name, n, *figure_cells(figures["rps"]), *figure_cells(figures["rps_skill"]))
            )
            calibration += [
                (label, name, figure_name(key, scheme), n, *figure_cells(figure))
                for key, figure in figures.items()
                if key.startswith("ece_")
            ]
    return (
        Table(
            "group_scores",
            f"Forecasts by group: skill against {tested.reference}",
            ("group", "forecaster", "rows", "RPS", low, high, "RPS skill", f"skill {low}", f"skill {high}"),
            tuple(scores),
        ),
        Table(
            "group_calibration",
            "Calibration by group, in bins of equal mass",
            ("group", "forecaster", "figure", "rows", "value", low, high),
            tuple(calibration),
        ),
    )


def thin_file_scores(
    tested: OutOfSample, names: Sequence[str], scheme: Scheme, *, confidence: float = 0.95
) -> Table | None:
    """Compare forecasts of people whose record is short with those of the others.

    A record is short in the lowest third of its period: of the scheme's indicator of the record itself
    (nature ``history``, a number), else of the periods on record. Where an attribute holds them, ages 16-20
    are held against 40-60 as well.

    Parameters
    ----------
    tested : OutOfSample
    names : sequence of str
        Forecasters to show.
    scheme : Scheme
        Says which indicator speaks of the record.
    confidence : float
        Of each interval.

    Returns
    -------
    Table or None
        RPS and skill on either side, and their differences with cluster-robust intervals; None where no
        record is shorter than another.

    References
    ----------
    Alguliyev & Alakbarova (2021), on the credit history of people of 16-20 against 40-60.
    """
    percent = f"{100 * confidence:g} %"
    cluster, losses = tested.cluster, tested.losses()
    reference = losses[tested.reference]
    rows: list[tuple[Cell, ...]] = []
    for label, against, thin, rest in _short_records(tested, scheme):
        for name in names:
            loss = losses[name]
            gap = mean_contrast(loss, thin, rest, cluster)
            skills = skill_estimate(loss, reference, cluster, thin, rest)
            rows.append(
                (
                    label,
                    against,
                    name,
                    int(thin.sum()),
                    int(rest.sum()),
                    float(loss[thin].mean()),
                    float(loss[rest].mean()),
                    *_interval(gap, confidence),
                    *(None if np.isnan(each) else float(each) for each in skills.value),
                    *_interval(combine(skills, [1.0, -1.0]), confidence),
                )
            )
    if not rows:
        return None
    return Table(
        "thin_files",
        f"Forecasts where the record is short: skill against {tested.reference}",
        (
            "short record",
            "against",
            "forecaster",
            "rows",
            "rows against",
            "RPS",
            "RPS against",
            "RPS difference",
            f"low ({percent})",
            f"high ({percent})",
            "skill",
            "skill against",
            "skill difference",
            f"skill low ({percent})",
            f"skill high ({percent})",
        ),
        tuple(rows),
    )


def _groups(tested: OutOfSample) -> Iterator[tuple[str, Bools]]:
    yield "everybody", np.ones(len(tested.y), dtype=np.bool_)
    for attribute, column in tested.frame("sensitive").items():
        values = column.to_numpy()
        for value in sorted(set(values)):
            yield f"{attribute} = {value}", values == value


def _short_records(tested: OutOfSample, scheme: Scheme) -> Iterator[tuple[str, str, Bools, Bools]]:
    for label, length in _lengths(tested, scheme):
        thin, rest = _lowest_third(length, tested.period)
        if thin.any() and rest.any():
            yield label, "longer", thin, rest
            break
    for attribute, column in tested.frame("sensitive").items():
        values = column.to_numpy()
        ages = {tuple(map(int, re.findall(r"\d+", str(value)))): value for value in sorted(set(values))}
        if YOUNG in ages and MIDDLE_AGED in ages:
            young, middle = ages[YOUNG], ages[MIDDLE_AGED]
            yield f"{attribute} = {young}", f"{attribute} = {middle}", values == young, values == middle


def _lengths(tested: OutOfSample, scheme: Scheme) -> Iterator[tuple[str, Floats]]:
    """Give what may tell how long a record is, the best witness first."""
    frames = tested.frame("X"), tested.frame("withheld")
    forbidden = gate_inputs(scheme).forbidden
    for indicator in scheme.indicators:
        if indicator.nature == "history" and indicator.dtype == "number" and indicator.name not in forbidden:
            for frame in frames:
                if indicator.name in frame:
                    length = frame[indicator.name].to_numpy(np.float64, na_value=np.nan)
                    yield f"{indicator.name} in its lowest third", length
    if tested.record is not None:
        yield "periods on record in their lowest third", tested.record.astype(np.float64)


def _lowest_third(length: Floats, period: Ints) -> tuple[Bools, Bools]:
    """Part the rows of every period at its lower tercile; ties all lie on one side."""
    thin = np.zeros(len(length), dtype=np.bool_)
    for each in np.unique(period):
        at = (period == each) & ~np.isnan(length)
        if at.any():
            cut = np.quantile(length[at], 1 / 3, method="inverted_cdf")
            below = length <= cut
            thin |= at & (below if not below[at].all() else length < cut)
    # A period in which nobody's record is shorter has nobody to compare with.
    parted = np.isin(period, np.unique(period[thin])) & ~np.isnan(length)
    return thin, parted & ~thin


def _interval(estimate: Estimate, confidence: float) -> tuple[float | None, float | None, float | None]:
    low, high = estimate.limits(stats.t.isf((1 - confidence) / 2, estimate.df))
    cells = (float(estimate.value[0]), float(low[0]), float(high[0]))
    value, lower, upper = (None if np.isnan(each) else each for each in cells)
    return value, lower, upper
