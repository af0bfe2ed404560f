import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.exceptions import ScsError
from scs_ml.metrics import ConfusionCounts, Migration, confusion_at_boundary, migration_matrix, society_class

# --- rates ---


def test_counts_at_each_boundary_by_hand():
    assigned = np.array([0, 0, 1, 1, 2, 2, 2])
    adverse = np.array([1, 0, 1, 0, 0, 1, 0], dtype=bool)
    assert confusion_at_boundary(assigned, adverse, 0) == ConfusionCounts(tn=3, fp=1, fn=2, tp=1)
    assert confusion_at_boundary(assigned, adverse, 1) == ConfusionCounts(tn=2, fp=2, fn=1, tp=2)


def test_published_rates_of_compas():
    # ProPublica's table for African-American defendants, Medium or High counted as positive.
    counts = ConfusionCounts(tn=990, fp=805, fn=532, tp=1369)
    assert round(100 * counts.fpr, 2) == 44.85
    assert round(100 * counts.fnr, 2) == 27.99
    assert round(counts.ppv, 2) == 0.63
    assert counts.npv == pytest.approx(990 / 1522)
    assert counts.selection_rate == pytest.approx(2174 / 3696)
    assert counts.n == 3696


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=40), st.integers(0, 40))
def test_parts_merge_to_the_whole(rows, cut):
    assigned = np.array([a for a, _ in rows], dtype=int)
    adverse = np.array([b for _, b in rows], dtype=bool)
    parts = confusion_at_boundary(assigned[:cut], adverse[:cut], 1) + confusion_at_boundary(
        assigned[cut:], adverse[cut:], 1
    )
    assert parts == confusion_at_boundary(assigned, adverse, 1)
    assert parts.n == len(rows)


def test_weights_count_as_so_many_rows():
    assigned, adverse, weight = [0, 1, 2, 0], [1, 0, 1, 0], [3, 1, 2, 0.5]
    weighted = confusion_at_boundary(assigned, adverse, 0, weight)
    assert weighted == ConfusionCounts(tn=1, fp=0.5, fn=2, tp=3)


def test_undefined_rates_are_not_numbers():
    nobody = ConfusionCounts(0, 0, 0, 0)
    assert np.isnan([nobody.fpr, nobody.fnr, nobody.ppv, nobody.npv, nobody.selection_rate]).all()
    assert np.isnan(confusion_at_boundary([0, 0], [True, True], 0).fpr)


@pytest.mark.parametrize(
    "assigned, adverse, weights",
    [([0], [0, 1], None), ([0], [np.nan], None), ([0], [2], None), ([0], [1], [-1]), ([0], [1], [1, 2])],
)
def test_bad_rates_are_refused(assigned, adverse, weights):
    with pytest.raises(ScsError):
        confusion_at_boundary(assigned, adverse, 0, weights)


def test_compas_table_is_reproduced(data_folder):
    people = pd.read_csv(data_folder / "compas" / "compas_two_years.csv")
    codes = people["score_text"].map({"High": 0, "Medium": 1, "Low": 2}).to_numpy()
    adverse = people["two_year_recid"].to_numpy()
    expected = {
        "African-American": ConfusionCounts(990, 805, 532, 1369),
        "Caucasian": ConfusionCounts(1139, 349, 461, 505),
    }
    for race, counts in expected.items():
        rows = (people["race"] == race).to_numpy()
        assert confusion_at_boundary(codes[rows], adverse[rows], 1) == counts
    assert confusion_at_boundary(codes, adverse, 1) == ConfusionCounts(2681, 1282, 1216, 2035)


# --- migration ---


def test_migration_by_hand():
    moves = migration_matrix([0, 0, 0, 1], [0, 1, 1, 2], 3)
    assert moves.counts.tolist() == [[1, 2, 0], [0, 0, 1], [0, 0, 0]]
    assert moves.shares[:2] == pytest.approx(np.array([[1 / 3, 2 / 3, 0], [0, 0, 1]]))
    assert np.isnan(moves.shares[2]).all()


def test_migrations_merge_and_rows_sum_to_one():
    rng = np.random.default_rng(0)
    before, after = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    whole = migration_matrix(before, after, 4)
    merged = migration_matrix(before[:120], after[:120], 4) + migration_matrix(before[120:], after[120:], 4)
    assert (merged.counts == whole.counts).all()
    assert whole.counts.sum() == 300
    assert whole.shares.sum(axis=1) == pytest.approx(np.ones(4))


def test_bad_migrations_are_refused():
    with pytest.raises(ScsError):
        migration_matrix([0, 4], [0, 1], 4)
    with pytest.raises(ScsError):
        migration_matrix([0, 1], [0], 4)
    with pytest.raises(ScsError):
        Migration(np.zeros((2, 2), int)) + Migration(np.zeros((3, 3), int))


# --- society ---


@pytest.mark.parametrize(
    "positive,total,interval,point,told",
    [
        (40, 40, (0.91, 1.0), "++", "++"),
        (0, 40, (0.0, 0.09), "--", "--"),
        (70, 100, (0.60, 0.78), "+>-", "+>-"),
        (30, 100, (0.22, 0.40), "+<-", "+<-"),
        (52, 100, (0.42, 0.62), "+>-", "cannot tell"),
        (50, 100, (0.40, 0.60), "+=-", "cannot tell"),
        (3, 3, (0.44, 1.0), "++", "cannot tell"),  # unanimous and too few
        (60, 100, (0.50, 0.69), "+>-", "cannot tell"),  # an interval that touches one half
        (500_000, 1_000_000, (0.499, 0.501), "+=-", "+=-"),
        (504_000, 1_000_000, (0.503, 0.505), "+>-", "+=-"),  # more, by less than matters
        (0, 0, (np.nan, np.nan), "not applicable", "not applicable"),
    ],
)
def test_society_scale(positive, total, interval, point, told):
    result = society_class(positive, total, *interval)
    assert (result.point, result.told) == (point, told)


def test_tolerance_widens_what_counts_as_equal():
    assert society_class(52, 100, 0.48, 0.56, tolerance=0.1).told == "+=-"
    assert society_class(504_000, 1_000_000, 0.503, 0.505, tolerance=0.0).told == "+>-"


@given(st.integers(0, 200), st.integers(1, 200), st.floats(0, 0.5))
def test_the_scale_is_symmetric(positive, total, half):
    positive = min(positive, total)
    share = positive / total
    mirror = {"++": "--", "--": "++", "+>-": "+<-", "+<-": "+>-", "+=-": "+=-", "cannot tell": "cannot tell"}
    one = society_class(positive, total, share - half, share + half)
    other = society_class(total - positive, total, 1 - share - half, 1 - share + half)
    assert other.point == mirror[one.point]
    if abs(abs(share - 0.5) - half) > 1e-9 and abs(abs(share - 0.5) + half - 0.01) > 1e-9:
        assert other.told == mirror[one.told]


@pytest.mark.parametrize(
    "positive, total, low, high",
    [(5, 4, 0.1, 0.9), (-1, 4, 0.1, 0.9), (2, 4, 0.9, 0.1), (2, 4, np.nan, 0.9), (2, 4, 0.6, 0.9)],
)
def test_impossible_societies_are_refused(positive, total, low, high):
    with pytest.raises(ScsError):
        society_class(positive, total, low, high)
