"""Write a run folder: ``audit.json``, ``report.html``, ``card.md`` (and ``one_page.md``), or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scs_ml.core import AuditReport
from scs_ml.exceptions import ScsError
from scs_ml.report.card import card_markdown
from scs_ml.report.contract import validate_audit
from scs_ml.report.one_page import one_page
from scs_ml.report.page import report_html
from scs_ml.report.record import audit_record
from scs_ml.storage import atomic_file, atomic_folder, recover_folder

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def write_report(
    report: AuditReport, folder: Path | str, *, beside: Callable[[Path], None] | None = None
) -> Path:
    """Write a run folder; an older one of the same name is replaced as a whole.

    Parameters
    ----------
    report : AuditReport
        A finished audit.
    folder : path
        Where to write.
    beside : callable, optional
        Writes what else belongs to the run into the folder it is given, which holds ``audit.json`` and the
        pages, and then appears as a whole.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ScsError
        If the record does not keep the contract of ``audit.json``, or the folder holds something else;
        nothing is written then.
    """
    target = Path(folder)
    record = audit_record(report)
    validate_audit(record, where=str(target / "audit.json"))
    # Rendered before anything is written: a page that cannot be drawn must not leave half a run behind.
    pages = _pages(record)
    with atomic_folder(target, "audit.json") as temporary:
        (temporary / "audit.json").write_text(_json(record), encoding="utf-8")
        for name, text in pages.items():
            (temporary / name).write_text(text, encoding="utf-8")
        if beside is not None:
            beside(temporary)
    return target


def audit_text(report: AuditReport) -> str:
    """Give what ``audit.json`` holds of a report.

    Parameters
    ----------
    report : AuditReport

    Returns
    -------
    str

    Raises
    ------
    ScsError
        If it does not keep its contract.
    """
    record = audit_record(report)
    validate_audit(record)
    return _json(record)


def rewrite_report(folder: Path | str) -> Path:
    """Check a run's ``audit.json`` and draw its page and card again.

    Parameters
    ----------
    folder : path
        A run folder.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ScsError
        If there is no ``audit.json``, or it does not keep its contract.
    """
    target = Path(folder)
    recover_folder(target)
    source = target / "audit.json"
    if not source.is_file():
        raise ScsError(
            "this is not a run folder: it has no audit.json",
            where=str(target),
            remedy="name the folder that `scs-ml audit -o` wrote",
        )
    try:
        record = json.loads(source.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ScsError(
            "audit.json is not JSON",
            where=f"{source}: {error}",
            remedy="write the run again with `scs-ml audit`",
        ) from error
    validate_audit(record, where=str(source))
    for name, text in _pages(record).items():
        with atomic_file(target / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return target


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _pages(record: Mapping[str, Any]) -> dict[str, str]:
    pages = {"report.html": report_html(record), "card.md": card_markdown(record)}
    page = one_page(record)
    pages |= {} if page is None else {"one_page.md": page}
    # A label may hold characters that steer a terminal; they say nothing on a page.
    return {name: _CONTROL.sub("", text) for name, text in pages.items()}


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
