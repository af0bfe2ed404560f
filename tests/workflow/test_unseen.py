"""A bundle is tested on rows it has not learned from, and calibrated on others."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import pair, read_table
from scs_ml.exceptions import ScsError
from scs_ml.forecast import indicator_drift
from scs_ml.schemes import load_scheme
from scs_ml.workflow import bundle_metadata, split, train, unseen_rows
from scs_ml.workflow.unseen import bundle_drift, calibration_rows


@pytest.fixture(scope="module")
def manifest(trained):
    return {"seed": 3, "metadata": bundle_metadata(trained)}


@pytest.fixture(scope="module")
def compas(data_folder):
    scheme = load_scheme("compas")
    return data_folder / "compas" / "compas_two_years.csv", scheme


@pytest.fixture(scope="module")
def learned(compas):
    path, scheme = compas
    trained = train(read_table(path, scheme), scheme, families=("logit",), seed=4)
    return trained, {"seed": 4, "metadata": bundle_metadata(trained)}


def test_panel_is_tested_and_calibrated_after_what_was_learned(dataset, suining, trained, manifest):
    assert manifest["metadata"]["trained_until"] == "2014Q3"
    unseen = unseen_rows(dataset, suining, manifest)
    for found, kept in ((unseen.test, trained.splits.test), (unseen.calibration, trained.splits.calibration)):
        assert np.array_equal(found.subject, kept.subject)
        assert np.array_equal(found.period, kept.period)
        assert np.array_equal(found.y, kept.y)


def test_shorter_panel_holds_nothing_unseen(dataset, suining, manifest):
    # Four quarters: the last origin with a known outcome is 2014Q3, which was learned from.
    with pytest.raises(ScsError, match="has not learned from") as error:
        unseen_rows(dataset.take(dataset.period < 4), suining, manifest)
    assert "2014Q3" in error.value.where


def test_rows_before_a_period_that_the_table_lacks_were_learned_from_too(dataset, suining, office, manifest):
    table = pd.read_parquet(office / "table.parquet")
    earlier = read_table(table[table["quarter"] < "2014Q3"], suining)
    with pytest.raises(ScsError, match="has not learned from"):
        unseen_rows(earlier, suining, manifest)
    later = read_table(table[table["quarter"] > "2014Q3"], suining)
    assert set(unseen_rows(later, suining, manifest).test.period) == {1}
    in_words = {"seed": 3, "metadata": {**manifest["metadata"], "trained_until": "last autumn"}}
    with pytest.raises(ScsError, match="has not learned from"):
        unseen_rows(dataset, suining, in_words)


def test_last_unseen_origin_alone_has_no_calibration(dataset, suining, manifest):
    unseen = unseen_rows(dataset.take(dataset.period < 5), suining, manifest)
    assert set(unseen.test.period) == {3}
    assert unseen.calibration is None


def test_forecast_from_the_last_period_is_calibrated_on_all_before_that_were_not_learned(
    dataset, suining, manifest
):
    rows = calibration_rows(pair(dataset, suining), suining, manifest)
    assert set(rows.period) == {3, 4}
    assert (rows.y >= 0).all()
    learned_from_all = {"seed": 3, "metadata": {**manifest["metadata"], "trained_until": "2015Q1"}}
    assert calibration_rows(pair(dataset, suining), suining, learned_from_all) is None


def test_table_learned_from_is_split_again_by_subject(compas, learned):
    path, scheme = compas
    trained, manifest = learned
    unseen = unseen_rows(read_table(path, scheme), scheme, manifest)
    assert np.array_equal(unseen.test.subject, trained.splits.test.subject)
    assert np.array_equal(unseen.calibration.subject, trained.splits.calibration.subject)


def test_same_table_through_another_filter_is_refused(compas, learned):
    path, scheme = compas
    dataset = read_table(path, scheme, row_filter="propublica")
    with pytest.raises(ScsError, match="another row filter") as error:
        unseen_rows(dataset, scheme, learned[1], row_filter="propublica")
    assert error.value.where == "then no filter, now propublica"
    assert calibration_rows(dataset, scheme, learned[1], row_filter="propublica") is None


def test_another_table_of_one_period_is_tested_whole(compas, learned, tmp_path):
    path, scheme = compas
    lines = path.read_text(encoding="utf-8").splitlines()
    other = tmp_path / "other.csv"
    other.write_text("\n".join(lines[:501]) + "\n", encoding="utf-8")
    unseen = unseen_rows(read_table(other, scheme), scheme, learned[1])
    assert len(unseen.test) == 500
    assert unseen.calibration is None


def test_short_panel_is_tested_at_the_last_origin_of_the_people_kept(data_folder):
    scheme = load_scheme("students")
    dataset = read_table(data_folder / "student_performance" / "student-por.csv.gz", scheme)
    trained = train(dataset, scheme, families=("expert",), seed=2)
    kept = split(dataset, scheme, seed=2)
    unseen = unseen_rows(dataset, scheme, {"seed": 2, "metadata": bundle_metadata(trained)})
    assert set(unseen.test.period) == {1}
    assert set(unseen.test.subject) == set(kept.test.subject)
    assert not set(unseen.test.subject) & (set(kept.train.subject) | set(unseen.calibration.subject))


def test_table_without_any_category_is_refused(compas, learned):
    path, scheme = compas
    dataset = read_table(path, scheme)
    blank = dataset.take(np.arange(10))
    blank.y[:] = -1
    foreign = {"seed": 0, "metadata": {}}
    with pytest.raises(ScsError, match="no row has a known category"):
        unseen_rows(blank, scheme, foreign)


def test_forecast_of_another_table_of_one_period_is_not_calibrated(compas, learned):
    path, scheme = compas
    dataset = read_table(path, scheme)
    trained, manifest = learned
    kept = calibration_rows(dataset, scheme, manifest)
    assert np.array_equal(kept.subject, trained.splits.calibration.subject)
    foreign = {"seed": 4, "metadata": manifest["metadata"] | {"trained_on": "another table"}}
    assert calibration_rows(dataset, scheme, foreign) is None


def test_bundle_that_says_nothing_of_its_training_is_tested_at_the_last_origin(dataset, suining):
    unseen = unseen_rows(dataset, suining, {"seed": 0, "metadata": {}})
    assert set(unseen.test.period) == {4}
    assert set(unseen.calibration.period) == {3}


def test_a_bundle_tells_what_drifted_between_learning_and_testing(manifest, trained):
    (table,) = bundle_drift(json.loads(json.dumps(manifest, allow_nan=False)))
    assert table == indicator_drift(trained.splits.train, trained.splits.test)
    assert table.title.startswith("Drift of indicators, 2014Q1 to 2014Q3 against 2015Q1")


def test_people_split_at_random_have_no_drift_and_a_broken_record_is_one_error(learned):
    assert bundle_drift(learned[1]) == ()
    assert bundle_drift({"metadata": {}}) == ()
    with pytest.raises(ScsError, match="record of the drift cannot be read"):
        bundle_drift({"metadata": {"drift": {"name": "indicator_drift"}}})
