from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.carriers import indicator_values
from scs_ml.audit.checks._predictability import levels, predictability
from scs_ml.audit.checks.postcode_proxy import SMALLEST_AREA, PostcodeProxy, measured_use
from scs_ml.audit.groups import contrasts
from scs_ml.audit.remainder import remainder
from scs_ml.core import Forecast
from tests.audit.cases import (
    INDICATOR,
    LEVEL,
    PLACE,
    case,
    dataset,
    explanation,
    few,
    ledger,
    of_group,
    pilot,
    scheme,
)

MINORITY = (("minority", "yes"),)


def run(of, level=LEVEL):
    return PostcodeProxy().run(of, level=level, seed=0)


def town(n=400, *, north_far=0.8, south_far=0.2, penalty=-20.0, seed=0, **changes):
    """People from far live in the north, where the score takes `penalty` points by no rule of the card."""
    rng = np.random.default_rng(seed)
    north = np.arange(n) % 2 == 0
    far = rng.random(n) < np.where(north, north_far, south_far)
    debts = rng.poisson(1.0, n).astype(float)
    score = 100 - 10 * debts + penalty * north
    place = pd.Categorical(np.where(north, "north", "south"), categories=["north", "south"])
    data = dataset(
        n,
        X=pd.DataFrame({"debts": debts, "place": place}),
        sensitive=pd.DataFrame({"origin": np.where(far, "far", "here")}),
        score=score,
        **changes,
    )
    return data, north, far


def booked_in(data, north, penalty=-20.0):
    return ledger(*((f"e{i}", data.subject[i], 0, "place", penalty, None) for i in np.flatnonzero(north)))


def test_ledger_gives_the_exact_gap():
    data, north, far = town()
    (finding,) = run(case(data, ledger=booked_in(data, north))).findings
    gap = -20 * (north[far].mean() - north[~far].mean()) / data.score.std(ddof=1)
    assert finding.effect.value == pytest.approx(gap)
    assert (finding.verdict, finding.mechanisms) == ("flag", (("postcode_proxy", 1.0),))
    assert finding.indicator == "place"
    assert "exact" in finding.evidence[0].statement


def test_card_gives_the_same_gap_where_there_is_no_ledger():
    data, north, far = town()
    (finding,) = run(case(data)).findings
    gap = -20 * (north[far].mean() - north[~far].mean()) / data.score.std(ddof=1)
    assert finding.effect.value == pytest.approx(gap)
    assert finding.verdict == "flag"


def adjusted(data, by):
    """The same data, with a score that somebody adjusted."""
    return replace(data, score=data.score + by)


def test_noise_on_the_score_widens_the_interval_and_hides_no_use():
    data, north, far = town(4_000)
    (plain,) = run(case(data)).findings
    noise = np.random.default_rng(1).normal(0, 10, len(data))
    (finding,) = run(case(adjusted(data, noise))).findings
    sd = (data.score + noise).std(ddof=1)
    share = north[far].mean() - north[~far].mean()
    # The place among people of one origin: what is left of north when origin is known.
    within = north - np.where(far, north[far].mean(), north[~far].mean())
    difference = (-20 + within @ noise / (within @ within)) * share
    assert finding.effect.value == pytest.approx(difference / sd)
    assert finding.verdict == "flag"
    # The levels' means err by 10 sqrt(2 / 2000) of the share parted: 2.4 standard errors of that at least.
    assert finding.effect.high - finding.effect.low > plain.effect.high - plain.effect.low
    assert finding.effect.high - finding.effect.low > 2 * 2.39 * share * 10 * np.sqrt(2 / 2_000) / sd


def test_a_score_made_by_what_the_table_lacks_is_not_read():
    """Who has debts, in the north above all, loses points for something the table does not hold."""
    data, north, _ = town(penalty=0.0)
    debts = data.X["debts"].to_numpy() + 2 * north
    unseen = np.random.default_rng(1).poisson(debts)
    data = replace(data, X=data.X.assign(debts=debts), score=100 - 10 * debts - 10.0 * unseen)
    assert measured_use(case(data), scheme().indicator("place")) is None
    (finding,) = run(case(data)).findings
    assert finding.verdict == "not applicable"
    assert "ledger" in finding.next_step


def test_without_a_card_a_score_that_is_a_sum_of_its_indicators_is_read():
    data, north, far = town()
    bare = scheme(card=None)
    (finding,) = run(case(data, bare)).findings
    gap = -20 * (north[far].mean() - north[~far].mean()) / data.score.std(ddof=1)
    assert finding.effect.value == pytest.approx(gap)
    assert finding.verdict == "flag"
    # In noise, where a line explains less than 80 %, it gives the estimate and no verdict.
    noisy = adjusted(data, np.random.default_rng(1).normal(0, 10, len(data)))
    (finding,) = run(case(noisy, bare)).findings
    assert finding.verdict == "cannot tell"
    assert finding.effect.low < gap * data.score.std() / noisy.score.std() < finding.effect.high < 0
    assert "no verdict without a card or a ledger" in finding.evidence[0].statement


def test_a_ledger_that_books_nothing_does_not_clear_a_score_that_holds_more():
    data, north, _ = town()
    debts = data.X["debts"].to_numpy()
    events = ledger(
        *((f"e{i}", data.subject[i], 0, "debts", -10.0 * debts[i], None) for i in range(len(data)))
    )
    for rules in (scheme(), scheme(card=None)):
        (finding,) = run(case(data, rules, ledger=events)).findings
        assert (finding.verdict, finding.mechanisms) == ("flag", (("postcode_proxy", 1.0),))
    # Half of the debts are missing from table and ledger: nothing can be told.
    lost = replace(events, events=events.events.iloc[::4])
    hidden = replace(data, X=data.X.assign(debts=np.where(np.arange(len(data)) % 4 == 0, debts, 0.0)))
    (finding,) = run(case(hidden, scheme(card=None), ledger=lost)).findings
    assert (finding.verdict, finding.effect.value) == ("cannot tell", 0.0)
    honest = adjusted(data, 20.0 * north)
    assert run(case(honest, ledger=events)).findings[0].effect.value == 0.0


def shap_of(data, north, penalty=-20.0):
    values = np.column_stack([data.score - penalty * north, penalty * north])
    return explanation(values, names=("debts", "place"))


def test_an_imitation_cannot_tell_and_a_third_party_model_can():
    data, north, _ = town()
    score = np.arange(len(data), dtype=float)
    shown = shap_of(data, north)
    data = replace(data, score=None)
    for origin, fidelity, verdict in (
        ("forecaster", None, "cannot tell"),
        ("existing score", {"agreement": 0.9}, "cannot tell"),
        ("third party", None, "flag"),
    ):
        forecast = Forecast(data.category, score, origin, "by hand")
        (finding,) = run(
            case(data, forecast=forecast, explanation=replace(shown, fidelity=fidelity))
        ).findings
        assert finding.verdict == verdict
        assert finding.effect.high < 0
        assert finding.effect.unit == "SD of the explained margin"
        assert bool(finding.mechanisms) == (verdict == "flag")


def test_an_imitation_that_finds_nothing_settles_nothing_either():
    data, north, _ = town(4_000, penalty=-0.1)
    shown = shap_of(data, north, penalty=-0.1)
    forecast = Forecast(data.category, data.score, "forecaster", "by hand")
    (finding,) = run(case(replace(data, score=None), forecast=forecast, explanation=shown)).findings
    assert finding.effect.low > -finding.effect.floor
    assert finding.verdict == "cannot tell"


def test_a_place_that_foretells_nothing_is_no_proxy_however_much_it_costs():
    data, north, _ = town(4_000, north_far=0.53, south_far=0.47, penalty=-200.0)
    (finding,) = run(case(data, ledger=booked_in(data, north, -200.0))).findings
    area = finding.evidence[1].values
    assert area["area"] < SMALLEST_AREA
    assert finding.verdict == "cannot tell"
    assert abs(finding.effect.value) > finding.effect.floor


def test_predictability_by_hand_and_at_chance():
    data, north, far = town(2_000)
    (contrast,) = contrasts(case(data))
    values = data.X["place"]
    area, low, high = predictability(values, contrast, data.cluster, level=0.05, seed=0)
    # P(member in the north, other in the south) and half of the ties.
    p, q = north[far].mean(), north[~far].mean()
    assert area == pytest.approx(p * (1 - q) + 0.5 * (p * q + (1 - p) * (1 - q)), abs=0.005)
    assert low < area < high
    shuffled = pd.Series(np.random.default_rng(3).permutation(values.to_numpy(dtype=object)))
    assert abs(predictability(shuffled, contrast, data.cluster, level=0.05, seed=0)[0] - 0.5) < 0.03


def test_predictability_of_many_levels_is_out_of_sample():
    data, _, _ = town(1_000)
    (contrast,) = contrasts(case(data))
    own = pd.Series(data.subject)  # a level each: in sample it would part the groups completely
    area, _, _ = predictability(own, contrast, data.cluster, level=0.05, seed=0)
    assert area == pytest.approx(0.5, abs=0.05)


def test_levels_of_numbers_are_tenths_and_missing_is_one():
    codes = levels(pd.Series([*np.arange(100.0), np.nan]))
    assert len(set(codes)) == 11
    assert levels(pd.Series(["a", None, "a", "b"], dtype=object)).tolist() == [0, 1, 0, 2]


def test_withheld_values_are_read():
    data, _, _ = town()
    apart = replace(data, X=data.X[["debts"]], withheld=data.X[["place"]])
    assert indicator_values(case(apart), "place").equals(data.X["place"])
    assert run(case(apart)).findings[0].verdict == "flag"


def test_not_applicable_where_allowed_missing_or_alone():
    data, north, _ = town()
    events = booked_in(data, north)
    allowed = scheme(indicators=[INDICATOR | {"name": "debts"}, PLACE | {"nature": "location"}])
    no_place = scheme(indicators=[INDICATOR | {"name": "debts"}])
    without = replace(data, X=data.X[["debts"]])
    for of, word in (
        (case(data, allowed, ledger=events), "allows"),
        (case(data, no_place), "no indicator of location"),
        (case(without, ledger=events), "lacks"),
        (case(replace(data, sensitive=pd.DataFrame(index=range(len(data)))), ledger=events), "two groups"),
    ):
        (finding,) = run(of).findings
        assert finding.verdict == "not applicable"
        assert word in finding.evidence[0].statement
        assert finding.next_step


def test_a_place_is_not_claimed_where_the_score_uses_the_group_itself():
    data, _, far = town(penalty=0.0)
    (finding,) = run(case(replace(data, score=data.score - 20.0 * far))).findings
    assert finding.verdict == "clear"
    assert finding.effect.value == pytest.approx(0.0, abs=1e-9)


def test_a_group_that_gains_is_not_flagged():
    data, north, _ = town()
    (finding,) = run(case(data, ledger=booked_in(data, north, 20.0))).findings
    assert finding.verdict == "cannot tell"
    assert "spared" in finding.next_step


def test_of_two_groups_without_a_declared_reference_either_may_lose():
    """Points that the south loses are lost by those who live there, the larger group or not."""
    data, north, far = town()
    south = booked_in(data, ~north)
    open_ = scheme(sensitive=[{"name": "origin"}])
    larger = replace(data, sensitive=pd.DataFrame({"origin": np.where(far, "here", "far")}))
    gap = -20 * ((~north)[~far].mean() - (~north)[far].mean())
    assert gap < 0
    for people, loser, other in ((data, "here", "far"), (larger, "far", "here")):
        (finding,) = run(case(people, open_, ledger=south)).findings
        assert (finding.group, finding.reference) == ((("origin", loser),), (("origin", other),))
        assert finding.verdict == "flag"
        assert finding.effect.value < 0
    (finding,) = run(case(data, ledger=south)).findings
    assert finding.verdict == "cannot tell", "the scheme says who is compared with whom"


def test_trace_gives_what_the_place_took_and_its_entries():
    data, north, _ = town()
    for events in (None, booked_in(data, north)):
        of = case(data, ledger=events)
        (finding,) = run(of).findings
        trace = PostcodeProxy().trace(of, finding)
        assert trace.rows.tolist() == list(range(len(data)))
        assert trace.taken - trace.taken.min() == pytest.approx(20.0 * north)
        if events is not None:
            assert trace.events.to_dict() == {f"e{i}": 1.0 for i in np.flatnonzero(north)}


def test_fires_on_the_planted_world_with_and_without_the_ledger():
    of = pilot((("postcode_proxy", 0.3),))
    for given in (of, replace(of, ledger=None)):
        finding = of_group(run(given).findings, MINORITY)
        assert finding.verdict == "flag"
        assert -0.35 < finding.effect.value < -0.15


def test_silent_on_null_worlds_and_on_real_conduct_of_the_same_group():
    worlds = [pilot(seed=seed, n_people=1_000) for seed in range(8)]
    worlds += [pilot((), (("conduct_gap", 0.3, MINORITY),), seed=seed, n_people=2_000) for seed in range(3)]
    for of in worlds:
        for given in (of, replace(of, ledger=None)):
            assert not [f for f in run(given).findings if f.verdict == "flag"]


def test_thirty_rows_cannot_tell():
    found = run(few(pilot((("postcode_proxy", 0.3),)))).findings
    assert {f.verdict for f in found} == {"cannot tell"}


@pytest.mark.parametrize("n_others", [0, 55])
def test_a_line_fitted_to_noise_explains_nothing(n_others):
    """60 rows, 55 slopes, two levels: three degrees of freedom are left, and the fit looks perfect."""
    rng = np.random.default_rng(5)
    others = pd.DataFrame(rng.normal(size=(60, n_others)), columns=[f"o{i}" for i in range(n_others)])
    place = pd.Categorical(np.where(np.arange(60) % 2 == 0, "north", "south"))
    data = dataset(60, X=others.assign(place=place), score=rng.normal(100.0, 10.0, 60))
    of = case(data, scheme=scheme().model_copy(update={"card": None}))
    assert remainder(of) is None
