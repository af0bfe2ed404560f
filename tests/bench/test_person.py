import numpy as np
import pytest

from scs_ml.bench.person import precision_at_k


@pytest.mark.parametrize(
    "ranking, expected",
    [
        ([4.0, 3.0, 2.0, 1.0], 0.5),  # the first two: one wronged
        ([1.0, 0.0, 1.0, 0.0], 1.0),
        ([0.0, 0.0, 0.0, 0.0], 0.5),  # nobody is ranked: chance
        ([1.0, 0.0, 0.0, 0.0], (1 + 1 / 3) / 2),  # the second place is shared by three
    ],
)
def test_precision_at_k(ranking, expected):
    wronged = np.array([True, False, True, False])
    assert precision_at_k(np.array(ranking), wronged) == pytest.approx(expected)


def test_without_wronged_people_there_is_no_precision():
    assert precision_at_k(np.arange(3.0), np.zeros(3, dtype=bool)) is None
