import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.inference import cluster_sums, covariance, design_effect, effective_clusters


def test_sums_follow_the_sorted_labels():
    sums = cluster_sums([[1, 10], [2, 20], [4, 40]], ["b", "a", "b"])
    assert sums.tolist() == [[2, 20], [5, 50]]
    assert cluster_sums([1.0, 2.0], None).tolist() == [[1], [2]]


def test_covariance_of_a_mean_by_hand():
    values = np.array([1.0, 3, 5, 7])
    influence = (values - 4) / 4
    # s^2 / n = (9 + 1 + 1 + 9) / 3 / 4
    assert covariance(influence, None) == pytest.approx(20 / 12)
    # clusters (1, 3) and (5, 7): sums -1 and 1, times 2 / 1
    assert covariance(influence, [0, 0, 1, 1]) == pytest.approx(4)
    assert design_effect(influence, [0, 0, 1, 1]) == pytest.approx(4 / (20 / 12))


def test_one_cluster_tells_nothing():
    assert np.isnan(covariance([0.5, -0.5], [3, 3])).all()
    assert np.isnan(design_effect([0.0, 0.0, 0.0], [0, 0, 1])).all()


def test_effective_clusters_are_all_when_equal_and_fewer_when_not():
    assert effective_clusters(np.full(12, 4.0)) == pytest.approx(12)
    assert effective_clusters([3, 1]) == pytest.approx(100 / 82)
    assert np.isnan(effective_clusters(np.zeros(3)))


def test_labels_must_match_the_rows():
    with pytest.raises(ScsError, match="one label for each"):
        cluster_sums([1.0, 2.0], [1])
