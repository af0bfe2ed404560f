"""The public surface: every room's names, the keys of every registry, and docstrings that say what goes in.

The command line has no docstrings of this kind: click shows its commands' texts as help.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest
from sklearn.base import BaseEstimator

import scs_ml
from scs_ml.audit import CHECKS
from scs_ml.forecast import BASELINES, FORECASTERS
from scs_ml.safeguards import OPENS
from scs_ml.schemes import list_schemes
from scs_ml.worlds import DECOYS, MECHANISMS

# A change here is a change of what others rely on: say so in CHANGELOG.md.
SURFACE = {
    "audit": "CHECKS migration_table run_checks society_scale verification_plan wronged_people",
    "bench": "Bench BenchWorld Cost Counts FULL QUICK Summary Target bench commitment plan",
    "cli": "main",
    "data": (
        "Heard Net TableSummary check_table draft_scheme failing_informants load_frame net_of_events "
        "order_periods pair read_answers read_ledger read_table rolling_origins split_by_period "
        "split_by_subject subject_folds weigh_hearsay what_is_said write_frame"
    ),
    "explain": (
        "Change Recourse TreeShap affordable_rows commitment explain explained_exactly group_means "
        "indirect_share mean_shap nearest_boundary person_view reason_sentences recourse sample_rows"
    ),
    "forecast": (
        "BASELINES BoostingClassifier BoundaryClassifier CalibratedForecaster CardEncoder "
        "ClimatologyClassifier ClusterLogitClassifier ConstantClassifier CumulativeClassifier "
        "ExpertCardClassifier FORECASTERS Figure ForestClassifier FuzzyCardClassifier "
        "FuzzyCardEncoder GROUPS HybridClassifier HybridEncoder IndicatorEncoder Leaderboard "
        "LeaderboardRow LightGBMClassifier LinearDiscriminantClassifier LogitNetworkClassifier "
        "MarkovClassifier MigrationClassifier MultipleImputationClassifier NetworkClassifier "
        "OrderedProbitClassifier OrdinalLogitClassifier OrdinalStackingClassifier OutOfSample "
        "PersistenceClassifier Pooled ProportionalOddsClassifier QuadraticDiscriminantClassifier "
        "RegressionCalibration SPACES ScorecardClassifier ScorecardEncoder SearchResult SetRule Simex "
        "Space StateEncoder SurvivalClassifier TimeToWorst TunedForecaster USUAL VerifiedSample "
        "XGBoostClassifier abstention_reasons adaptive_level backtest calibration_drift "
        "category_probabilities conformity_scores coverage_table drift_tables find_family fit_sets "
        "fit_to flip_risk forecast_categories group_scores indicator_drift migration_drift "
        "multiple_imputation out_of_period_folds out_of_sample pool_estimates rank rank_ranges "
        "score_figures search simex skill_estimate skill_interval strata thin_file_scores "
        "time_to_worst verified_values"
    ),
    "inference": (
        "CellBootstrap CellIntervals ClusterCells ConfusionCells Estimate ExcessDispersion "
        "HierarchicalFdr PairedDifference SimultaneousResult benjamini_hochberg cell_bootstrap "
        "clopper_pearson cluster_sums combine confusion_cells covariance cumulative_log_odds "
        "design_effect detectable_effect drift_contrast effective_clusters effective_counts "
        "excess_dispersion hierarchical_fdr holm logistic_floor mean_contrast mover_ratio "
        "newcombe_difference paired_difference power_at ratio_contrast share_interval shifted "
        "simultaneous stack verdict weighted_means wilson"
    ),
    "metrics": (
        "ConfusionCounts Migration ReliabilityCurve SocietyClass brier_rows cell_accuracy "
        "cell_false_negative_rate cell_false_positive_rate cell_macro_mae cell_metrics "
        "cell_selection_rate confusion_at_boundary cumulative expected_calibration_error "
        "log_loss_rows macro_mae mass_bins median_category migration_matrix ordinal_auc placements "
        "quadratic_weighted_kappa ranked_probability_score reliability_curve rps_skill society_class"
    ),
    "records": (
        "ACTIONS Checkpoint Entry Log LogCheck Place Records Searched check_log load_checkpoint "
        "make_checkpoint open_records save_checkpoint search"
    ),
    "report": (
        "RunInput audit_json_schema audit_record audit_text card_markdown path_from read_run_record "
        "report_html rewrite_report run_json_schema run_record table_record validate_audit write_report "
        "write_run_record"
    ),
    "safeguards": (
        "Bounded Disclosed EXCLUDED_KINDS EXITS Exit INFORMANTS InputGate OPENS Output PUBLIC_KEY "
        "SMALLEST_COUNT SUGGESTIONS SUGGESTIONS_TABLE bounded_sums count_text disclose "
        "excluded_situations flagged_words forbidden_word gate_dataset gate_filter gate_hearsay "
        "gate_inputs gate_publication gate_rows gate_situations gate_target gate_training gate_withdrawn "
        "hides_count key_needed load_key may_publish new_key opens protected_word pseudonymise "
        "pseudonymise_informants "
        "read_consent require_open require_people state_of suggestions_table suppress_tables tell_gate "
        "with_records"
    ),
    "schemes": (
        "Attribute AuditOptions Basis Card FORBIDDEN_CONCERNS FORBIDDEN_NATURES GroupError Indicator "
        "Measurement Outcome PersonDecides Roles RowCondition Rule Scale Scheme Situation Wide "
        "card_points card_score dump_scheme event_weights in_force json_schema ledger_points "
        "list_schemes load_scheme rehabilitation_table scheme_fingerprint scheme_json_schema "
        "table_json_schema"
    ),
    "storage": (
        "Bundle Signer atomic_file atomic_folder column_text fingerprint_frame key_fingerprint "
        "library_versions load_bundle load_signer new_signer recover_folder require_replaceable "
        "require_storable save_bundle verify_signature write_csv"
    ),
    "workflow": (
        "Demo Evaluation Planted Prepared Reproduced Run Sheets Source Splits Told Trained Tuning Unseen "
        "answer_table audit audit_table bundle_metadata case_of_existing_score case_of_forecaster "
        "compare_audits demo evaluate explain_existing_score explain_table find_candidates forecast_table "
        "informant_influence load_estimator plan_table planted_text prepare read_case reproduce "
        "save_evaluation situation_effect split stage train unseen_rows with_score "
        "withheld_effect write_experiment write_sheets"
    ),
    "worlds": (
        "DECOYS Decoy ExperimentResult Figure MECHANISMS Mechanism Planted PlantedStrength Policy Truth "
        "World WorldSettings answer_sentences office_answers run_experiment save_world simulate"
    ),
}

REGISTRIES = {
    "schemes": list_schemes(),
    "forecasters": FORECASTERS,
    "baselines": BASELINES,
    "checks": CHECKS,
    "mechanisms": MECHANISMS,
    "decoys": DECOYS,
    "bases": OPENS,
}

KEYS = {
    "schemes": (
        "bank_register city_1000 city_200 compas german_credit multi_lender_bureau organizations sesame "
        "students suining suining_broad taiwan"
    ),
    "forecasters": (
        "expert scorecard fuzzy logit proportional_odds probit lda qda migration survival boosting forest "
        "network lightgbm xgboost hybrid cluster_logit logit_network stacking"
    ),
    "baselines": "persistence climatology markov",
    "checks": (
        "category_gap error_rates calibration shap_gap gap_drift subgroup_discovery unknown_membership "
        "four_fifths cross_context postcode_proxy label_residual forbidden_reliance malicious_informant "
        "illness_misread explanation_attack individual_flip disaster_as_fault over_policing operator_error "
        "parent_to_child organization_to_leaders friends_conduct family_spillover cross_domain_spill"
    ),
    "mechanisms": (
        "postcode_proxy illness_misread malicious_informant direct_use state_of_mind "
        "family_spillover parent_to_child friends_conduct thin_file recent_mover "
        "disaster_as_fault over_policing tampering intersection_only cross_domain_spill "
        "organization_to_leaders operator_error purchases_misread explanation_attack"
    ),
    "decoys": "conduct_gap traffic_gap family_correlation indicator_variance small_group base_rates",
    "bases": "synthetic agreed benchmark audit",
}

# Read whole: the types between the rooms, and the errors.
WITHOUT_ALL = {"core", "exceptions"}
DIFFERENCES = set(KEYS["checks"].split()[:9])
# They see several mechanisms, and each finding names its own.
SEVERAL = {"label_residual", "forbidden_reliance", "individual_flip"}


def public(kind):
    """Everything public of a kind, for parametrising."""
    found = []
    for room, names in SURFACE.items():
        module = importlib.import_module(f"scs_ml.{room}")
        members = {name: getattr(module, name, None) for name in names.split()}
        found += [pytest.param(o, id=f"{room}.{name}") for name, o in members.items() if kind(o)]
    return found


def is_function(obj):
    return inspect.isfunction(inspect.unwrap(obj))  # behind a cache or a context manager, too


def is_estimator(obj):
    return inspect.isclass(obj) and issubclass(obj, BaseEstimator)


def section(obj, title):
    """Text below a numpydoc heading of an object's own docstring, up to the next heading; None without."""
    doc = inspect.cleandoc(obj.__doc__ or "")
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", doc, re.MULTILINE | re.DOTALL)
    return match and match[1]


def documented(text):
    """Names that stand before a colon, or alone, at the margin of a section."""
    lines = re.findall(r"^(\*{0,2}\w[\w, *]*?)(?: :.*)?$", text or "", re.MULTILINE)
    return {name.strip(" *") for line in lines for name in line.split(",")}


def arguments(obj):
    """Parameters a caller passes; `progress` is the same everywhere and is described in `core.Progress`."""
    return set(inspect.signature(obj).parameters) - {"progress"}


def test_the_package_itself_offers_its_version_alone():
    code = "import scs_ml; print(*(name for name in vars(scs_ml) if not name.startswith('_')))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["annotations"]  # the __future__ import
    assert re.fullmatch(r"\d+\.\d+\.\d+", scs_ml.__version__)


def test_every_room_is_listed_here():
    rooms = {module.name for module in pkgutil.iter_modules(scs_ml.__path__)}
    assert rooms == set(SURFACE) | WITHOUT_ALL


@pytest.mark.parametrize("room", SURFACE)
def test_a_room_offers_the_names_listed_here(room):
    module = importlib.import_module(f"scs_ml.{room}")
    assert sorted(module.__all__) == sorted(SURFACE[room].split())
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert (module.__doc__ or "").strip()


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_registry_holds_the_keys_listed_here(name):
    assert sorted(REGISTRIES[name]) == sorted(KEYS[name].split())


def test_members_of_registries_carry_their_own_key():
    for registry in (MECHANISMS, DECOYS):
        assert {slug: member.slug for slug, member in registry.items()} == {slug: slug for slug in registry}
    assert {name: check.name for name, check in CHECKS.items()} == {name: name for name in CHECKS}


def test_a_check_for_one_wrong_has_the_name_of_the_mechanism_that_plants_it():
    kinds = {name: check.kind for name, check in CHECKS.items()}
    assert {name for name, kind in kinds.items() if kind == "difference"} == DIFFERENCES
    assert {name for name, kind in kinds.items() if kind == "mechanism"} - SEVERAL <= set(MECHANISMS)


@pytest.mark.parametrize("obj", public(lambda obj: inspect.isclass(obj) or is_function(obj)))
def test_a_public_object_has_a_docstring_with_a_one_line_summary(obj):
    lines = inspect.cleandoc(obj.__doc__ or "").splitlines()
    assert lines
    assert lines[0].endswith(".")
    assert lines[1:2] in ([], [""])


@pytest.mark.parametrize("obj", public(is_function))
def test_a_public_function_says_what_it_takes_and_gives(obj):
    assert arguments(obj) - documented(section(obj, "Parameters")) == set()
    gives = str(inspect.signature(obj).return_annotation)
    wanted = {"None": None, "Iterator[None]": None}.get(
        gives, "Yields" if "Iterator[" in gives else "Returns"
    )
    assert [title for title in ("Returns", "Yields") if section(obj, title)] == [wanted] * (
        wanted is not None
    )


@pytest.mark.parametrize("obj", public(is_estimator))
def test_a_public_estimator_says_what_its_constructor_takes(obj):
    assert set(obj._get_param_names()) - documented(section(obj, "Parameters")) == set()
