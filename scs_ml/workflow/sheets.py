"""The subject's own sheet, from file names: what is forecast of one person, why, and what would change it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scs_ml.audit.sampling import LIMIT
from scs_ml.core import GateRecord, Progress
from scs_ml.data import load_frame, read_ledger
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.report.sheet import Sheet, languages, sheet_html
from scs_ml.safeguards import gate_dataset, gate_target, gate_training, opens, require_open
from scs_ml.schemes import Scheme
from scs_ml.storage import Bundle, atomic_file, atomic_folder, load_bundle, require_replaceable
from scs_ml.workflow.preparing import prepare_to_forecast
from scs_ml.workflow.recording import NOBODY, Recorder
from scs_ml.workflow.stages import stage
from scs_ml.workflow.telling import last_period, marks, person_row, sheets_of, tell

MADE = "sheets.json"  # what a folder of sheets says of itself
RULE = "verification_sample"


@dataclass(frozen=True)
class Sheets:
    """Sheets that were written: where, of how many people, and what the safeguards said."""

    out: Path
    people: int
    gates: tuple[GateRecord, ...]


def write_sheets(
    bundle: Path | Bundle,
    table: Path,
    out: Path,
    *,
    person: str | None = None,
    language: str = "en",
    plan: Path | None = None,
    ledger: Path | None = None,
    key: bytes | None = None,
    row_filter: str | None = None,
    seed: int = 0,
    recorder: Recorder = NOBODY,
    progress: Progress | None = None,
) -> Sheets:
    """Write the sheet of one person, or one file for each person of the last period in a table.

    Parameters
    ----------
    bundle : Path or Bundle
        A saved bundle, loaded or not.
    table : Path
        The table to forecast.
    out : Path
        HTML file of one person's sheet; for everybody a folder, in which a file is named by the pseudonym.
    person : str, optional
        A pseudonym; everybody when None.
    language : str
        One of `scs_ml.report.sheet.languages`.
    plan : Path, optional
        Under the basis ``audit``: the verification plan into which the person was drawn.
    ledger : Path, optional
        Needed where people are real and the bundle was trained with one, and refused where it was not.
    key, row_filter, seed, progress
        As for `audit_table`.
    recorder : Recorder
        Where the view is logged.

    Returns
    -------
    Sheets

    Raises
    ------
    SafeguardError
        If the basis opens no person-level views, or the person was not drawn into the sample; for everybody,
        if it opens no person-level export.
    ScsError
        If the language or the person is not known, or an input cannot be read.
    """
    if language not in languages():
        raise ScsError(
            f"no sheet can be written in the language {language!r}",
            remedy=f"choose from {', '.join(languages())}",
        )
    opened = bundle if isinstance(bundle, Bundle) else load_bundle(bundle)
    scheme = opened.scheme
    gates = _gate_view(scheme, person, plan)
    recorder.require_trusted(opened)
    if person is None:
        require_replaceable(out, MADE)
    with stage(progress, "read"):
        dataset = recorder.read_table(table, scheme, key=key, row_filter=row_filter)
        events = (
            None
            if ledger is None
            else read_ledger(ledger, scheme, dataset, key=key, withdrawn=recorder.withdrawn())
        )
        recorder.read_beside(ledger, "ledger")
    existing = not opens(scheme, "training")  # somebody's model, audited from outside
    prepared = prepare_to_forecast(opened.manifest, dataset, scheme, events, seed=seed)
    gates += gate_training(scheme, tuple(prepared.dataset.X.columns), existing=existing)
    gates += gate_dataset(scheme, prepared.dataset, existing=existing)
    gate_target(scheme)
    last = last_period(prepared.dataset, scheme)
    rows = np.arange(len(last), dtype=np.int64) if person is None else person_row(last, person)
    told = tell(opened, dataset, prepared, rows, row_filter=row_filter, seed=seed, progress=progress)
    written = hashlib.sha256()
    recorder.will_write(out, "sheet", scheme, last.subject[rows])
    if person is None:
        with atomic_folder(out, MADE) as temporary:
            for each in sheets_of(told, progress):
                _write(each, language, temporary / f"{each.subject}.html", written)
            made = {"people": len(rows), "language": language, "marks": marks(told)}
            (temporary / MADE).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    else:
        with atomic_file(out) as temporary:
            _write(next(sheets_of(told)), language, temporary, written)
    run = f"sheet {written.hexdigest()[:16]}"  # never the path: it may name the person
    recorder.done(
        "sheet",
        dataset=last.take(rows),
        run=run,
        **recorder.signed(opened),
        language=language,
        drawn=told.drawn,
        marks=marks(told),
        seed=seed,
    )
    return Sheets(out, len(rows), gates)


def _write(sheet: Sheet, language: str, path: Path, written: hashlib._Hash) -> None:
    page = sheet_html(sheet, language).encode()
    written.update(page)
    path.write_bytes(page)


def _gate_view(scheme: Scheme, person: str | None, plan: Path | None) -> tuple[GateRecord, ...]:
    """Ask whether this basis lets the person, or everybody, have a sheet."""
    if person is None:
        require_open(scheme, "person_export")
    if opens(scheme, "person_views"):
        return ()
    if plan is None or person is None or not opens(scheme, "verification_pages"):
        if opens(scheme, "verification_pages"):
            raise SafeguardError(
                f"under {scheme.basis.kind!r} a sheet is made only of a person who was drawn into a sample",
                rule=RULE,
                where=f"scheme {scheme.name}, basis.kind",
                remedy="draw a sample (scs-ml verify plan), and give it with --plan",
            )
        require_open(scheme, "person_views")
    return (_drawn(str(person), Path(str(plan))),)


def _drawn(person: str, plan: Path) -> GateRecord:
    """Find the person in a verification plan that is no longer than a plan may be."""
    frame, name = load_frame(plan)
    if missing := [column for column in ("event", "subject") if column not in frame]:
        raise ScsError(
            f"this is no verification plan: it lacks {', '.join(missing)}",
            where=name,
            remedy="give the file that scs-ml verify plan, or an audit, wrote",
        )
    if len(frame) > LIMIT:
        raise SafeguardError(
            f"a verification sample has at most {LIMIT} cases",
            rule=RULE,
            where=f"{name}, {len(frame):,} rows",
            remedy="give the plan as it was drawn",
        )
    if person not in set(frame["subject"].astype(str)):
        raise SafeguardError(
            "this person was not drawn into the verification sample",
            rule=RULE,
            where=f"{name}, {len(frame):,} cases",
            remedy="only the people in the plan may be looked at one by one",
        )
    detail = f"a sheet was made of one person drawn into a sample of {len(frame):,} cases"
    return GateRecord(RULE, "kept", detail, rows=1)
