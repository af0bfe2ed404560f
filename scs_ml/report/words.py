"""The words of a report. None of them says "fair" or "compliant": only what was tested and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CAUTION = (
    "This page says what was tested, what was found and what could not be told. A forecast is advice to a "
    "human reviewer; nothing here decides about anyone."
)

# The table that says what a refused indicator changes; it stands beside the safeguards.
WITHHELD_EFFECT = "withheld_effect"
WITHHELD_NOTE = (
    "What that changes: the scheme's rule card, computed with and without it. Where the present score is an "
    "input of the model, it still holds these points."
)

CHECKS = {
    "category_gap": "Score and category",
    "error_rates": "Error rates",
    "calibration": "Calibration",
    "shap_gap": "SHAP by indicator",
    "gap_drift": "Drift of gaps",
    "subgroup_discovery": "Search for subgroups",
    "unknown_membership": "Unknown membership",
    "four_fifths": "Four-fifths rule",
    "cross_context": "What comes from other contexts",
    "label_residual": "Points are taken beyond the rules",
    "forbidden_reliance": "A forbidden indicator is used",
    "individual_flip": "A value that must not count turns forecasts",
}

MECHANISMS = {
    "direct_use": "A protected attribute is used directly",
    "postcode_proxy": "A place stands for a group",
    "illness_misread": "Illness is taken for misconduct",
    "state_of_mind": "A state of mind is scored",
    "malicious_informant": "Informants single out a group",
    "family_spillover": "Relatives' conduct is charged to a person",
    "parent_to_child": "Parents' conduct is charged to their children",
    "friends_conduct": "Friends' conduct is charged to a person",
    "thin_file": "A short record counts against people",
    "recent_mover": "Having moved counts against people",
    "disaster_as_fault": "A disaster is counted as a fault",
    "over_policing": "A group is watched more, so more is recorded",
    "tampering": "Records were altered",
    "intersection_only": "Harm shows only where attributes meet",
    "cross_domain_spill": "A penalty of one domain reaches into another",
    "organization_to_leaders": "An organization's faults are charged to its leaders",
    "operator_error": "Entries were recorded wrongly",
    "purchases_misread": "Purchases are misread",
    "explanation_attack": "The explanation hides what the model uses",
    "unknown": "Something the checks cannot name",
}

# Unit of the record: (its name on the page, the factor that turns one into the other).
_UNITS = {
    "SD of the score": ("standard deviations of the score", 1.0),
    "SD of the explained margin": ("standard deviations of the explained margin", 1.0),
    "probability": ("percentage points", 100.0),
}

_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-4, 1e6  # outside, a number is shown with an exponent
_NOISE = 1e-15  # below, a float is a rounded zero
_SMALLEST_P = 0.001


def check_text(slug: str) -> str:
    """Name a check."""
    return CHECKS.get(slug) or MECHANISMS.get(slug) or slug.replace("_", " ")


def group_text(group: Sequence[Mapping[str, str]]) -> str:
    """Name a group by its attribute-value pairs."""
    return " and ".join(f"{pair['attribute']} = {pair['value']}" for pair in group) or "everybody"


def unit_text(unit: str) -> str:
    """Spell out a unit."""
    return _UNITS.get(unit, (unit, 1.0))[0]


def in_unit(value: float, unit: str) -> float:
    """Turn a value of the record into the unit that `unit_text` spells out."""
    return value * _UNITS.get(unit, (unit, 1.0))[1]


def size_text(value: float, unit: str) -> str:
    """Say how much lower or higher, without a sign.

    Examples
    --------
    >>> size_text(-0.268, "SD of the score")
    '0.27 standard deviations of the score lower'
    >>> size_text(0.056, "probability")
    '5.6 percentage points higher'
    """
    return f"{_amount(value, unit)} {unit_text(unit)} {_direction(value)}"


def interval_text(effect: Mapping[str, Any]) -> str:
    """Say an interval in the words of `size_text`.

    Examples
    --------
    >>> interval_text({"low": -0.334, "high": -0.192, "unit": "SD of the score"})
    'interval 0.19 to 0.33 lower'
    >>> interval_text({"low": -0.1, "high": 0.2, "unit": "SD of the score"})
    'interval from 0.10 lower to 0.20 higher'
    """
    low, high, unit = effect["low"], effect["high"], effect["unit"]
    if low is None or high is None:
        return "no interval"
    if low < 0 < high:
        return f"interval from {_amount(low, unit)} lower to {_amount(high, unit)} higher"
    near, far = sorted((low, high), key=abs)
    return f"interval {_amount(near, unit)} to {_amount(far, unit)} {_direction(far)}"


def effect_text(finding: Mapping[str, Any]) -> str | None:
    """Say an effect with its interval, or None where there is none."""
    effect = finding["effect"]
    if effect is None or effect["value"] is None:
        return None
    return (
        f"{effect['metric']}: {size_text(effect['value'], effect['unit'])} "
        f"for {group_text(finding['group'])} than for {group_text(finding['reference'])} "
        f"({interval_text(effect)})"
    )


def numbers_text(finding: Mapping[str, Any]) -> str:
    """Say how many rows, the adjusted p-value, the floor and the smallest effect that could be seen."""
    n, effect = finding["n"], finding["effect"]
    if None in n.values():
        parts = ["numbers of rows not shown"]
    else:
        parts = [f"{count_text(n['group'])} rows in the group, {count_text(n['reference'])} in the reference"]
    if finding["p_adjusted"] is not None:
        parts.append(p_text(finding["p_adjusted"]))
    if effect is not None and effect["floor"] is not None:
        parts.append(f"held immaterial up to {_amount(effect['floor'], effect['unit'])} (the floor)")
        if finding["detectable"] is not None:
            parts.append(
                f"smallest effect found with 80 % power {_amount(finding['detectable'], effect['unit'])}"
            )
    power = power_at_floor(finding)
    if power is not None:
        parts.append(f"power at the floor {power:.0%}")
    return "; ".join(parts)


def power_at_floor(finding: Mapping[str, Any]) -> float | None:
    """Give the probability of finding an effect as large as the floor, where the finding states it."""
    stages = [each["values"] for each in finding["evidence"] if each["stage"] == "power"]
    return stages[0].get("power at the floor") if stages else None


def p_text(p: float) -> str:
    """Say an adjusted p-value."""
    return f"adjusted p below {_SMALLEST_P}" if p < _SMALLEST_P else f"adjusted p {p:.3f}"


def heading(finding: Mapping[str, Any]) -> str:
    """Name what a finding is about: a statement where it is flagged, a question where it is not."""
    named = mechanisms_text(finding)
    mark = "?" if finding["kind"] == "mechanism" and finding["verdict"] != "flag" else ":"
    through = f", through {finding['indicator']}" if finding["indicator"] else ""
    at = f", at {finding['boundary']['label']}" if finding["boundary"] else ""
    return f"{named}{mark} {group_text(finding['group'])}{through}{at}"


def mechanisms_text(finding: Mapping[str, Any]) -> str:
    """Name the mechanisms a finding points to (weighed, if several), else what was looked for."""
    named = finding["mechanisms"]
    if not named:
        return check_text(finding["check"])
    if len(named) == 1:
        return check_text(named[0]["slug"])
    texts = [f"{check_text(each['slug'])} ({each['weight']:.0%})" for each in named]
    return ", or ".join([texts[0], *(text[0].lower() + text[1:] for text in texts[1:])])


def number_text(value: object) -> str:
    """Say a value of the record in running text."""
    text = cell_text(value)
    return text.rstrip("0").rstrip(".") if isinstance(value, float) and "e" not in text else text


def cell_text(value: object) -> str:
    """Say a value of the record in a table, where the decimals of a column stand below one another."""
    if value is None:
        return "–"
    if isinstance(value, float):
        plain = _SMALLEST_PLAIN <= abs(value) < _LARGEST_PLAIN
        return "0.0000" if abs(value) < _NOISE else f"{value:,.4f}" if plain else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _amount(value: float, unit: str) -> str:
    return f"{abs(in_unit(value, unit)):.{1 if unit == 'probability' else 2}f}"


def _direction(value: float) -> str:
    return "lower" if value < 0 else "higher"


def count_text(n: int | None) -> str:
    """Say a count of rows; None is one that is hidden: small itself, or what would give a small one back."""
    return "not shown" if n is None else f"{n:,}"
