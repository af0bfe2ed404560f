"""What a backtest found, as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from scs_ml.core import Table
from scs_ml.exceptions import ScsError
from scs_ml.forecast.scores import Figure
from scs_ml.schemes import Scheme

_NAMES = {
    "rps": "RPS",
    "rps_skill": "RPS skill",
    "log_loss": "log loss",
    "brier": "Brier score",
    "macro_mae": "macro MAE",
    "auc": "ordinal AUC",
    "qwk": "QWK",
}


@dataclass(frozen=True)
class LeaderboardRow:
    """One forecaster over all test rows of all folds.

    Attributes
    ----------
    name : str
    baseline : bool
        Whether it is one of the baselines.
    rank_best, rank_worst : int
        Ranks that the pairwise tests leave open, 1 the best; shocks to periods are taken account of where
        there are enough of them (`Leaderboard.ranked_by`).
    here_best, here_worst : int
        The same for these very periods: other people, the same shocks.
    figures : mapping of str to Figure
        From `score_figures`: the leaderboard is sorted by ``rps``; ``qwk`` comes last and is for comparison
        only, since on a panel it can rank plain persistence first.
    """

    name: str
    baseline: bool
    rank_best: int
    rank_worst: int
    here_best: int
    here_worst: int
    figures: Mapping[str, Figure]

    @property
    def rank(self) -> str:
        """Its rank in words: ``2``, or ``1-3`` where it cannot be told from others."""
        return _range(self.rank_best, self.rank_worst)

    @property
    def rank_here(self) -> str:
        """The same in these very periods."""
        return _range(self.here_best, self.here_worst)

    @property
    def tied(self) -> bool:
        """Whether no forecaster is shown to be better."""
        return self.rank_best == 1

    @property
    def rps(self) -> float:
        """Mean ranked probability score, 0 perfect."""
        return self.figures["rps"].value

    @property
    def rps_skill(self) -> float:
        """1 - RPS / RPS of the reference; NaN where the reference is perfect."""
        return self.figures["rps_skill"].value

    @property
    def skill_low(self) -> float:
        """Lower limit of the skill."""
        return self.figures["rps_skill"].low

    @property
    def skill_high(self) -> float:
        """Upper limit of the skill."""
        return self.figures["rps_skill"].high


@dataclass(frozen=True)
class Leaderboard:
    """Forecasters by ranked probability score, best first; `reference` is what skill is measured against.

    `ranked_by` says whose shocks the tests behind the ranks take account of: families (or subjects), and
    periods where three or more were tested.
    """

    rows: tuple[LeaderboardRow, ...]
    reference: str
    confidence: float
    n_rows: int
    n_clusters: int
    n_folds: int
    ranked_by: str

    def best(self) -> str:
        """Name of the best forecaster that is no baseline (of all, where there are only baselines)."""
        return next((row.name for row in self.rows if not row.baseline), self.rows[0].name)

    def as_records(self) -> list[dict[str, str | bool | float | None]]:
        """Give the rows as plain values, NaN as None, for JSON: a figure's limits are its `_low`, `_high`."""
        return [_flat(row) for row in self.rows]

    def as_record(self) -> dict[str, Any]:
        """Give all of it as plain values, for a bundle's manifest."""
        counts = {name: value for name, value in vars(self).items() if name != "rows"}
        return {**counts, "rows": self.as_records()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Give back the leaderboard that `as_record` gave.

        Raises
        ------
        ScsError
            If the record is none of a leaderboard, or an older version's.
        """
        try:
            rows = tuple(_row(each) for each in record["rows"])
            return cls(**{**record, "rows": rows})
        except (AttributeError, KeyError, TypeError) as error:
            raise ScsError(
                "the record of the backtest cannot be read",
                where=str(error),
                remedy="train again with this version: scs-ml train",
            ) from error

    def as_table(self) -> Table:
        """Give the leaderboard as a table of the report, with its headline figures."""
        percent = f"{100 * self.confidence:g} %"
        by_period = "period" in self.ranked_by
        shown = ("log_loss", "auc", "macro_mae", "qwk")
        return Table(
            name="leaderboard",
            title=f"Backtest over {self.n_folds} folds, {self.n_rows:,} rows: skill against "
            f"{self.reference}; ranks that tests by {self.ranked_by} leave open ({percent})",
            columns=(
                "forecaster",
                "rank",
                *(("rank in these periods",) if by_period else ()),
                "rows",
                "RPS",
                "RPS skill",
                f"low ({percent})",
                f"high ({percent})",
                *(_NAMES[name] for name in shown),
            ),
            rows=tuple(
                (
                    row.name,
                    row.rank,
                    *((row.rank_here,) if by_period else ()),
                    self.n_rows,
                    row.rps,
                    _plain(row.rps_skill),
                    _plain(row.skill_low),
                    _plain(row.skill_high),
                    *(_plain(row.figures[name].value) for name in shown),
                )
                for row in self.rows
            ),
        )

    def figures_table(self, scheme: Scheme) -> Table:
        """Give every figure of every forecaster with its interval.

        Parameters
        ----------
        scheme : Scheme
            Names the boundaries.
        """
        percent = f"{100 * self.confidence:g} %"
        return Table(
            name="leaderboard_figures",
            title="Every figure of the backtest; intervals are robust to families, else to subjects",
            columns=("forecaster", "figure", "rows", "value", f"low ({percent})", f"high ({percent})"),
            rows=tuple(
                (row.name, figure_name(name, scheme), self.n_rows, *figure_cells(figure))
                for row in self.rows
                for name, figure in row.figures.items()
            ),
        )


def figure_name(name: str, scheme: Scheme) -> str:
    """Say in words what a key of `score_figures` stands for."""
    if name.startswith("ece_"):
        return f"ECE at {scheme.scale.boundary_label(int(name.removeprefix('ece_')))}"
    return _NAMES[name]


def figure_cells(figure: Figure) -> tuple[float | None, float | None, float | None]:
    """Give a figure as three cells of a table: value, low, high."""
    return _plain(figure.value), _plain(figure.low), _plain(figure.high)


def _flat(row: LeaderboardRow) -> dict[str, str | bool | float | None]:
    flat: dict[str, Any] = {
        "name": row.name,
        "baseline": row.baseline,
        "rank_best": row.rank_best,
        "rank_worst": row.rank_worst,
        "here_best": row.here_best,
        "here_worst": row.here_worst,
    }
    for name, figure in row.figures.items():
        for limit, value in asdict(figure).items():
            flat[name if limit == "value" else f"{name}_{limit}"] = _plain(value)
    return flat


def _row(flat: Mapping[str, Any]) -> LeaderboardRow:
    known: dict[str, Any] = {name: math.nan if value is None else value for name, value in flat.items()}
    names = [name for name in known if f"{name}_low" in known]
    figures = {name: Figure(known[name], known[f"{name}_low"], known[f"{name}_high"]) for name in names}
    if not {"rps", "rps_skill", "qwk"} <= set(figures):
        raise KeyError("rps_low")
    return LeaderboardRow(
        name=known["name"],
        baseline=known["baseline"],
        rank_best=known["rank_best"],
        rank_worst=known["rank_worst"],
        here_best=known["here_best"],
        here_worst=known["here_worst"],
        figures=figures,
    )


def _range(best: int, worst: int) -> str:
    return f"{best}" if best == worst else f"{best}-{worst}"


def _plain(value: Any) -> Any:
    """Give a value as JSON can hold it: None for NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value
