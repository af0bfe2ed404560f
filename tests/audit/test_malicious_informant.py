from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scs_ml.audit.checks._informants import (
    Composition,
    composition,
    nearness,
    read_reports,
    reliance,
    shortfall,
    standing_out,
)
from scs_ml.audit.checks.malicious_informant import MaliciousInformant, excess_points, with_areas
from scs_ml.audit.groups import contrasts
from scs_ml.audit.points import booked
from scs_ml.inference import mean_contrast
from tests.audit.cases import LEVEL, answers, case, dataset, few, ledger, of_group, pilot, scheme

NEWCOMERS = (("registration", "newcomer"),)


def run(of, level=LEVEL, seed=0):
    return MaliciousInformant().run(of, level=level, seed=seed)


def village(informants="abcd", n=200, *, rate=1.0, extra=0.0, feud=0, zeal=None, hated=0.0, seed=0):
    """One area whose reports are spread evenly, unless a files `extra` more on each from far.

    `feud` more reports by a fall on the first person from far; `hated` is what people from far truly do more.
    """
    rng = np.random.default_rng(seed)
    far = np.arange(n) % 4 == 0
    share = np.ones(len(informants)) if zeal is None else np.asarray(zeal, dtype=float)
    events = []
    for i in range(n):
        for j, name in enumerate(informants):
            mean = rate * share[j] / share.sum() * (1 + hated * far[i]) + (
                extra if far[i] and name == "a" else 0.0
            )
            mean += feud if i == 0 and name == "a" else 0.0
            events += [(f"s{i}", name) for _ in range(rng.poisson(mean))]
    data = dataset(
        n,
        sensitive=pd.DataFrame({"origin": np.where(far, "far", "here")}),
        score=100.0 + 20 * rng.normal(size=n),
        area=np.array(["village"] * n, dtype=object),
    )
    rows = [(f"e{k}", who, 0, "reports", -10.0, by) for k, (who, by) in enumerate(events)]
    return case(data, ledger=ledger(*rows))


def test_an_informant_who_reports_one_group_is_flagged_and_named():
    result = run(village(extra=2.0))
    (finding,) = result.findings
    assert (finding.verdict, finding.mechanisms) == ("flag", (("malicious_informant", 1.0),))
    assert finding.indicator == "reports"
    # Two reports of ten points more per person from far, in units of about twenty points and more.
    assert finding.effect.value == pytest.approx(-20 / booked(village(extra=2.0)).score_sd, abs=0.25)
    (table,) = result.tables
    assert [(r[0], r[1], r[2]) for r in table.rows] == [("a", "village", "origin = far")]


def test_pseudonyms_are_shown_only_where_person_views_are_open():
    closed = scheme(basis=scheme().basis.model_dump() | {"kind": "audit", "lawful_basis": "a court's order"})
    (table,) = run(replace(village(extra=2.0), scheme=closed)).tables
    assert [(r[0], r[1]) for r in table.rows] == [("informant 1", None)]


@pytest.mark.parametrize(
    "settings",
    [{}, {"feud": 60}, {"zeal": (5, 1, 1, 1)}, {"hated": 2.0}],
    ids=["nothing", "a feud with one person", "zeal against everyone", "real conduct"],
)
def test_silent_where_nobody_singles_out_a_group(settings):
    for seed in range(12):
        (finding,) = run(village(**settings, seed=seed)).findings
        assert finding.verdict != "flag"


def test_cannot_tell_says_how_much_could_hide():
    (finding,) = run(village()).findings
    assert finding.verdict == "cannot tell"
    hidden = finding.evidence[1].values["could hide (SD)"]
    assert finding.effect.low < -hidden
    assert finding.effect.high > hidden
    assert finding.detectable >= hidden > 0
    [power] = [e for e in finding.evidence if e.stage == "power"]
    assert power.values["power at the floor"] == 0 or hidden < finding.effect.floor


def test_excess_by_hand():
    """Areas p (out: a; others: b, c) and q (nobody stands out)."""
    data = dataset(
        4,
        subject=np.array(["far1", "far2", "here1", "here2"], dtype=object),
        sensitive=pd.DataFrame({"origin": ["far", "far", "here", "here"]}),
        area=np.array(["p", "p", "p", "q"], dtype=object),
        score=np.array([1.0, 2.0, 3.0, 4.0]),
    )
    rows = [("far1", "a", -6.0), ("far1", "b", -2.0), ("far2", "c", -4.0), ("here1", "a", -1.0)]
    rows += [("here1", "b", -1.0), ("here1", "c", -1.0)] + [("here2", who, -9.0) for who in "xyz"]
    of = case(data, ledger=ledger(*((f"e{k}", s, 0, "reports", p, i) for k, (s, i, p) in enumerate(rows))))
    book = booked(of)
    reports = read_reports(book)
    assert reports.informants == ("a", "b", "c", "x", "y", "z")
    (contrast,) = contrasts(of)
    out = np.array([True, False, False, False, False, False])
    everything = np.ones(len(rows), dtype=bool), np.ones(4, dtype=bool)
    found = excess_points(book, reports, contrast, out=out, used=everything[0], rows=everything[1])
    # Of the reference's points a booked 1 for 2 of the others: far1 is charged 6 - 2/2, far2 0 - 4/2.
    assert found[:2].tolist() == [-5.0, 2.0]
    # The reference's excess is zero by construction: -1 + 2/2.
    assert found[2:].tolist() == [0.0, 0.0]


def test_composition_is_measured_from_the_areas_median_and_needs_three_informants():
    of = village(extra=2.0)
    book = booked(of)
    reports = read_reports(book)
    (contrast,) = contrasts(of)
    found = composition(reports, contrast, np.ones(len(reports.event), dtype=bool))
    assert found.z[0] > 5
    assert np.abs(found.z[1:]).max() < 2.5
    (pair,) = run(village("ab")).findings
    assert pair.verdict == "not applicable"
    assert "three informants" in pair.evidence[0].statement


@pytest.mark.parametrize("settings", [{}, {"extra": 1.0}, {"feud": 20}])
def test_composition_has_the_errors_of_mean_contrast(settings):
    """Families of six, so that all have people on both sides."""
    of = village(**settings)
    book = booked(replace(of, dataset=replace(of.dataset, family=np.arange(200) // 6)))
    reports = read_reports(book)
    (contrast,) = contrasts(of)
    found = composition(reports, contrast, np.ones(len(reports.event), dtype=bool))
    signed = (reports.informant[:, None] == np.arange(4)).astype(float)
    sides = contrast.members[reports.subject], contrast.others[reports.subject]
    estimate = mean_contrast(signed, *sides, reports.family)
    odd = estimate.value - np.median(estimate.value)
    tail = stats.t.sf(np.abs(odd) / estimate.se, estimate.df)
    assert found.value == pytest.approx(odd)
    assert found.z == pytest.approx(np.sign(odd) * stats.norm.isf(np.clip(tail, 1e-300, 0.5)), abs=1e-6)


def test_trace_names_the_reports_of_who_stands_out_against_the_group():
    of = village(extra=2.0)
    (finding,) = run(of).findings
    found = MaliciousInformant().trace(of, finding)
    events = of.ledger.events.set_index("event")
    named = events.loc[found.events.index]
    far = of.dataset.sensitive["origin"].to_numpy() == "far"
    of_a = found.events[named["informant"] == "a"]
    # Of 2.25 reports by a on each from far, two should not be there.
    assert of_a.to_numpy() == pytest.approx(8 / 9, abs=0.06)
    assert len(of_a) == ((events["informant"] == "a") & events["subject"].isin(of.dataset.subject[far])).sum()
    assert found.taken[~far].sum() == 0
    assert found.taken[far].mean() == pytest.approx(20, rel=0.2)
    true = replace(of, verified=answers(**{str(event): True for event in found.events.index}))
    assert MaliciousInformant().trace(true, finding).taken.sum() == 0


def test_nobody_stands_out_where_half_of_an_area_does():
    reports = read_reports(booked(village("abcdef")))
    z = np.array([9.0, -9.0, 9.0, 0.0, 0.0, 0.0])
    half, fewer = (Composition(z, z, np.where(np.arange(6) < k, z, 0.0)) for k in (3, 2))
    assert not standing_out(reports, half).any()
    assert standing_out(reports, fewer).tolist() == [True, True, False, False, False, False]


def test_reliance_keeps_what_is_more_than_chance():
    reports = read_reports(booked(village("abcdef")))
    value, one = np.array([0.5, -2.0, 0.0, 1.0, 4.0, 0.0]), np.ones(6)
    found = reliance(reports, Composition(value, one, value))
    assert found.tolist() == [0.0, 0.75, 0.0, 0.0, 1 - 1 / 16, 0.0]
    assert not reliance(reports, Composition(np.full(6, 9.0), one, one)).any()
    # The part missed in the mean is largest near one standard error, and is a little less than one.
    assert 0.8 < shortfall() < 1.0


def watched(n=200, seed=0):
    """Six informants keep to six streets; people from far live in the first, and nobody is wronged."""
    rng = np.random.default_rng(seed)
    street = np.arange(n) % 6
    far = (street == 0) & (rng.random(n) < 0.8)
    events = [(f"s{i}", "abcdef"[street[i]]) for i in range(n) for _ in range(rng.poisson(2.0))]
    data = dataset(
        n,
        sensitive=pd.DataFrame({"origin": np.where(far, "far", "here")}),
        score=100.0 + 20 * rng.normal(size=n),
        area=np.array(["village"] * n, dtype=object),
    )
    rows = [(f"e{k}", who, 0, "reports", -10.0, by) for k, (who, by) in enumerate(events)]
    return case(data, ledger=ledger(*rows))


def test_informants_who_watch_their_own_streets_are_not_called_malicious():
    of = watched()
    (finding,) = run(of).findings
    assert finding.effect.high < -finding.effect.floor
    assert (finding.verdict, finding.mechanisms) == ("cannot tell", ())
    assert "smaller areas" in finding.next_step
    assert finding.evidence[2].values["share of pairs"] == pytest.approx(1.0)


def test_a_group_that_is_spared_is_not_wronged():
    of = village(extra=2.0)
    swapped = of.dataset.sensitive["origin"].map({"far": "here", "here": "far"}).to_frame()
    (finding,) = run(replace(of, dataset=replace(of.dataset, sensitive=swapped))).findings
    assert finding.effect.low > finding.effect.floor
    assert (finding.verdict, finding.mechanisms) == ("cannot tell", ())
    assert "spare" in finding.next_step


def test_streets_that_several_informants_share_are_told_too():
    """Of six informants three watch each street: a family's two reports are by one of them in a third."""
    of = watched(n=600)
    of = replace(of, dataset=replace(of.dataset, sensitive=of.dataset.sensitive.assign(origin="here")))
    far = np.arange(600) % 10 == 0  # all in the street of even numbers
    of.dataset.sensitive.loc[far, "origin"] = "far"
    even = (of.ledger.events["subject"].str[1:].astype(int) % 2 == 0).to_numpy()
    by = np.random.default_rng(0).integers(0, 3, len(even))
    events = of.ledger.events.assign(
        informant=np.where(even, np.array(list("abc"))[by], np.array(list("xyz"))[by])
    )
    (finding,) = run(replace(of, ledger=replace(of.ledger, events=events))).findings
    assert finding.verdict == "cannot tell"
    # A third against a sixth: 0.2 of what could be in excess.
    assert finding.evidence[2].values["share of pairs"] == pytest.approx(0.2, abs=0.05)


def test_nearness_by_hand():
    """Of here1 both reports are a's, of here2 one; of the pairs between the two, half are by one."""
    rows = [("here1", "a"), ("here1", "a"), ("here2", "a"), ("here2", "b"), ("far", "c")]
    data = dataset(
        3,
        subject=np.array(["here1", "here2", "far"], dtype=object),
        sensitive=pd.DataFrame({"origin": ["here", "here", "far"]}),
        area=np.array(["p"] * 3, dtype=object),
        score=np.arange(3.0),
    )
    of = case(data, scheme(sensitive=[{"name": "origin", "reference": "here"}]))
    of = replace(of, ledger=ledger(*((f"e{k}", s, 0, "reports", -1.0, i) for k, (s, i) in enumerate(rows))))
    reports = read_reports(booked(of))
    (contrast,) = contrasts(of)
    share, error = nearness(reports, contrast)
    # (1 - 1/2) / (1 - 1/2) and (0 - 1/2) / (1 - 1/2): one and minus one.
    assert (share, error) == (0.0, 1.0)


def test_where_nobody_says_the_area_a_location_does_and_else_the_table_is_one():
    of = village(extra=2.0)
    area, bare = of.dataset.area, replace(of.dataset, area=None)
    assert run(replace(of, dataset=bare)).findings[0].verdict == "flag"
    place = pd.Categorical(["north", "south"] * 100, categories=["north", "south"])
    placed = with_areas(replace(of, dataset=replace(bare, X=bare.X.assign(place=place))))
    assert placed.dataset.area.tolist() == ["north", "south"] * 100
    assert with_areas(of).dataset.area is area


def test_members_whose_informants_cannot_be_compared_leave_no_clear():
    """Half of those from far live where two informants work: what those take may all be malicious."""
    of = village("abcd", n=4_000)
    area = of.dataset.area.copy()
    away = np.arange(4_000) % 8 == 0
    area[away] = "hamlet"
    events = of.ledger.events
    there = events["subject"].isin(of.dataset.subject[away])
    events = events[~(there & events["informant"].isin(["c", "d"]))]
    of = replace(of, dataset=replace(of.dataset, area=area), ledger=replace(of.ledger, events=events))
    (finding,) = run(of).findings
    taken = 10 * int(events["subject"].isin(of.dataset.subject[away]).sum())
    assert finding.verdict == "cannot tell"
    assert finding.detectable >= taken / 1_000 / booked(of).score_sd


def test_an_informant_of_two_areas_is_compared_in_each():
    of = village()
    area = np.where(np.arange(200) < 100, "east", "west").astype(object)
    reports = read_reports(booked(replace(of, dataset=replace(of.dataset, area=area))))
    assert reports.informants == tuple("abcd" * 2)
    assert reports.areas == ("east", "west")


def test_not_applicable_says_what_is_missing():
    of = village()
    unsigned = of.ledger.events.assign(informant=None)
    flat = replace(of.dataset, score=np.full(200, 5.0))
    for given, word in (
        (replace(of, ledger=None), "no ledger"),
        (replace(of, dataset=replace(of.dataset, sensitive=pd.DataFrame(index=range(200)))), "two groups"),
        (replace(of, ledger=replace(of.ledger, events=unsigned)), "names an informant"),
        (replace(of, dataset=flat), "equal"),
    ):
        (finding,) = run(given).findings
        assert finding.verdict == "not applicable"
        assert word in finding.evidence[0].statement
        assert "ledger" in finding.next_step


def test_fires_on_the_planted_world():
    found = of_group(run(pilot((("malicious_informant", 0.3),))).findings, NEWCOMERS)
    assert found.verdict == "flag"
    assert found.effect.value == pytest.approx(-0.3, abs=0.1)


def test_silent_on_null_worlds_and_on_real_conduct_of_the_same_group():
    worlds = [pilot(seed=seed, n_people=1_000) for seed in range(6)]
    worlds += [pilot((), (("conduct_gap", 0.3, NEWCOMERS),), seed=seed, n_people=2_000) for seed in range(2)]
    for of in worlds:
        assert not [f for f in run(of).findings if f.verdict == "flag"]


def test_thirty_rows_cannot_tell():
    found = run(few(pilot((("malicious_informant", 0.3),)))).findings
    assert {f.verdict for f in found} <= {"cannot tell", "not applicable"}


def test_the_seed_fixes_the_halves():
    of = village(extra=0.4)
    assert run(of, seed=3) == run(of, seed=3)
