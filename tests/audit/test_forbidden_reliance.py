from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scs_ml.audit.carriers import slug_of
from scs_ml.audit.checks.forbidden_reliance import ForbiddenReliance
from scs_ml.schemes import Indicator
from tests.audit.cases import INDICATOR, LEVEL, few, ledger, of_group
from tests.audit.test_label_residual import FAR, WOMEN, rules, town

FRIENDS = {"name": "friends", "concerns": "friends"}
BUYS = {"name": "buys", "source": "webspace", "forbidden": "what people buy is no conduct"}
MOOD = {"name": "mood", "dtype": "flag", "nature": "psychological"}
DEALINGS = {"name": "dealings", "dtype": "category", "levels": ["a", "b"], "forbidden": "nobody says why"}


def reports(people):
    return np.random.default_rng(5).poisson(np.where(people["far"], 1.5, 0.5))[:, None]


def run(of):
    return ForbiddenReliance().run(of, level=LEVEL, seed=0).findings


def flags(of):
    return [f for f in run(of) if f.verdict == "flag"]


@pytest.mark.parametrize(
    "declared, slug",
    [
        ({"concerns": "friends"}, "friends_conduct"),
        ({"concerns": "relatives", "nature": "health"}, "family_spillover"),
        ({"nature": "psychological"}, "state_of_mind"),
        ({"nature": "health"}, "illness_misread"),
        ({"nature": "protected"}, "direct_use"),
        ({"source": "organization", "forbidden": "not theirs"}, "organization_to_leaders"),
        ({"source": "business", "forbidden": "no conduct"}, "purchases_misread"),
        ({"forbidden": "nobody says why"}, "unknown"),
    ],
)
def test_slugs_by_what_an_indicator_says(declared, slug):
    assert slug_of(Indicator.model_validate(INDICATOR | {"name": "x"} | declared)) == slug


def test_the_loss_is_counted_from_nothing_and_laid_to_who_bears_more():
    of, people = town(lambda people, rng: 3.0 * reports(people), rules(FRIENDS), friends=reports)
    (finding,) = flags(of)
    counts = reports(people)[:, 0]
    sd = of.dataset.score.std(ddof=1)
    assert (finding.group, finding.indicator) == (FAR, "friends")
    assert finding.mechanisms == (("friends_conduct", 1.0),)
    assert finding.effect.value == pytest.approx(-3 * counts[people["far"]].mean() / sd)
    gap = finding.evidence[-1].values["gap"]
    assert gap == pytest.approx(-3 * (counts[people["far"]].mean() - counts[~people["far"]].mean()) / sd)
    trace = ForbiddenReliance().trace(of, finding)
    assert trace.taken == pytest.approx(3.0 * counts)
    # The women bear as much of it as the men: nobody's wrong alone.
    women = of_group(run(of), WOMEN)
    assert women.verdict == "cannot tell"


def test_points_taken_from_the_members_only():
    of, people = town(
        lambda people, rng: 3.0 * people["far"][:, None] * reports(people), rules(FRIENDS), friends=reports
    )
    (finding,) = flags(of)
    trace = ForbiddenReliance().trace(of, finding)
    assert trace.taken == pytest.approx(3.0 * people["far"] * reports(people)[:, 0])


def test_the_attribute_itself_and_idle_columns_are_not_claimed():
    columns = {"friends": reports, "buys": lambda people: np.random.default_rng(6).poisson(1.0, 800)[:, None]}
    direct, _ = town(lambda people, rng: 5.0 * people["far"][:, None], rules(FRIENDS, BUYS), **columns)
    assert not flags(direct)
    assert all(f.effect.value == pytest.approx(0.0, abs=1e-9) for f in run(direct))
    buys = town(
        lambda people, rng: 2.0 * columns["buys"](people) * people["far"][:, None],
        rules(FRIENDS, BUYS),
        **columns,
    )
    assert [(f.group, f.indicator) for f in flags(buys[0])] == [(FAR, "buys")]


def test_a_flag_that_was_set_before_still_counts():
    def mood(people):
        rng = np.random.default_rng(7)
        return rng.random((800, 8)) < np.where(people["far"], 0.4, 0.1)[:, None]

    def take(people, rng):
        return 4.0 * mood(people).cumsum(axis=1)  # never lapses within four periods of the last

    of, people = town(
        take,
        rules(MOOD).model_copy(update={"card": rules().card.model_copy(update={"expiry": None})}),
        mood=mood,
    )
    (finding,) = flags(of)
    assert (finding.group, finding.mechanisms) == (FAR, (("state_of_mind", 1.0),))
    sd = of.dataset.score.std(ddof=1)
    assert finding.effect.value == pytest.approx(-4 * mood(people)[people["far"]].sum(axis=1).mean() / sd)


def test_a_ledger_without_a_score_is_read_and_a_category_too():
    def dealings(people):
        return (np.random.default_rng(8).random(800) < np.where(people["far"], 0.6, 0.2))[:, None]

    of, people = town(lambda people, rng: 0.0 * dealings(people), rules(DEALINGS), dealings=dealings)
    hit = np.flatnonzero(dealings(people)[:, 0])
    last = of.dataset
    level = np.where(dealings(people)[:, 0], "a", "b")
    data = replace(last, X=last.X.assign(dealings=level), score=None)
    booked = ledger(
        *((f"e{i}", last.subject[i], 7, "dealings", -8.0, None) for i in hit),
        *((f"d{i}", last.subject[i], 7, "debts", -10.0 * d, None) for i, d in enumerate(people["debts"])),
    )
    (finding,) = flags(replace(of, dataset=data, history=None, ledger=booked))
    assert (finding.group, finding.indicator, finding.mechanisms) == (FAR, "dealings", (("unknown", 1.0),))


def test_noise_alone_is_not_flagged():
    wrong = 0
    for seed in range(40):
        of, _ = town(
            lambda people, rng: 0.0 * reports(people)[:300],
            rules(FRIENDS),
            n=300,
            noise=5.0,
            seed=seed,
            friends=lambda people: np.random.default_rng(5).poisson(1.0, 300)[:, None],
        )
        wrong += bool(flags(of))
    assert wrong <= 3  # 40 draws at 1.7 %: more than three have a chance of 0.4 %


def test_not_applicable_without_such_columns_or_rules_and_cannot_tell_on_thirty_rows():
    of, _ = town(lambda people, rng: 3.0 * reports(people), rules(FRIENDS), friends=reports)
    (finding,) = run(replace(of, scheme=rules()))
    assert finding.verdict == "not applicable"
    assert "no forbidden indicator" in finding.evidence[0].statement
    (finding,) = run(replace(of, dataset=replace(of.dataset, score=None)))
    assert "how the score is made" in finding.evidence[0].statement
    assert {f.verdict for f in run(few(replace(of, history=None)))} == {"cannot tell"}
