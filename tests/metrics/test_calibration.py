import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.metrics import expected_calibration_error, mass_bins, reliability_curve


def test_two_bins_by_hand():
    p, outcome = [0.1, 0.2, 0.6, 0.9], [0, 1, 1, 1]
    curve = reliability_curve(p, outcome, bins=2)
    assert curve.forecast == pytest.approx([0.15, 0.75])
    assert curve.positive.tolist() == [1, 2]
    assert curve.count.tolist() == [2, 2]
    assert curve.observed == pytest.approx([0.5, 1])


def test_bins_hold_equal_mass_and_everybody():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 9, 1003)
    curve = reliability_curve(p, rng.random(1003) < p)
    assert len(curve.count) == 10
    assert curve.count.sum() == 1003
    assert np.ptp(curve.count) <= 1
    assert (np.diff(curve.forecast) > 0).all()


def test_equal_forecasts_share_a_bin():
    p = np.repeat([0.2, 0.4], [90, 10])
    outcome = np.r_[np.arange(90) < 18, np.arange(10) < 4]
    curve = reliability_curve(p, outcome)
    assert curve.count.tolist() == [90, 10]
    assert curve.observed == pytest.approx(curve.forecast)


def test_overconfidence_is_measured():
    assert reliability_curve(np.ones(10), np.arange(10) < 7).observed == pytest.approx([0.7])


def test_nobody_gives_no_number():
    assert len(reliability_curve([], []).observed) == 0


@pytest.mark.parametrize(
    "p, outcome, bins",
    [([1.1], [1], 10), ([np.nan], [1], 10), ([0.5], [2], 10), ([0.5], [1], 0), ([0.5, 0.5], [1], 10)],
)
def test_bad_input_is_refused(p, outcome, bins):
    with pytest.raises(ScsError):
        reliability_curve(p, outcome, bins)


def test_calibration_error_at_each_boundary_by_hand():
    # P(y > 0) is 0.8 twice and 0.4 twice: observed 1/2 and 1. P(y > 1) is 0.3 for all: observed 1/4.
    probabilities = [[0.2, 0.5, 0.3]] * 2 + [[0.6, 0.1, 0.3]] * 2
    errors = expected_calibration_error([0, 1, 1, 2], probabilities, bins=2)
    assert errors == pytest.approx([(2 * 0.3 + 2 * 0.6) / 4, 0.05])


def test_a_sure_and_right_forecast_has_no_calibration_error_and_nobody_has_none_at_all():
    assert expected_calibration_error([0, 1, 2], np.eye(3)) == pytest.approx([0, 0])
    assert np.isnan(expected_calibration_error([], np.empty((0, 3)))).all()


def test_bins_of_equal_mass_have_nobody_missing_and_none_empty():
    assert mass_bins([], 4).tolist() == []
    assert mass_bins([3.0, 1.0, 2.0, 4.0], 2).tolist() == [1, 0, 0, 1]
    assert mass_bins([1.0, 1.0, 1.0]).tolist() == [0, 0, 0]
