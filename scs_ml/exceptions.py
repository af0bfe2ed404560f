"""Every error that `scs_ml` raises on purpose.

::

    Exception
    └── ScsError               bad input: what, where, what to do        exit code 2
        ├── SchemeError        a scheme file is not valid
        ├── TableError         a table, ledger or answers file breaks the scheme's rules
        ├── InputError             model inputs that no forecaster takes; also a ValueError
        ├── BundleError        a bundle was altered, is incomplete or of unknown make
        ├── ExplanationError   an explanation does not add up to the model
        └── SafeguardError     a bound of the software refuses               exit code 3

Nothing else is meant to reach a user; the command line prints these without a traceback.
"""

from __future__ import annotations

from functools import partial
from typing import Any


class ScsError(Exception):
    """Base of all errors of the package: one message that says what, where and what to do.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence.
    where : str, optional
        File, column, row count and first offending rows.
    remedy : str, optional
        What the reader can do next; a command where there is one.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        """Give the three parts, one a line."""
        lines = [self.what]
        if self.where:
            lines.append(f"where: {self.where}")
        if self.remedy:
            lines.append(f"what to do: {self.remedy}")
        return "\n".join(lines)


class SchemeError(ScsError):
    """A scheme is not valid, or has questions nobody answered yet."""


class TableError(ScsError):
    """A table, ledger or answers file breaks the rules its scheme declares."""


class InputError(ScsError, ValueError):
    """Model inputs hold what no forecaster takes; a ValueError too, as scikit-learn asks of a classifier."""


class BundleError(ScsError):
    """A bundle on disk is not what its manifest says, or holds types nobody allowed."""


class ExplanationError(ScsError):
    """An explanation could not be made, or does not add up to the model's output."""


class SafeguardError(ScsError):
    """A bound of the software refuses what was asked.

    Parameters
    ----------
    what, where, remedy : str
        As for `ScsError`.
    rule : str
        Name of the rule that refuses, as it stands in ``safeguards[]`` of ``audit.json``.
    """

    exit_code = 3

    def __init__(self, what: str, *, rule: str, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.rule = rule

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way back from a process of its own."""
        return partial(type(self), self.what, rule=self.rule, where=self.where, remedy=self.remedy), ()
