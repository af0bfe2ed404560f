"""Safeguards: bounds of the software, not options. Each refuses with its rule's name, or is recorded.

The basis that a scheme declares decides which of the two, never a flag; docs/safeguards.md lists the rules.
"""

from __future__ import annotations

from scs_ml.safeguards.bases import OPENS, Output, opens, require_open
from scs_ml.safeguards.cells import SMALLEST_COUNT
from scs_ml.safeguards.datasets import gate_dataset
from scs_ml.safeguards.exits import EXITS, Exit, state_of
from scs_ml.safeguards.hearsay import INFORMANTS, Bounded, bounded_sums, gate_hearsay
from scs_ml.safeguards.inputs import InputGate, gate_inputs, gate_training
from scs_ml.safeguards.names import forbidden_word, protected_word
from scs_ml.safeguards.people import gate_rows, gate_withdrawn
from scs_ml.safeguards.pseudonyms import (
    PUBLIC_KEY,
    key_needed,
    load_key,
    new_key,
    pseudonymise,
    pseudonymise_informants,
)
from scs_ml.safeguards.publication import gate_publication, may_publish, read_consent
from scs_ml.safeguards.situations import (
    EXCLUDED_KINDS,
    excluded_situations,
    flagged_words,
    gate_situations,
    with_records,
)
from scs_ml.safeguards.suggestions import SUGGESTIONS, SUGGESTIONS_TABLE, suggestions_table
from scs_ml.safeguards.suppression import (
    Disclosed,
    count_text,
    disclose,
    hides_count,
    require_people,
    suppress_tables,
    tell_gate,
)
from scs_ml.safeguards.targets import gate_filter, gate_target

__all__ = [
    "EXCLUDED_KINDS",
    "EXITS",
    "INFORMANTS",
    "OPENS",
    "PUBLIC_KEY",
    "SMALLEST_COUNT",
    "SUGGESTIONS",
    "SUGGESTIONS_TABLE",
    "Bounded",
    "Disclosed",
    "Exit",
    "InputGate",
    "Output",
    "bounded_sums",
    "count_text",
    "disclose",
    "excluded_situations",
    "flagged_words",
    "forbidden_word",
    "gate_dataset",
    "gate_filter",
    "gate_hearsay",
    "gate_inputs",
    "gate_publication",
    "gate_rows",
    "gate_situations",
    "gate_target",
    "gate_training",
    "gate_withdrawn",
    "hides_count",
    "key_needed",
    "load_key",
    "may_publish",
    "new_key",
    "opens",
    "protected_word",
    "pseudonymise",
    "pseudonymise_informants",
    "read_consent",
    "require_open",
    "require_people",
    "state_of",
    "suggestions_table",
    "suppress_tables",
    "tell_gate",
    "with_records",
]
