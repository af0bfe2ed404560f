"""Explain a bundle's forecasts: by indicator, by group, and for one person where the basis allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scs_ml.core import Dataset, Explanation, Progress, Table
from scs_ml.data import pair, read_ledger
from scs_ml.exceptions import ScsError
from scs_ml.explain import (
    affordable_rows,
    explain,
    group_means,
    mean_shap,
    person_view,
    reason_sentences,
    sample_rows,
)
from scs_ml.forecast import forecast_categories
from scs_ml.report import table_record
from scs_ml.safeguards import (
    gate_dataset,
    gate_training,
    opens,
    require_open,
    require_people,
    suppress_tables,
)
from scs_ml.schemes import Scheme
from scs_ml.storage import Bundle, load_bundle
from scs_ml.workflow.preparing import prepare_to_forecast
from scs_ml.workflow.recording import NOBODY, Recorder
from scs_ml.workflow.stages import stage
from scs_ml.workflow.telling import person_row


@dataclass(frozen=True)
class Told:
    """What ``scs-ml explain`` shows."""

    tables: tuple[Table, ...]
    reasons: tuple[str, ...]
    engine: str

    def as_record(self) -> dict[str, Any]:
        """Give it as plain values for JSON."""
        return {
            "tables": [table_record(each) for each in self.tables],
            "reasons": list(self.reasons),
            "engine": self.engine,
        }


def explain_table(
    bundle: Path | Bundle,
    table: Path,
    *,
    by: str | None = None,
    person: str | None = None,
    limit: int | None = None,
    ledger: Path | None = None,
    key: bytes | None = None,
    row_filter: str | None = None,
    seed: int = 0,
    recorder: Recorder = NOBODY,
    progress: Progress | None = None,
) -> Told:
    """Explain the forecasts of the last period in a table.

    Parameters
    ----------
    bundle : Path or Bundle
        A saved bundle, loaded or not.
    table : Path
        The table to forecast.
    by : str, optional
        Sensitive attribute whose groups are shown beside each other.
    person : str, optional
        A pseudonym; that person's reasons are given if the basis opens person-level views.
    limit : int, optional
        Rows explained at the most, sampled with `seed`; as many as take seconds when None.
    ledger : Path, optional
        Needed where people are real and the bundle was trained with one, and refused where it was not.
    key, row_filter, seed, recorder, progress
        As for `audit_table`.

    Returns
    -------
    Told

    Raises
    ------
    SafeguardError
        If a person is asked for, or fewer than five are explained, and the basis does not open person-level
        views; or a forbidden column is an input of a model of real people.
    ScsError
        If the attribute or the person is not in the table.
    """
    opened = bundle if isinstance(bundle, Bundle) else load_bundle(bundle)
    scheme = opened.scheme
    if person is not None:
        require_open(scheme, "person_views")
    recorder.require_trusted(opened)
    with stage(progress, "read"):
        dataset = recorder.read_table(table, scheme, key=key, row_filter=row_filter)
        events = (
            None
            if ledger is None
            else read_ledger(ledger, scheme, dataset, key=key, withdrawn=recorder.withdrawn())
        )
        recorder.read_beside(ledger, "ledger")
    dataset = prepare_to_forecast(opened.manifest, dataset, scheme, events, seed=seed).dataset
    existing = not opens(scheme, "training")  # then the model was made elsewhere, and is being audited
    gate_training(scheme, tuple(dataset.X.columns), existing=existing)
    gate_dataset(scheme, dataset, existing=existing)
    paired = pair(dataset, scheme)
    last = paired.take(paired.period == paired.period.max())
    if by is not None and by not in last.sensitive:
        raise ScsError(
            f"no sensitive attribute is called {by!r}",
            remedy=f"choose from {', '.join(map(str, last.sensitive)) or 'none: the scheme names none'}",
        )
    most = limit or affordable_rows(opened.forecaster)
    rows = sample_rows(len(last), most, seed=seed) if person is None else person_row(last, person)
    require_people(scheme, len(rows))
    explanation = explain(opened.forecaster, last.X, rows=rows, seed=seed, progress=progress)
    shown = last.take(rows)
    recorder.done("explain", dataset=shown, **recorder.signed(opened), seed=seed, of_one=person is not None)
    if person is not None:
        forecast = forecast_categories(opened.forecaster, last, scheme=scheme, seed=seed)
        view = person_view(explanation, last, forecast, scheme, int(rows[0]))
        return Told((), reason_sentences(view, scheme), explanation.engine)
    tables = [importance_table(explanation, scheme)]
    if by is not None:
        tables.append(group_table(explanation, last, by))
    return Told(suppress_tables(tables, scheme), (), explanation.engine)


def importance_table(explanation: Explanation, scheme: Scheme) -> Table:
    """Rank indicators by their mean absolute SHAP value, with one column per boundary."""
    importance = mean_shap(explanation)
    ranked = importance.loc[importance.mean(axis=1).sort_values(ascending=False).index]
    kinds = {i.name: (i.kind, i.source) for i in scheme.indicators}
    boundaries = (scheme.scale.boundary_label(k) for k in range(scheme.scale.n_categories - 1))
    return Table(
        "importance",
        f"Mean |SHAP| ({explanation.target}), {len(explanation.rows):,} rows",
        ("indicator", "kind", "source", *boundaries),
        tuple(
            (str(name), *kinds.get(str(name), ("lag", "the scheme's own score")), *map(float, row))
            for name, row in zip(ranked.index, ranked.to_numpy(), strict=True)
        ),
    )


def group_table(explanation: Explanation, dataset: Dataset, attribute: str) -> Table:
    """Give the mean SHAP value per indicator and group, averaged over boundaries, beside the group's size."""
    labels = dataset.sensitive[attribute].to_numpy()[explanation.rows]
    each = group_means(explanation, labels).groupby(["indicator", "group"], sort=False)
    found = each.agg({"mean": "mean", "n": "first"})
    return Table(
        "groups",
        f"Mean SHAP by {attribute}, averaged over boundaries",
        ("indicator", "group", "people explained", "mean SHAP"),
        tuple(
            (str(indicator), f"{attribute} = {group}", int(n), float(mean))
            for (indicator, group), mean, n in zip(found.index, found["mean"], found["n"], strict=True)
        ),
    )
