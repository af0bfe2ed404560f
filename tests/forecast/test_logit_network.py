from __future__ import annotations

import numpy as np

from scs_ml.forecast import HybridEncoder, LogitNetworkClassifier


def test_the_network_reads_scaled_indicators_and_the_log_odds_of_the_logit(suining, make_pilot):
    X, y = make_pilot(500)
    X.loc[::7, "charity_days"] = np.nan
    model = LogitNetworkClassifier(suining).fit(X, y)
    encoder = model.encoder_
    names = encoder.get_feature_names_out().tolist()
    assert names[-3:] == [f"log-odds of boundary {k}" for k in range(3)]
    assert "card points" not in names
    assert "charity_days is missing" in names
    encoded = encoder.transform(X)
    raw = encoder.logit_.boundary_log_odds(X)
    np.testing.assert_allclose(encoded[:, -3:], (raw - raw.mean(axis=0)) / raw.std(axis=0), atol=1e-10)
    assert model.network_.n_features_in_ == len(names)
    assert model.network_.n_outputs_ == 3


def test_scaled_log_odds_are_split_among_the_inputs(suining, make_pilot):
    X, y = make_pilot(500)
    encoder = HybridEncoder(suining, card=False, scale=True).fit(X, y)
    encoded, derived = encoder.transform(X), encoder.derived(X)
    assert sorted(derived) == [i for i, of in enumerate(encoder.column_indicator_) if of == ""]
    for column, parts in derived.items():
        np.testing.assert_allclose(parts.sum(axis=1), encoded[:, column], atol=1e-10)


def test_it_learns_what_a_line_cannot():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(800, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    assert LogitNetworkClassifier(alpha=0.1).fit(X[:600], y[:600]).score(X[600:], y[600:]) > 0.85


def test_a_constant_margin_is_left_at_its_scale():
    encoder = HybridEncoder(card=False, scale=True).fit(np.zeros((20, 1)), np.arange(20) % 2)
    np.testing.assert_allclose(encoder.transform(np.zeros((3, 1))), 0, atol=1e-9)
