"""The simulated office answers."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import office_answers


def test_the_office_tells_the_truth_in_the_order_asked(mixed_world):
    truth = mixed_world.truth.events.set_index("event")["happened"]
    asked = mixed_world.ledger["event"].sample(200, random_state=4)
    answers = office_answers(mixed_world, asked)
    assert list(answers.columns) == ["event", "happened"]
    assert answers["event"].tolist() == asked.tolist()
    assert answers["happened"].dtype == np.bool_
    np.testing.assert_array_equal(answers["happened"], truth.reindex(asked))
    assert 0 < answers["happened"].sum() < 200


def test_an_office_that_errs_errs_alike_in_every_sample(mixed_world):
    asked = mixed_world.ledger["event"].iloc[:5000]
    truth = office_answers(mixed_world, asked)["happened"]
    answers = office_answers(mixed_world, asked, error_rate=0.1)["happened"]
    wrong = (answers != truth).to_numpy()
    # Binomial, 5,000 trials at .1: 4 standard errors.
    assert abs(wrong.mean() - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 5000)
    part = office_answers(mixed_world, asked.iloc[::-7], error_rate=0.1)["happened"]
    np.testing.assert_array_equal(part, answers.iloc[::-7])
    again = office_answers(mixed_world, asked, seed=1, error_rate=0.1)["happened"]
    assert (again != answers).any()
    np.testing.assert_array_equal(office_answers(mixed_world, asked, error_rate=1.0)["happened"], ~truth)


def test_no_events_no_answers(mixed_world):
    assert office_answers(mixed_world, []).empty


def test_an_event_nobody_recorded_is_refused(mixed_world):
    with pytest.raises(ScsError, match="1 of 2 events") as refused:
        office_answers(mixed_world, [mixed_world.ledger["event"].iloc[0], "nonsense"])
    assert "nonsense" in str(refused.value)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_an_error_rate_is_a_probability(mixed_world, rate):
    with pytest.raises(ScsError, match="error_rate"):
        office_answers(mixed_world, [], error_rate=rate)
