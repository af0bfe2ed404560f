"""Evaluate: every family beside the baselines on later periods, in every group, and what has drifted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Dataset, Ledger, Progress, Table
from scs_ml.data import pair, rolling_origins, subject_folds
from scs_ml.exceptions import ScsError
from scs_ml.forecast import (
    BASELINES,
    Leaderboard,
    OutOfSample,
    drift_tables,
    group_scores,
    out_of_sample,
    rank,
    thin_file_scores,
)
from scs_ml.report import table_record
from scs_ml.safeguards import gate_dataset, gate_target, gate_training, require_people, suppress_tables
from scs_ml.schemes import Scheme
from scs_ml.storage import atomic_folder, write_csv
from scs_ml.workflow.candidates import find_candidates, make
from scs_ml.workflow.preparing import prepare
from scs_ml.workflow.stages import stage

N_FOLDS = 3
_RECORD = "leaderboard.json"
SHOWN = 3  # forecasters in the tables by group


@dataclass(frozen=True)
class Evaluation:
    """What a leaderboard found: the ranking, and its tables, suppressed where the basis needs it.

    `tables` are named ``splits``, ``leaderboard``, ``leaderboard_figures``, ``group_scores``,
    ``group_calibration``, ``thin_files``, ``indicator_drift``, ``calibration_drift`` and
    ``category_migration``; those that the table of people cannot fill are missing.
    """

    leaderboard: Leaderboard
    tables: tuple[Table, ...]
    seed: int

    def table(self, name: str) -> Table | None:
        """Give the table of a name; None where it is missing."""
        return next((each for each in self.tables if each.name == name), None)

    def as_record(self) -> dict[str, Any]:
        """Give all of it as plain values, for JSON."""
        return {
            "seed": self.seed,
            "leaderboard": self.leaderboard.as_record(),
            "tables": [table_record(each) for each in self.tables],
        }


def evaluate(
    dataset: Dataset,
    scheme: Scheme,
    *,
    ledger: Ledger | None = None,
    families: Sequence[str] | Mapping[str, Any] | None = ("all",),
    n_folds: int = N_FOLDS,
    embargo: int | None = None,
    entity_disjoint: bool = False,
    n_jobs: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Backtest forecasters on rolling origins, say which ranks are ties, and look at groups and drift.

    Nothing is chosen here, and every origin may test: to train, and to audit on rows nobody tested on, use
    `train`.

    Parameters
    ----------
    dataset : Dataset
        As `scs_ml.data.read_table` gives it.
    scheme : Scheme
        The scheme the dataset was read with.
    ledger : Ledger, optional
        As in `train`.
    families : sequence of str, or mapping of str to estimator, optional
        As in `train`; every family of the registry where not given, the usual four where None. The baselines
        are always there.
    n_folds : int
        Origins that test, the last ones. Tables with fewer than two origins, and horizon 0, are split by
        people into this many folds; then climatology is the only baseline where the horizon is 0.
    embargo : int, optional
        Periods from the last training origin to the test origin; see `scs_ml.data.rolling_origins`.
    entity_disjoint : bool
        Whether test people are none of those learned from.
    n_jobs : int
        Fits at a time.
    seed : int
        Seeds the forecasters and every split of people.

    Returns
    -------
    Evaluation

    Raises
    ------
    SafeguardError
        Where `train` would: a forbidden column, a protected target, an `audit` basis; or fewer than five rows
        where the basis closes person-level views.
    ScsError
        If a family is unknown, no indicator may be an input, or the table is too small to split.
    """
    prepared = prepare(dataset, scheme, ledger, seed=seed)
    dataset = prepared.dataset
    gate_training(scheme, tuple(dataset.X.columns))
    gate_dataset(scheme, dataset)
    gate_target(scheme, dataset.gates)
    candidates = find_candidates(families, scheme, seed)
    if not len(dataset.X.columns):
        raise ScsError(
            "no indicator of the scheme may be a model input, so there is nothing to learn from",
            where=f"withheld: {', '.join(map(str, dataset.withheld.columns)) or 'none'}",
            remedy="the score itself can be audited without a model: scs-ml audit",
        )
    paired = pair(dataset, scheme)
    require_people(scheme, int((paired.y >= 0).sum()))
    if scheme.horizon and len(np.unique(paired.period[paired.y >= 0])) > 1:
        folds = rolling_origins(
            paired, n_folds=n_folds, embargo=embargo, entity_disjoint=entity_disjoint, seed=seed
        )
    else:
        folds = subject_folds(paired, n_folds=n_folds, seed=seed)
    folds = [(prepared.certain(learn), hold) for learn, hold in folds]
    baselines = BASELINES if scheme.horizon else {"climatology": BASELINES["climatology"]}
    tested = out_of_sample(
        candidates | {name: make(cls, scheme, seed) for name, cls in baselines.items()},
        folds,
        scheme,
        n_jobs=n_jobs,
        seed=seed,
        progress=progress,
    )
    with stage(progress, "figures"):
        board = rank(tested, confidence=scheme.audit.confidence)
        tables = _tables(board, tested, scheme)
    return Evaluation(board, suppress_tables(tables, scheme), seed)


def save_evaluation(evaluation: Evaluation, folder: Path) -> Path:
    """Write every table as CSV, and all of it as JSON.

    Parameters
    ----------
    evaluation : Evaluation
    folder : Path
        Appears whole or not at all; an older one of its kind is replaced.

    Returns
    -------
    Path
        The folder: ``leaderboard.json`` and one CSV file for each table, by its name.
    """
    with atomic_folder(folder, _RECORD) as temporary:
        for table in evaluation.tables:
            frame = pd.DataFrame(list(table.rows), columns=list(table.columns))
            write_csv(frame, temporary / f"{table.name}.csv")
        text = json.dumps(evaluation.as_record(), ensure_ascii=False, indent=2, allow_nan=False)
        (temporary / _RECORD).write_text(text + "\n", encoding="utf-8")
    return folder


def _tables(board: Leaderboard, tested: OutOfSample, scheme: Scheme) -> list[Table]:
    confidence = board.confidence
    leading = [row.name for row in board.rows if not row.baseline][:SHOWN] or [board.best()]
    thin = thin_file_scores(tested, leading, scheme, confidence=confidence)
    return [
        _splits(tested),
        board.as_table(),
        board.figures_table(scheme),
        *group_scores(tested, leading, scheme, confidence=confidence),
        *([] if thin is None else [thin]),
        *drift_tables(tested, board.best(), scheme, confidence=confidence),
    ]


def _splits(tested: OutOfSample) -> Table:
    """Say what each fold learned from and tested on."""
    rows = []
    for at, (train, test) in enumerate(tested.folds, start=1):
        people = np.unique(test.subject)
        rows.append(
            (
                f"fold {at}",
                _periods(train),
                len(train),
                len(np.unique(train.subject)),
                _periods(test),
                len(test),
                len(people),
                # A share, because whole numbers are counts, which may be suppressed.
                float(np.isin(people, train.subject).mean()),
            )
        )
    return Table(
        "splits",
        "What was learned from and what was tested on",
        (
            "fold",
            "trained on",
            "rows",
            "people",
            "tested on",
            "test rows",
            "test people",
            "share of them learned from",
        ),
        tuple(rows),
    )


def _periods(dataset: Dataset) -> str:
    first, last = (dataset.periods[int(each)] for each in (dataset.period.min(), dataset.period.max()))
    return first if first == last else f"{first} to {last}"
