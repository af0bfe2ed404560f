"""Answers to a verification sample: what turned out when events of the ledger were looked up again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from scs_ml.core import Answers
from scs_ml.data.files import load_frame
from scs_ml.data.problems import Problem, problem_at, raise_problems
from scs_ml.data.read import scheme_mixed
from scs_ml.data.rules import FLAG, ColumnRule, cell_problems
from scs_ml.data.values import as_flag
from scs_ml.schemes import Scheme
from scs_ml.storage import column_text

MOST = 200  # look-ups: a sample that an office can answer


def read_answers(source: str | Path | pd.DataFrame, scheme: Scheme) -> Answers:
    """Read verification answers.

    Parameters
    ----------
    source : path or DataFrame
        Columns ``event`` (id, as in the ledger) and ``happened`` (true or false); one row per event looked
        up. An event that nobody could settle has no row.
    scheme : Scheme

    Returns
    -------
    Answers

    Raises
    ------
    TableError
        If the source holds no such answers, two for one event, or more than 200.
    """
    frame, name = load_frame(source)
    rules = [ColumnRule("event", required=True), ColumnRule("happened", required=True, tests=(FLAG,))]
    problems = cell_problems(frame, rules, ())
    if "event" in frame:
        twice = (frame["event"].duplicated(keep=False) & frame["event"].notna()).to_numpy()
        problems += problem_at("event", "is answered twice", twice, frame["event"])
    if len(frame) > MOST:
        what = f"holds {len(frame):,} look-ups: a verification sample has at most {MOST}"
        problems.append(Problem("event", what))
    raise_problems(problems, name, "verification answers")
    happened = as_flag(frame["happened"]).astype(np.bool_)
    answers = pd.DataFrame({"event": column_text(frame["event"]), "happened": happened})
    return Answers(answers.reset_index(drop=True), scheme_mixed(frame, scheme))
