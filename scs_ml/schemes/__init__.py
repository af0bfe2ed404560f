"""Schemes: scale, indicators, expert rule card, sensitive attributes and basis; one YAML file each.

To add one: write ``scs_ml/schemes/<name>.yaml`` (docs/schemes.md shows how). It is found by its file name.
"""

from __future__ import annotations

from scs_ml.schemes.card import card_points, card_score
from scs_ml.schemes.columns import Attribute, Outcome, Roles, RowCondition, Situation, Wide
from scs_ml.schemes.fading import event_weights, in_force, ledger_points, rehabilitation_table
from scs_ml.schemes.indicators import (
    FORBIDDEN_CONCERNS,
    FORBIDDEN_NATURES,
    Card,
    GroupError,
    Indicator,
    Measurement,
    Rule,
)
from scs_ml.schemes.json_schemas import json_schema, scheme_json_schema, table_json_schema
from scs_ml.schemes.load import dump_scheme, list_schemes, load_scheme, scheme_fingerprint
from scs_ml.schemes.model import AuditOptions, Basis, PersonDecides, Scheme
from scs_ml.schemes.scale import Scale

__all__ = [
    "FORBIDDEN_CONCERNS",
    "FORBIDDEN_NATURES",
    "Attribute",
    "AuditOptions",
    "Basis",
    "Card",
    "GroupError",
    "Indicator",
    "Measurement",
    "Outcome",
    "PersonDecides",
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
    "event_weights",
    "in_force",
    "json_schema",
    "ledger_points",
    "list_schemes",
    "load_scheme",
    "rehabilitation_table",
    "scheme_fingerprint",
    "scheme_json_schema",
    "table_json_schema",
]
