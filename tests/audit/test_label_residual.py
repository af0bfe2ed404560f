from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.label_residual import LabelResidual
from scs_ml.audit.points import latest_rows
from scs_ml.audit.tracing import Traceable
from scs_ml.core import Forecast
from tests.audit.cases import INDICATOR, LEVEL, case, dataset, few, of_group, pilot, scheme

PERIODS = 8
PLACE = {"name": "place", "dtype": "category", "levels": ["north", "south"], "nature": "location"}
STAY = {"name": "stay", "nature": "history"}
FAR, WOMEN = (("origin", "far"),), (("sex", "woman"),)


def rules(*more, **changes):
    """A card of one rule, two attributes, and what more indicators the office holds."""
    return scheme(
        indicators=[INDICATOR | {"name": "debts"}, INDICATOR | PLACE, *(INDICATOR | m for m in more)],
        card={"rules": [{"name": "debt", "indicator": "debts", "points": -10}], "expiry": 4},
        sensitive=[{"name": "origin", "reference": "here"}, {"name": "sex", "reference": "man"}],
        situations=None,
        **changes,
    )


def town(take, given=None, *, n=800, noise=0.0, seed=0, **columns):
    """A panel of 8 periods whose score is the card's, less what `take(people, rng)` (n, 8) takes.

    `people` holds who is far (3 in 10), a woman (half), lives in the north (half), and their debts.
    """
    rng = np.random.default_rng(seed)
    people = {
        "far": rng.random(n) < 0.3,
        "woman": rng.random(n) < 0.5,
        "north": np.arange(n) % 2 == 0,
        "debts": rng.poisson(2.0, n).astype(float),
    }
    lost = np.asarray(take(people, rng), dtype=float) * np.ones((1, PERIODS))
    score = 100 - 10 * people["debts"][:, None] - lost + noise * rng.normal(size=(n, PERIODS))
    place = pd.Categorical(np.where(people["north"], "north", "south"), categories=["north", "south"])
    each = {"debts": people["debts"], "place": place}
    frame = pd.DataFrame({k: np.repeat(np.asarray(v), PERIODS) for k, v in each.items()})
    for name, make in columns.items():
        frame[name] = np.asarray(make(people) * np.ones((1, PERIODS)), dtype=float).ravel()
    labels = {
        "origin": np.where(people["far"], "far", "here"),
        "sex": np.where(people["woman"], "woman", "man"),
    }
    panel = dataset(
        n * PERIODS,
        X=frame,
        subject=np.repeat(np.array([f"s{i}" for i in range(n)], dtype=object), PERIODS),
        period=np.tile(np.arange(PERIODS), n),
        periods=tuple(f"q{t}" for t in range(PERIODS)),
        sensitive=pd.DataFrame({k: np.repeat(v, PERIODS) for k, v in labels.items()}),
        score=score.ravel(),
    )
    last = panel.take(panel.period == PERIODS - 1)
    return case(last, given or rules(), history=panel), people


def run(of):
    return LabelResidual().run(of, level=LEVEL, seed=0).findings


def flags(of):
    found = [f for f in run(of) if f.verdict == "flag"]
    return sorted(found, key=lambda f: f.effect.value)


def in_force(taken, periods=4):
    """Points (n, 8 + 4) taken in each period, the first four before the table, summed while in force."""
    sums = np.cumsum(taken, axis=1)
    return sums[:, 4:] - sums[:, :-periods]


def test_a_score_that_is_its_rules_is_clear_everywhere():
    of, _ = town(lambda people, rng: 0.0 * people["debts"][:, None])
    found = run(of)
    assert {f.verdict for f in found} == {"clear"}
    assert {f.group for f in found} == {FAR, WOMEN, FAR + WOMEN}
    assert all(f.effect.value == 0 for f in found)


def test_direct_use_by_hand():
    of, people = town(lambda people, rng: 5.0 * people["far"][:, None])
    (finding,) = flags(of)
    assert finding.group == FAR
    assert finding.effect.value == pytest.approx(-5 / of.dataset.score.std(ddof=1))
    assert (finding.mechanisms, finding.indicator) == ((("direct_use", 1.0),), "origin")
    trace = LabelResidual().trace(of, finding)
    assert isinstance(LabelResidual(), Traceable)
    assert trace.rows.tolist() == latest_rows(of.dataset).tolist()
    assert trace.taken == pytest.approx(5.0 * people["far"])


def test_who_gains_is_not_flagged_and_the_next_step_says_who_loses():
    of, _ = town(lambda people, rng: 5.0 * ~people["far"][:, None])
    assert not [f for f in flags(of) if f.group == FAR]
    assert "spared" in of_group(run(of), FAR).next_step


def test_a_place_is_named_where_its_residents_lose_whoever_they_are():
    def take(people, rng):
        # People from far live in the north four times in five.
        people["north"][:] = rng.random(len(people["far"])) < np.where(people["far"], 0.8, 0.2)
        return 5.0 * people["north"][:, None]

    (finding,) = flags(town(take)[0])
    assert (finding.group, finding.mechanisms, finding.indicator) == (
        FAR,
        (("postcode_proxy", 1.0),),
        "place",
    )


def test_an_intersection_that_neither_attribute_shows():
    def take(people, rng):
        far, woman = people["far"], people["woman"]
        cells = [far & woman, far & ~woman, ~far & woman, ~far & ~woman]
        size = [c.sum() for c in cells]
        return sum(s * 6.0 * size[0] / m * c for s, m, c in zip((1, -1, -1, 1), size, cells, strict=True))[
            :, None
        ]

    of, _ = town(take)
    (finding,) = flags(of)
    assert (finding.group, finding.mechanisms) == (FAR + WOMEN, (("intersection_only", 1.0),))
    # 6 points each, but for what a line through either attribute gives of it.
    assert -6 / of.dataset.score.std(ddof=1) == pytest.approx(finding.effect.value, abs=0.03)


def test_an_intersection_bears_what_its_attributes_seem_to_lose():
    of, _people = town(lambda people, rng: 9.0 * (people["far"] & ~people["woman"])[:, None])
    found = flags(of)
    assert found[0].group == (*FAR, ("sex", "man"))  # the reference's value of the other attribute
    assert found[0].effect.value == pytest.approx(-9 / of.dataset.score.std(ddof=1))
    assert {f.mechanisms for f in found} == {(("intersection_only", 1.0),)}


def test_short_files_are_told_by_the_number_of_entries():
    of, _ = town(lambda people, rng: 9.0 * (people["far"] & (people["debts"] < 2))[:, None])
    (finding,) = flags(of)
    assert (finding.group, finding.mechanisms, finding.indicator) == (FAR, (("thin_file", 1.0),), None)


def stays(people, n=800):
    start = np.random.default_rng(9).integers(0, 30, n)
    return start[:, None] + np.arange(PERIODS)


def test_a_history_indicator_that_counts_periods_shows_recent_arrival():
    of, _ = town(
        lambda people, rng: 9.0 * people["far"][:, None] * (stays(people) < 14), rules(STAY), stay=stays
    )
    (finding,) = flags(of)
    assert (finding.group, finding.mechanisms, finding.indicator) == (FAR, (("recent_mover", 1.0),), "stay")


def test_a_history_indicator_that_does_not_shows_a_short_file():
    def pages(people):
        return np.random.default_rng(9).poisson(3.0, 800)[:, None]

    of, _ = town(
        lambda people, rng: 9.0 * people["far"][:, None] * (pages(people) < 3), rules(STAY), stay=pages
    )
    (finding,) = flags(of)
    assert (finding.mechanisms, finding.indicator) == ((("thin_file", 1.0),), "stay")


def settling(people, rng):
    """Three periods after a move, in any period or before, cost 4 points each while the card keeps them."""
    since = np.arange(PERIODS + 4) - rng.integers(-3, PERIODS + 4, 800)[:, None]
    return 4.0 * people["far"][:, None] * in_force((since >= 0) & (since < 3))


def by_hand(people, rng):
    """Single changes of 15 points."""
    return 15.0 * people["far"][:, None] * in_force(rng.random((800, PERIODS + 4)) < 0.06)


def spells(people, rng):
    """Spells that come and go, of a third of the far and a tenth of all others."""
    share = np.where(people["far"], 0.35, 0.1)
    low = np.empty((800, PERIODS + 4), dtype=bool)
    low[:, 0] = rng.random(800) < share
    for t in range(1, PERIODS + 4):
        begins = 0.25 * share / (1 - share)
        low[:, t] = np.where(low[:, t - 1], rng.random(800) > 0.25, rng.random(800) < begins)
    return 4.0 * in_force(low)


def purchases(people, rng):
    bought = rng.poisson(np.where(people["far"], 0.6, 0.2)[:, None], (800, PERIODS + 4))
    return 4.0 * in_force(bought)


@pytest.mark.parametrize(
    "take, slug",
    [
        (settling, "recent_mover"),
        (by_hand, "tampering"),
        (spells, "state_of_mind"),
        (purchases, "purchases_misread"),
    ],
)
def test_without_a_column_the_rhythm_of_the_loss_names_it(take, slug):
    of, _ = town(take)
    (finding,) = flags(of)
    assert (finding.group, finding.mechanisms, finding.indicator) == (FAR, ((slug, 1.0),), None)


def test_arrival_is_seen_by_whoever_appears_during_the_history():
    """The far who came in the last three periods lose 9 points each; they have no rows before."""
    came = np.random.default_rng(4).integers(0, PERIODS, 800)
    of, _ = town(lambda people, rng: 9.0 * (people["far"] & (came > 4))[:, None])
    here = of.history.period >= np.repeat(came, PERIODS)
    (finding,) = flags(replace(of, history=of.history.take(here)))
    assert (finding.group, finding.mechanisms) == (FAR, (("recent_mover", 1.0),))


def test_two_that_nothing_parts_are_tied():
    of, _ = town(spells)
    (finding,) = flags(replace(of, history=None))
    assert finding.mechanisms == (("state_of_mind", 0.5), ("purchases_misread", 0.5))  # the likelier first
    of, _ = town(purchases)
    (finding,) = flags(replace(of, history=None))
    assert finding.mechanisms == (("purchases_misread", 0.5), ("state_of_mind", 0.5))
    of, _ = town(by_hand)
    (finding,) = flags(replace(of, history=None))
    assert finding.mechanisms == (("tampering", 0.5), ("recent_mover", 0.5))
    assert "panel" in finding.evidence[-2].statement or "panel" in finding.evidence[-1].statement


def test_relatives_who_lose_together_have_moved_together():
    family = np.arange(800) // 2
    moved = np.random.default_rng(3).random(400)[family] < 0.3

    def take(people, rng):
        people["far"][:] = np.repeat(rng.random(400) < 0.3, 2)
        return 9.0 * (people["far"] & moved)[:, None]

    of, _ = town(take)
    kin = replace(of, dataset=replace(of.dataset, family=family), history=None)
    (finding,) = flags(kin)
    assert finding.mechanisms == (("recent_mover", 1.0),)
    of, _ = town(by_hand)
    (finding,) = flags(replace(of, dataset=replace(of.dataset, family=family), history=None))
    assert finding.mechanisms == (("tampering", 1.0),)


def test_noise_in_the_score_widens_the_interval_and_hides_no_use():
    of, people = town(lambda people, rng: 8.0 * people["far"][:, None], noise=4.0)
    (finding,) = flags(of)
    assert (finding.group, finding.mechanisms) == (FAR, (("direct_use", 1.0),))
    assert finding.effect.low < -8 / of.dataset.score.std(ddof=1) < finding.effect.high
    trace = LabelResidual().trace(of, finding)
    far = people["far"]
    assert trace.taken[far].mean() == pytest.approx(8.0, abs=1.5)
    assert not trace.taken[~far].any()


def test_noise_alone_is_not_flagged():
    wrong = sum(
        bool(flags(town(lambda people, rng: 0.0 * people["debts"][:, None], noise=5.0, n=300, seed=s)[0]))
        for s in range(40)
    )
    assert wrong <= 3  # 40 draws at 1.7 %: more than three have a chance of 0.4 %


def test_without_a_card_a_line_is_read():
    of, _ = town(lambda people, rng: 5.0 * people["far"][:, None], rules().model_copy(update={"card": None}))
    (finding,) = flags(of)
    assert (finding.group, finding.mechanisms) == (FAR, (("direct_use", 1.0),))
    assert finding.effect.value == pytest.approx(-5 / of.dataset.score.std(ddof=1))


def test_an_illness_that_costs_points_is_illness_misread():
    ill = scheme(situations=[{"name": "illness", "kind": "illness"}, {"name": "flood", "kind": "disaster"}])
    rng = np.random.default_rng(0)
    debts, sick = rng.poisson(2.0, 400).astype(float), rng.random(400) < 0.2
    data = dataset(
        400,
        X=pd.DataFrame({"debts": debts}),
        situations=pd.DataFrame({"illness": sick, "flood": rng.random(400) < 0.2}),
        score=100 - 10 * debts - 6 * sick,
    )
    found = run(case(data, ill))
    assert [f.group for f in found] == [(("illness", "yes"),)]  # a disaster strikes places
    assert found[0].mechanisms == (("illness_misread", 1.0),)


def test_not_applicable_where_nothing_shows_the_rules_or_nobody_is_compared():
    of, _ = town(lambda people, rng: 5.0 * people["far"][:, None])
    for given, word in (
        (replace(of, dataset=replace(of.dataset, score=None)), "how the score is made"),
        (replace(of, dataset=replace(of.dataset, sensitive=pd.DataFrame(index=range(800)))), "two groups"),
    ):
        (finding,) = run(given)
        assert finding.verdict == "not applicable"
        assert word in finding.evidence[0].statement


def test_thirty_rows_cannot_tell():
    of, _ = town(lambda people, rng: 5.0 * people["far"][:, None])
    assert {f.verdict for f in run(few(replace(of, history=None), 30))} <= {"cannot tell", "not applicable"}


@pytest.mark.parametrize(
    "slug, group, given",
    [
        ("direct_use", (("minority", "yes"),), True),
        ("direct_use", (("minority", "yes"),), False),
        ("thin_file", (("age_group", "under 30"),), True),
        ("intersection_only", (("minority", "yes"), ("sex", "female")), False),
    ],
)
def test_fires_on_planted_worlds_with_and_without_the_ledger(slug, group, given):
    of = pilot(((slug, 0.15),), n_people=2_000)
    found = flags(of if given else replace(of, ledger=None))
    assert (found[0].group, found[0].mechanisms) == (group, ((slug, 1.0),))


def test_silent_on_null_worlds_and_on_real_differences():
    decoys = ((), (("conduct_gap", 0.3, (("minority", "yes"),)),), (("indicator_variance", 0.3, None),))
    for seed, planted in enumerate(decoys):
        of = pilot((), planted, seed=seed, n_people=1_000)
        assert not flags(of)
        forecast = Forecast(of.forecast.categories, of.forecast.score, "existing score", "again")
        assert not flags(replace(of, forecast=forecast, ledger=None))
