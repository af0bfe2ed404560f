"""A first scheme for an unknown table: what can be guessed is filled in, what cannot is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from scs_ml.data.files import load_frame
from scs_ml.data.guess import Guess, guess_columns, looks_like_an_answer
from scs_ml.exceptions import SchemeError
from scs_ml.safeguards import forbidden_word
from scs_ml.schemes.load import LARGEST_FILE

_MOST_GROUPS = 5  # distinct numbers that may be codes of groups; more are measured, and need cuts
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*[A-Za-z0-9_]|[A-Za-z]")
_WORDS_OF_YAML = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def draft_scheme(source: str | Path, *, name: str | None = None) -> str:
    """Draft the scheme of a table.

    Parameters
    ----------
    source : path
        CSV or Parquet.
    name : str, optional
        Of the scheme: small letters, digits and underscores. The file's name where not given.

    Returns
    -------
    str
        YAML. What a table cannot tell stands as ``TODO: ...``: `load_scheme` refuses the draft until each is
        answered. Comments say what was guessed, and from what.

    Raises
    ------
    TableError
        If the source is no table.
    SchemeError
        If `name` cannot be one, or the table has more columns than a scheme may name.
    """
    frame, file = load_frame(source)
    name = _slug(Path(source).name.split(".")[0]) if name is None else name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SchemeError(
            f"{name!r} cannot be a scheme's name",
            remedy="use small letters, digits and underscores, a letter first",
        )
    guess = guess_columns(frame)
    blocks = [
        _head(Path(file).name, name, frame.shape),
        _scale(guess),
        _basis(guess),
        _roles(guess),
        _indicators(guess),
        _measured(guess),
    ]
    draft = "\n".join(line for block in blocks for line in block) + "\n"
    if (size := len(draft.encode())) > LARGEST_FILE:
        raise SchemeError(
            f"a scheme of all {frame.shape[1]:,} columns would be too large: {size:,} bytes, at most "
            f"{LARGEST_FILE:,}",
            where=str(file),
            remedy="draft from a table with the columns that the score may be built from, and those it is "
            "measured by",
        )
    return draft


def _head(file: str, name: str, shape: tuple[int, int]) -> Iterator[str]:
    yield f"# Drafted from {_comment(file)}: {shape[0]:,} rows, {shape[1]} columns."
    yield "# Answer every question, correct what was guessed wrongly, then: scs-ml check this-file the-table"
    yield "format: 1"
    yield f"name: {name}"
    yield _ask("title", "what the scheme is called, and whose it is")
    yield _ask("citation", "where its rules are published: law, contract, paper; or 'not published'")


def _scale(guess: Guess) -> Iterator[str]:
    category, score = guess.roles.get("category"), guess.roles.get("score")
    yield "scale:"
    if category:
        listed = ", ".join(map(_scalar, category.distinct))
        yield f"  # Column {_scalar(category.name)} holds: [{listed}]. Which is worst, the table cannot tell."
    yield _ask("categories", "a list of the labels, worst first, such as [D, C, B, A]", indent=2)
    if score and score.span:
        yield f"  # Scores in column {_scalar(score.name)}: {score.span[0]:.15g} to {score.span[1]:.15g}."
        if category:
            yield "  # lower_bounds: [600, 850, 960]  # lowest scores of the better categories, if known"
        else:
            yield _ask(
                "lower_bounds",
                "lowest score of every category but the worst, rising, such as [600, 850, 960]",
                indent=2,
            )


def _basis(guess: Guess) -> Iterator[str]:
    yield "basis:"
    yield "  # synthetic: nobody is real. benchmark: published, de-identified data. audit: an outside audit;"
    yield "  # then also lawful_basis. agreed: each row carries notice and agreement; then also"
    yield "  # agreement_column and birth_column (age in years)."
    if agreement := guess.roles.get("agreement"):
        yield f"  # agreement_column: {_scalar(agreement.name)}"
    yield _ask("kind", "synthetic, agreed, benchmark or audit", indent=2)
    yield _ask("purpose", "what these people's data may be read for", indent=2)
    yield _ask("context", "the domain in which the score is used", indent=2)
    yield _ask("contact", "where a person can contest", indent=2)
    yield "  # An indicator from another domain is no input of a model of real people, unless the reason"
    yield "  # for it is declared. For every context below that differs from the one above:"
    yield "  # other_contexts: {the domain: why it may be used here}"


def _roles(guess: Guess) -> Iterator[str]:
    roles = guess.roles
    yield "roles:"
    for role in ("subject", "period", "score", "category", "family", "area"):
        if role in roles:
            yield f"  {role}: {_scalar(roles[role].name)}"
    if "subject" not in roles:
        yield "  # No column names a person once a row or period: every row is taken for a person of its own."
    if "score" not in roles and "category" not in roles:
        yield _ask("category", "the column of the category (or give score, and scale.lower_bounds)", indent=2)
    elif "category" in roles:
        yield "  # category_labels: {value in the table: label of the scale}, where the two differ"
    panel = "subject" in roles and "period" in roles
    yield "# Periods between the indicators and the category to forecast; 0: the category of the same row."
    yield f"horizon: {int(panel)}"


def _indicators(guess: Guess) -> Iterator[str]:
    yield "# What the score is built from, or might be. kind: indirect (vague) also asks for measurement:"
    yield "# {reliability: 0.8} or {false_positive: 0.1, false_negative: 0.2}."
    yield "# concerns: relatives or friends, where it speaks of them."
    yield "# input: false keeps a column from every model: other scores, and what is known only later."
    yield "indicators:"
    if not guess.indicators:
        yield _ask(
            "  - name",
            "no column looks like an indicator: name one, with its kind, source, database, context",
        )
    for each in guess.indicators:
        yield f"  - name: {_scalar(each.name)}"
        yield f"    dtype: {each.dtype}" + (
            f"  # {each.span[0]:.15g} to {each.span[1]:.15g}" if each.span else ""
        )
        if each.dtype == "category":
            yield f"    levels: [{', '.join(map(_scalar, each.distinct))}]"
        if looks_like_an_answer(each):
            yield "    input: false  # by its name another score or outcome"
        if each.missing:
            yield f"    missing: true  # {each.missing:,} rows"
        yield _ask("kind", "direct (measured objectively) or indirect (vague)", indent=4)
        yield _ask("source", "administrative, personal, business, organization or webspace", indent=4)
        yield _ask("database", "who holds it", indent=4)
        yield _ask(
            "context", "the domain in which it was generated; if not basis.context, see there", indent=4
        )
        if word := forbidden_word(each.name):
            yield f"    # Its name says {word[0]}: no model of real people sees it ({word[1]})."
        yield _ask(
            "nature",
            "conduct, finance, location, rating, history or other; never model inputs are protected, "
            "opinion, health, psychological and communication",
            indent=4,
        )
    for each in guess.left_out:
        why = "one value" if each.n_distinct < 2 else f"{each.n_distinct:,} different texts"
        yield f"  # Left out: {_scalar(each.name)} ({why})."


def _measured(guess: Guess) -> Iterator[str]:
    if guess.sensitive:
        yield "# For measuring fairness only, never inputs: by their names."
        yield "sensitive:"
    for each in guess.sensitive:
        yield f"  - name: {_scalar(each.name)}"
        if each.dtype == "number" and each.n_distinct > _MOST_GROUPS:
            yield _ask("bins", "the cuts that make groups, rising, such as [25, 45]", indent=4)
        else:
            yield f"    # values: {', '.join(map(_scalar, each.distinct))}"
    if guess.situations:
        yield "# No one should lose points for these: measured, never inputs."
        yield "situations:"
    for kind, each in guess.situations.items():
        yield f"  - name: {_scalar(each.name)}"
        yield f"    kind: {kind}"
    if outcome := guess.roles.get("outcome"):
        listed = ", ".join(map(_scalar, outcome.distinct))
        yield "# What the score claims to foresee, observed by someone else; take it out if it is not that."
        yield "outcome:"
        yield f"  column: {_scalar(outcome.name)}"
        yield _ask(
            "adverse",
            f"a list of the values, as text, that are the adverse outcome, out of [{listed}]",
            indent=2,
        )


def _ask(key: str, question: str, *, indent: int = 0) -> str:
    return f"{' ' * indent}{key}: {_quoted('TODO: ' + question)}"


def _scalar(text: str) -> str:
    """Write a text so that YAML reads it back as the same text."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML else _quoted(text)


@cache  # every indicator asks the same questions
def _quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=math.inf).strip()


def _comment(text: str) -> str:
    return " ".join(text.split())


def _slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return slug if slug[:1].isalpha() else f"scheme_{slug}".rstrip("_")
