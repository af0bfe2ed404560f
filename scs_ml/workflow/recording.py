"""What is done with people's data, written into the house's records as it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml import __version__
from scs_ml.core import AuditCase, AuditReport, Dataset
from scs_ml.data import TableSummary, check_table, read_table
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.schemes import Scheme, scheme_fingerprint
from scs_ml.storage import Bundle, Signer

if TYPE_CHECKING:
    from scs_ml.records.office import Records


def _no_clock() -> str:
    return ""


@dataclass(frozen=True)
class Recorder:
    """Writes entries of the log, where records are kept.

    Attributes
    ----------
    records : Records or None
        None: nothing is written.
    clock : callable
        Gives the time as ISO 8601 text in UTC.
    command : str
        What the entries say was called.
    """

    records: Records | None
    clock: Callable[[], str] = _no_clock
    command: str = ""

    @property
    def signer(self) -> Signer | None:
        """Who signs what is made here; nobody where no records are kept."""
        return None if self.records is None else self.records.signer

    def read_table(
        self,
        path: Path,
        scheme: Scheme,
        *,
        key: bytes | None = None,
        row_filter: str | None = None,
        declared: Scheme | None = None,
    ) -> Dataset:
        """Read a table and record it: who is in it as a commitment, and what has changed since the last time.

        Parameters
        ----------
        path : Path
        scheme : Scheme
        key, row_filter
            As for `scs_ml.data.read_table`.
        declared : Scheme, optional
            The scheme as its file declares it, where `scheme` has another column as its score.

        Returns
        -------
        Dataset
        """
        self.require_in_time(path)
        dataset = read_table(path, scheme, key=key, row_filter=row_filter, withdrawn=self.withdrawn())
        self.was_read(path, declared or scheme, dataset, row_filter=row_filter)
        return dataset

    def check_table(
        self, path: Path, scheme: Scheme, *, key: bytes | None = None, row_filter: str | None = None
    ) -> TableSummary:
        """Check a table, and record that it was read.

        Parameters
        ----------
        path, scheme, key, row_filter
            As for `read_table`.

        Returns
        -------
        TableSummary
        """
        self.require_in_time(path)
        summary = check_table(path, scheme, key=key, row_filter=row_filter, withdrawn=self.withdrawn())
        if self.records is not None:
            card = self._card(scheme)
            counts: dict[str, Any] = {"rows": summary.n_rows, "people": {"count": summary.n_subjects}}
            self.done("read", role="table", **card, **self._file(path), **counts, row_filter=row_filter)
        return summary

    def withdrawn(self) -> Container[str] | None:
        """Give who withdrew or was erased, to be asked of each person; None where no records are kept."""
        return None if self.records is None else self.records.register.refused()

    def will_write(
        self,
        path: Path,
        kind: str,
        scheme: Scheme,
        people: npt.ArrayLike,
        *,
        person_level: bool = True,
    ) -> None:
        """Enter a file or folder in the register: it is found when a person asks, or when its time is over.

        It is entered before it is written, so that nothing is written of which nobody knows.

        Parameters
        ----------
        path : Path
        kind : str
            bundle, forecast, run, sheet or plan.
        scheme : Scheme
            Its basis says how long what is about persons may be read.
        people : array of str (n,)
            Pseudonyms of those whom it is about.
        person_level : bool
            Whether it speaks of single persons.

        Raises
        ------
        ScsError
            If some of them withdrew or were erased since they were read.
        """
        if self.records is None:
            return
        from scs_ml.records.retention import expiry

        if self.records.register.withdrawn(people).any():
            raise ScsError(
                "people who are in it withdrew or were erased while it was computed",
                where=f"{kind} {path}",
                remedy="run the command again: they are left out",
            )
        at = self.clock()
        self.records.register.artefact(
            path,
            kind,
            self._new_run(path, self.records),
            at,
            person_level=person_level,
            expires=expiry(at, scheme.basis.retention_days) if person_level else None,
        )

    def run_of(self, path: Path) -> str:
        """Give what the log calls an artefact, from whatever folder it is asked.

        Parameters
        ----------
        path : Path

        Returns
        -------
        str
            As it was entered in the register; `shown_path` of what is not there.
        """
        artefacts = () if self.records is None else self.records.register.artefacts()
        run = next((each.run for each in artefacts if each.path == path.resolve()), None)
        return run or shown_path(path)

    def _new_run(self, path: Path, records: Records) -> str:
        """Name an artefact that is entered: two of one name in different folders are told apart."""
        shown, where = shown_path(path), path.resolve()
        taken = {each.run for each in records.register.artefacts() if each.path != where}
        names = (shown, *(f"{shown} ({n})" for n in range(2, len(taken) + 2)))
        return next(name for name in names if name not in taken)

    def require_in_time(self, path: Path) -> None:
        """Refuse to read what is past the limit of its retention.

        Parameters
        ----------
        path : Path

        Raises
        ------
        SafeguardError
            With rule ``retention``.
        """
        if self.records is None:
            return
        from scs_ml.records.retention import require_in_time

        require_in_time(self.records.register.artefacts(), path, self.clock())

    def was_read(
        self, path: Path, scheme: Scheme, dataset: Dataset, *, row_filter: str | None = None
    ) -> None:
        """Record that a table was read; first, what of its scheme and file is not as it was the last time."""
        if self.records is None:
            return
        card, file = self._card(scheme), self._file(path)
        self.done("read", dataset=dataset, role="table", **card, **file, row_filter=row_filter)

    def read_beside(self, path: Path | None, role: str) -> None:
        """Record that a file was read beside a table: a ledger, answers, a background; nothing where None."""
        if self.records is not None and path is not None:
            self.done("read", role=role, **self._file(path))

    def _card(self, scheme: Scheme) -> dict[str, Any]:
        """Name and fingerprint a scheme, and record where it is not as it was when it was last read by."""
        card = {"scheme": scheme.name, "scheme_fingerprint": scheme_fingerprint(scheme)}
        self._changed("scheme_changed", card)
        return card

    def _file(self, path: Path) -> dict[str, Any]:
        """Name and fingerprint a file, and record where it is not as it was when it was last read."""
        file = {"file": shown_path(path), "file_sha256": file_sha256(path)}
        self._changed("data_changed", file)
        return file

    def _changed(self, action: str, facts: Mapping[str, str]) -> None:
        if self.records is None:
            return
        (named, what), (printed, now) = facts.items()
        before = self.records.log.latest("read", **{named: what})
        if before is not None and before.body[printed] != now:
            self.note(action, **{named: what, "before": before.body[printed], "now": now})

    def people(self, dataset: Dataset) -> dict[str, Any]:
        """Count whose data were read, and commit to who they were where records are kept."""
        count = len(np.unique(dataset.subject))
        kept = None if self.records is None else self.records.register.commit(dataset.subject)
        return {"count": count, "commitment": kept}

    def done(
        self, action: str, *, dataset: Dataset | None = None, run: str | None = None, **facts: Any
    ) -> None:
        """Record what was done, and with how many of whose rows.

        Parameters
        ----------
        action : str
            One of `scs_ml.records.ACTIONS`.
        dataset : Dataset, optional
            Whose people the entry is about.
        run : str, optional
            The artefact that they are in.
        **facts
            More for the entry: fingerprints, counts, seeds; values that JSON can hold.
        """
        if self.records is None:
            return
        if dataset is not None:
            facts |= {
                "fingerprint": dataset.fingerprint,
                "rows": len(dataset),
                "people": {
                    "count": len(np.unique(dataset.subject)),
                    "commitment": self.records.register.commit(dataset.subject, run),
                },
            }
        if run is not None:
            facts["run"] = run
        self.note(action, **facts)

    def trained(self, learned: Dataset, scheme: Scheme, bundle: Path, *, seed: int, family: str) -> None:
        """Record that a bundle was written, and whose rows its forecaster learned from.

        Parameters
        ----------
        learned : Dataset
        scheme : Scheme
        bundle : Path
        seed : int
        family : str
            Of the forecaster.
        """
        if self.records is None:
            return
        run = self._new_run(bundle, self.records)
        self.records.register.artefact(bundle, "bundle", run, self.clock(), person_level=False)
        model = file_sha256(bundle / "model.skops")
        self.done("train", dataset=learned, run=run, seed=seed, family=family, model_sha256=model)

    def audited(
        self,
        case: AuditCase,
        report: AuditReport,
        folder: Path,
        *,
        seed: int,
        bundle: Bundle | None = None,
    ) -> None:
        """Record that a run folder was written, what it found, and about whom.

        Parameters
        ----------
        case : AuditCase
        report : AuditReport
        folder : Path
            Of the run.
        seed : int
        bundle : Bundle, optional
            That was audited.
        """
        if self.records is None:
            return
        run = self.run_of(folder)
        found = {"findings": len(report.findings), "flags": len(report.flags())}
        audit = file_sha256(folder / "audit.json")
        facts = {**self.signed(bundle), **found, "audit_sha256": audit}
        self.done("audit", dataset=everyone(case), run=run, seed=seed, **facts)

    def forecast(
        self, bundle: Bundle, dataset: Dataset, forecasts: pd.DataFrame, path: Path, *, seed: int
    ) -> None:
        """Record that forecasts of single persons were written, and whose.

        Parameters
        ----------
        bundle : Bundle
        dataset : Dataset
            As it was read.
        forecasts : DataFrame
            One row per person, with the column ``subject``.
        path : Path
            Where they were written.
        seed : int
        """
        if self.records is None:
            return
        run = self.run_of(path)
        people = dataset.take(np.isin(dataset.subject, forecasts["subject"].to_numpy(dtype=np.str_)))
        written = {"forecasts": len(forecasts), "file_sha256": file_sha256(path)}
        self.done("forecast", dataset=people, run=run, seed=seed, **self.signed(bundle), **written)

    def note(self, action: str, **facts: Any) -> None:
        """Add an entry to the log, with the command and the version of this package."""
        if self.records is not None:
            body = {"command": self.command, "version": __version__, **facts}
            self.records.log.append(action, body, at=self.clock())

    def signed(self, bundle: Bundle | None) -> Mapping[str, Any]:
        """Give what an entry says of a bundle: which model file, and who signed it; nothing where None."""
        if bundle is None:
            return {}
        return {"model_sha256": bundle.manifest["files"]["model.skops"], "signed_by": bundle.signed_by}

    def require_trusted(self, bundle: Bundle) -> None:
        """Refuse a bundle for real people that no house signed whose key the records trust.

        Parameters
        ----------
        bundle : Bundle

        Raises
        ------
        SafeguardError
            With rule ``signature``, where the basis is ``agreed``.
        """
        if bundle.scheme.basis.kind != "agreed":
            return
        trusted = None if self.records is None else self.records.trusted_keys()
        if bundle.public_key is None or (trusted is not None and bundle.public_key not in trusted):
            raise SafeguardError(
                "forecasts of people who agreed come from a bundle signed by a house that the records trust",
                rule="signature",
                where=f"signed by {bundle.signed_by or 'nobody'}",
                remedy="train it in this house (scs-ml train signs it), or have its maker's key added: "
                "scs-ml log trust HOUSE_JSON",
            )


NOBODY = Recorder(None)


def everyone(case: AuditCase) -> Dataset:
    """Give all whose data bear on an audit: of a panel also those of earlier periods."""
    return case.dataset if case.history is None else case.history


def shown_path(path: Path) -> str:
    """Give what the log says of a path: from the working folder where it lies there, else its name alone."""
    given = path.resolve()
    here = Path.cwd()
    return given.relative_to(here).as_posix() if given.is_relative_to(here) else given.name


def file_sha256(path: Path) -> str:
    """Hash a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
