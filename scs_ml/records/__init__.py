"""Records: what was done with people's data, where nobody can quietly change it."""

from __future__ import annotations

from scs_ml.records.chain import Entry
from scs_ml.records.log import ACTIONS, Log
from scs_ml.records.office import Records, open_records
from scs_ml.records.searching import Place, Searched, search

__all__ = ["ACTIONS", "Entry", "Log", "Place", "Records", "Searched", "open_records", "search"]
