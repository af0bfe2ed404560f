from __future__ import annotations

import numpy as np
import pytest

from scs_ml.metrics.scales import (
    LOG_ODDS,
    PROBABILITY,
    PROBIT_INDEX,
    even,
    from_log_odds,
    from_probability,
    to_probability,
)

P = np.array([0.001, 0.1, 0.5, 0.8413447460685429])


@pytest.mark.parametrize("scale", [LOG_ODDS, PROBABILITY, PROBIT_INDEX])
def test_a_scale_leads_back_to_the_probability(scale):
    np.testing.assert_allclose(to_probability(from_probability(P, scale), scale), P, rtol=1e-12)
    assert to_probability(np.array([even(scale)]), scale).tolist() == [0.5]


def test_values_by_hand():
    assert from_probability(P, PROBIT_INDEX)[3] == pytest.approx(1.0)
    assert from_log_odds(np.array([np.log(9)]), PROBABILITY)[0] == pytest.approx(0.9)
    assert from_log_odds(np.array([0.0, 2.0]), LOG_ODDS).tolist() == [0.0, 2.0]
    assert from_log_odds(np.array([0.0]), PROBIT_INDEX)[0] == 0


def test_the_index_keeps_its_digits_in_both_tails():
    # The log-odds of a normal index of 30 is about 450 + log(30 * sqrt(2 pi)).
    far = from_log_odds(np.array([-454.321, 454.321, 1000.0]), PROBIT_INDEX)
    assert far[0] == pytest.approx(-30.0, abs=1e-3)
    assert far[1] == -far[0]
    assert np.isfinite(far).all()
