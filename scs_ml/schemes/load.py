"""Scheme files: found by name or path, read safely, and refused with one error that lists every fault."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from scs_ml.exceptions import SchemeError
from scs_ml.schemes.faults import FieldPath, allowed, fault_lines, write_path
from scs_ml.schemes.model import Scheme

LARGEST_FILE = 1_000_000  # bytes; over a hundred times the largest scheme shipped

_TODO = re.compile(r"\bTODO\b")
_BUILT_IN = Path(str(files("scs_ml.schemes")))


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, stricter: a repeated key is an error, and aliases (YAML bombs) are not followed."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it uses aliases (*name): write the values out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        seen = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.YAMLError(f"a key must be a word, in line {line}")
            if key.value in seen:
                raise yaml.YAMLError(f"the key {key.value!r} stands twice in one block, again in line {line}")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def list_schemes() -> tuple[str, ...]:
    """Names of the schemes that the package brings, in alphabetical order.

    Returns
    -------
    tuple of str
    """
    return tuple(sorted(file.stem for file in _BUILT_IN.glob("*.yaml")))


def load_scheme(name_or_path: str | Path) -> Scheme:
    """Read a scheme of the package by its name, or any scheme file by its path.

    Parameters
    ----------
    name_or_path : str or Path
        A name that `list_schemes` gives, or the path of a YAML file (anything with a suffix or a folder in
        it).

    Returns
    -------
    Scheme

    Raises
    ------
    SchemeError
        One error for the file: unknown name, unreadable YAML, questions left open (``TODO``), or every
        field that is wrong, with its path and what is allowed there.
    """
    path = _find(name_or_path)
    document = _read(path)
    if questions := list(_open_questions(document, ())):
        raise SchemeError(
            f"the scheme leaves {len(questions)} question{'s' * (len(questions) > 1)} open",
            where="\n".join([str(path), *(f"  {write_path(p, document)}: {allowed(p)}" for p in questions)]),
            remedy="answer each TODO in the file; docs/schemes.md explains the fields",
        )
    try:
        return Scheme.model_validate(document)
    except ValidationError as error:
        lines = [f"  {line}" for line in fault_lines(error.errors(include_url=False), document)]
        raise SchemeError(
            f"the scheme is not valid: {len(lines)} field{'s' * (len(lines) > 1)} to mend",
            where="\n".join([str(path), *lines]),
            remedy="mend the fields; docs/schemes.md explains them",
        ) from None


def dump_scheme(scheme: Scheme) -> str:
    """Write a scheme as YAML, without fields left at their defaults; `load_scheme` gives the same back.

    Parameters
    ----------
    scheme : Scheme

    Returns
    -------
    str
    """
    document = scheme.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def scheme_fingerprint(scheme: Scheme) -> str:
    """SHA-256 (hexadecimal) of a scheme's canonical JSON: keys sorted, defaults written out.

    Parameters
    ----------
    scheme : Scheme

    Returns
    -------
    str
        64 digits.
    """
    text = json.dumps(
        scheme.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix or len(path.parts) != 1:
        if not path.is_file():
            raise SchemeError("there is no such scheme file", where=str(path), remedy="check the path")
        return path
    if path.name not in list_schemes():
        raise SchemeError(
            f"no scheme of the package is called {path.name!r}",
            remedy=f"take one of {', '.join(list_schemes())}, or give the path of a YAML file",
        )
    return _BUILT_IN / f"{path.name}.yaml"


def _read(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise SchemeError(
                f"the file is too large for a scheme: {size:,} bytes, at most {LARGEST_FILE:,}",
                where=str(path),
                remedy="give the scheme's YAML file, not the table",
            )
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - built on SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        reason = "it nests too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise SchemeError(
            f"the scheme file cannot be read: {reason}", where=str(path), remedy="mend the YAML"
        ) from None
    if not isinstance(document, dict):
        raise SchemeError(
            "the scheme file holds no fields",
            where=str(path),
            remedy="start it with `format: 1`, or draft one from a table: scs-ml init TABLE",
        )
    return document


def _open_questions(value: Any, path: FieldPath) -> Iterator[FieldPath]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if _TODO.search(str(key)):
                yield (*path, str(key))
            yield from _open_questions(inner, (*path, str(key)))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _open_questions(inner, (*path, at))
    elif isinstance(value, str) and _TODO.search(value):
        yield path
