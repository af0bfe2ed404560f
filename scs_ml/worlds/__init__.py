"""Simulated populations with known truth: the Suining pilot, with wrongs planted in it or not.

A `World` has a table and an event ledger, as an office would hold them, and apart from them the truth: which
events happened, who was wronged, and the twin world in which nobody was.
"""

from __future__ import annotations

from scs_ml.worlds.answers import office_answers
from scs_ml.worlds.decoys import DECOYS, Decoy
from scs_ml.worlds.experiment import (
    ExperimentResult,
    Figure,
    Policy,
    answer_sentences,
    run_experiment,
)
from scs_ml.worlds.mechanisms import MECHANISMS, Mechanism
from scs_ml.worlds.save import save_world
from scs_ml.worlds.settings import Planted, WorldSettings
from scs_ml.worlds.truth import PlantedStrength, Truth
from scs_ml.worlds.world import World, simulate

__all__ = [
    "DECOYS",
    "MECHANISMS",
    "Decoy",
    "ExperimentResult",
    "Figure",
    "Mechanism",
    "Planted",
    "PlantedStrength",
    "Policy",
    "Truth",
    "World",
    "WorldSettings",
    "answer_sentences",
    "office_answers",
    "run_experiment",
    "save_world",
    "simulate",
]
