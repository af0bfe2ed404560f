"""What every attempt shares: a small lender's scheme and table, and what may come of an attempt.

An attempt ends in one of three ways. *refused*: an `ScsError`, and nothing on disk has changed.
*neutralised*: the work goes on, and what was hostile is without effect. *handled*: odd, but read or written
as it should be. Anything else (another exception, a file written by halves, a person's name in a message)
fails the test.
"""

from __future__ import annotations

import copy
import hashlib
import os
import stat

import numpy as np
import pandas as pd
import pytest
import yaml

from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.schemes import Scheme
from tests.cli.conftest import call as call_cli

KEY = bytes(range(32))
NAME = "Ada-Clearly"  # stands in every subject's name: no message may hold it

LENDER = {
    "format": 1,
    "name": "lender",
    "title": "A lender's score",
    "citation": "made up for tests",
    "scale": {
        "categories": ["low", "middle", "high"],
        "lower_bounds": [40, 60],
        "start": 50,
        "minimum": 0,
        "maximum": 100,
    },
    "basis": {
        "kind": "agreed",
        "purpose": "counselling of debtors",
        "context": "lending",
        "contact": "ombudsman of the lender",
        "agreement_column": "agreed",
        "birth_column": "age",
    },
    "roles": {"subject": "who", "score": "score"},
    "horizon": 0,
    "indicators": [
        {"name": "debts", "range": [0, 30], "monotone": "falling"},
        {"name": "payments", "range": [0, 30], "monotone": "rising"},
        {"name": "product", "dtype": "category", "levels": ["basic", "plus"]},
        {"name": "direct_debit", "dtype": "flag"},
    ],
    "sensitive": [{"name": "sex"}, {"name": "region"}],
}
INDICATOR = {"kind": "direct", "source": "business", "database": "the lender's ledger", "context": "lending"}
_OF_BASIS = {"agreed": {"agreement_column", "birth_column"}, "audit": {"lawful_basis"}}


def document(*extra, basis="agreed", **changes):
    """The lender's scheme as a document, with more indicators, on any basis, with blocks merged or put."""
    made = copy.deepcopy(LENDER)
    made["indicators"] = [INDICATOR | each for each in (*made["indicators"], *extra)]
    made["basis"]["kind"] = basis
    made["basis"]["lawful_basis"] = "a court's order"
    for field in set().union(*_OF_BASIS.values()) - _OF_BASIS.get(basis, set()):
        made["basis"].pop(field)
    for name, value in changes.items():
        merged = isinstance(value, dict) and isinstance(made.get(name), dict)
        made[name] = made[name] | value if merged else value
    return made


def scheme(*extra, **changes):
    return Scheme.model_validate(document(*extra, **changes))


def scheme_file(folder, *extra, **changes):
    path = folder / "lender.yaml"
    path.write_text(yaml.safe_dump(document(*extra, **changes), allow_unicode=True), encoding="utf-8")
    return path


def table(n=240, seed=0, **columns):
    """The lender's table: inputs say nothing of sex or region."""
    rng = np.random.default_rng(seed)
    debts, payments = rng.integers(0, 15, n), rng.integers(0, 15, n)
    frame = pd.DataFrame(
        {
            "who": [f"{NAME} {at}" for at in range(n)],
            "agreed": "yes",
            "age": rng.integers(20, 80, n),
            "debts": debts,
            "payments": payments,
            "product": rng.choice(["basic", "plus"], n),
            "direct_debit": rng.choice(["yes", "no"], n),
            "sex": rng.choice(["f", "m"], n),
            "region": rng.choice(["north", "south"], n),
            "score": np.clip(50 + 2 * (payments - debts) + rng.integers(-5, 6, n), 0, 100),
        }
    )
    return frame.assign(**columns)


def tree(folder):
    """Every path of a folder, hidden ones too, with what it holds."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(root, name)  # noqa: PTH118 - names that are no text, too
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                found[path] = os.readlink(path)  # noqa: PTH115
            elif stat.S_ISREG(mode):
                with open(path, "rb") as file:  # noqa: PTH123
                    found[path] = hashlib.sha256(file.read()).hexdigest()
            else:
                found[path] = stat.S_IFMT(mode)
    return found


class Attempt:
    """One attempt in a folder of its own; the outcome is noted for the table of results."""

    def __init__(self, folder, note):
        self.folder = folder
        self._note = note
        self.outcome = None

    def refused(self, call, *, rule=None, error=ScsError, says=""):
        """Call, and expect an error of ours that names no person and has changed nothing on disk."""
        before = tree(self.folder)
        with pytest.raises(ScsError) as caught:
            call()
        found = caught.value
        self._end("refused", before)
        assert isinstance(found, error), f"{type(found).__name__}: {found}"
        assert NAME not in f"{found}{found!r}"
        assert says in str(found), str(found)
        if rule is not None:
            assert isinstance(found, SafeguardError), str(found)
            assert found.rule in ({rule} if isinstance(rule, str) else rule), f"{found.rule}: {found}"
        return found

    def neutralised(self, call):
        """Call, and give back what came: the test says that it is without effect."""
        given = call()
        self._end("neutralised")
        return given

    def handled(self, call):
        """Call, and give back what came: the test says that it is right."""
        given = call()
        self._end("handled")
        return given

    def cli(self, *arguments, code=(0, 2, 3), outcome=None):
        """Run a command in the folder; where it fails, nothing has changed on disk."""
        before = tree(self.folder)
        done = call_cli(*arguments, cwd=self.folder)
        assert done.code in ((code,) if isinstance(code, int) else code), done.out + done.err
        assert NAME not in done.out + done.err
        failed = done.code != 0
        self._end(outcome or ("refused" if failed else "handled"), before if failed else None)
        return done

    def _end(self, outcome, before=None):
        self.outcome = outcome
        self._note("outcome", outcome)
        now = tree(self.folder)
        if before is not None:
            assert now == before
        assert not [path for path in now if os.path.basename(path).startswith((".new-", ".old-"))]  # noqa: PTH119
