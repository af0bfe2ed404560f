"""From an `AuditReport` to ``audit.json``, ``report.html`` and ``card.md``.

The record (`audit_record`) is computed first and is all that the page and the card are drawn from.
"""

from scs_ml.report.card import card_markdown
from scs_ml.report.contract import audit_json_schema, validate_audit
from scs_ml.report.page import report_html
from scs_ml.report.record import audit_record, table_record
from scs_ml.report.run_record import (
    RunInput,
    path_from,
    read_run_record,
    run_json_schema,
    run_record,
    write_run_record,
)
from scs_ml.report.write import audit_text, rewrite_report, write_report

__all__ = [
    "RunInput",
    "audit_json_schema",
    "audit_record",
    "audit_text",
    "card_markdown",
    "path_from",
    "read_run_record",
    "report_html",
    "rewrite_report",
    "run_json_schema",
    "run_record",
    "table_record",
    "validate_audit",
    "write_report",
    "write_run_record",
]
