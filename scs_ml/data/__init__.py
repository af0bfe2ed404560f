"""Data: tables that become validated, pseudonymised panels, and the splits that never look ahead."""

from __future__ import annotations

from scs_ml.data.answers import read_answers
from scs_ml.data.draft import draft_scheme
from scs_ml.data.files import load_frame, write_frame
from scs_ml.data.folds import rolling_origins, subject_folds
from scs_ml.data.hearsay import Heard, weigh_hearsay, what_is_said
from scs_ml.data.informants import failing_informants
from scs_ml.data.ledger import read_ledger
from scs_ml.data.panel import pair, split_by_period, split_by_subject
from scs_ml.data.periods import order_periods
from scs_ml.data.read import read_table
from scs_ml.data.situations import Net, net_of_events
from scs_ml.data.summary import TableSummary, check_table

__all__ = [
    "Heard",
    "Net",
    "TableSummary",
    "check_table",
    "draft_scheme",
    "failing_informants",
    "load_frame",
    "net_of_events",
    "order_periods",
    "pair",
    "read_answers",
    "read_ledger",
    "read_table",
    "rolling_origins",
    "split_by_period",
    "split_by_subject",
    "subject_folds",
    "weigh_hearsay",
    "what_is_said",
    "write_frame",
]
