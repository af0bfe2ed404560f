"""From an `AuditReport` to ``audit.json``, ``report.html`` and ``card.md``.

The record (`audit_record`) is computed first and is all that the page and the card are drawn from.
"""

from scs_ml.report.card import card_markdown
from scs_ml.report.contract import audit_json_schema, validate_audit
from scs_ml.report.page import report_html
from scs_ml.report.record import audit_record, table_record
from scs_ml.report.write import rewrite_report, write_report

__all__ = [
    "audit_json_schema",
    "audit_record",
    "card_markdown",
    "report_html",
    "rewrite_report",
    "table_record",
    "validate_audit",
    "write_report",
]
