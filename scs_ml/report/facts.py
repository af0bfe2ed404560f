"""What a record says of its forecast and of its own making, as pairs of name and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scs_ml.report.words import number_text

Facts = list[tuple[str, str]]

_NAMES = {
    "name": "audited",
    "origin": "kind",
    "sets, coverage": "share of the true categories that the forecast sets are to hold",
    "sets, mean size": "categories in a forecast set, on average",
    "sets, level": "level of the sets, adapted to drift where it differs",
    "sets, strata": "kinds of record whose sets are calibrated by themselves",
    "sets, too few": "kinds of record with too few rows for that",
    "flip risk": "chance that indicators measured again give another category, on average",
    "indirect share": "share of the explanation that rests on indirect indicators",
    "a person must decide": "share of the rows that the scheme leaves to a person",
    "explanation, target": "explained on the scale of",
    "explanation, engine": "explained by",
    "explanation, rows": "rows explained",
    "explanation, additivity error": "largest gap between an explanation's sum and the model",
    "explanation, background": "background of the explanation (SHA-256)",
}


def forecast_facts(forecast: Mapping[str, Any], of: Sequence[str] = ()) -> Facts:
    """Flatten what the record says of the forecast; lists are tables and stand elsewhere."""
    found: Facts = []
    for name, value in forecast.items():
        if isinstance(value, Mapping):
            found += forecast_facts(value, (*of, name))
        elif value is not None and not isinstance(value, list):
            path = ", ".join((*of, name))
            found.append((_NAMES.get(path, path), number_text(value)))
    return found


def provenance(record: Mapping[str, Any]) -> Facts:
    """Say what is needed to make the record again: format, seed, fingerprints and versions."""
    return [
        ("format", record["format"]),
        ("seed", str(record["seed"])),
        *sorted((f"fingerprint of {k}", v) for k, v in record["fingerprints"].items()),
        *sorted(record["versions"].items()),
    ]
