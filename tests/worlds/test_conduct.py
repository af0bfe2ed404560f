"""What people do, and how it is recorded."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import SchemeError
from scs_ml.worlds.conduct import MERIT, MISCONDUCT, act_rates, multiplied
from scs_ml.worlds.observation import ACTS, observe
from scs_ml.worlds.population import populate
from scs_ml.worlds.streams import Streams

STREAMS = Streams(11)


@pytest.fixture(scope="module")
def population():
    return populate(STREAMS, 20_000, 16)


@pytest.fixture(scope="module")
def rates(population):
    return act_rates(STREAMS, population)


def test_rates_have_their_base_in_the_mean(rates):
    for act, base in {**MISCONDUCT, **MERIT}.items():
        # The traits' variance is at most 1/.7 + 1/6 + 1/(.7 * 6): 4 standard errors, people as clusters of 3.
        assert rates[act].mean() == pytest.approx(base, rel=4 * np.sqrt(1.9 / (20_000 / 3)))
        assert (rates[act] >= 0).all()


def test_conduct_is_remembered_in_part(rates):
    log_rate = np.log(rates["traffic_violations"])
    mood = log_rate - log_rate.mean(axis=1, keepdims=True)
    neighbours = np.mean(mood[:, 1:] * mood[:, :-1])
    distant = np.mean(mood[:, 8:] * mood[:, :-8])
    assert neighbours > 0 > distant


def test_relatives_are_alike_and_strangers_are_not(population, rates):
    log_rate = np.log(rates["unpaid_debts"][:, 0])
    relatives = population.family[1:] == population.family[:-1]
    together = np.corrcoef(log_rate[1:][relatives], log_rate[:-1][relatives])[0, 1]
    apart = np.corrcoef(log_rate[1:][~relatives], log_rate[:-1][~relatives])[0, 1]
    assert together > 0.03
    assert abs(apart) < 4 / np.sqrt((~relatives).sum())


def test_a_lower_shape_makes_relatives_more_alike(population, rates):
    relatives = population.family[1:] == population.family[:-1]

    def likeness(of):
        log_rate = np.log(of["unpaid_debts"][:, 0])
        return np.corrcoef(log_rate[1:][relatives], log_rate[:-1][relatives])[0, 1]

    close = act_rates(STREAMS, population, family_shape=1.0)
    assert likeness(close) > likeness(rates) + 0.2
    assert close["unpaid_debts"].mean() == pytest.approx(MISCONDUCT["unpaid_debts"], rel=0.1)


def test_more_misconduct_is_no_more_merit_and_keeps_reports_as_reliable(suining, population, rates):
    more = act_rates(STREAMS, population, misconduct=2.0)
    np.testing.assert_array_equal(more["charity_days"], rates["charity_days"])
    np.testing.assert_allclose(more["informant_reports"], 2 * rates["informant_reports"])
    records = observe(STREAMS, suining, more, misconduct=2.0)
    report = records["informant_reports"]
    assert report.true.sum() / report.total.sum() == pytest.approx(0.6, abs=0.02)
    _assert_poisson_mean(records["disorder_reports"].false, 0.02 * more["charity_days"].size)


def test_multipliers_change_only_their_act(population, rates):
    double = multiplied(rates, {"unpaid_debts": np.full(population.shape, 2.0)})
    np.testing.assert_array_equal(double["unpaid_debts"], 2 * rates["unpaid_debts"])
    np.testing.assert_array_equal(double["traffic_violations"], rates["traffic_violations"])


def test_records_err_as_the_measurement_models_say(suining, rates):
    records = observe(STREAMS, suining, rates)
    assert tuple(records) == ACTS
    cells = rates["charity_days"].size
    for act in ("traffic_violations", "unpaid_debts", *MERIT):
        assert not records[act].false.any()
        _assert_poisson_mean(records[act].true, rates[act].sum())
    # disorder_reports: false_positive .02 a quarter, false_negative .2; informant_reports: reliability .6
    _assert_poisson_mean(records["disorder_reports"].true, 0.8 * rates["disorder_reports"].sum())
    _assert_poisson_mean(records["disorder_reports"].false, 0.02 * cells)
    _assert_poisson_mean(
        records["informant_reports"].false, MISCONDUCT["informant_reports"] * 0.4 / 0.6 * cells
    )
    report = records["informant_reports"]
    assert report.true.sum() / report.total.sum() == pytest.approx(0.6, abs=0.02)


def test_false_reports_do_not_follow_conduct(suining, rates):
    records = observe(STREAMS, suining, rates)
    for act in ("disorder_reports", "informant_reports"):
        correlation = np.corrcoef(records[act].false.ravel(), rates[act].ravel())[0, 1]
        assert abs(correlation) < 4 / np.sqrt(rates[act].size)


def test_an_indirect_indicator_without_a_usable_model_is_refused(suining, rates):
    halved = suining.model_copy(
        update={
            "indicators": tuple(
                i.model_copy(
                    update={"measurement": i.measurement.model_copy(update={"false_negative": None})}
                )
                if i.name == "disorder_reports"
                else i
                for i in suining.indicators
            )
        }
    )
    with pytest.raises(SchemeError, match="disorder_reports"):
        observe(STREAMS, halved, rates)


def _assert_poisson_mean(counts, expected):
    assert abs(counts.sum() - expected) < 4 * np.sqrt(expected)
