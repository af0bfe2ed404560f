"""Records: what was done with people's data, where nobody can quietly change it."""

from __future__ import annotations

from scs_ml.records.chain import Entry
from scs_ml.records.checking import LogCheck, check_log
from scs_ml.records.checkpoints import Checkpoint, load_checkpoint, make_checkpoint, save_checkpoint
from scs_ml.records.log import ACTIONS, Log
from scs_ml.records.office import Records, open_records
from scs_ml.records.searching import Place, Searched, search

__all__ = [
    "ACTIONS",
    "Checkpoint",
    "Entry",
    "Log",
    "LogCheck",
    "Place",
    "Records",
    "Searched",
    "check_log",
    "load_checkpoint",
    "make_checkpoint",
    "open_records",
    "save_checkpoint",
    "search",
]
