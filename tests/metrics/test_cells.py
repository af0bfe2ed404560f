import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scs_ml.exceptions import ScsError
from scs_ml.metrics import (
    cell_accuracy,
    cell_false_negative_rate,
    cell_false_positive_rate,
    cell_macro_mae,
    cell_metrics,
    cell_selection_rate,
    confusion_at_boundary,
    macro_mae,
)

# true category by forecast category, 20 people
TABLE = np.array([[4, 1, 0], [2, 6, 1], [1, 2, 3]])


def test_measures_by_hand():
    assert cell_accuracy(TABLE) == pytest.approx(13 / 20)
    # errors: 1 of 5; 2 + 1 of 9; 2 + 2 of 6
    assert cell_macro_mae(TABLE) == pytest.approx((1 / 5 + 3 / 9 + 4 / 6) / 3)
    assert cell_selection_rate(TABLE, 0) == pytest.approx(7 / 20)
    assert cell_selection_rate(TABLE, 1) == pytest.approx(16 / 20)
    assert cell_false_positive_rate(TABLE, 0) == pytest.approx(3 / 15)
    assert cell_false_positive_rate(TABLE, 1) == pytest.approx(3 / 6)
    assert cell_false_negative_rate(TABLE, 0) == pytest.approx(1 / 5)
    assert cell_false_negative_rate(TABLE, 1) == pytest.approx(1 / 14)


def test_what_nobody_stands_for_is_undefined():
    empty, all_good = np.zeros((2, 2)), np.array([[0, 0], [1, 3]])
    for name, metric in cell_metrics(0).items():
        assert np.isnan(metric(empty)), name
    assert np.isnan(cell_false_negative_rate(all_good, 0))
    assert cell_false_positive_rate(all_good, 0) == 0.25
    assert cell_macro_mae(all_good) == 0.25  # the true category without people is left out


@given(st.tuples(st.integers(1, 3), st.integers(1, 3)), st.integers(2, 4), st.data())
def test_many_tables_are_measured_as_their_rows_are(outer, n_categories, data):
    shape = (*outer, n_categories, n_categories)
    counts = data.draw(hnp.arrays(np.int64, shape, elements=st.integers(0, 4)))
    boundary = data.draw(st.integers(0, n_categories - 2))
    for name, metric in cell_metrics(boundary).items():
        found = metric(counts)
        assert found.shape == shape[:2]
        for at in np.ndindex(shape[:2]):
            truth, guess = np.nonzero(np.ones(shape[2:]))
            truth, guess = np.repeat(truth, counts[at].ravel()), np.repeat(guess, counts[at].ravel())
            rates = confusion_at_boundary(guess, truth <= boundary, boundary)
            expected = {
                "accuracy": np.mean(truth == guess) if len(truth) else np.nan,
                "macro_mae": macro_mae(truth, guess, n_categories),
                "selection_rate": rates.selection_rate,
                "false_positive_rate": rates.fpr,
                "false_negative_rate": rates.fnr,
            }[name]
            assert found[at] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1), (5, 2, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ScsError, match="shape"):
        cell_accuracy(np.ones(shape))


@pytest.mark.parametrize("boundary", [-1, 2])
def test_boundaries_that_do_not_exist_are_refused(boundary):
    for metric in (cell_selection_rate, cell_false_positive_rate, cell_false_negative_rate):
        with pytest.raises(ScsError, match="boundary"):
            metric(TABLE, boundary)
