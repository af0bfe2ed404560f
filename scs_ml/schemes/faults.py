"""Words for what is wrong in a scheme file: the field's path, and what is allowed there."""

from __future__ import annotations

import difflib
import reprlib
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from scs_ml.schemes.model import Scheme

FieldPath: TypeAlias = tuple[str | int, ...]

_PLAIN = {str: "text", float: "a number", int: "a whole number", bool: "true or false"}


def write_path(path: FieldPath, document: Any) -> str:
    """Write a path as ``indicators[2].kind (traffic_violations)``: the part's name helps to find it."""
    text, name = "", ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            document = None
        if isinstance(document, dict) and isinstance(document.get("name"), str):
            name = document["name"]
    return text.lstrip(".") + (f" ({name})" if name else "")


def fault_lines(faults: Sequence[Mapping[str, Any]], document: Any) -> list[str]:
    """One line for each of pydantic's errors: where, what is wrong, what is allowed.

    pydantic also calls a list too short whose items are wrong: that follows from the items, and is left out.
    """
    paths = [tuple(fault["loc"]) for fault in faults]
    return [
        _line(fault, document)
        for fault, path in zip(faults, paths, strict=True)
        if fault["type"] != "too_short"
        or not any(len(p) > len(path) and p[: len(path)] == path for p in paths)
    ]


def _line(fault: Mapping[str, Any], document: Any) -> str:
    path: FieldPath = tuple(step for step in fault["loc"] if step != "[key]")
    kind = fault["type"]
    message = str(fault["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        fields = _fields(path[:-1])
        close = difflib.get_close_matches(str(path[-1]), fields, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        message = f"there is no such field{hint} Allowed: {', '.join(fields)}"
    elif kind == "missing":
        message = f"is missing: {allowed(path)}"
    elif kind == "string_type":
        message = f"must be text, got {reprlib.repr(fault['input'])}: put it in quotes"
    elif kind not in ("value_error", "literal_error"):
        message = f"{message}, got {reprlib.repr(fault['input'])}"
    where = write_path(path, document)
    return f"{where}: {message}" if where else message


def allowed(path: FieldPath) -> str:
    """What a field may hold, in words: its choices where it has choices, and what it means."""
    kind, meaning = _kind(path)
    return "there is no such field" if kind is None else "; ".join(filter(None, (_words(kind), meaning)))


def _fields(path: FieldPath) -> list[str]:
    """Names of the fields of a block."""
    kind = _part(_kind(path)[0])
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _kind(path: FieldPath) -> tuple[Any, str]:
    """The declared type of a field and its description; None where there is no such field."""
    kind: Any = Scheme
    meaning = ""
    for step in path:
        kind = _part(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if step not in kind.model_fields:
                return None, ""
            field = kind.model_fields[str(step)]
            kind, meaning = field.annotation, field.description or ""
        else:
            kind = _inside(kind)
    return kind, meaning


def _part(kind: Any) -> Any:
    """The type itself: without Annotated, and without the None of an optional field."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            kind = next(arm for arm in get_args(kind) if arm is not type(None))
        else:
            return kind


def _inside(kind: Any) -> Any:
    """The type of what a tuple or a dict holds."""
    arguments: Sequence[Any] = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    return arguments[0] if arguments else Any


def _words(kind: Any) -> str:
    kind = _part(kind)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(str(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return "a list"
    if get_origin(kind) is dict:
        return "a mapping"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "a block with " + ", ".join(n for n, f in kind.model_fields.items() if f.is_required())
    return _PLAIN.get(kind, "")
