"""By which mechanism a group loses what no rule takes: read from who loses it, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.audit.carriers import forbidden_carriers, group_columns, place_columns
from scs_ml.audit.checks.forbidden_reliance import side_fit
from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.record_length import LEAST, explains, records
from scs_ml.audit.remainder import Remainder
from scs_ml.audit.rhythm import of_a_group, of_everybody, rhythm
from scs_ml.core import AuditCase, Evidence, Floats, Ints
from scs_ml.inference.least_squares import least_squares

HALF = 0.5  # share of a loss that must go with something for the loss to be laid to it
ALIKE = 0.25  # squared coefficient of variation of a loss below which all members bear it alike
HEAPED = 1.5  # variance per mean of counts from which what costs points lasts more likely than not
SURE, NOTICED = (
    4.0,
    0.15,
)  # standard errors, and share of the group's loss, from which others lose too in noise
ERRORS = 2.0  # standard errors by which a spread must exceed that, for members to bear it unequally
SOME, ONE_SIDED = 0.02, 0.25  # share of the reference that loses, and gains per loss, where others lose too
KIN = 0.5  # correlation within families from which families lose together
PAIRS = 10  # people with relatives in the group, fewest that show it


@dataclass(frozen=True)
class Name:
    """What a loss is taken for, by weight, through which indicator, and why."""

    mechanisms: tuple[tuple[str, float], ...]
    indicator: str | None
    evidence: Evidence


def name_loss(case: AuditCase, held: Remainder, contrast: Contrast) -> Name:
    """Name the mechanism behind a group's loss.

    Parameters
    ----------
    case : AuditCase
    held : Remainder
        With its panel, where the case has a history, and without what a line through the admissible
        indicators gives.
    contrast : Contrast
        A single group and its reference, over the remainder's rows.

    Returns
    -------
    Name
        The first that fits: a place; a forbidden indicator; a short file or a recent arrival on record; what
        others lose too (by rhythm: feelings, purchases, arrival); all members alike (direct use); else, by
        rhythm, recent arrival, spells or single changes by hand (tampering). Where nothing parts two of them
        both are named with equal weights.
    """
    value, members, others = held.value, contrast.members, contrast.others
    loss = float(value[members].mean()) - (0.0 if held.exact else float(value[others].mean()))
    place = _by_place(case, held, contrast)
    if place is not None:
        return place
    carrier = _by_carrier(case, held, contrast, loss)
    if carrier is not None:
        return carrier
    recorded = _by_record(case, held, contrast)
    if recorded is not None:
        return recorded
    if _others_lose(held, value[others], loss):
        return _spells_of_all(held, contrast)
    spread = float(np.var(value[members]) - np.var(value[others]))
    error = float(np.hypot(_variance_error(value[members]), _variance_error(value[others])))
    if spread - ERRORS * error < ALIKE * loss**2:
        return _direct(case, contrast, loss)
    return _some_members(case, held, contrast)


def _by_place(case: AuditCase, held: Remainder, contrast: Contrast) -> Name | None:
    """A place whose residents lose, whoever they are."""
    places = place_columns(case)
    if not places:
        return None
    singles = contrasts(case)
    groups, position = group_columns(singles, len(case.dataset))
    alone = np.column_stack([groups[held.rows], held.also])
    whole = least_squares(held.value, alone).coef[position[contrast.group[0]]]
    for name, columns in places.items():
        here = columns[held.rows]
        fit = least_squares(held.value, np.column_stack([alone, here]))
        through = whole - fit.coef[position[contrast.group[0]]]
        if whole < 0 and through < HALF * whole:
            text = f"{through / whole:.0%} of the gap goes with {name}: residents lose it, whoever they are."
            return Name((("postcode_proxy", 1.0),), name, Evidence("pattern", text))
    return None


def _by_carrier(case: AuditCase, held: Remainder, contrast: Contrast, loss: float) -> Name | None:
    """A forbidden indicator with which the members' loss goes."""
    carriers = forbidden_carriers(case)
    if not carriers or not loss < 0:
        return None
    groups = group_columns(contrasts(case), len(case.dataset))[0]
    fit = side_fit(held, carriers, groups, contrast.members)
    through = [float(fit.values(j).mean()) for j in range(len(carriers))]
    j = int(np.argmin(through))
    explained = float(np.var(fit.values(j)) / max(float(np.var(held.value[contrast.members])), 1e-300))
    if through[j] > HALF * loss or explained < LEAST:
        return None
    text = f"{through[j] / loss:.0%} of the members' loss goes with {carriers[j].indicator.name}."
    return Name(((carriers[j].slug, 1.0),), carriers[j].indicator.name, Evidence("pattern", text))


def _others_lose(held: Remainder, value: Floats, loss: float) -> bool:
    """Whether the reference loses as well: seen one by one, or in noise about the card's zero by its mean."""
    if not held.exact:
        error = float(np.std(value) / np.sqrt(len(value)))
        least = max(SURE * error, NOTICED * -loss)
        return not held.also.shape[1] and float(value.mean()) < -least
    down, up = float(np.mean(value < 0)), float(np.mean(value > 0))
    return down > SOME and up < ONE_SIDED * down


def _spells_of_all(held: Remainder, contrast: Contrast) -> Name:
    everybody = contrast.members | contrast.others
    found = rhythm(held, everybody, contrast.others)
    slug = None if found is None else of_everybody(found, exact=held.exact)
    mean = float(held.value[contrast.others].mean())
    start = f"The reference loses points too ({mean:+.3f} SD each), by no column of the table"
    if found is None or slug is None:
        likelier = _in_heaps(held.value[contrast.others]) if held.exact else False
        both = (("purchases_misread", 0.5), ("state_of_mind", 0.5))[:: -1 if likelier else 1]
        text = f"{start}; nothing says whether what costs them lasts: a panel of more periods might."
        return Name(both, None, Evidence("pattern", text))
    lasts = "comes singly" if slug == "purchases_misread" else "lasts for periods on end"
    text = (
        f"{start}; what costs them {lasts} (correlation of changes two periods apart {found.lasting:+.2f})."
    )
    return Name(((slug, 1.0),), None, Evidence("pattern", text, {"lasting": found.lasting}))


def _in_heaps(value: Floats) -> bool:
    """Whether losses, counted in the smallest there is, spread more than single events would (Poisson)."""
    lost = -np.minimum(value, 0.0)
    count = lost / lost[lost > 0].min()
    return float(np.var(count)) > HEAPED * float(count.mean())


def _direct(case: AuditCase, contrast: Contrast, loss: float) -> Name:
    attribute = contrast.group[0][0]
    illnesses = {s.name for s in case.scheme.situations if s.kind == "illness"}
    slug = "illness_misread" if attribute in illnesses else "direct_use"
    text = f"All members lose alike, {-loss:.3f} SD each: the score takes it for {attribute} itself."
    return Name(((slug, 1.0),), attribute, Evidence("pattern", text))


def _by_record(case: AuditCase, held: Remainder, contrast: Contrast) -> Name | None:
    """How long or how much members are on record, where that parts those who lose from those who do not."""
    members = contrast.members
    read = records(case, held)
    shares = [explains(record, held.value, members) for record in read]
    if shares and max(shares) > LEAST:
        record = read[int(np.argmax(shares))]
        text = (
            f"{max(shares):.0%} of what parts members who lose from those who do not goes with {record.name}."
        )
        return Name(((record.slug, 1.0),), record.indicator, Evidence("pattern", text))
    return None


def _some_members(case: AuditCase, held: Remainder, contrast: Contrast) -> Name:
    """Only some members lose: who, and when."""
    members = contrast.members
    found = rhythm(held, members, contrast.others)
    kin = _kinship(held, case.dataset.cluster[held.rows], contrast)
    if kin is not None and kin > KIN and not (found is not None and held.exact):
        text = f"Only some members lose; between relatives the loss correlates by {kin:.2f}."
        return Name((("recent_mover", 1.0),), None, Evidence("pattern", text))
    if found is not None:
        slug = of_a_group(found, exact=held.exact)
        text = (
            f"Only some members lose: {found.swelling:.0%} of falls stand beside another fall, "
            f"{found.again:.0%} of losers lose again after recovering, "
            f"{found.recovering:.0%} of changes give points back."
        )
        return Name(((slug, 1.0),), None, Evidence("pattern", text))
    if kin is None:
        both = (("tampering", 0.5), ("recent_mover", 0.5))
        text = "Only some members lose, by no column of the table; without a panel the cause stays open."
        return Name(both, None, Evidence("pattern", text))
    text = f"Only some members lose; between relatives the loss correlates by {kin:.2f}."
    return Name((("tampering", 1.0),), None, Evidence("pattern", text))


def _variance_error(value: Floats) -> float:
    """Standard error of a variance."""
    squares = (value - value.mean()) ** 2
    return float(np.std(squares) / np.sqrt(len(value)))


def _kinship(held: Remainder, cluster: Ints, contrast: Contrast) -> float | None:
    """Correlation of what relatives lose beyond noise; None where too few members have any here."""
    sides = [_pairs(held.value[side], cluster[side]) for side in (contrast.members, contrast.others)]
    (covariance, spread, count), (noise_covariance, noise, _) = sides
    if count < PAIRS or not spread > noise:
        return None
    return (covariance - noise_covariance) / (spread - noise)


def _pairs(value: Floats, cluster: Ints) -> tuple[float, float, int]:
    """Covariance of relatives, variance, and how many have relatives here."""
    codes = np.unique(cluster, return_inverse=True)[1]
    size = np.bincount(codes)
    away = value - value.mean()
    sums = np.bincount(codes, weights=away)
    pairs = float(np.sum(size * (size - 1)))
    covariance = float(np.sum(sums**2) - np.sum(away**2)) / pairs if pairs else 0.0
    return covariance, float(np.mean(away**2)), int((size[codes] > 1).sum())
