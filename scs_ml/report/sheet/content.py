"""From a `Sheet` to sections of sentences and tables, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scs_ml.report.sheet.catalogue import Words
from scs_ml.report.sheet.model import Sheet, Used, Value

if TYPE_CHECKING:
    from markupsafe import Markup

REASONS = 5  # said in a sentence each; the table has them all
_MUCH, _SOME = 0.25, 0.1  # parts of all pushes


@dataclass(frozen=True)
class Bar:
    """A bar with its number: a `share` of 1, below zero to the left; `alt` says it without the picture."""

    share: float
    text: str
    alt: str
    signed: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `note` stands small below its text."""

    text: Markup | str
    note: str = ""


@dataclass(frozen=True)
class Grid:
    """A table: its caption, the names of its columns, and rows whose first cell is their name."""

    caption: Markup | str
    columns: tuple[Markup, ...]
    rows: tuple[tuple[Cell | Bar, ...], ...]


@dataclass(frozen=True)
class Section:
    """A heading, and what stands below it: paragraphs, then a list, a table, and more paragraphs."""

    id: str
    title: Markup
    lead: tuple[Markup, ...] = ()
    items: tuple[Markup, ...] = ()
    grid: Grid | None = None
    closing: tuple[Markup, ...] = ()

    @property
    def sentences(self) -> tuple[Markup, ...]:
        """All that is said in sentences."""
        return (*self.lead, *self.items, *self.closing)


def sections(sheet: Sheet, words: Words) -> tuple[Section, ...]:
    """Say everything a sheet says."""
    return (
        _forecast(sheet, words),
        _why(sheet, words),
        _change(sheet, words),
        _sure(sheet, words),
        _not_used(sheet, words),
        _rights(sheet, words),
    )


def opening(sheet: Sheet, words: Words) -> tuple[Markup, ...]:
    """What stands above all sections."""
    keys = ["lead", "advice"]
    keys += ["simulated"] if sheet.scheme.basis.kind == "synthetic" else []
    keys += ["drawn"] if sheet.drawn else []
    return tuple(words.say(key) for key in keys)


def name_of(used: Used, words: Words) -> str:
    """Name of an input at the start of a sentence."""
    return str(words.say("own_score")) if used.indicator is None else readable(used.indicator.name)


def readable(name: str) -> str:
    """Name of an indicator, attribute or situation, as the scheme writes it, in words.

    Examples
    --------
    >>> readable("unpaid_debts")
    'Unpaid debts'
    """
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def value_text(value: Value, words: Words) -> str:
    """A person's value in words: yes and no for a flag, a number with the language's decimal mark."""
    if value is None:
        return str(words.say("missing"))
    if isinstance(value, bool):
        return str(words.say("said_yes" if value else "said_no"))
    return words.number(value) if isinstance(value, float) else value


def _forecast(sheet: Sheet, words: Words) -> Section:
    labels, n = sheet.scheme.scale.categories, sheet.scheme.horizon
    decides = {True: "decides_yes", False: "decides_no", None: "decides_unset"}[sheet.person_decides]
    lead = [
        words.say("forecast", category=labels[sheet.category]),
        words.say("categories", list=words.listed(labels)),
        words.say("ahead", period=sheet.period, n=n) if n else words.say("same_time", period=sheet.period),
        words.say(decides),
    ]
    for each in sheet.doubts:
        value, limit = (_doubt(each.what, number, words) for number in (each.value, each.limit))
        lead.append(words.say(f"doubt_{each.what}", value=value, limit=limit))
    if sheet.doubtful:
        lead.append(words.say("doubt_situation"))
    return Section("forecast", words.say("h_forecast"), tuple(lead))


def _doubt(what: str, value: float, words: Words) -> Markup | str:
    if what == "set_size":
        return words.number(value)
    parts = words.hundredths(value)
    return words.say("in_100", n=parts) if what == "flip_risk" else parts


def _why(sheet: Sheet, words: Words) -> Section:
    labels = sheet.scheme.scale.categories
    below, above = labels[sheet.boundary], labels[sheet.boundary + 1]
    moving = [each for each in sheet.used if each.push]
    lead = [words.say("line", below=below, above=above)]
    lead.append(words.say("parts" if moving else "no_push"))
    items = [
        words.say(
            _size(each.push),
            name=name_of(each, words),
            value=value_text(each.value, words),
            n=words.hundredths(abs(each.push)),
        )
        for each in moving[:REASONS]
    ]
    columns = tuple(words.say(key) for key in ("col_name", "col_value", "col_from", "col_kind", "col_push"))
    strongest = max((abs(each.push) for each in sheet.used), default=0) or 1.0
    rows = tuple(_row(each, words, strongest) for each in sheet.used)
    grid = Grid(words.say("all_data"), columns, rows)
    return Section("why", words.say("h_why"), tuple(lead), tuple(items), grid)


def _size(push: float) -> str:
    how = "much" if abs(push) >= _MUCH else "some" if abs(push) >= _SOME else "little"
    return f"{'up' if push > 0 else 'down'}_{how}"


def _row(used: Used, words: Words, strongest: float) -> tuple[Cell | Bar, ...]:
    indicator, n = used.indicator, words.hundredths(abs(used.push))
    alt = words.say("bar_none")
    if used.push:
        alt = words.say("bar_up" if used.push > 0 else "bar_down", n=n)
    signed = n if n.startswith("<") or not used.push else f"{'+' if used.push > 0 else '−'}{n}"
    bar = Bar(used.push / strongest, signed, alt.striptags(), signed=True)
    value = Cell(value_text(used.value, words))
    if indicator is None:
        return Cell(name_of(used, words)), value, Cell(words.say("own_score_from")), Cell("–"), bar
    breach = str(words.say("breach")) if used.breach else ""
    return (
        Cell(name_of(used, words), indicator.description),
        value,
        Cell(words.say(f"source_{indicator.source}"), indicator.database),
        Cell(words.say(f"kind_{indicator.kind}"), breach),
        bar,
    )


def _change(sheet: Sheet, words: Words) -> Section:
    found, labels = sheet.recourse, sheet.scheme.scale.categories
    title = words.say("h_change")
    tried = words.say("change_tried", list=words.listed(map(readable, found.could_move)))
    held = [words.say("change_held")] if found.held and found.could_move else []
    if found.why is not None:
        keys = {
            "already there": "change_best",
            "nothing can change": "change_nothing",
            "out of reach": "change_out",
            "not found": "change_not_found",
        }
        said = [words.say(keys[found.why])]
        if found.why in ("out of reach", "not found"):
            said += [tried, *held]
        return Section("change", title, tuple(said))
    kinds = {each.indicator.name: each.indicator.dtype for each in sheet.used if each.indicator}
    items = tuple(
        words.say(
            "change",
            name=readable(each.indicator),
            before=_typed(each.before, kinds[each.indicator], words),
            after=_typed(each.after, kinds[each.indicator], words),
        )
        for each in found.changes
    )
    closing = [words.say("change_checked"), words.say("change_exact" if found.exact else "change_inexact")]
    closing += [tried, words.say("change_time"), *held, words.say("change_promise")]
    lead = (words.say("change_if", category=labels[found.after]),)
    return Section("change", title, lead, items, closing=tuple(closing))


def _typed(value: float | str, dtype: str, words: Words) -> str:
    return value_text(bool(value) if dtype == "flag" else value, words)


def _sure(sheet: Sheet, words: Words) -> Section:
    labels = sheet.scheme.scale.categories
    rows = tuple(
        (
            Cell(label),
            Bar(
                chance,
                words.hundredths(chance),
                str(words.say("in_100", n=words.hundredths(chance)).striptags()),
            ),
        )
        for label, chance in reversed(list(zip(labels, sheet.chances, strict=True)))
    )
    grid = Grid(words.say("chances"), (words.say("col_group"), words.say("col_chance")), rows)
    return Section("sure", words.say("h_sure"), tuple(_doubtful(sheet, words)), grid=grid)


def _doubtful(sheet: Sheet, words: Words) -> Iterator[Markup]:
    labels = sheet.scheme.scale.categories
    if sheet.likely is None or sheet.coverage is None:
        yield words.say("span_none")
    else:
        low, high = sheet.likely
        share = words.say("in_100", n=words.hundredths(sheet.coverage))
        yield words.say("span", list=words.listed(labels[low : high + 1]), n=share)
    if sheet.flip_risk is not None:
        yield words.say("flip", n=words.say("in_100", n=words.hundredths(sheet.flip_risk)))
    if sheet.indirect_share is not None:
        yield words.say("vague", n=words.hundredths(sheet.indirect_share))
    if sheet.flip_risk is None and sheet.indirect_share is None:
        yield words.say("no_vague")


def _not_used(sheet: Sheet, words: Words) -> Section:
    items = [
        words.say(
            f"not_{each.why}", name=readable(each.name), **({"detail": each.detail} if each.detail else {})
        )
        for each in sheet.not_used
    ]
    items += _measured(words, "not_sensitive", [each.name for each in sheet.scheme.sensitive])
    items += _measured(words, "not_situations", [each.name for each in sheet.scheme.situations])
    return Section("not-used", words.say("h_not"), () if items else (words.say("not_nothing"),), tuple(items))


def _measured(words: Words, key: str, names: Sequence[str]) -> list[Markup]:
    return [words.say(key, list=words.listed(map(readable, names)))] if names else []


def _rights(sheet: Sheet, words: Words) -> Section:
    basis = sheet.scheme.basis
    ground = {"lawful": basis.lawful_basis or ""} if basis.kind == "audit" else {}
    days = basis.retention_days
    items = (
        words.say("contest", contact=basis.contact),
        words.say("purpose", purpose=basis.purpose),
        words.say("context", context=basis.context),
        words.say(f"basis_{basis.kind}", **ground),
        words.say("retention_none") if days is None else words.say("retention", n=days),
        words.say("marks", code=sheet.subject),
    )
    return Section("rights", words.say("h_rights"), items=items)
