"""The types a bundle may hold besides those that skops trusts by itself.

The list is fixed: what is not here is refused, whatever a bundle says of itself. To add a forecaster of the
package, add its class and those of its fitted parts; a test saves and loads every registered forecaster.
"""

from __future__ import annotations

TRUSTED: frozenset[str] = frozenset(
    {
        # Forecasters of the package and their fitted parts.
        "scs_ml.forecast.baselines.ClimatologyClassifier",
        "scs_ml.forecast.baselines.MarkovClassifier",
        "scs_ml.forecast.baselines.PersistenceClassifier",
        "scs_ml.forecast.boosting.BoostingClassifier",
        "scs_ml.forecast.calibrated.CalibratedForecaster",
        "scs_ml.forecast.calibrators.IsotonicCalibrator",
        "scs_ml.forecast.calibrators.LogisticCalibrator",
        "scs_ml.forecast.card_encoder.CardEncoder",
        "scs_ml.forecast.cluster_logit.ClusterBoundary",
        "scs_ml.forecast.cluster_logit.ClusterLogitClassifier",
        "scs_ml.forecast.cumulative.ConstantClassifier",
        "scs_ml.forecast.cumulative.CumulativeClassifier",
        "scs_ml.forecast.cumulative_link.OrderedProbitClassifier",
        "scs_ml.forecast.cumulative_link.ProbitBoundary",
        "scs_ml.forecast.cumulative_link.ProportionalOddsClassifier",
        "scs_ml.forecast.discriminant.LinearDiscriminantClassifier",
        "scs_ml.forecast.discriminant.QuadraticDiscriminantClassifier",
        "scs_ml.forecast.discriminant.ShrunkCovariance",
        "scs_ml.forecast.encoder.IndicatorEncoder",
        "scs_ml.forecast.expert.ExpertCardClassifier",
        "scs_ml.forecast.forest.ForestClassifier",
        "scs_ml.forecast.fuzzy.FuzzyCardClassifier",
        "scs_ml.forecast.fuzzy_encoder.FuzzyCardEncoder",
        "scs_ml.forecast.hybrid.HybridClassifier",
        "scs_ml.forecast.hybrid.HybridEncoder",
        "scs_ml.forecast.lightgbm_boosting.LightGBMClassifier",
        "scs_ml.forecast.logit.OrdinalLogitClassifier",
        "scs_ml.forecast.logit_network.LogitNetworkClassifier",
        "scs_ml.forecast.migration.MigrationClassifier",
        "scs_ml.forecast.network.NetworkBoundary",
        "scs_ml.forecast.network.NetworkClassifier",
        "scs_ml.forecast.scorecard.ScorecardClassifier",
        "scs_ml.forecast.scorecard_encoder.ScorecardEncoder",
        "scs_ml.forecast.stacking.OrdinalStackingClassifier",
        "scs_ml.forecast.states.StateEncoder",
        "scs_ml.forecast.survival.SurvivalBoundary",
        "scs_ml.forecast.survival.SurvivalClassifier",
        "scs_ml.forecast.xgboost_boosting.XGBoostClassifier",
        # Fitted parts of scikit-learn's estimators: trees, calibrators, optimisers; data without behaviour of
        # their own.
        "numpy.dtype",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        # scikit-learn's boosting codes categories with a check of arrays whose options are bound.
        "functools.partial",
        "sklearn.utils.validation.check_array",
        # LightGBM and XGBoost: settings, and trees in the libraries' own text or binary form, which their
        # parsers read; no code of the file runs.
        "collections.OrderedDict",
        "lightgbm.basic.Booster",
        "lightgbm.sklearn.LGBMClassifier",
        "xgboost.core.Booster",
        "xgboost.sklearn.XGBClassifier",
    }
)
