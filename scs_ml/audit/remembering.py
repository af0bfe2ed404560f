"""What several checks need of one case is worked out once."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar, cast

from scs_ml.core import AuditCase

Function = TypeVar("Function", bound=Callable[..., Any])


def remembered(function: Function) -> Function:
    """Let a function of a case remember what it gave for the last case that it saw.

    Cases are frozen, so the same case has the same answer; the case itself is not kept alive. Further
    arguments are given by keyword, and must be hashable.
    """
    last: list[tuple[weakref.ref[AuditCase], dict[Hashable, Any]]] = []

    @wraps(function)
    def answer(case: AuditCase, **asked: Hashable) -> Any:
        if not (last and last[0][0]() is case):
            last[:] = [(weakref.ref(case), {})]
        known, key = last[0][1], tuple(sorted(asked.items()))
        if key not in known:
            known[key] = function(case, **asked)
        return known[key]

    return cast("Function", answer)
