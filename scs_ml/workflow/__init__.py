"""Compose the stages: what the command line, the notebooks and the rooms above call."""

from scs_ml.workflow.auditing import audit, case_of_existing_score, case_of_forecaster
from scs_ml.workflow.candidates import find_candidates, load_estimator
from scs_ml.workflow.demo import Demo, Planted, demo
from scs_ml.workflow.experimenting import answer_table, planted_text, write_experiment
from scs_ml.workflow.explaining import Told, explain_table
from scs_ml.workflow.forecasting import forecast_table
from scs_ml.workflow.informants import informant_influence
from scs_ml.workflow.leaderboard import Evaluation, evaluate, save_evaluation
from scs_ml.workflow.preparing import Prepared, prepare
from scs_ml.workflow.reading import Source, read_case, with_score
from scs_ml.workflow.reproducing import Reproduced, compare_audits, reproduce
from scs_ml.workflow.sheets import Sheets, write_sheets
from scs_ml.workflow.situations import situation_effect
from scs_ml.workflow.stages import stage
from scs_ml.workflow.surrogate import explain_existing_score
from scs_ml.workflow.tables import Run, audit_table, plan_table
from scs_ml.workflow.training import Splits, Trained, split, train
from scs_ml.workflow.tuning import Tuning
from scs_ml.workflow.unseen import Unseen, bundle_metadata, unseen_rows
from scs_ml.workflow.withheld import withheld_effect

__all__ = [
    "Demo",
    "Evaluation",
    "Planted",
    "Prepared",
    "Reproduced",
    "Run",
    "Sheets",
    "Source",
    "Splits",
    "Told",
    "Trained",
    "Tuning",
    "Unseen",
    "answer_table",
    "audit",
    "audit_table",
    "bundle_metadata",
    "case_of_existing_score",
    "case_of_forecaster",
    "compare_audits",
    "demo",
    "evaluate",
    "explain_existing_score",
    "explain_table",
    "find_candidates",
    "forecast_table",
    "informant_influence",
    "load_estimator",
    "plan_table",
    "planted_text",
    "prepare",
    "read_case",
    "reproduce",
    "save_evaluation",
    "situation_effect",
    "split",
    "stage",
    "train",
    "unseen_rows",
    "with_score",
    "withheld_effect",
    "write_experiment",
    "write_sheets",
]
