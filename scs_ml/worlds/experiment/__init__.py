"""Simulation as experiment: what a policy of scoring and listing would do to groups of simulated people.

People react to being scored (`living.py`), and a compartment model answers the same question (`flow.py`).
Everything here is invented but the arithmetic: no table of real people can be given to it, and no figure of a
person comes out of it.
"""

from __future__ import annotations

from scs_ml.worlds.experiment.policy import Policy
from scs_ml.worlds.experiment.result import ExperimentResult, Figure
from scs_ml.worlds.experiment.run import run_experiment
from scs_ml.worlds.experiment.sentences import answer_sentences

__all__ = ["ExperimentResult", "Figure", "Policy", "answer_sentences", "run_experiment"]
