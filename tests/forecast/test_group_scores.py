import numpy as np
import pytest

from scs_ml.forecast import BASELINES, FORECASTERS, group_scores, out_of_sample, thin_file_scores
from scs_ml.metrics import expected_calibration_error, ranked_probability_score
from scs_ml.schemes import load_scheme
from tests.forecast.panels import panel


def run(scheme, folds):
    families = {"logit": FORECASTERS["logit"], "markov": BASELINES["markov"]}
    return out_of_sample({name: lambda cls=cls: cls(scheme) for name, cls in families.items()}, folds, scheme)


@pytest.fixture(scope="module")
def tested(suining):
    """The young have short records and are harder to foretell."""
    rng = np.random.default_rng(0)
    young = np.arange(900) % 3 == 0
    sensitive = {
        "age_group": np.where(young, "16-20", "40 to 60"),
        "sex": np.where(np.arange(900) % 2, "f", "m"),
    }
    part = {"record": np.where(young, 2, 9), "sensitive": sensitive, "noise": np.where(young, 2.0, 0.5)}
    return run(
        suining,
        [(panel(0, 900, rng, **part), panel(t, 900, rng, first=1000 * t, **part)) for t in (1, 2)],
    )


def test_figures_of_a_group_are_those_of_its_rows(tested, suining):
    scores, calibration = group_scores(tested, ["logit"], suining)
    found = {row[0]: row for row in scores.rows}
    assert list(found) == [
        "everybody", "age_group = 16-20", "age_group = 40 to 60", "sex = f", "sex = m",
    ]  # fmt: skip
    mask = tested.frame("sensitive")["age_group"].to_numpy() == "16-20"
    y, p = tested.y[mask], tested.forecasts["logit"][mask]
    rps = ranked_probability_score(y, p)
    markov = ranked_probability_score(y, tested.forecasts["markov"][mask])
    _, _, n, value, low, high, skill, skill_low, skill_high = found["age_group = 16-20"]
    assert (n, value, skill) == (
        600,
        pytest.approx(rps.mean()),
        pytest.approx(1 - rps.mean() / markov.mean()),
    )
    assert low < value < high
    assert skill_low < skill < skill_high
    ece = [row[4] for row in calibration.rows if row[0] == "age_group = 16-20"]
    assert ece == pytest.approx(expected_calibration_error(y, p))
    assert [row[2] for row in calibration.rows][:3] == ["ECE at D | C", "ECE at C | B", "ECE at B | A"]


def test_short_records_are_held_against_the_rest_and_the_young_against_the_middle_aged(tested, suining):
    table = thin_file_scores(tested, ["logit", "markov"], suining)
    found = {(row[0], row[2]): dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert list(found) == [
        ("periods on record in their lowest third", "logit"),
        ("periods on record in their lowest third", "markov"),
        ("age_group = 16-20", "logit"),
        ("age_group = 16-20", "markov"),
    ]
    short = found["periods on record in their lowest third", "logit"]
    young = found["age_group = 16-20", "logit"]
    assert young["against"] == "age_group = 40 to 60"
    assert (short["rows"], short["rows against"]) == (600, 1200)
    assert short["RPS difference"] == pytest.approx(short["RPS"] - short["RPS against"])
    assert short["RPS difference"] == pytest.approx(young["RPS difference"])
    assert short["low (95 %)"] > 0  # their forecasts are worse
    assert short["skill difference"] == pytest.approx(short["skill"] - short["skill against"])
    assert short["skill high (95 %)"] < 0
    assert found["periods on record in their lowest third", "markov"]["skill difference"] == 0


def test_an_indicator_of_the_record_is_the_better_witness():
    scheme = load_scheme("suining_broad")
    rng = np.random.default_rng(1)
    parts = []
    for t in (0, 1):
        part = panel(t, 300, rng, first=1000 * t, record=np.ones(300))
        part.X["quarters_here"] = np.r_[np.nan, np.arange(299.0)]
        parts.append(part)
    table = thin_file_scores(run(scheme, [tuple(parts)]), ["logit"], scheme)
    assert table.rows[0][0] == "quarters_here in its lowest third"
    assert table.rows[0][3:5] == (100, 199)  # nobody knows of the one whose value is missing


def test_where_no_record_is_shorter_there_is_nothing_to_report(suining):
    rng = np.random.default_rng(2)
    for record in (None, np.full(300, 4)):
        folds = [(panel(0, 300, rng), panel(1, 300, rng, first=1000, record=record))]
        assert thin_file_scores(run(suining, folds), ["logit"], suining) is None


def test_most_people_with_the_longest_record_are_not_called_short(suining):
    rng = np.random.default_rng(3)
    record = np.r_[np.full(30, 2), np.full(270, 8)]
    folds = [(panel(0, 300, rng), panel(1, 300, rng, first=1000, record=record))]
    table = thin_file_scores(run(suining, folds), ["logit"], suining)
    assert table.rows[0][3:5] == (30, 270)
