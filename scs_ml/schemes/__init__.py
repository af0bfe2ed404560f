"""Schemes: scale, indicators, expert rule card, sensitive attributes and basis; one YAML file each.

To add one: write ``scs_ml/schemes/<name>.yaml`` (docs/schemes.md shows how). It is found by its file name.
"""

from __future__ import annotations

from scs_ml.schemes.card import card_points, card_score
from scs_ml.schemes.load import dump_scheme, list_schemes, load_scheme, scheme_fingerprint
from scs_ml.schemes.model import (
    FORBIDDEN_CONCERNS,
    FORBIDDEN_NATURES,
    Attribute,
    AuditOptions,
    Basis,
    Card,
    Indicator,
    Measurement,
    Outcome,
    Roles,
    RowCondition,
    Rule,
    Scale,
    Scheme,
    Situation,
    Wide,
)

__all__ = [
    "FORBIDDEN_CONCERNS",
    "FORBIDDEN_NATURES",
    "Attribute",
    "AuditOptions",
    "Basis",
    "Card",
    "Indicator",
    "Measurement",
    "Outcome",
    "Roles",
    "RowCondition",
    "Rule",
    "Scale",
    "Scheme",
    "Situation",
    "Wide",
    "card_points",
    "card_score",
    "dump_scheme",
    "list_schemes",
    "load_scheme",
    "scheme_fingerprint",
]
