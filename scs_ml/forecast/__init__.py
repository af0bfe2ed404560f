"""Forecasters of ordered categories, the baselines they must beat, and what their forecasts are worth.

`registry` says how to add a forecaster.
"""

from __future__ import annotations

from scs_ml.forecast.abstention import abstention_reasons
from scs_ml.forecast.adaptive import adaptive_level
from scs_ml.forecast.backtest import backtest, rank
from scs_ml.forecast.baselines import ClimatologyClassifier, MarkovClassifier, PersistenceClassifier
from scs_ml.forecast.boosting import BoostingClassifier
from scs_ml.forecast.calibrated import CalibratedForecaster
from scs_ml.forecast.card_encoder import CardEncoder
from scs_ml.forecast.cluster_logit import ClusterLogitClassifier
from scs_ml.forecast.conformal import SetRule, conformity_scores, fit_sets
from scs_ml.forecast.coverage import coverage_table
from scs_ml.forecast.cumulative import BoundaryClassifier, ConstantClassifier, CumulativeClassifier
from scs_ml.forecast.cumulative_link import OrderedProbitClassifier, ProportionalOddsClassifier
from scs_ml.forecast.discriminant import LinearDiscriminantClassifier, QuadraticDiscriminantClassifier
from scs_ml.forecast.drift import calibration_drift, drift_tables, indicator_drift, migration_drift
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.forecast.expert import ExpertCardClassifier
from scs_ml.forecast.fitting import fit_to, out_of_period_folds
from scs_ml.forecast.forecasts import forecast_categories
from scs_ml.forecast.forest import ForestClassifier
from scs_ml.forecast.fuzzy import FuzzyCardClassifier
from scs_ml.forecast.fuzzy_encoder import FuzzyCardEncoder
from scs_ml.forecast.group_scores import group_scores, thin_file_scores
from scs_ml.forecast.hybrid import HybridClassifier, HybridEncoder
from scs_ml.forecast.leaderboard import Leaderboard, LeaderboardRow
from scs_ml.forecast.lightgbm_boosting import LightGBMClassifier
from scs_ml.forecast.logit import OrdinalLogitClassifier
from scs_ml.forecast.logit_network import LogitNetworkClassifier
from scs_ml.forecast.migration import MigrationClassifier
from scs_ml.forecast.multiple_imputation import (
    MultipleImputationClassifier,
    Pooled,
    multiple_imputation,
    pool_estimates,
)
from scs_ml.forecast.network import NetworkClassifier
from scs_ml.forecast.out_of_sample import OutOfSample, out_of_sample
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.forecast.ranks import rank_ranges
from scs_ml.forecast.registry import BASELINES, FORECASTERS, GROUPS, USUAL, find_family
from scs_ml.forecast.regression_calibration import RegressionCalibration
from scs_ml.forecast.remeasure import flip_risk
from scs_ml.forecast.scorecard import ScorecardClassifier
from scs_ml.forecast.scorecard_encoder import ScorecardEncoder
from scs_ml.forecast.scores import Figure, score_figures, skill_estimate, skill_interval
from scs_ml.forecast.search import search
from scs_ml.forecast.search_result import SearchResult
from scs_ml.forecast.simex import Simex, simex
from scs_ml.forecast.spaces import SPACES, Space
from scs_ml.forecast.stacking import OrdinalStackingClassifier
from scs_ml.forecast.states import StateEncoder
from scs_ml.forecast.strata import strata
from scs_ml.forecast.survival import SurvivalClassifier
from scs_ml.forecast.time_to_worst import TimeToWorst, time_to_worst
from scs_ml.forecast.tuned import TunedForecaster
from scs_ml.forecast.verified import VerifiedSample, verified_values
from scs_ml.forecast.xgboost_boosting import XGBoostClassifier

__all__ = [
    "BASELINES",
    "FORECASTERS",
    "GROUPS",
    "SPACES",
    "USUAL",
    "BoostingClassifier",
    "BoundaryClassifier",
    "CalibratedForecaster",
    "CardEncoder",
    "ClimatologyClassifier",
    "ClusterLogitClassifier",
    "ConstantClassifier",
    "CumulativeClassifier",
    "ExpertCardClassifier",
    "Figure",
    "ForestClassifier",
    "FuzzyCardClassifier",
    "FuzzyCardEncoder",
    "HybridClassifier",
    "HybridEncoder",
    "IndicatorEncoder",
    "Leaderboard",
    "LeaderboardRow",
    "LightGBMClassifier",
    "LinearDiscriminantClassifier",
    "LogitNetworkClassifier",
    "MarkovClassifier",
    "MigrationClassifier",
    "MultipleImputationClassifier",
    "NetworkClassifier",
    "OrderedProbitClassifier",
    "OrdinalLogitClassifier",
    "OrdinalStackingClassifier",
    "OutOfSample",
    "PersistenceClassifier",
    "Pooled",
    "ProportionalOddsClassifier",
    "QuadraticDiscriminantClassifier",
    "RegressionCalibration",
    "ScorecardClassifier",
    "ScorecardEncoder",
    "SearchResult",
    "SetRule",
    "Simex",
    "Space",
    "StateEncoder",
    "SurvivalClassifier",
    "TimeToWorst",
    "TunedForecaster",
    "VerifiedSample",
    "XGBoostClassifier",
    "abstention_reasons",
    "adaptive_level",
    "backtest",
    "calibration_drift",
    "category_probabilities",
    "conformity_scores",
    "coverage_table",
    "drift_tables",
    "find_family",
    "fit_sets",
    "fit_to",
    "flip_risk",
    "forecast_categories",
    "group_scores",
    "indicator_drift",
    "migration_drift",
    "multiple_imputation",
    "out_of_period_folds",
    "out_of_sample",
    "pool_estimates",
    "rank",
    "rank_ranges",
    "score_figures",
    "search",
    "simex",
    "skill_estimate",
    "skill_interval",
    "strata",
    "thin_file_scores",
    "time_to_worst",
    "verified_values",
]
