"""What a backtest found, as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from scs_ml.core import Table
from scs_ml.exceptions import ScsError


@dataclass(frozen=True)
class LeaderboardRow:
    """One forecaster over all test rows of all folds.

    Attributes
    ----------
    name : str
    baseline : bool
        Whether it is one of the baselines.
    rps : float
        Mean ranked probability score, 0 perfect; the leaderboard is sorted by it.
    rps_skill, skill_low, skill_high : float
        1 - RPS / RPS of the reference, and its cluster-robust interval. NaN where the reference is perfect.
    tied : bool
        Whether the paired difference in RPS from the first row could be zero.
    log_loss, macro_mae, qwk : float
        Negative log-likelihood (nats), macro-averaged error of the median category (categories), and
        quadratic weighted kappa: for comparison only, since on a panel it can rank plain persistence
        first.
    """

    name: str
    baseline: bool
    rps: float
    rps_skill: float
    skill_low: float
    skill_high: float
    tied: bool
    log_loss: float
    macro_mae: float
    qwk: float


@dataclass(frozen=True)
class Leaderboard:
    """Forecasters by ranked probability score, best first; `reference` is what skill is measured against."""

    rows: tuple[LeaderboardRow, ...]
    reference: str
    confidence: float
    n_rows: int
    n_clusters: int
    n_folds: int

    def best(self) -> str:
        """Name of the best forecaster that is no baseline (of all, where there are only baselines)."""
        return next((row.name for row in self.rows if not row.baseline), self.rows[0].name)

    def as_records(self) -> list[dict[str, str | bool | float | None]]:
        """Give the rows as plain values, NaN as None, for JSON."""
        return [{name: _plain(value) for name, value in asdict(row).items()} for row in self.rows]

    def as_record(self) -> dict[str, Any]:
        """Give all of it as plain values, for a bundle's manifest."""
        counts = {name: value for name, value in asdict(self).items() if name != "rows"}
        return {**counts, "rows": self.as_records()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Give back the leaderboard that `as_record` gave.

        Raises
        ------
        ScsError
            If the record is none of a leaderboard.
        """
        try:
            known: list[dict[str, Any]] = [
                {name: math.nan if value is None else value for name, value in row.items()}
                for row in record["rows"]
            ]
            rows = tuple(LeaderboardRow(**row) for row in known)
            return cls(**{**record, "rows": rows})
        except (AttributeError, KeyError, TypeError) as error:
            raise ScsError(
                "the record of the backtest cannot be read",
                where=str(error),
                remedy="train again with this version: scs-ml train",
            ) from error

    def as_table(self) -> Table:
        """Give the leaderboard as a table of the report."""
        percent = f"{100 * self.confidence:g} %"
        return Table(
            name="leaderboard",
            title=f"Backtest over {self.n_folds} folds, {self.n_rows:,} rows: skill against {self.reference}",
            columns=(
                "forecaster",
                "rows",
                "RPS",
                "RPS skill",
                f"low ({percent})",
                f"high ({percent})",
                "tied with first",
                "log loss",
                "macro MAE",
                "QWK",
            ),
            rows=tuple(
                (
                    row.name,
                    self.n_rows,
                    row.rps,
                    _plain(row.rps_skill),
                    _plain(row.skill_low),
                    _plain(row.skill_high),
                    "yes" if row.tied else "no",
                    _plain(row.log_loss),
                    _plain(row.macro_mae),
                    _plain(row.qwk),
                )
                for row in self.rows
            ),
        )


def _plain(value: Any) -> Any:
    """Give a value as JSON can hold it: None for NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value
