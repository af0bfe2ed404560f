"""Write an experiment: one CSV file per table, a page with pictures, the answer as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any

import pandas as pd

from scs_ml.core import Table
from scs_ml.storage import atomic_folder, library_versions, write_csv
from scs_ml.worlds import ExperimentResult, Figure, answer_sentences
from scs_ml.worlds.experiment.result import FLOW, PEOPLE

PAGE, TEXT = "experiment.html", "experiment.md"
_TIME = "quarters after the first score"
_LISTED = ("listed", "listed without cause", "lost regard through friends")


def write_experiment(result: ExperimentResult, folder: str | FilePath) -> FilePath:
    """Write an experiment's tables and page.

    Parameters
    ----------
    result : ExperimentResult
    folder : path
        A run folder of the same kind that stands there is replaced.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ScsError
        If something else stands there.
    """
    with atomic_folder(folder, marker=PAGE) as temporary:
        for table in result.as_tables():
            frame = pd.DataFrame(list(table.rows), columns=list(table.columns))
            write_csv(frame, temporary / f"{table.name}.csv")
        (temporary / PAGE).write_text(experiment_html(result), encoding="utf-8")
        (temporary / TEXT).write_text(experiment_markdown(result), encoding="utf-8")
    return FilePath(folder) / PAGE


def experiment_html(result: ExperimentResult) -> str:
    """Render an experiment.

    Parameters
    ----------
    result : ExperimentResult

    Returns
    -------
    str
        One HTML document: no script, no request to anywhere, every text escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("scs_ml.workflow"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["shown"] = _shown
    style = files("scs_ml.report").joinpath("templates/report.css").read_text(encoding="utf-8")

    def drawn(pictures: Iterable[tuple[str, str]]) -> list[tuple[str, Markup]]:
        return [(caption, Markup(svg)) for caption, svg in pictures]  # noqa: S704 - drawn here

    return environment.get_template("experiment.html.j2").render(
        style=Markup(style),  # noqa: S704 - a file of the package
        people=result.settings.n_people,
        replicates=result.replicates,
        draws=result.draws,
        seed=result.settings.seed,
        planted=planted_text(result),
        said=answer_sentences(result),
        gaps=drawn(_gaps(result)),
        listing=drawn(_listing(result)),
        models=drawn(_models(result)),
        tables=result.as_tables(),
        versions=library_versions(),
    )


def experiment_markdown(result: ExperimentResult) -> str:
    """Write the answer as Markdown: gaps in the last period, sentences, coefficients, versions.

    Parameters
    ----------
    result : ExperimentResult

    Returns
    -------
    str
    """
    settings, policies = result.settings, result.as_tables()[-1]
    versions = ", ".join(f"{name} {version}" for name, version in library_versions().items())
    head = (
        f"{result.replicates} counties of {settings.n_people:,} invented people, {result.last} quarters "
        f"after the first score, {planted_text(result)}; seed {settings.seed}; families reweighted "
        f"{result.draws} times. All coefficients are assumed."
    )
    parts = [
        head,
        _markdown(answer_table(result)),
        "\n".join(f"- {said}" for said in answer_sentences(result)),
        _markdown(policies),
        f"Versions: {versions}.",
    ]
    return "\n\n".join(parts) + "\n"


def _markdown(table: Table) -> str:
    rows = [table.columns, ["---"] * len(table.columns), *table.rows]
    lines = (
        "| " + " | ".join(f"{each:g}" if isinstance(each, float) else str(each) for each in row) + " |"
        for row in rows
    )
    return f"**{table.title}**\n\n" + "\n".join(lines)


def planted_text(result: ExperimentResult) -> str:
    """Say what was planted in the counties.

    Parameters
    ----------
    result : ExperimentResult

    Returns
    -------
    str
    """
    aims = [f"{aim.slug} at {aim.strength:g}" for aim in result.settings.aims()]
    return f"planted: {', '.join(aims)}" if aims else "nothing planted"


def _gaps(result: ExperimentResult) -> Iterable[tuple[str, str]]:
    still = [policy.static.label for policy in result.policies]
    labels = list(dict.fromkeys([*still, *(policy.label for policy in result.policies)]))
    for value in result.others:
        group = result.gap_named(value)
        for measure in ("mean score", "in category 0"):
            lines = [(label, label, group, PEOPLE) for label in labels]
            yield f"{group}: {measure}", _picture(result, measure, lines)
            told = f"{group}: {measure}, what feedback changes"
            yield told, _picture(result, measure, lines, change=True)


def _listing(result: ExperimentResult) -> Iterable[tuple[str, str]]:
    for policy in (each for each in result.policies if each.listing):
        for measure in _LISTED if policy.cross_domain else _LISTED[:-1]:
            groups = [result.named(value) for value in result.groups]
            yield (
                f"{measure} ({policy.label})",
                _picture(result, measure, [(group, policy.label, group, PEOPLE) for group in groups]),
            )


def _models(result: ExperimentResult) -> Iterable[tuple[str, str]]:
    for policy in result.policies:
        for value in result.others:
            group = result.gap_named(value)
            yield (
                f"{group}: mean score ({policy.label})",
                _picture(
                    result,
                    "mean score",
                    [
                        (f"{model}, {each.label}", each.label, group, model)
                        for each in dict.fromkeys([policy, policy.static])
                        for model in (PEOPLE, FLOW)
                    ],
                ),
            )


def _picture(
    result: ExperimentResult,
    measure: str,
    lines: Iterable[tuple[str, str, str, str]],
    *,
    change: bool = False,
) -> str:
    """Draw lines of a measure, each by its name, policy, group and model."""
    from scs_ml.report.plots import Path, paths

    drawn = []
    for name, policy, group, model in lines:
        found = list(result.find(policy=policy, model=model, measure=measure, group=group))
        limits = [
            (f.change, f.change_low, f.change_high) if change else (f.value, f.low, f.high) for f in found
        ]
        value, low, high = (tuple(float(each or 0.0) for each in row) for row in zip(*limits, strict=True))
        drawn.append(Path(name, tuple(float(f.period) for f in found), value, low, high))
    unit = "points" if measure == "mean score" else "share"
    title = f"{measure}{', what feedback changes' if change else ''}"
    return paths(drawn, title=title, unit=unit, time=_TIME)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def answer_table(result: ExperimentResult) -> Table:
    """Give the gaps in the last period, both models, as one short table.

    Parameters
    ----------
    result : ExperimentResult

    Returns
    -------
    Table
    """
    flow = {(f.policy, f.measure, f.group): f for f in result.find(model=FLOW, period=result.last)}
    rows = []
    for each in result.find(model=PEOPLE, period=result.last):
        other = flow.get((each.policy, each.measure, each.group))
        if other is not None and " less " in each.group:
            rows.append((each.policy, each.group, each.measure, _written(each), _written(other)))
    columns = ("policy", "gap", "in", "people [95 %]", "flow model [95 %]")
    return Table("answer", f"Gaps after {result.last} quarters", columns, tuple(rows))


def _written(each: Figure) -> str:
    times, digits = (1.0, 1) if each.measure == "mean score" else (100.0, 2)
    value, low, high = (f"{times * number:.{digits}f}" for number in (each.value, each.low, each.high))
    return f"{value}{'' if digits == 1 else ' %'} [{low}, {high}]"
