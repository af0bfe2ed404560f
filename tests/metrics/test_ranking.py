import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from scs_ml.exceptions import ScsError
from scs_ml.metrics import ordinal_auc, placements


def test_three_categories_by_hand():
    # Pairs 0-1: 0.3 beats 0.2 and loses to 0.4: 1/2. Pairs 0-2: one tie and three wins, 3.5 of 4.
    # Pairs 1-2: 0.4 and 0.9 both beat 0.3: 1.
    y, score = [0, 0, 1, 2, 2], [0.2, 0.4, 0.3, 0.4, 0.9]
    assert ordinal_auc(y, score, 3) == pytest.approx((0.5 + 3.5 / 4 + 1) / 3)


def test_two_categories_are_the_roc_area():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 500)
    score = np.round(y + rng.normal(size=500), 1)  # with ties
    assert ordinal_auc(y, score, 2) == pytest.approx(roc_auc_score(y, score))


def test_every_pair_counts_the_same_however_many_people_it_has():
    y = np.r_[0, 1, np.full(1000, 2)]
    score = np.r_[0.5, 0.1, np.full(1000, 0.9)]
    assert ordinal_auc(y, score, 3) == pytest.approx(2 / 3)


def test_a_blind_score_is_a_half_and_a_turned_one_the_rest():
    y = [0, 1, 2, 3]
    assert ordinal_auc(y, [7, 7, 7, 7], 4) == 0.5
    assert ordinal_auc(y, [4, 3, 2, 1], 4) == 0


def test_categories_that_do_not_occur_are_left_out():
    assert ordinal_auc([0, 3], [0.1, 0.2], 5) == 1
    assert np.isnan(ordinal_auc([2, 2], [0.1, 0.2], 5))
    assert np.isnan(placements([2, 2], [0.1, 0.2], 5)[:, 0]).all()


def test_a_missing_score_is_refused():
    with pytest.raises(ScsError, match="scores are missing"):
        ordinal_auc([0, 1], [np.nan, 0.2], 2)
