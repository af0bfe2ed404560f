"""The answer of an experiment in plain sentences."""

from __future__ import annotations

from math import isfinite

from scs_ml.worlds.experiment.policy import Policy
from scs_ml.worlds.experiment.result import BACK, FLOW, PEOPLE, TIME_LISTED, ExperimentResult, Figure

YEAR = 4  # quarters: after which recovery is told

_POINTS, _SHARES = (1.0, "points"), (100.0, "percentage points")
_PERCENT, _QUARTERS = (100.0, "%"), (1.0, "quarters")
_Unit = tuple[float, str]  # what a figure is multiplied by, and its name


def answer_sentences(result: ExperimentResult) -> list[str]:
    """Say what each policy does to the gaps by the last period, who is listed, for how long, who gets back.

    Parameters
    ----------
    result : ExperimentResult

    Returns
    -------
    list of str
        Of groups of simulated people, with 95 % intervals.
    """
    said = []
    for policy in result.policies:
        for value in result.others:
            said += [_gap(result, policy, value, "mean score", _POINTS)]
            said += [_gap(result, policy, value, "in category 0", _SHARES)]
        if policy.listing:
            said += [_list(result, policy, value) for value in result.groups]
    return [*said, _models(result)]


def _gap(result: ExperimentResult, policy: Policy, value: str, measure: str, unit: _Unit) -> str:
    group, last = result.gap_named(value), result.last
    label = "share in the worst category" if measure == "in category 0" else measure

    def one(policy: Policy, model: str) -> Figure:
        return next(result.find(policy=policy.label, model=model, measure=measure, group=group, period=last))

    each = one(policy, PEOPLE)
    text = (
        f"After {last} quarters ({policy.label}), the gap between {result.named(value)} and "
        f"{result.named(result.reference)} in {label} is {_level(each, unit)}"
    )
    if policy.feedback == 0:
        return f"{text}."
    without, flow = one(policy.static, PEOPLE), one(policy, FLOW)
    return (
        f"{text}; without the score's feedback it would be {_level(without, unit)}. {_change(each, unit)} "
        f"The flow model gives {_level(flow, unit)}."
    )


def _list(result: ExperimentResult, policy: Policy, value: str) -> str:
    group, last = result.named(value), result.last

    def now(measure: str) -> str:
        found = result.find(policy=policy.label, model=PEOPLE, measure=measure, group=group, period=last)
        return _level(next(found), _PERCENT)

    text = (
        f"Of {group} ({policy.label}), {now('listed ever')} have been on the list by then; "
        f"{now('listed without cause')} are on it though their own acts alone would leave them above the "
        "worst category"
    )
    if policy.cross_domain:
        text += f"; {now('lost regard through friends')} are not listed and lose regard through a friend"
    text += "."
    duration = next(result.find(policy=policy.label, measure=TIME_LISTED, group=group))
    if isfinite(duration.value):
        text += f" A listing lasts {_level(duration, _QUARTERS)}, counted up to {duration.period + 1}."
    back = [f for f in result.find(policy=policy.label, measure=BACK, group=group) if f.period <= YEAR]
    if back and isfinite(back[-1].value):
        text += (
            f" Within {back[-1].period} quarters of falling into the worst category, "
            f"{_level(back[-1], _PERCENT)} are back above it."
        )
    return text


def _models(result: ExperimentResult) -> str:
    """Say how far the two models agree."""
    rows = result.as_tables()[0].rows
    apart = [row for row in rows if row[-1] == "yes"]
    text = f"The two models' intervals lie apart in {len(apart)} of {len(rows)} figures"
    if apart:
        said = {f"{row[1]} ({row[0]})": None for row in apart}
        text += f": {', '.join(said)}"
    return (
        f"{text}. The flow model keeps each category's mean score, where people sink further within one; "
        "it forgets how long they have been there, where the card remembers every entry until it expires."
    )


def _level(each: Figure, unit: _Unit) -> str:
    return _written(each.value, each.low, each.high, unit)


def _change(each: Figure, unit: _Unit) -> str:
    if each.change is None or each.change_low is None or each.change_high is None:
        return ""
    told = _written(each.change, each.change_low, each.change_high, unit)
    if each.change_low <= 0 <= each.change_high:
        return f"Feedback's own part, {told}, cannot be told from none."
    return f"Feedback's own part is {told}."


def _written(value: float, low: float, high: float, unit: _Unit) -> str:
    times, name = unit
    shown, least, most = (f"{times * each:.1f}" for each in (value, low, high))
    return f"{shown} {name} (95 % interval {least} to {most})"
